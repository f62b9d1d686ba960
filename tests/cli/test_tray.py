"""``tray`` starts the window in a process of its own, where it is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from agent.cli import tray
from agent.cli.main import app


def ask(monkeypatch: pytest.MonkeyPatch, code: int | None, *arguments: str) -> tuple[Result, list[Any]]:
    """Run the verb over a window that ends at once with a code; None = it stays."""
    started: list[Any] = []

    class Window:
        def __init__(self, command: list[str], **options: Any) -> None:
            started.append(command[1:])

        def wait(self, seconds: float) -> int:
            if code is None:
                raise subprocess.TimeoutExpired("gui", seconds)
            return code

    monkeypatch.setattr(tray, "_NEEDED", ("json",))
    monkeypatch.setattr(subprocess, "Popen", Window)
    return CliRunner().invoke(app, ["tray", *arguments]), started


def test_it_starts_the_window_of_the_folder_and_returns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    result, started = ask(monkeypatch, None, "--home", str(tmp_path), "--open", "support")
    assert (result.exit_code, result.output) == (0, "")
    assert started == [["-m", "gui", "--home", str(tmp_path), "--open", "support"]]


def test_one_that_is_there_already_is_fine(monkeypatch: pytest.MonkeyPatch):
    assert ask(monkeypatch, 0)[0].exit_code == 0


def test_where_there_is_no_screen_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch):
    result, _ = ask(monkeypatch, -6)
    assert result.exit_code == 3
    assert "desktop session" in result.stderr and "window_failed" in result.stderr


def test_where_it_is_not_installed_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tray, "_NEEDED", ("json", "no_such_package.inner"))
    result = CliRunner().invoke(app, ["tray"])
    assert result.exit_code == 3
    assert "practice-agent[gui]" in result.stderr


def test_the_agent_s_command_line_loads_no_window():
    code = "import sys, agent.cli.main; print([one for one in sys.modules if one.startswith(('gui', 'PySide6'))])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
