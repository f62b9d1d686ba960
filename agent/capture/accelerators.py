"""Accelerators: what tells early that records may have changed.

They only name keys to be read again and never decide that nothing has happened: whatever they miss, the rotation finds.
What they remember between two looks is kept in memory; the cursors of growing tables are kept in the store, so that a
restart goes on where it was.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from agent.capture.ports import Source, Store
from agent.model.clock import Clock
from agent.model.reading import Accelerator, Key, ShapeFacts
from agent.model.state import Commit

_NEAR_BACK, _NEAR_AHEAD = 1, 7
"""The days around today whose records are compared at every poll."""
_SLICE_DAYS = 14
"""The rest of a window is compared in slices of so many days, one at each poll."""
_GROWTH_LIMIT = 500


@dataclass(slots=True)
class News:
    """What one look brought, apart from dirty keys and cursors (those are in the commit)."""

    shapes: set[str] = field(default_factory=set)
    """Shapes to be compared at once."""
    lookups: bool = False
    """Lookups to be read at once."""
    busy: float = 0.0
    """Seconds that the engine was at work."""


_Task = tuple[ShapeFacts, Accelerator, tuple[str, str] | None]


class Accelerators:
    """All accelerators of a source, one look at one of them per step."""

    def __init__(self, source: Source, store: Store, clock: Clock, every: float) -> None:
        self._source = source
        self._store = store
        self._clock = clock
        self._every = every
        self._next = 0.0
        self._tasks: deque[_Task | None] = deque()
        self._hint_cursor: Any = None
        self._cursors: dict[str, Any] = {}
        self._named: dict[str, set[tuple[Key, int | str]]] = {}
        self._glimpsed: dict[tuple[str, str, str], dict[Key, bytes]] = {}
        self._turn: dict[str, int] = {}

    @property
    def due_at(self) -> float:
        """When the next look is due (monotonic)."""
        return 0.0 if self._tasks else self._next

    def due(self, now: float) -> bool:
        """Whether a look is due."""
        return bool(self._tasks) or now >= self._next

    def hasten(self) -> None:
        """Look at all of them at once."""
        self._next = 0.0

    def forget(self) -> None:
        """What was named has not been kept: go back to the cursors in the store."""
        self._cursors.clear()
        self._named.clear()

    @property
    def shape(self) -> str | None:
        """The shape that the next look is about; None = the source as a whole, or not known yet."""
        return self._tasks[0][0].id if self._tasks and self._tasks[0] is not None else None

    def poll(self, shapes: Mapping[str, ShapeFacts], commit: Commit, now: float, today: date) -> News:
        """Take one look; dirty keys and cursors go into the commit."""
        if not self._tasks:
            self._next = now + self._every
            self._tasks.append(None)
            for shape in shapes.values():
                for accelerator in shape.accelerators:
                    self._tasks.extend(self._looks(shape, accelerator, today))
        task = self._tasks.popleft()
        if task is None:
            return self._hint(shapes, today)
        shape, accelerator, days = task
        if shape.id not in shapes:
            return News()
        if days is None:
            return self._growth(shape, accelerator, commit)
        return self._glimpse(shape, accelerator, days, commit)

    def _looks(self, shape: ShapeFacts, accelerator: Accelerator, today: date) -> list[_Task]:
        if accelerator.kind == "growth":
            return [(shape, accelerator, None)]
        first, last = today - timedelta(accelerator.days_back), today + timedelta(accelerator.days_ahead)
        near = (max(first, today - timedelta(_NEAR_BACK)), min(last, today + timedelta(_NEAR_AHEAD)))
        far = [*_slices(first, near[0] - timedelta(1)), *_slices(near[1] + timedelta(1), last)]
        spans = [near]
        if far:
            name = f"{shape.id}:{accelerator.name}"
            turn = self._turn.get(name, 0)
            self._turn[name] = turn + 1
            spans.append(far[turn % len(far)])
        return [(shape, accelerator, (a.isoformat(), b.isoformat())) for a, b in spans]

    def _hint(self, shapes: Mapping[str, ShapeFacts], today: date) -> News:
        hint = self._source.hint(self._hint_cursor)
        self._hint_cursor = hint.cursor
        for name, days in hint.days.items():
            shape = shapes.get(name)
            windows = [a for a in shape.accelerators if a.kind == "window"] if shape is not None else []
            for accelerator in windows:
                first = (today - timedelta(accelerator.days_back)).isoformat()
                last = (today + timedelta(accelerator.days_ahead)).isoformat()
                assert shape is not None
                self._tasks.extend((shape, accelerator, (day, day)) for day in sorted(days) if first <= day <= last)
        return News(set(hint.shapes), hint.lookups, hint.busy)

    def _growth(self, shape: ShapeFacts, accelerator: Accelerator, commit: Commit) -> News:
        name = f"{shape.id}:{accelerator.name}"
        if name not in self._cursors:
            self._cursors[name] = self._store.cursor(name)
        seen = self._source.growth(shape.id, accelerator.name, self._cursors[name], _GROWTH_LIMIT)
        before = self._named.get(name, set())
        named = list(zip(seen.keys, seen.marks, strict=True))
        now = set(named)
        commit.dirty.extend(
            (shape.id, key) for key in dict.fromkeys(key for key, mark in named if (key, mark) not in before)
        )
        if seen.cursor != self._cursors[name]:
            commit.cursors[name] = seen.cursor
            self._cursors[name] = seen.cursor
        self._named[name] = now | before if seen.more else now
        if seen.more:
            self._tasks.appendleft((shape, accelerator, None))
        return News(busy=seen.busy)

    def _glimpse(self, shape: ShapeFacts, accelerator: Accelerator, days: tuple[str, str], commit: Commit) -> News:
        seen = self._source.glimpse(shape.id, accelerator.name, *days)
        place = (shape.id, accelerator.name, "|".join(days))
        before = self._glimpsed.get(place)
        self._glimpsed[place] = seen.digests
        if before is not None and before != seen.digests:
            changed = [key for key, digest in seen.digests.items() if before.get(key) != digest]
            left = [key for key in before if key not in seen.digests]
            commit.dirty.extend((shape.id, key) for key in (*changed, *left))
        return News(busy=seen.busy)


def _slices(first: date, last: date) -> list[tuple[date, date]]:
    found = []
    while first <= last:
        end = min(last, first + timedelta(_SLICE_DAYS - 1))
        found.append((first, end))
        first = end + timedelta(1)
    return found
