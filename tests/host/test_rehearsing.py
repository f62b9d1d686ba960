"""Rehearsals beside a practice: everything short of writing, and nothing of a patient shown."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.host.clock import SystemClock
from agent.host.home import Home
from agent.host.rehearsing import Stage, masked, samples, stage
from agent.model.errors import NeedsPerson
from agent.wire.commands import CommandRequest, Target
from sandbox.cloud.tls import development_tls
from tests.cli.writes import Writing, writable

WORD = "Xylophandra"


@pytest.fixture(scope="module")
def writing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writing]:
    folder = tmp_path_factory.mktemp("office")
    tls = development_tls(tmp_path_factory.mktemp("tls"))
    with Writing.opened(folder, writable(folder / "new.db"), tls) as made:
        yield made


class Sunday(SystemClock):
    """Nobody works."""

    def time(self) -> float:
        return datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()


class Monday(SystemClock):
    """Office hours."""

    def time(self) -> float:
        return datetime(2026, 3, 2, 17, tzinfo=UTC).timestamp()


@pytest.fixture
def at_rest(writing: Writing) -> Iterator[Stage]:
    with stage(Home.open(writing.office.home), Sunday()) as made:
        yield made


@pytest.fixture
def at(writing: Writing) -> Iterator[Stage]:
    with stage(Home.open(writing.office.home), SystemClock()) as made:
        yield made


def note(visit: str, text: str = WORD) -> CommandRequest:
    target = Target(resource="appointment", id=visit)
    return CommandRequest(kind="appointment.note", target=target, payload={"text": text})


def test_statements_are_shown_and_values_masked():
    request = {"steps": [{"sql": "UPDATE patient SET a = ? WHERE b = ?", "rows": 1, "params": [WORD, 12]}]}
    assert masked(request) == {
        "steps": [{"sql": "UPDATE patient SET a = ? WHERE b = ?", "rows": 1, "params": ["x" * len(WORD), "99"]}]
    }


def test_a_request_over_http_is_masked_but_for_its_method():
    shown = {
        "channel": "Open Dental",
        "requests": [{"method": "PUT", "path": "appointments/17", "body": {"Note": WORD}}],
    }
    (request,) = masked(shown)["requests"]
    assert request["method"] == "PUT"
    assert WORD not in str(request) and "17" not in str(request)


def test_the_exact_request_is_rehearsed_and_nothing_is_written(writing: Writing, at: Stage):
    before = writing.office.practice.read_bytes()
    found = at.rehearse(note(writing.visit()), whatever_policy=True)
    assert (found.would, found.reason) == ("write", None)
    assert "UPDATE" in str(found.request) and WORD not in str(found.request)
    assert WORD in str(at.rehearse(note(writing.visit()), whatever_policy=True, unmask=True).request)
    assert writing.office.practice.read_bytes() == before


def rows(writing: Writing) -> list[str]:
    with closing(sqlite3.connect(writing.office.practice)) as link:
        return list(link.iterdump())


def test_a_trial_runs_the_transaction_and_takes_it_back(writing: Writing, at_rest: Stage):
    before = rows(writing)
    found = at_rest.rehearse(note(writing.visit()), whatever_policy=True, trial=True)
    assert (found.would, found.tried, found.title) == (
        "write",
        True,
        "It would be written; tried in the PMS, and taken back",
    )
    assert rows(writing) == before
    assert not at_rest.rehearse(note(writing.visit()), whatever_policy=True).tried


def test_nothing_is_tried_in_office_hours(writing: Writing):
    with stage(Home.open(writing.office.home), Monday()) as at, pytest.raises(NeedsPerson) as caught:
        at.rehearse(note(writing.visit()), whatever_policy=True, trial=True)
    assert caught.value.code == "office_hours"


def test_a_trial_shows_what_only_the_pms_would_refuse(writing: Writing, at_rest: Stage):
    with closing(sqlite3.connect(writing.office.practice)) as link:
        link.execute(
            "CREATE TRIGGER no_notes BEFORE UPDATE ON appointment BEGIN SELECT RAISE(ABORT, 'no'); END",
        )
        link.commit()
    try:
        assert at_rest.rehearse(note(writing.visit()), whatever_policy=True).would == "write"
        found = at_rest.rehearse(note(writing.visit()), whatever_policy=True, trial=True)
        assert (found.would, found.reason, found.tried) == ("reject", "pms_refused", False)
    finally:
        with closing(sqlite3.connect(writing.office.practice)) as link:
            link.execute("DROP TRIGGER no_notes")
            link.commit()


def test_the_policy_has_its_say(writing: Writing, at: Stage):
    found = at.rehearse(note(writing.visit()))
    assert (found.would, found.reason, found.rule) == ("reject", "kind_off", "kind")
    assert found.asks and found.request is None


def test_a_policy_that_cannot_be_read_has_everything_wait(writing: Writing, at: Stage):
    policy = writing.office.home / "policy.toml"
    good = policy.read_text()
    try:
        policy.write_text("stop")
        found = at.rehearse(note(writing.visit()))
        assert (found.would, found.reason) == ("wait", "policy_invalid")
    finally:
        policy.write_text(good)


def test_a_conflict_is_told_with_its_rule(writing: Writing, at: Stage):
    wrong = note(writing.visit()).model_copy(update={"expected_version": "0" * 32})
    found = at.rehearse(wrong, whatever_policy=True)
    assert (found.would, found.reason, found.rule) == ("conflict", "version_changed", "expected_version")


def test_a_field_that_is_wrong_is_named_and_not_repeated(writing: Writing, at: Stage):
    wrong = note(writing.visit()).model_copy(update={"payload": {"txt": WORD}})
    found = at.rehearse(wrong, whatever_policy=True)
    assert (found.would, found.reason) == ("reject", "malformed")
    assert WORD not in str(found)


def test_samples_are_made_from_what_the_practice_has_and_would_be_written(at: Stage):
    found = {one.kind: at.rehearse(one, whatever_policy=True) for one in samples(at)}
    assert len(found) >= 9
    assert {one.reason for one in found.values()} <= {None, "inactive"}  # of the visit that it happened to choose
    assert sum(one.would == "write" for one in found.values()) >= 8


def test_the_offers_say_what_the_policy_makes_of_them(at: Stage):
    modes = {one.capability.kind: one.mode for one in at.offers()}
    assert (modes["appointment.confirm"], modes["payment.post"], modes["appointment.note"]) == ("on", "ask", "off")
    assert modes["document.attach"] == "off"


def test_nothing_of_a_rehearsal_stays(writing: Writing, at: Stage):
    at.rehearse(note(writing.visit()), whatever_policy=True)
    assert "no write-backs" in writing.office.well("writes")
    names = {file.name for file in Path(writing.office.home).iterdir()}
    assert not [name for name in names if "rehears" in name]
