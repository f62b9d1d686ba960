"""The process that writes is killed at any instant, for real: what it says is true, and nothing is written twice."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from agent.model.writing import NotNow, OutcomeUnknown, Task
from agent.sources.bridge.writer_client import ProcessWriter
from agent.sources.eaglesoft.writing.channel import EaglesoftChannel
from tests import servers
from tests.sources.eaglesoft.writing.offices import FREE_DAY, Office, in_file, on_server

KILLS = 12
HEAVY_KILLS = 300


def kill_soon(pid: int, after: float) -> threading.Thread:
    def run() -> None:
        threading.Event().wait(after)
        os.kill(pid, signal.SIGKILL)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def killed_again_and_again(office: Office, kills: int, seed: int) -> None:
    rng = random.Random(seed)
    said: dict[str, int] = {}
    usual = 0.01
    for number in range(kills):
        task = office.task(
            "appointment.create",
            ("0003",),
            operatory_id="1",
            provider_ids=[office.user],
            start=f"{FREE_DAY}T09:00:00",
            duration_minutes=30,
        )
        channel = office.channel(double_booking=lambda: True)
        assert channel.look().state == "ready"  # the process runs and is connected
        plan = channel.prepare(task)
        before = office.count("appointment")
        writer = office.opened.pop()
        assert isinstance(writer, ProcessWriter)
        killer = kill_soon(writer.pid, rng.uniform(0.0, 1.1) * usual)
        try:
            channel.apply(task, plan)
            result = "written"
        except NotNow:
            result = "not written"
        except OutcomeUnknown:
            result = "unknown"
        killer.join()
        writer.close()
        said[result] = said.get(result, 0) + 1
        place = f"kill {number} of seed {seed}: {result}"
        fresh = office.channel(double_booking=lambda: True)
        found = settled(fresh, task)
        written = office.count("appointment") - before
        assert found == ("applied" if written else "absent"), place
        assert written == {"written": 1, "not written": 0}.get(result, written), place
        assert written <= 1, place
        if found == "absent":
            assert fresh.look().state == "ready"
            again = fresh.prepare(task)
            begun = time.perf_counter()
            fresh.apply(task, again)
            usual = min(usual * 2, time.perf_counter() - begun)
            assert fresh.find(task).result == "applied", place
        office.opened.pop().close()
    print(said)


def settled(channel: EaglesoftChannel, task: Task) -> str:
    """What is found when the server has had time to notice that the connection is gone."""
    for _ in range(3):
        if channel.find(task).result != "absent":
            break
        threading.Event().wait(0.1)
    return channel.find(task).result


def test_a_writer_killed_at_any_instant_writes_once_or_not_at_all(tmp_path: Path) -> None:
    with in_file("sqlite", tmp_path / "practice.db") as office:
        killed_again_and_again(office, KILLS, seed=random.randrange(1_000_000))


@pytest.mark.servers
def test_a_writer_killed_at_any_instant_before_a_server_writes_once_or_not_at_all(
    postgresql: servers.Database,
) -> None:
    with on_server(postgresql) as office:
        killed_again_and_again(office, KILLS, seed=random.randrange(1_000_000))


@pytest.mark.heavy
@pytest.mark.servers
@pytest.mark.timeout(3600)
def test_a_writer_killed_hundreds_of_times_writes_once_or_not_at_all(postgresql: servers.Database) -> None:
    with on_server(postgresql) as office:
        killed_again_and_again(office, HEAVY_KILLS, seed=random.randrange(1_000_000))
