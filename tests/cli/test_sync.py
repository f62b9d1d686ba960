"""``sync --once``: with and without a running agent."""

from __future__ import annotations

import json

from sandbox.cloud.faults import Fault
from tests.cli.office import Office
from tests.cli.running import running_agent


def test_everything_is_loaded_and_delivered_in_this_process(agent: Office):
    told = agent.well("sync", "--once")
    assert told.startswith("In step: ")
    assert len(agent.held("patient")) >= 60
    assert json.loads((agent.home / "status.json").read_text())["waiting"]["changes"] == 0


def test_a_running_agent_is_asked_instead(agent: Office):
    with running_agent(agent):
        found = json.loads(agent.well("sync", "--once", "--json"))
        assert found["records"] >= 60
        assert found["remarks"] == []
        assert len(agent.held("patient")) >= 60


def test_what_is_told_in_the_end_is_how_things_are_then_and_not_before(agent: Office):
    agent.settings_of("limits", delete_share=0.01, delete_floor=0)
    agent.well("sync", "--once")
    with running_agent(agent):
        agent.change("DELETE FROM transactions_header WHERE tran_num BETWEEN 60 AND 120")
        told = agent.say("sync", "--once")
        assert (told.exit_code, "1 decision(s) wait" in told.stderr) == (1, True)


def test_without_once_it_says_what_to_do(agent: Office):
    result = agent.say("sync")
    assert result.exit_code == 2
    assert "--once" in result.stderr


def test_an_agent_that_is_not_enrolled_says_so(office: Office):
    office.well("init", *office.settings)
    result = office.say("sync", "--once")
    assert result.exit_code == 3
    assert "not_enrolled" in result.stderr


def test_a_database_that_is_no_database_ends_it_with_a_remedy(agent: Office):
    agent.practice.write_bytes(b"nothing of the kind" * 100)
    result = agent.say("sync", "--once")
    assert result.exit_code == 3
    assert "database_damaged" in result.stderr


def test_a_cloud_that_stumbles_is_waited_for(agent: Office):
    agent.cloud.faults.plan(Fault(kind="error", status=503, times=2))
    agent.well("sync", "--once")
    assert len(agent.held("patient")) >= 60


def test_a_resource_that_cannot_be_read_is_told_and_the_others_are_delivered(agent: Office):
    agent.change("ALTER TABLE chairs RENAME TO chairs_gone")
    result = agent.say("sync", "--once")
    assert result.exit_code == 1
    assert "operatory is not read" in result.stderr
    assert len(agent.held("patient")) >= 60


def test_a_resource_that_stops_after_its_load_keeps_nothing_back(agent: Office):
    agent.well("sync", "--once")
    before = len(agent.held("operatory"))
    agent.change("ALTER TABLE chairs RENAME TO chairs_gone", "UPDATE patient SET first_name = 'Ada'")
    result = agent.say("sync", "--once")
    assert result.exit_code == 1
    assert "operatory is not read" in result.stderr
    assert len(agent.held("operatory")) == before
    assert {one.data["first_name"] for one in agent.held("patient").values()} == {"Ada"}
