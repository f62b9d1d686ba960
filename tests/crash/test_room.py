"""No room: for what waits for the cloud, on the disk. Reading pauses, says so, and goes on; nothing is lost."""

from __future__ import annotations

import os
import string
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from sandbox.cloud.faults import Fault
from tests.crash.workplace import Workplace, until

MEGABYTE = 1 << 20


def note(rng: Random, length: int = MEGABYTE) -> str:
    """A long note that cannot be packed much smaller."""
    return "".join(rng.choices(string.ascii_letters + string.digits + " ", k=length))


def warned(workplace: Workplace, code: str) -> bool:
    """Whether the status tells of it."""
    status = workplace.say("status")[1]["status"]
    return status is not None and any(one["code"] == code for one in status["warnings"])


def test_notes_of_a_megabyte_arrive_whole_though_the_outbox_was_full_in_between(workplace: Workplace):
    desk, rng = workplace.practice.desk, Random(1)
    visits = [one for one in desk.practice.appointments.values() if one.patient is not None][:40]
    for number, visit in enumerate(visits):
        desk.annotate(visit, note(rng) if number % 4 else "packs well. " * (MEGABYTE // 12))
    workplace.office.settings_of("limits", outbox_mb=16)
    workplace.office.cloud.faults.plan(Fault(kind="error", status=503, path="batches", times=-1))
    with workplace.running():
        until(lambda: warned(workplace, "outbox_full"), "the warning")
        resources = workplace.say("status")[1]["status"]["resources"]
        assert not all(one["loaded"] for one in resources)
        store = (workplace.home / "store.db").stat().st_size
        assert 16 * MEGABYTE < store < 40 * MEGABYTE
        workplace.office.cloud.faults.forget()
        workplace.settled()
        until(lambda: not warned(workplace, "outbox_full"), "the warning's end")
    held = workplace.office.cloud.cloud.held(workplace.office.practice_id, "appointment")
    assert sum(len(one.data["note"] or "") > MEGABYTE - 20 for one in held.values()) >= 20
    assert workplace.check_feed() == {1}


def test_a_note_too_long_to_be_sent_costs_only_itself(workplace: Workplace):
    desk = workplace.practice.desk
    visit = next(one for one in desk.practice.appointments.values() if one.patient is not None)
    desk.annotate(visit, "x" * (MEGABYTE + 1))
    workplace.sync()
    (entry,) = [one for one in workplace.feed() if one["resource"] == "appointment" and one["id"] == str(visit.key)]
    assert entry["data"]["note"] is None
    assert {"field": "note", "code": "too_long"} in entry["issues"]
    assert entry["data"]["start"] is not None


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 40 MB where the agent's home will be."""
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=40m,mode=700", "tmpfs", str(place)], check=False, capture_output=True
        ).returncode
    )
    if not mounted:
        pytest.skip("a small disk can be mounted by root only")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(place: Path, leave: int) -> Path:
    """Something else takes all of the disk but so much."""
    filler = place / "somebody-elses.bin"
    free = os.statvfs(place)
    filler.write_bytes(bytes(free.f_bavail * free.f_frsize - leave))
    return filler


def test_a_disk_that_is_nearly_full_stops_reading_until_there_is_room_again(small_disk: Path, workplace: Workplace):
    workplace.office.settings_of("limits", disk_free_mb=16)
    filler = fill(small_disk, 8 * MEGABYTE)
    with workplace.running():
        until(lambda: warned(workplace, "disk_full"), "the warning")
        assert workplace.office.held("patient") == {}
        filler.unlink()
        workplace.settled()
    assert workplace.check_feed() == {1}


def test_a_disk_that_is_full_to_the_last_byte_costs_nothing(small_disk: Path, workplace: Workplace):
    workplace.office.settings_of("limits", disk_free_mb=16)
    with workplace.running():
        workplace.sync()
        filler = fill(small_disk, 0)
        workplace.practice.work(60)
        until(lambda: warned(workplace, "disk_full"), "the warning")
        filler.unlink()
        workplace.practice.work(10)
        workplace.settled()
    assert workplace.check_feed() == {1}
