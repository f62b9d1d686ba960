"""``status``: says whether it works, also when nobody is there to ask."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

from tests.cli.office import Office
from tests.cli.running import running_agent


def test_before_anything_it_says_that_nothing_has_worked_here(office: Office):
    result = office.say("status")
    assert result.exit_code == 1
    assert result.stdout == "Practice Agent is NOT RUNNING: No agent has worked here yet.\n"
    assert not office.home.exists()


def test_a_running_agent_works(agent: Office):
    agent.well("sync", "--once")
    with running_agent(agent):
        found = json.loads(agent.well("status", "--json"))
        assert found["overall"] == {"state": "working", "since": None, "reason": ""}
        assert found["presence"] == "running"
        assert {one["resource"] for one in found["status"]["resources"]} >= {"patient", "appointment"}
    after = agent.say("status")
    assert after.exit_code == 1
    assert after.stdout.startswith("Practice Agent is NOT RUNNING since 20")


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
