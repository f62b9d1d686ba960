"""``writes``: what the cloud has queued, a person's word on it, rehearsals, and setting up the way in."""

from __future__ import annotations

import getpass
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from agent.host.home import Home
from agent.host.secret_names import WRITE_AUTHENTICATION, WRITE_PASSWORD
from agent.platform.secrets import Secrets
from agent.wire.inbox import Intent
from tests.cli.office import Office
from tests.cli.running import running_agent
from tests.cli.writes import Writing

WORD = "Xylophandra"
"""Stands for what is known of a patient."""


def shown(writing: Writing, command_id: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(writing.office.well("writes", "show", command_id, "--json"))
    return found


def unclear(writing: Writing) -> str:
    """A command of which nobody knows what became of it."""
    command_id = writing.put("appointment.note", writing.visit(), {"text": WORD})
    with writing.store() as store:
        assert store.inbox.intend(command_id, Intent(None, datetime(2027, 1, 1).isoformat()))
        store.inbox.ask_person(command_id, "outcome_unknown")
    return command_id


def test_where_nothing_was_queued_it_says_so(writing: Writing):
    assert writing.office.well("writes") == "The cloud has queued no write-backs.\n"
    assert json.loads(writing.office.well("writes", "list", "--json")) == []


def test_where_nobody_has_worked_nothing_is_listed_and_nothing_can_be_shown(agent: Office):
    assert agent.well("writes") == "The cloud has queued no write-backs.\n"
    result = agent.say("writes", "show", "any")
    assert result.exit_code == 3
    assert "nothing_stored" in result.stderr


def test_commands_are_listed_and_shown_without_what_is_known_of_a_patient(writing: Writing):
    command_id = writing.put("appointment.note", writing.visit(), {"text": WORD})
    office = writing.office
    assert "appointment.note" in office.well("writes") and "received" in office.well("writes", "list")
    told = office.well("writes", "show", command_id)
    assert WORD not in told and "text: xxxxxxxxxxx" in told
    assert shown(writing, command_id)["payload"] == {"text": "xxxxxxxxxxx"}
    assert f"text: {WORD}" in office.well("writes", "show", command_id, "--unmask")
    assert [one["event"] for one in shown(writing, command_id)["trail"]] == ["received"]


def test_a_command_that_is_not_there_cannot_be_shown_or_decided(writing: Writing):
    for verb in ("show", "approve", "reject", "retry"):
        result = writing.office.say("writes", verb, "c-9")
        assert result.exit_code == 3
        assert "command_unknown" in result.stderr


def test_nothing_is_decided_without_a_word(writing: Writing):
    command_id = writing.put("appointment.note", writing.visit(), {"text": "Call first"})
    for verb in ("approve", "reject"):
        result = writing.office.say("writes", verb, command_id)
        assert result.exit_code == 3
        assert "not_confirmed" in result.stderr
    assert [one["event"] for one in shown(writing, command_id)["trail"]] == ["received"]


def test_a_person_ends_a_command_that_waits(writing: Writing):
    command_id = writing.put("appointment.note", writing.visit(), {"text": "Call first"})
    assert writing.office.well("writes", "reject", command_id, "--yes") == "Ended.\n"
    found = shown(writing, command_id)
    assert (found["state"], found["reason"]) == ("rejected", "person_refused")
    assert found["trail"][-1]["who"] == getpass.getuser()


def test_what_is_over_cannot_be_decided_any_more(writing: Writing):
    command_id = writing.put("appointment.note", writing.visit(), {"text": "Call first"})
    writing.office.well("writes", "reject", command_id, "--yes")
    for verb in ("approve", "reject", "retry"):
        result = writing.office.say("writes", verb, command_id, "--yes")
        assert result.exit_code == 3
        assert "nothing_to_decide" in result.stderr


def test_only_of_an_unknown_outcome_can_it_be_said_that_it_is_not_there(writing: Writing):
    command_id = writing.put("appointment.note", writing.visit(), {"text": "Call first"})
    result = writing.office.say("writes", "retry", command_id, "--yes")
    assert result.exit_code == 3
    assert "nothing_to_decide" in result.stderr


@pytest.mark.parametrize(
    ("verb", "state", "reason"),
    [("approve", "verified", None), ("retry", "received", None), ("reject", "rejected", "person_refused")],
)
def test_a_person_settles_an_unknown_outcome(writing: Writing, verb: str, state: str, reason: str | None):
    command_id = unclear(writing)
    told = writing.office.well("writes", "show", command_id)
    assert "the agent cannot tell" in told
    writing.office.well("writes", verb, command_id, "--yes")
    found = shown(writing, command_id)
    assert (found["state"], found["reason"]) == (state, reason)


def test_what_a_person_must_approve_is_written_when_it_is_approved(writing: Writing):
    writing.policy('[kinds."appointment.note"]\nmode = "ask"\n')
    office, visit = writing.office, writing.visit()
    with running_agent(office):
        wanted = writing.queue("appointment.note", visit, {"text": "Bring the old films"})
        unwanted = writing.queue("appointment.note", visit, {"text": "Never mind"})
        assert writing.until(wanted, "awaiting_approval").steps[-1].reason_code == "approval_wanted"
        office.well("writes", "approve", wanted, "--yes")
        assert writing.until(wanted).state == "verified"
        writing.until(unwanted, "awaiting_approval")
        office.well("writes", "reject", unwanted, "--yes")
        ended = writing.until(unwanted)
    assert ended.outcome is not None
    assert (ended.state, ended.outcome.reason_code, ended.outcome.decided_by) == (
        "rejected",
        "person_refused",
        "person",
    )
    ((notes,),) = office.ask(f"SELECT appointment_notes FROM appointment WHERE appointment_id = {visit}")
    assert "Bring the old films" in notes and "Never mind" not in notes


# Rehearsing -----------------------------------------------------------------------------------------------------------


def request(writing: Writing, kind: str, target: str, payload: dict[str, Any]) -> Path:
    file = writing.office.folder / "command.json"
    resource = kind.partition(".")[0]
    file.write_text(json.dumps({"kind": kind, "target": {"resource": resource, "id": target}, "payload": payload}))
    return file


def test_a_rehearsal_shows_the_statements_masked_and_writes_nothing(writing: Writing):
    office, visit = writing.office, writing.visit()
    file = request(writing, "appointment.confirm", visit, {})
    before = office.practice.read_bytes()
    told = office.well("writes", "try", str(file))
    assert told.startswith("appointment.confirm: It would be written\n")
    assert "UPDATE" in told and "appt_log" in told
    assert office.practice.read_bytes() == before
    assert json.loads(office.well("writes", "try", str(file), "--json"))["would"] == "write"
    assert office.well("writes") == "The cloud has queued no write-backs.\n"


def test_a_trial_is_run_in_the_pms_and_taken_back(writing: Writing):
    writing.policy('[kinds."appointment.note"]\nmode = "on"\n')
    file = str(request(writing, "appointment.note", writing.visit(), {"text": WORD}))
    settings = Home.open(writing.office.home).settings
    settings.write_text(settings.read_text().replace("[pace]\n", "[pace]\noffice_hours = []\n"))
    told = writing.office.well("writes", "try", file, "--trial")
    assert told.startswith("appointment.note: It would be written; tried in the PMS, and taken back\n")
    assert json.loads(writing.office.well("writes", "try", file, "--trial", "--json"))["tried"] is True
    assert WORD.encode() not in writing.office.practice.read_bytes()


def test_a_rehearsal_masks_the_text_unless_told_otherwise(writing: Writing):
    writing.policy('[kinds."appointment.note"]\nmode = "on"\n')
    file = str(request(writing, "appointment.note", writing.visit(), {"text": WORD}))
    assert WORD not in writing.office.well("writes", "try", file)
    assert WORD in writing.office.well("writes", "try", file, "--unmask")


def test_a_rehearsal_says_why_it_would_not_be_written(writing: Writing):
    file = request(writing, "appointment.cancel", writing.visit(), {})
    result = writing.office.say("writes", "try", str(file))
    assert result.exit_code == 1
    assert "kind_off" in result.stdout
    gone = request(writing, "appointment.confirm", "987654", {})
    assert "target_unknown" in writing.office.say("writes", "try", str(gone)).stdout


@pytest.mark.parametrize("text", ["{", "[]", f'{{"kind": "x", "target": {{"resource": "{WORD}"}}}}'])
def test_a_file_that_is_no_command_is_a_wrong_command_line_and_is_not_repeated(writing: Writing, text: str):
    file = writing.office.folder / "wrong.json"
    file.write_text(text)
    result = writing.office.say("writes", "try", str(file))
    assert result.exit_code == 2
    assert WORD not in result.output
    assert writing.office.say("writes", "try", str(file.with_name("none.json"))).exit_code == 2


# Setting up -----------------------------------------------------------------------------------------------------------


def test_secrets_go_into_the_keyring_and_nowhere_else(agent: Office):
    given = ("--connection", "DSN=Elm", "--login", "writer", "--user", "DR1", "--secrets-stdin")
    result = agent.say("writes", "setup", *given, typed="canary-password\ncanary-statement\n")
    assert result.exit_code == 0, result.output
    secrets = Secrets(agent.home)
    assert secrets.get(WRITE_PASSWORD) == "canary-password"
    assert secrets.get(WRITE_AUTHENTICATION) == "canary-statement"
    assert "canary" not in (agent.home / "agent.toml").read_text() + result.output
    again = agent.say("writes", "setup", *given, typed="other\n\n")
    assert again.exit_code == 0
    assert secrets.get(WRITE_AUTHENTICATION) is None


def test_secrets_are_not_asked_for_where_nobody_is(agent: Office):
    result = agent.say("writes", "setup", "--connection", "DSN=Elm", "--user", "DR1")
    assert result.exit_code == 3
    assert "not_confirmed" in result.stderr


def test_options_of_another_system_are_refused(agent: Office):
    result = agent.say("writes", "setup", "--api-url", "http://localhost:30223/api/v1", "--secrets-stdin")
    assert result.exit_code == 3
    assert "write_options_invalid" in result.stderr
