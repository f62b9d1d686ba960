"""The command line as a whole: help, exit codes, where the home is."""

from __future__ import annotations

from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from agent.cli import main, screen
from agent.cli.exits import MEANINGS
from agent.model.errors import AgentError, NeedsPerson, Retry, Terminal
from tests.cli.office import Office

VERBS = (
    "init enroll unenroll run sync snapshot status preview doctor reconcile demo version holds"
    " writes audit capabilities diagnostics pause resume proxy tray"
).split()


def test_every_verb_is_there_with_help_and_examples():
    group: Any = typer.main.get_command(main.app)
    commands = group.commands
    assert sorted(commands) == sorted(VERBS)
    for name, command in commands.items():
        assert command.help, name
        assert "Examples:" in command.epilog, name


def test_the_help_says_the_exit_codes():
    told = " ".join(CliRunner().invoke(main.app, ["--help"]).stdout.split())
    for code, meaning in MEANINGS:
        assert f"{code} {meaning.split()[0]}" in told


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NeedsPerson("home_in_use", "Somebody is here", "Ask them."), 3),
        (Retry("offline", "It is away", "Wait."), 4),
        (Terminal("too_large", "It is too large", "Ask support."), 5),
        (AgentError("internal_error", "Odd", "Ask support."), 70),
    ],
)
def test_an_error_becomes_a_sentence_and_an_exit_code(error: AgentError, code: int, monkeypatch: pytest.MonkeyPatch):
    result = with_error(error, monkeypatch)
    assert result.exit_code == code
    assert result.stderr == f"Error: {error.title} ({error.code}).\n{error.advice}\n"
    assert result.stdout == ""


def test_a_fault_of_the_program_is_told_without_its_text(monkeypatch: pytest.MonkeyPatch):
    result = with_error(ValueError("Zoe Miller, born 1980"), monkeypatch)
    assert result.exit_code == 70
    assert "ValueError" in result.stderr
    assert "Zoe" not in result.output
    assert "Traceback" not in result.output


def test_a_developer_may_see_where_it_happened(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PRACTICE_AGENT_DEBUG", "1")
    assert "Traceback" in with_error(ValueError("x"), monkeypatch).stderr


def test_ctrl_c_is_told_by_its_code(monkeypatch: pytest.MonkeyPatch):
    assert with_error(KeyboardInterrupt(), monkeypatch).exit_code == 130


def with_error(error: BaseException, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr(screen, "say", broken)
    return CliRunner().invoke(main.app, ["version"])


def test_the_home_may_stand_before_and_after_the_verb(office: Office, tmp_path):
    office.home.mkdir()
    for arguments in (
        ("--home", str(tmp_path / "a"), "holds"),
        ("--home", str(tmp_path / "b"), "holds", "list"),
        ("holds", "--home", str(tmp_path / "c"), "list"),
        ("holds", "list", "--home", str(tmp_path / "d")),
    ):
        office.well(*arguments)
    assert sorted(path.name for path in tmp_path.iterdir() if len(path.name) == 1) == ["a", "b", "c", "d"]
