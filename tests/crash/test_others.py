"""Two of what there may be only one of: agents with one identity, databases under one name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from threading import Event

import psutil

from agent.model.resources import RESOURCES
from tests.crash.workplace import Workplace, until


def test_a_copied_home_in_another_folder_is_refused_and_disturbs_nobody(workplace: Workplace, tmp_path: Path):
    workplace.sync()
    copy = tmp_path / "copy"
    shutil.copytree(workplace.home, copy)
    with workplace.running():
        workplace.practice.work(5)
        result = workplace.office.say("--home", str(copy), "sync", "--once")
        assert result.exit_code == 3
        assert "other_host" in result.stderr and "--takeover" in result.stderr
        workplace.settled()
    assert workplace.check_feed() == {1}


def test_of_two_runs_that_cannot_be_told_apart_the_newer_one_goes_on(workplace: Workplace, tmp_path: Path):
    """A machine and its clone: the same machine id, the same folder, each with a lock of its own."""
    workplace.sync()
    clone = tmp_path / "clone"
    shutil.copytree(workplace.home, clone)
    older = workplace.start()
    workplace.home.rename(tmp_path / "older")
    clone.rename(workplace.home)
    try:
        with workplace.running():
            while not workplace.events("superseded"):  # both write to the log of this name
                workplace.practice.work(1)
                Event().wait(0.2)
            workplace.practice.work(5)
            workplace.settled()
    finally:
        older.kill()
        older.communicate(timeout=150)
    workplace.check_feed()


def test_another_database_under_the_same_name_changes_nothing_until_a_person_says_so(
    workplace: Workplace, other_practice: Path
):
    held = workplace.office.cloud.cloud.held
    whose = workplace.office.practice_id
    with workplace.running() as process:
        workplace.sync()
        before = {resource: held(whose, resource) for resource in RESOURCES}
        own = workplace.office.practice.with_suffix(".own")
        os.replace(workplace.office.practice, own)
        os.replace(other_practice, workplace.office.practice)
        for reader in psutil.Process(process.pid).children(recursive=True):
            reader.kill()
    with workplace.running():  # a restart looks at the database at once
        until(lambda: workplace.events("capture_halted"), "the halt")
        assert workplace.events("capture_halted")[-1]["reason"] == "database_changed"
        until(lambda: "database_changed" in str(workplace.say("status")[1]), "the status")
        _, (hold,) = workplace.say("holds")
        assert hold["kind"] == "database_changed"
        assert {resource: held(whose, resource) for resource in RESOURCES} == before
        os.replace(workplace.office.practice, other_practice)
        os.replace(own, workplace.office.practice)
        for reader in psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []:
            reader.kill()
    with workplace.running():
        workplace.practice.work(5)
        workplace.settled()
    assert workplace.check_feed() == {1}
