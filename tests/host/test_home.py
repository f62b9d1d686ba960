"""The home folder: private, in the right place, and with one agent in it at most."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from agent.host.home import VARIABLE, Home
from agent.model.errors import NeedsPerson

HOLD = """
import sys, pathlib
from agent.host.home import Home
with Home.open(pathlib.Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other_agent(tmp_path: Path):
    """Another process that holds the lock of the home in ``tmp_path``."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_agent_on_a_home_is_refused_and_told_who_holds_it(
    tmp_path: Path, other_agent: subprocess.Popen[str]
):
    with pytest.raises(NeedsPerson) as caught, Home.open(tmp_path).lock():
        pass
    assert caught.value.code == "home_in_use"
    assert caught.value.fields["pid"] == other_agent.pid
    assert f"process {other_agent.pid}" in caught.value.title


def test_a_killed_agent_holds_nothing(tmp_path: Path, other_agent: subprocess.Popen[str]):
    other_agent.kill()
    other_agent.wait()
    with Home.open(tmp_path).lock():
        assert Home.open(tmp_path).holder() == os.getpid()
    assert Home.open(tmp_path).holder() is None


def test_two_homes_do_not_hinder_each_other(tmp_path: Path, other_agent: subprocess.Popen[str]):
    with Home.open(tmp_path / "other").lock():
        pass


def test_the_folder_given_counts_before_the_environments_and_that_before_the_platforms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert Home.choose().name.lower().replace(" ", "-") == "practice-agent"
    monkeypatch.setenv(VARIABLE, str(tmp_path / "named"))
    assert Home.choose() == tmp_path / "named"
    assert Home.choose(tmp_path / "given") == tmp_path / "given"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights")
def test_a_home_is_made_private(tmp_path: Path):
    home = Home.open(tmp_path / "new")
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700
    assert {home.settings.parent, home.store.parent, home.log.parent} == {home.path}
