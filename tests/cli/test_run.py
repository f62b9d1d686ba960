"""``run``: a process that works until it is told to stop."""

from __future__ import annotations

import json
import signal

import pytest

from agent.api.client import LocalAgent
from tests.api.stations import until
from tests.cli.office import Office
from tests.cli.running import running_agent, until_running


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_prints_events_and_stops_cleanly_when_told_to(agent: Office, number: signal.Signals):
    process = agent.start("run")
    until_running(agent, process)
    agent.well("sync", "--once")
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert err == ""
    events = [line.split()[2] for line in out.splitlines()]
    assert events[0] == "agent_started"
    assert events[-1] == "agent_stopped"
    assert {"captured", "delivered"} <= set(events)
    assert not agent.home.joinpath("agent.pid").exists()


def test_two_agents_in_one_home_are_refused(agent: Office):
    with running_agent(agent):
        result = agent.say("run")
    assert result.exit_code == 3
    assert "home_in_use" in result.stderr


def test_killed_and_started_again_it_goes_on(agent: Office):
    process = agent.start("run", "--quiet")
    until_running(agent, process)
    process.kill()
    process.communicate(timeout=60)
    with running_agent(agent):
        agent.well("sync", "--once")
        assert json.loads(agent.well("reconcile", "--json"))["all_matched"]


def test_an_agent_that_is_not_set_up_waits_for_it_and_begins_by_itself(office: Office):
    process = office.start("run")
    with LocalAgent(office.home) as client:
        until(lambda: office.home.joinpath("api.json").exists() or process.poll() is not None, "the local API")
        until(lambda: client.status().overall.state == "not_set_up", "the wait for its settings")
        office.set_up()
        until(lambda: client.status().overall.state == "working", "the agent")
    process.terminate()
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    events = [line.split()[2] for line in out.splitlines()]
    assert events[0] == "not_initialised"
    assert {"agent_started", "agent_stopped"} <= set(events)
    assert not office.home.joinpath("api.json").exists()
