"""``run``: a process that works until it is told to stop."""

from __future__ import annotations

import json
import signal

import pytest

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


def test_an_agent_that_is_not_set_up_says_what_to_do(office: Office):
    result = office.say("run")
    assert result.exit_code == 3
    assert "practice-agent init" in result.stderr
