"""The first load: page by page, referred-to resources first, resumable after any page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.capture.engine import Capture
from agent.model.reading import Range
from tests.capture.plain import APPOINTMENT, Half, row

PLANNED = replace(APPOINTMENT, id="appointment.planned")


@pytest.fixture
def half(tmp_path: Path) -> Iterator[Half]:
    """An agent's half over a practice with nine visits."""
    made = Half(tmp_path)
    made.source.tables["appointment"] = {(n,): row(f"v{n}") for n in range(1, 10)}
    yield made
    made.store.close()


def step(half: Half, count: int = 1) -> None:
    """Steps of capture, each after the pause that it asked for."""
    for _ in range(count):
        half.clock.now += max(half.capture.step(), 0.001)


def test_it_goes_on_after_the_last_page_that_was_committed(half: Half):
    while len(half.source.asked) < 2 or half.source.asked[-1] != "scan appointment":
        step(half)
    first = half.lines()
    assert 0 < len([line for line in first if line.startswith("upsert")]) < 9
    half.capture = Capture(half.source, half.store, half.clock, half.settings, lambda code, **_: None)
    rest = half.settle()
    assert sorted(line for line in first + rest if line.startswith("upsert")) == [
        f"upsert appointment {n} v{n}" for n in range(1, 10)
    ]
    assert rest[-1] == "complete appointment 9"


def test_the_ranges_that_it_leaves_behind_cover_every_key(half: Half):
    half.settle()
    ranges = [fence.within for fence in half.store.fences()["appointment"]]
    assert ranges[0].after is None and ranges[-1].upto is None
    assert [one.upto for one in ranges[:-1]] == [one.after for one in ranges[1:]]


def test_what_is_added_behind_it_while_it_goes_on_is_found_by_the_rotation(half: Half):
    while half.source.asked.count("scan appointment") < 2:
        step(half)
    half.source.tables["appointment"][(0,)] = row("early")
    sent = half.settle()
    assert sent.count("upsert appointment 0 early") == 1


def test_a_resource_of_two_shapes_is_complete_when_both_are_loaded(tmp_path: Path):
    half = Half(tmp_path, APPOINTMENT, PLANNED)
    half.source.tables["appointment"] = {(1,): row("a"), (2,): row("b")}
    half.source.tables["appointment.planned"] = {(3,): row("c")}
    sent = half.settle()
    assert [line for line in sent if line.startswith("complete")] == ["complete appointment 3"]
    assert sent[-1] == "complete appointment 3"
    half.store.close()


def test_digests_of_ranges_are_kept_under_a_key(half: Half):
    """A range may hold so little that somebody could guess it."""
    half.settle()
    for fence in half.store.fences()["appointment"]:
        plain = half.source.digest("appointment", fence.within, 100).digest
        assert fence.digest != plain
        assert fence.digest == half.capture.work.changes.range_digest(plain)
    assert half.source.digest("appointment", Range(), 100).rows == 9
