"""``demo`` starts the sandbox's own, where it is installed."""

from __future__ import annotations

import subprocess
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from agent.cli import demo
from agent.cli.main import app


def test_it_passes_everything_on_and_gives_the_demo_s_exit_code(monkeypatch: pytest.MonkeyPatch):
    started: list[Any] = []

    def run(command: list[str], check: bool) -> SimpleNamespace:
        started.append(command[1:])
        return SimpleNamespace(returncode=7)

    monkeypatch.setattr(demo, "_NEEDED", ("json",))
    monkeypatch.setattr(subprocess, "run", run)
    result = CliRunner().invoke(app, ["demo", "--pms", "opendental", "--help"])
    assert result.exit_code == 7
    assert started == [["-m", "sandbox.demo", "--pms", "opendental", "--help"]]


def test_where_it_is_not_installed_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(demo, "_NEEDED", ("json", "no_such_package.inner"))
    result = CliRunner().invoke(app, ["demo"])
    assert result.exit_code == 3
    assert "sandbox" in result.stderr
