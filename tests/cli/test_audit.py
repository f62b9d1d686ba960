"""``audit``: what was asked and decided, and the proof that the record of it is whole."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from tests.cli.office import Office
from tests.cli.writes import Writing

WORD = "Xylophandra"


@pytest.fixture
def decided(writing: Writing) -> Office:
    """Two commands came, one was refused by a person."""
    writing.put("appointment.note", writing.visit(), {"text": WORD}, "c-1")
    writing.put("appointment.note", writing.visit(), {"text": WORD}, "c-2")
    writing.office.well("writes", "reject", "c-1", "--yes")
    return writing.office


def tampered(office: Office, statement: str) -> None:
    with closing(sqlite3.connect(office.home / "store.db", isolation_level=None)) as link:
        link.execute(statement)


def test_where_nothing_was_asked_it_says_so(writing: Writing):
    assert writing.office.well("audit") == "Nothing has been asked of this agent yet.\n"
    assert "whole: 0 entries" in writing.office.well("audit", "verify")


def test_every_command_and_every_decision_is_a_line_without_the_payload(decided: Office):
    told = decided.well("audit")
    assert "person_refused" in told and WORD not in told
    lines = json.loads(decided.well("audit", "--json"))
    assert [(one["number"], one["event"], one["command"]) for one in lines] == [
        (1, "received", "c-1"),
        (2, "received", "c-2"),
        (3, "rejected", "c-1"),
    ]
    assert WORD not in json.dumps(lines)


def test_a_whole_trail_is_told_with_its_last_hash(decided: Office):
    found = json.loads(decided.well("audit", "verify", "--json"))
    assert (found["whole"], found["entries"], found["broken_at"]) == (True, 3, None)
    assert f"3 entries, the last one's hash is {found['head']}" in decided.well("audit", "verify")


@pytest.mark.parametrize(
    ("statement", "entry"),
    [
        ("UPDATE audit SET who = 'cloud', name = 'kim' WHERE number = 3", 3),
        ("UPDATE audit SET at = at - 3600 WHERE number = 1", 1),
        ("DELETE FROM audit WHERE number = 2", 2),
        ("DELETE FROM audit WHERE number = 3", 3),
    ],
)
def test_a_broken_trail_is_told_and_gives_an_exit_code(decided: Office, statement: str, entry: int):
    tampered(decided, statement)
    result = decided.say("audit", "verify")
    assert result.exit_code == 1
    assert f"broken at entry {entry} " in result.stdout
    again = decided.say("audit", "verify", "--json")
    assert again.exit_code == 1
    assert json.loads(again.stdout)["broken_at"] == entry
