"""How the window starts: where it is not installed it says so, and it finds the agent's folder as the agent does."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gui import start
from gui.main import HOME, arguments, chosen_home


def test_where_qt_is_missing_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setitem(sys.modules, "gui.main", None)
    assert start.main([]) == start.NOT_INSTALLED
    told = capsys.readouterr().err
    assert "practice-agent[gui]" in told and "scripts/packages.sh screen" in told


def test_without_a_console_it_ends_all_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "gui.main", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert start.main([]) == start.NOT_INSTALLED


def test_the_folder_is_the_one_that_the_agent_has(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv(HOME, str(tmp_path / "named"))
    assert chosen_home(arguments(["--home", str(tmp_path)]).home) == tmp_path
    assert chosen_home(arguments([]).home) == tmp_path / "named"
    monkeypatch.delenv(HOME)
    assert chosen_home(None).is_absolute()
