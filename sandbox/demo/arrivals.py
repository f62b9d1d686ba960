"""Matches what arrives in the cloud's feed with what the front desk has committed: how long it took, and is it right.

An entry is matched by its content, so that a record that changed twice before it was read is told from one that
arrived twice. Pure; knows neither the cloud nor the clock.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from sandbox.demo.watch import ROTATION, Change, Content, Name, base


@dataclass(frozen=True, slots=True)
class Arrival:
    """An entry of the feed."""

    resource: str
    op: str
    seconds: float | None
    """From the commit in the practice until it was seen in the feed; None = no commit of the front desk explains it."""
    way: str | None
    """What told the agent of it."""


@dataclass(slots=True)
class _Record:
    held: Content
    """What the cloud has been sent last."""
    waiting: deque[Change]


@dataclass(slots=True)
class Arrivals:
    """Everything that is under way and everything that has arrived."""

    arrived: list[Arrival] = field(default_factory=list)
    """In the order of the feed."""
    disorder: int = 0
    """Entries that came twice or out of order; never more than 0 unless something is wrong."""
    strangers: int = 0
    """Entries that nothing at the front desk explains."""
    _records: dict[Name, _Record] = field(default_factory=dict)
    _last: tuple[int, int] = (0, 0)

    def expect(self, changes: list[Change]) -> None:
        """The front desk has committed this."""
        for change in changes:
            record = self._records.get(change.name)
            if record is None:
                record = self._records[change.name] = _Record(change.before, deque())
            record.waiting.append(change)

    def forget(self) -> None:
        """What the cloud holds of each record is what the practice holds: begin anew from there."""
        self._records.clear()

    def pass_over(self, entry: dict[str, Any]) -> None:
        """An entry of the feed whose content does not matter (a first load); its place does."""
        if entry["seq"] is not None:
            place = (entry["epoch"], entry["seq"])
            self.disorder += place <= self._last
            self._last = max(place, self._last)

    def take(self, entry: dict[str, Any], seen: float) -> Arrival:
        """An entry of the feed, seen at a moment (seconds since 1970)."""
        self.pass_over(entry)
        found = self._match((entry["resource"], base(entry["id"])), entry.get("data"))
        if found is None:
            self.strangers += 1
            arrival = Arrival(entry["resource"], entry["op"], None, None)
        else:
            arrival = Arrival(entry["resource"], entry["op"], max(0.0, seen - found.at), found.way)
        self.arrived.append(arrival)
        return arrival

    def waiting(self, upto: float = math.inf) -> int:
        """Records whose state as of a moment has not arrived, nor a later one."""
        return sum(1 for one in self._records.values() if _owed(one, upto))

    def _match(self, name: Name, content: Content) -> Change | None:
        """The oldest commit that this state of the record answers."""
        record = self._records.get(name)
        if record is None:
            return None
        states = list(record.waiting)
        index = next((at for at in reversed(range(len(states))) if states[at].after == content), None)
        if index is None:
            return None
        # A record that had gone back to what the cloud held was not to be sent for that.
        begin = max((at + 1 for at in range(index) if states[at].after == record.held), default=0)
        for _ in range(index + 1):
            record.waiting.popleft()
        record.held = content
        return states[begin]


def _owed(record: _Record, upto: float) -> bool:
    states = [change.after for change in record.waiting if change.at <= upto]
    return bool(states) and states[-1] != record.held


@dataclass(frozen=True, slots=True)
class Delay:
    """How long some changes took."""

    count: int
    median: float
    worst_percent: float
    """99 of 100 took no longer (nearest rank)."""


def delay(seconds: list[float]) -> Delay | None:
    """Median and 99th percentile; None where there is nothing."""
    if not seconds:
        return None
    ordered = sorted(seconds)
    last = len(ordered) - 1
    return Delay(len(ordered), ordered[last // 2], ordered[-(-99 * len(ordered) // 100) - 1])


def delays(arrived: list[Arrival]) -> dict[str, Delay]:
    """Apart for changes that something tells of early, and for those that only rotation can see."""
    groups: dict[str, list[float]] = {"told early": [], "rotation only": []}
    for one in arrived:
        if one.seconds is not None:
            groups["rotation only" if one.way == ROTATION else "told early"].append(one.seconds)
    return {name: found for name, seconds in groups.items() if (found := delay(seconds)) is not None}
