"""``reconcile``: what the practice has against what the cloud holds."""

from __future__ import annotations

import json

from tests.cli.office import Office
from tests.cli.running import running_agent


def test_all_match_after_a_sync(agent: Office):
    agent.well("sync", "--once")
    told = agent.well("reconcile")
    lines = [line.split("\t") for line in told.splitlines()]
    assert lines[0] == ["Resource", "Matched", "Different", "Missing", "Extra", "Repaired"]
    assert len(lines) == 9
    assert lines[-1] == ["All matched."]


def test_a_running_agent_is_asked_instead(agent: Office):
    agent.well("sync", "--once")
    with running_agent(agent):
        found = json.loads(agent.well("reconcile", "patient", "--json"))
    assert found["all_matched"] is True
    assert [one["resource"] for one in found["outcomes"]] == ["patient"]


def test_a_resource_that_cannot_be_read_does_not_match(agent: Office):
    agent.well("sync", "--once")
    agent.change("ALTER TABLE chairs RENAME TO chairs_gone")
    result = agent.say("reconcile", "operatory", "patient")
    assert result.exit_code == 1
    assert "operatory cannot be read" in result.stderr
    assert "Not everything could be compared." in result.stdout


def test_a_resource_that_does_not_exist_is_a_wrong_command_line(agent: Office):
    assert agent.say("reconcile", "patients").exit_code == 2
