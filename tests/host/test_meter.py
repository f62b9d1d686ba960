"""What the agent costs: told of itself and of the children that live now."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import psutil
import pytest

from agent.host.meter import Meter


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def reader() -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; held = b'x' * 60_000_000; print(flush=True); sys.stdin.read()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.readline()
    return child


def end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.communicate()


def test_a_child_counts_within_a_minute_and_no_longer_when_it_has_ended() -> None:
    clock = Clock()
    meter = Meter(clock)
    before = meter.facts(0.0)["memory_mb"]
    child = reader()
    try:
        clock.now += 61.0
        assert meter.facts(0.0)["memory_mb"] > before + 50
    finally:
        end(child)
    clock.now += 2.0
    assert meter.facts(0.0)["memory_mb"] < before + 50


def test_the_table_of_all_processes_is_not_read_at_every_look(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    children: Callable[..., list[psutil.Process]] = psutil.Process.children

    def counted(self: psutil.Process, recursive: bool = False) -> list[psutil.Process]:
        nonlocal looks
        looks += 1
        return children(self, recursive=recursive)

    monkeypatch.setattr(psutil.Process, "children", counted)
    clock = Clock()
    meter = Meter(clock)
    for _ in range(30):
        clock.now += 2.0
        meter.facts(0.0)
    assert looks == 2, "one when it began, one a minute later"


def test_shares_are_of_the_last_minutes() -> None:
    clock = Clock()
    meter = Meter(clock)
    clock.now += 100.0
    assert meter.facts(5.0)["database_share"] == pytest.approx(0.05)
    clock.now += 300.0
    assert meter.facts(5.0)["database_share"] == 0.0
