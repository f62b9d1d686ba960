"""Is somebody at work in a home?"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.host import status_file
from agent.host.home import Home
from agent.host.looking import look

AT = "2025-03-03T17:00:00.000Z"
NOW = 1_741_021_200.0


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.open(tmp_path / "home")


def say(home: Home, pid: int) -> None:
    status_file.write(home.path, {"at": AT, "pid": pid})


def test_an_empty_home_has_nobody(home: Home):
    seen = look(home, NOW)
    assert (seen.presence, seen.document, seen.age) == ("stopped", None, None)


def test_who_holds_the_lock_and_spoke_lately_runs(home: Home):
    with home.lock():
        assert look(home, NOW).presence == "starting"
        say(home, os.getpid())
        assert look(home, NOW + 1).presence == "running"
        assert look(home, NOW + 10).presence == "running"
        assert look(home, NOW + 60).presence == "silent"
    assert look(home, NOW + 61).presence == "stopped"
    assert look(home, NOW + 61).age == 61


def test_a_process_that_was_killed_is_seen_to_be_gone(home: Home):
    say(home, 4_000_000)
    (home.path / "agent.pid").write_text("4000000\n")
    assert look(home, NOW + 10).presence == "stopped"


def test_what_an_earlier_one_said_does_not_count(home: Home):
    say(home, os.getpid() + 1)
    with home.lock():
        assert look(home, NOW).presence == "starting"


def test_a_document_without_a_time_is_old(home: Home):
    status_file.write(home.path, {"pid": os.getpid()})
    with home.lock():
        assert look(home, NOW).presence == "silent"


def test_a_clock_that_was_set_back_makes_nobody_seem_alive(home: Home):
    say(home, 4_000_000)
    (home.path / "agent.pid").write_text("4000000\n")
    assert look(home, NOW - 3600).presence == "stopped"
    with home.lock():
        say(home, os.getpid())
        assert look(home, NOW - 3600).presence == "silent"
