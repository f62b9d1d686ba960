"""``status``: says whether it works, also when nobody is there to ask."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Callable

from agent.host import looking, settings_file
from tests.api.conftest import idle
from tests.api.stations import Service
from tests.cli.office import Office
from tests.cli.running import running_agent

__all__ = ["idle"]


def test_before_anything_it_says_what_is_to_be_done_and_touches_nothing(office: Office):
    result = office.say("status")
    assert result.exit_code == 3
    assert result.stdout.startswith("Practice Agent is NOT SET UP: There are no settings yet: `practice-agent init`")
    assert not office.home.exists()
    office.well("init", *office.settings)
    assert "NOT SET UP: It is not enrolled yet: `practice-agent enroll CODE`" in office.say("status").stdout
    assert json.loads(office.say("status", "--json").stdout)["overall"]["state"] == "not_set_up"
    office.well("enroll", office.code())
    result = office.say("status")
    assert (result.exit_code, result.stdout) == (1, "Practice Agent is NOT RUNNING: No agent has worked here yet.\n")


def test_a_service_that_waits_to_be_set_up_is_told_from_one_that_is_down(office: Office, idle: Service):
    assert office.home == idle.home
    result = office.say("status")
    assert result.exit_code == 3
    assert "NOT SET UP" in result.stdout and "the service is up and waits for it" in result.stdout


def test_a_paused_agent_says_until_when_and_how_to_go_on(agent: Office):
    agent.well("sync", "--once")
    with running_agent(agent):
        agent.well("pause", "1")
        soon(lambda: "PAUSED" in agent.say("status").stdout)
        result = agent.say("status")
        assert result.exit_code == 1
        assert result.stdout.startswith("Practice Agent is PAUSED: Until 20")
        assert "`practice-agent resume` goes on now" in result.stdout
        assert json.loads(agent.say("status", "--json").stdout)["overall"]["state"] == "paused"
        agent.well("resume")
        soon(lambda: agent.say("status").exit_code == 0)


def soon(done: Callable[[], bool]) -> None:
    """Within the time in which a running agent writes its status a few times."""
    for _ in range(40):
        if done():
            return
        threading.Event().wait(0.25)
    raise AssertionError("it never came")


def test_a_running_agent_works(agent: Office):
    agent.well("sync", "--once")
    with running_agent(agent):
        soon(lambda: "First load" not in agent.well("status"))  # until it has looked at the database
        found = json.loads(agent.well("status", "--json"))
        assert found["overall"] == {"state": "working", "since": None, "reason": ""}
        assert found["presence"] == "running"
        assert {one["resource"] for one in found["status"]["resources"]} >= {"patient", "appointment"}
    after = agent.say("status")
    assert after.exit_code == 1
    assert after.stdout.startswith("Practice Agent is NOT RUNNING since 20")
    assert "The service is down: start it" in after.stdout.splitlines()[0]


def test_in_a_pipe_each_line_says_what_it_is(agent: Office):
    agent.well("sync", "--once")
    lines = agent.say("status").stdout.splitlines()[2:]
    kinds = [line.split("\t")[0] for line in lines]
    assert kinds[:4] == ["database", "delivery", "waiting", "cloud"]
    assert kinds.count("resource") == 8
    patient = next(line.split("\t") for line in lines if line.startswith("resource\tpatient"))
    assert patient[3:] == ["loaded", patient[4], "by comparing", patient[6], "0", "0.0", "0", "0"]
    assert patient[6].endswith("Z")


def test_on_a_terminal_it_is_a_tree(agent: Office):
    agent.well("sync", "--once")
    told = on_terminal(agent, "status")
    assert "── resources" in told
    assert "NOT RUNNING" in told


def test_half_a_document_is_no_document(agent: Office):
    agent.home.joinpath("status.json").write_text("{ half")
    assert "No agent has worked here yet" in agent.say("status").stdout


def on_terminal(office: Office, *arguments: str) -> str:
    """What a verb shows a person at a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "agent.cli.main", *arguments],
        env={**os.environ, "PRACTICE_AGENT_HOME": str(office.home), "COLUMNS": "160", "TERM": "xterm"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    shown = b""
    try:
        while piece := os.read(ours, 65536):
            shown += piece
    except OSError:
        pass  # how Linux says that the other side has closed
    finally:
        os.close(ours)
        process.wait(60)
    return shown.decode()


def test_a_look_knows_the_settings_file_by_its_name():
    assert looking._SETTINGS == settings_file.FILE
