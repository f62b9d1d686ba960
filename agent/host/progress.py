"""How each resource fares: how many records, how fresh, what waits, by which means changes are found.

Follows what capture reports as it happens; what was known before a restart is taken from the last status document.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from agent.capture.engine import Capture
from agent.model.clock import Clock, iso_utc
from agent.model.resources import RESOURCES
from agent.model.state import ShapeState

_MOST_WAITING = 10_000
"""Steps per resource whose age is kept; with more, the oldest of those kept is told."""


class Progress:
    """The rows of the status document's table of resources."""

    def __init__(
        self, capture: Capture, clock: Clock, overdue_seconds: float, before: Mapping[str, Any] | None
    ) -> None:
        """``overdue_seconds``: a range compared longer ago is stale. ``before``: the last status document."""
        self._capture = capture
        self._clock = clock
        self._overdue = overdue_seconds
        known = [] if before is None else before.get("resources", [])
        self._last: dict[str, str] = {one["resource"]: one["last_change"] for one in known if one.get("last_change")}
        self._waiting: dict[str, deque[tuple[int, float, int]]] = {}
        """Resource -> (sequence number, when captured, changes) of steps that were captured."""

    def captured(self, shape: str, changes: int, seq: int) -> None:
        """A step has put changes of a shape into the outbox, the last of them with this number."""
        resource = shape.split(".", maxsplit=1)[0]
        if resource in RESOURCES:
            now = self._clock.time()
            self._last[resource] = iso_utc(now)
            waiting = self._waiting.setdefault(resource, deque(maxlen=_MOST_WAITING))
            if waiting and seq <= waiting[-1][0]:
                waiting.clear()  # another epoch has begun
            waiting.append((seq, now, changes))

    def rows(self, acked_seq: int, quarantined: Mapping[str, int]) -> list[dict[str, Any]]:
        """One row per resource. ``acked_seq``: the cloud has everything up to this number."""
        return [self._row(resource, acked_seq, quarantined) for resource in RESOURCES]

    @property
    def newest_change(self) -> str | None:
        """When a change of any resource was seen last, UTC; None = none was yet."""
        return max(self._last.values(), default=None)

    def loading(self) -> bool:
        """Whether something is still to be read for the first time."""
        states = list(self._capture.work.states.values())
        return not states or any(not state.loaded for state in states)

    def overdue(self) -> bool:
        """Whether some range of a loaded shape was last compared longer ago than the operator allows."""
        work = self._capture.work
        loaded = {state.shape for state in list(work.states.values()) if state.loaded} & set(work.guard.shapes)
        due = self._clock.time() - self._overdue
        return any(0.0 < fence.checked < due for shape in loaded for fence in list(work.rotation.of(shape)))

    def _row(self, resource: str, acked_seq: int, quarantined: Mapping[str, int]) -> dict[str, Any]:
        work, now = self._capture.work, self._clock.time()
        states = [state for state in list(work.states.values()) if state.resource == resource]
        stopped = {name: why for name, why in dict(work.guard.stopped).items() if name.split(".")[0] == resource}
        fences = [fence for state in states for fence in list(work.rotation.of(state.shape))]
        seen = [fence.checked for fence in fences if fence.checked]
        shapes = [work.guard.shapes[state.shape] for state in states if state.shape in work.guard.shapes]
        waiting = self._left(resource, acked_seq)
        return {
            "resource": resource,
            "records": sum(state.count for state in states),
            "about": self._about(states),
            "loaded": bool(states) and all(state.loaded for state in states) and not stopped,
            "last_change": self._last.get(resource),
            "last_look": iso_utc(max(seen)) if seen else None,
            "oldest_comparison_seconds": round(now - min(seen), 1) if seen else None,
            "bound_seconds": self._overdue,
            "waiting": sum(changes for _, _, changes in waiting),
            "lag_seconds": round(max(0.0, now - waiting[0][1]), 1) if waiting else 0.0,
            "stale": sum(fence.rows for fence in fences if 0.0 < fence.checked < now - self._overdue),
            "quarantined": sum(count for shape, count in quarantined.items() if shape.split(".")[0] == resource),
            "accelerated": any(shape.accelerators for shape in shapes),
            "strategy": sorted({one.name for shape in shapes for one in shape.accelerators}),
            "stopped": stopped,
        }

    def _left(self, resource: str, acked_seq: int) -> list[tuple[int, float, int]]:
        waiting = self._waiting.get(resource, deque())
        while waiting and waiting[0][0] <= acked_seq:
            waiting.popleft()
        return list(waiting)

    def _about(self, states: list[ShapeState]) -> int | None:
        """About how many rows the practice's database has for a resource, as it says itself."""
        found = self._capture.work.guard.description
        sizes = [None if found is None else found.sizes.get(state.shape) for state in states]
        return None if None in sizes or not sizes else sum(size for size in sizes if size is not None)
