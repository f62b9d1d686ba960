"""``reconcile``: what the practice has against what the cloud holds."""

from __future__ import annotations

import json

from agent.model.resources import RESOURCES
from tests.cli.office import Office
from tests.cli.running import running_agent


def test_all_match_after_a_sync(agent: Office):
    agent.well("sync", "--once")
    told = agent.well("reconcile")
    lines = [line.split("\t") for line in told.splitlines()]
    assert lines[0] == ["Resource", "Practice", "Cloud", "Matched", "Different", "Missing", "Extra", "Repaired"]
    assert [line[0] for line in lines[1:-1]] == list(RESOURCES)
    assert lines[-1] == ["All matched."]


def test_both_sides_are_counted(agent: Office):
    agent.well("sync", "--once")
    (in_practice,) = agent.ask("SELECT count(*) FROM provider")[0]
    told = json.loads(agent.well("reconcile", "provider", "patient", "--json"))
    provider, patient = told["outcomes"]
    assert (provider["practice"], provider["cloud"]) == (in_practice, len(agent.held("provider")))
    assert patient["practice"] == patient["cloud"] == len(agent.held("patient"))


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
