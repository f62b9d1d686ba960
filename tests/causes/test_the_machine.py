"""Causes on the agent's own machine: drivers, the disk, the store, a copy of it elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.api.client import LocalAgent
from agent.host.secret_names import STORE_KEY
from agent.platform.secrets import Secrets
from sandbox.cloud.tls import development_tls
from tests.causes.watching import at_work
from tests.cli import office as offices
from tests.cli.office import Office
from tests.crash.workplace import practice_in

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(600)]

MEGABYTE = 1 << 20


@contextmanager
def office_in(folder: Path) -> Iterator[Office]:
    """An office with an agent that is set up and looks often."""
    file = folder / "practice.db"
    practice_in(file).connection.close()
    with offices.opened(folder, file, development_tls(folder / "tls")) as made:
        made.set_up()
        made.settings_of("pace", poll_seconds=0.5, compare_seconds=1, lookup_minutes=0.02)
        yield made


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """The same."""
    with office_in(tmp_path) as made:
        yield made


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 40 MB where the agent's home will be."""
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m,mode=700", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted by root only")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_disk_that_is_full_to_the_last_byte(small_disk: Path, tmp_path: Path):
    with office_in(tmp_path) as office:
        office.settings_of("limits", disk_free_mb=16)
        with at_work(office) as agent:
            filler = small_disk / "somebody-elses.bin"
            free = os.statvfs(small_disk)
            filler.write_bytes(bytes(free.f_bavail * free.f_frsize))
            agent.tells("disk_full")
            filler.unlink()
            agent.forgets("disk_full")


def test_a_driver_that_is_not_installed_and_one_whose_file_somebody_removed(office: Office):
    folder = office.folder / "odbc"
    folder.mkdir()
    names, driver = folder / "odbcinst.ini", folder / "driver.so"
    (installed,) = Path("/usr/lib").glob("*/odbc/libsqlite3odbc.so")
    names.write_text("")
    with at_work(office, {"ODBCSYSINI": str(folder)}) as agent:
        agent.tells("driver_missing")
        shutil.copy(installed, driver)
        names.write_text(f"[SQLite3]\nDriver={driver}\n")
        agent.forgets("driver_missing")
        agent.until(lambda: office.held("patient"), "the first load")
        driver.rename(folder / "quarantine.so")
        agent.lose_reader()
        agent.tells("driver_missing")
        (folder / "quarantine.so").rename(driver)
        agent.forgets("driver_missing")


def test_a_store_that_is_torn_and_one_whose_key_is_lost(office: Office):
    office.well("sync", "--once")
    with (office.home / "store.db").open("r+b") as file:
        for at in range(4096, file.seek(0, 2), 8192):
            file.seek(at)
            file.write(b"\x00torn" * 99)
    with at_work(office) as agent:
        agent.tells("store_damaged")
        agent.forgets("store_damaged")
    Secrets(office.home).delete(STORE_KEY)
    with at_work(office) as agent:
        agent.tells("key_lost")
        agent.forgets("key_lost")
    office.well("reconcile")


def test_a_copy_of_the_folder_is_refused_until_it_takes_over_and_then_the_first_one_is(office: Office):
    copy = office.folder / "copy"
    with at_work(office) as first:
        first.until(lambda: office.held("patient"), "the first load")
    shutil.copytree(office.home, copy)
    with at_work(office) as first, at_work(office, home=copy) as second:
        second.tells("other_host")
        assert not [one for one in first.warnings().values() if one["severity"] == "error"]
        take_over(office, copy)
        second.forgets("other_host")
        first.tells("agent_replaced")
        take_over(office, office.home)
        first.forgets("agent_replaced")
        second.tells("agent_replaced")


def take_over(office: Office, home: Path) -> None:
    """A person enrols the agent of a folder with a fresh code, as the window does."""
    with LocalAgent(home, "change", seconds=60.0) as client:
        task = client.begin("enrol", code=office.code(), takeover=True)
        while task.state in ("waiting", "running"):
            task = client.task(task.id, wait=5.0)
        assert task.state == "done", task.answer
