"""The rotation: which fenced range is to be looked at next.

Fences are kept in memory as the store has them. Each has a time at which it is due; the one that has been due longest
comes first. Ranges of small reference tables come round quickly, the others as fast as the governor lets them: where
there is not time enough for all, each sort gets every other turn.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterable

from agent.model.reading import Key, ShapeFacts
from agent.model.state import Fence, NewFence

_Item = tuple[float, float, int]


class Rotation:
    """All fences of a store, by shape and by due time."""

    def __init__(self, fences: dict[str, list[Fence]], every: dict[str, float]) -> None:
        """``every``: shape -> seconds between two looks at the same range, at least."""
        self._shapes = fences
        self._every = every
        self._quick: frozenset[str] = frozenset()
        self._quick_had_its_turn = False
        self._seen: dict[int, float] = {}
        self._by_id = {fence.id: fence for of_shape in fences.values() for fence in of_shape}
        self._due = dict.fromkeys(self._by_id, 0.0)
        self._queues: tuple[list[_Item], list[_Item]] = ([], [])
        for number, fence in self._by_id.items():
            heapq.heappush(self._queues[0], (0.0, fence.checked, number))

    def next(self, ready: Iterable[str], now: float) -> tuple[float, Fence] | None:
        """When the next range is due, and which; quick shapes first, but not twice running before others that are due.

        Shapes that are not ready are passed over.
        """
        ready = set(ready)
        quick, slow = (self._first(queue, ready) for queue in self._queues)
        if quick is None or slow is None:
            return quick or slow
        if quick[0] > now:
            return slow if slow[0] < quick[0] else quick
        return slow if slow[0] <= now and self._quick_had_its_turn else quick

    def _first(self, queue: list[_Item], ready: set[str]) -> tuple[float, Fence] | None:
        passed = []
        found = None
        while queue:
            due, _, number = queue[0]
            fence = self._by_id.get(number)
            if fence is None or self._due[number] != due:
                heapq.heappop(queue)
            elif fence.shape not in ready:
                passed.append(heapq.heappop(queue))
            else:
                found = (due, fence)
                break
        for item in passed:
            heapq.heappush(queue, item)
        return found

    def checked(self, fence: Fence, now: float, wall: float) -> None:
        """A range was compared just now (``now`` monotonic, ``wall`` for people)."""
        fence.checked = wall
        self._quick_had_its_turn = fence.shape in self._quick
        self._seen[fence.id] = now
        self._schedule(fence, now + self._every.get(fence.shape, 0.0))

    def every(self, every: dict[str, float], quick: frozenset[str]) -> None:
        """Shape -> seconds between two looks at the same range, at least; quick shapes go before the others."""
        if quick != self._quick:
            self._quick = quick
            self._queues = ([], [])
            for number, fence in self._by_id.items():
                heapq.heappush(self._queues[fence.shape not in quick], (self._due[number], fence.checked, number))
        self._every = every

    def seen_since(self, shape: str, moment: float) -> bool:
        """Whether every range of a shape has been compared after ``moment`` (monotonic)."""
        return all(self._seen.get(fence.id, -1.0) >= moment for fence in self._shapes.get(shape, ()))

    def hasten(self, shape: str) -> None:
        """All ranges of a shape are due at once."""
        for fence in self._shapes.get(shape, ()):
            self._schedule(fence, 0.0)

    def renewed(self, number: int, rows: int) -> None:
        """What is known of a range was changed record by record; its digest says nothing any more."""
        fence = self._by_id[number]
        fence.digest, fence.rows = b"", rows

    def replace(
        self, old: Fence | None, shape: ShapeFacts, new: list[NewFence], numbers: list[int], now: float, wall: float
    ) -> None:
        """A range was replaced by others (or others were added at the end)."""
        made = []
        for number, cut in zip(numbers, new, strict=True):
            checked = 0.0 if cut.unread else wall
            made.append(Fence(number, shape.id, cut.within, cut.digest, cut.salt, len(cut.entries), checked))
        of_shape = self._shapes.setdefault(shape.id, [])
        at = len(of_shape) if old is None else of_shape.index(old)
        of_shape[at : at if old is None else at + 1] = made
        if old is not None:
            del self._by_id[old.id], self._due[old.id]
            self._seen.pop(old.id, None)
        for fence in made:
            self._by_id[fence.id] = fence
            if fence.checked:
                self._seen[fence.id] = now
            self._schedule(fence, now + self._every.get(shape.id, 0.0) if fence.checked else 0.0)

    def locate(self, shape: ShapeFacts, key: Key) -> Fence | None:
        """The range that a key lies in, where keys compare here as they do in the database; None = cannot tell."""
        of_shape = self._shapes.get(shape.id, [])
        if not shape.ordered or not of_shape:
            return None
        bounds = [fence.within.upto or _LAST for fence in of_shape]
        at = bisect_left(bounds, key)
        if at == len(of_shape):
            return None
        return of_shape[at]

    def of(self, shape: str) -> list[Fence]:
        """The ranges of a shape, in key order."""
        return self._shapes.get(shape, [])

    def oldest(self, shape: str) -> float | None:
        """When the range that has waited longest was last compared (seconds since 1970); None = no ranges."""
        return min((fence.checked for fence in self._shapes.get(shape, ())), default=None)

    def _schedule(self, fence: Fence, due: float) -> None:
        if self._due.get(fence.id) == due and due == 0.0:
            return
        self._due[fence.id] = due
        heapq.heappush(self._queues[fence.shape not in self._quick], (due, fence.checked, fence.id))


class _Last(tuple):  # type: ignore[type-arg]
    """Compares after every key."""

    def __lt__(self, other: object) -> bool:
        return False

    def __gt__(self, other: object) -> bool:
        return True


_LAST = _Last()
