"""Accelerators: what they name, when they look, what they remember; whatever they miss the rotation finds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from agent.capture.accelerators import Accelerators, News
from agent.model.reading import Accelerator, Growth, Hint, Key, ShapeFacts
from agent.model.state import Commit
from tests.capture.plain import APPOINTMENT, PATIENT, Half, row

AUDITED = replace(APPOINTMENT, accelerators=(Accelerator("audit", "growth"),))
WINDOWED = replace(APPOINTMENT, accelerators=(Accelerator("near", "window", 5.0, 7, 90),))
TODAY = date(2026, 3, 2)


class Place:
    """Accelerators over a plain source, and what each look brought."""

    def __init__(self, folder: Path, shape: ShapeFacts) -> None:
        self.half = Half(folder, shape, PATIENT)
        self.source = self.half.source
        self.shapes = {shape.id: shape, "patient": PATIENT}
        self.made = Accelerators(self.source, self.half.store, self.half.clock, 5.0)
        self.days: list[tuple[str, str]] = []
        glimpse = self.source.glimpse

        def noted(shape: str, accelerator: str, first: str, last: str) -> Any:
            self.days.append((first, last))
            return glimpse(shape, accelerator, first, last)

        self.source.glimpse = noted

    def round(self, *, keep: bool = True) -> tuple[list[Key], News]:
        """All looks that are due: the keys named, and all other news together."""
        named: list[Key] = []
        news = News()
        self.half.clock.now += 5.0
        now = self.half.clock.now
        while self.made.due(now):
            commit = Commit(1)
            one = self.made.poll(self.shapes, commit, now, TODAY)
            news.shapes |= one.shapes
            news.lookups |= one.lookups
            news.busy += one.busy
            named += [key for _, key in commit.dirty]
            if keep:
                self.half.store.commit(commit)
            else:
                self.made.forget()
        return named, news


@pytest.fixture
def audited(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path, AUDITED)
    yield made
    made.half.store.close()


@pytest.fixture
def windowed(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path, WINDOWED)
    made.source.tables["appointment"] = {(n,): row(f"v{n}") for n in range(1, 6)}
    yield made
    made.half.store.close()


def test_they_look_at_once_and_then_at_every_interval_or_when_hastened(audited: Place):
    now = audited.half.clock.now
    assert audited.made.due(now)
    audited.round()
    now = audited.half.clock.now
    assert not audited.made.due(now + 4.9) and audited.made.due(now + 5.0)
    assert audited.made.due_at == now + 5.0
    audited.made.hasten()
    assert audited.made.due(now)


def test_what_grew_before_the_first_look_is_not_named(audited: Place):
    audited.source.named = [((1,), 1), ((2,), 2)]
    assert audited.round()[0] == []
    audited.source.named.append(((3,), 3))
    assert audited.round()[0] == [(3,)]
    assert audited.round()[0] == []


def test_a_key_is_named_once_a_look_however_often_it_was_touched(audited: Place):
    audited.round()
    audited.source.named = [((1,), 1), ((1,), 2), ((2,), 3), ((1,), 4)]
    assert audited.round()[0] == [(1,), (2,)]


def growing(place: Place, *answers: tuple[list[tuple[int, int]], Any, bool]) -> list[Any]:
    """The source answers these (key and mark, cursor, more) one after the other; the cursors it was asked with."""
    asked: list[Any] = []
    left = list(answers)

    def growth(shape: str, accelerator: str, cursor: Any, limit: int) -> Growth:
        asked.append(cursor)
        named, after, more = left.pop(0)
        return Growth([(key,) for key, _ in named], [mark for _, mark in named], after, more, 0.001)

    place.source.growth = growth
    return asked


def test_what_the_overlap_names_again_is_read_only_once(audited: Place):
    asked = growing(
        audited,
        ([], 10, False),
        ([(1, 11), (2, 12)], 10, False),
        ([(1, 11), (2, 12), (3, 9)], 10, False),  # mark 9 was committed late
        ([(1, 11), (2, 12), (3, 9), (1, 13)], 12, False),
    )
    assert [audited.round()[0] for _ in range(4)] == [[], [(1,), (2,)], [(3,)], [(1,)]]
    assert asked == [None, 10, 10, 10]


def test_more_than_fits_one_answer_is_fetched_at_once(audited: Place):
    asked = growing(audited, ([], 0, False), ([(1, 1)], 1, True), ([(2, 2)], 2, True), ([(3, 3)], 1, False))
    audited.round()
    assert audited.round()[0] == [(1,), (2,), (3,)]
    assert asked == [None, 0, 1, 2]


def test_a_restart_goes_on_at_the_cursor_that_was_kept(audited: Place):
    growing(audited, ([], 10, False))
    audited.round()
    audited.made = Accelerators(audited.source, audited.half.store, audited.half.clock, 5.0)
    asked = growing(audited, ([(1, 11)], 11, False))
    assert audited.round()[0] == [(1,)]
    assert asked == [10]


def test_what_was_named_and_not_kept_is_named_again(audited: Place):
    audited.round()
    audited.source.named = [((1,), 1)]
    assert audited.round(keep=False)[0] == [(1,)]
    assert audited.round()[0] == [(1,)]
    assert audited.round()[0] == []


def test_a_window_names_what_changed_left_or_came_since_the_last_look(windowed: Place):
    assert windowed.round()[0] == []
    rows = windowed.source.tables["appointment"]
    rows[(2,)] = row("moved")
    del rows[(4,)]
    rows[(9,)] = row("booked")
    # All days show everything here: the near ones are looked at every time.
    assert sorted(windowed.round()[0]) == [(2,), (4,), (9,)]
    assert windowed.round()[0] == []


def test_the_days_around_today_are_looked_at_every_time_and_the_rest_in_turn(windowed: Place):
    near = ("2026-03-01", "2026-03-09")
    far: list[tuple[str, str]] = []
    for _ in range(8):
        windowed.days.clear()
        windowed.round()
        assert windowed.days[0] == near and len(windowed.days) == 2
        far.append(windowed.days[1])
    assert far[0] == ("2026-02-23", "2026-02-28") and far[7] == far[0]
    ends = sorted({near, *far})
    assert ends[0][0] == "2026-02-23" and ends[-1][1] == "2026-05-31"
    for (_, last), (first, _) in pairwise(ends):
        assert (date.fromisoformat(first) - date.fromisoformat(last)).days == 1


def test_a_hint_brings_days_shapes_and_lookups_forward(windowed: Place):
    days = frozenset({"2026-03-20", "2026-06-30", "2026-01-01"})

    def hint(cursor: Any) -> Hint:
        return Hint((cursor or 0) + 1, frozenset({"patient"}), {"appointment": days, "unheard": days}, True, 0.002)

    windowed.source.hint = hint
    _, news = windowed.round()
    assert news.shapes == {"patient"} and news.lookups
    assert ("2026-03-20", "2026-03-20") in windowed.days
    assert not any(first in ("2026-06-30", "2026-01-01") for first, _ in windowed.days)


def test_a_shape_that_has_stopped_meanwhile_is_passed_over(windowed: Place):
    windowed.half.clock.now += 5.0
    now = windowed.half.clock.now
    windowed.made.poll(windowed.shapes, Commit(1), now, TODAY)
    assert windowed.made.shape == "appointment"
    del windowed.shapes["appointment"]
    while windowed.made.due(now):
        windowed.made.poll(windowed.shapes, Commit(1), now, TODAY)
    assert windowed.days == []
