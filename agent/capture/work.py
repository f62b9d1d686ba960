"""What the parts of capture share: the source, the store, what is known in memory, and the one way to commit."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import zstandard

from agent.capture.changes import ChangeMaker
from agent.capture.guard import Guard
from agent.capture.pace import Pace, PaceSettings
from agent.capture.ports import Source, Store
from agent.capture.rotation import Rotation
from agent.model.canonical import SCHEMA_VERSION
from agent.model.clock import Clock, iso_utc
from agent.model.reading import ShapeFacts
from agent.model.state import Cause, Commit, Fence, NewFence, ShapeState
from agent.wire.cloud import ChunkHeader, encode_lines

_LEVEL = 1
"""Of zstd: lines are so alike that higher ones gain nothing."""

Report = Callable[..., None]
"""Called with an event code and its fields, none of which hold patient data."""


@dataclass(frozen=True, slots=True)
class CaptureSettings:
    """What the operator may set."""

    poll_seconds: float = 5.0
    """Between two looks at the accelerators."""
    lookup_seconds: float = 30.0
    """Between two looks at lookups and small reference tables."""
    rotation_seconds: float = 60.0
    """Between two looks at the same range, at least."""
    duty: Callable[[], float] = lambda: 0.05
    """Share of time at work on the engine, now."""
    load_duty: Callable[[], float] = lambda: 0.5
    """The same, during a first load."""
    outbox_bytes: int = 512 * 1024 * 1024
    """When this much waits for the cloud, nothing more is read; the practice's database still has it."""
    delete_share: float = 0.05
    """More deletes of a shape within an hour than this share of its records are held for a person,"""
    delete_floor: int = 50
    """if they are also more than this."""
    pace: PaceSettings = field(default_factory=PaceSettings)


class Work:
    """The state of capture in one epoch; what is in memory only follows what has been committed."""

    def __init__(self, source: Source, store: Store, clock: Clock, settings: CaptureSettings, report: Report) -> None:
        self.source = source
        self.store = store
        self.clock = clock
        self.settings = settings
        self.report = report
        self.changes = ChangeMaker(source, store)
        self.guard = Guard(source, store, clock)
        self.pace = Pace(settings.pace)
        self.epoch = -1
        self.states: dict[str, ShapeState] = {}
        self.rotation = Rotation({}, {})
        self._deleted: dict[str, deque[tuple[float, int]]] = {}
        self._granted: list[tuple[str, int]] = []
        self.refused: dict[str, float] = {}
        """Shape -> when deletes were last withheld for a person's decision (monotonic)."""
        self._compress = zstandard.ZstdCompressor(level=_LEVEL).compress

    def begin(self, epoch: int) -> None:
        """Take up what the store knows in this epoch."""
        self.epoch = epoch
        self.states = self.store.states()
        self.rotation = Rotation(self.store.fences(), {})
        self._deleted.clear()
        held = [hold.shape for hold in self.store.holds() if hold.kind == "mass_delete" and hold.shape is not None]
        self.refused = dict.fromkeys(held, self.clock.monotonic())

    def commit(self, cause: Cause = "change") -> Commit:
        """An empty commit for records that are about to be read."""
        self._granted.clear()  # of a step that was not committed
        return Commit(self.epoch, cause, observed_at=iso_utc(self.clock.time()))

    def moved(self, commit: Commit, shape: str, more: int) -> None:
        """Note in the commit that a shape has ``more`` (or fewer) records in the feed."""
        if more:
            state = self.states[shape]
            commit.states.append(ShapeState(state.shape, state.resource, state.loaded, state.after, state.count + more))

    def may_delete(self, shape: ShapeFacts, count: int, commit: Commit) -> bool:
        """Whether so many deletes may be sent; if not, a person is asked and what is known stays known."""
        now = self.clock.monotonic()
        recent = self._deleted.setdefault(shape.id, deque())
        while recent and recent[0][0] < now - 3600.0:
            recent.popleft()
        total = count + sum(number for _, number in recent) + sum(n for name, n in self._granted if name == shape.id)
        limit = max(self.settings.delete_floor, int(self.settings.delete_share * self.states[shape.id].count))
        if total > limit and not self.store.accepted("mass_delete", shape.id, self.clock.time() - 86400.0):
            commit.hold = ("mass_delete", shape.id, {"deletes": total, "limit": limit})
            known = shape.id in self.refused
            self.refused[shape.id] = self.clock.monotonic()
            if not known:
                self.report("mass_delete_held", shape=shape.id, deletes=total, limit=limit)
            return False
        self._granted.append((shape.id, count))
        return True

    def write(self, commit: Commit, shape: ShapeFacts | None, old: Fence | None, new: list[NewFence]) -> None:
        """Commit, then let the fences in memory follow."""
        numbers = self.store.commit(commit, lambda lines: self._chunk(commit, lines))
        for name, count in self._granted:
            self._deleted[name].append((self.clock.monotonic(), count))
        self._granted.clear()
        self.states.update((state.shape, state) for state in commit.states)
        for number, entries in commit.entries.items():
            self.rotation.renewed(number, len(entries))
        if new and shape is not None:
            now, wall = self.clock.monotonic(), self.clock.time()
            self.rotation.replace(old, shape, new, numbers[shape.id], now, wall)
        if commit.lines:
            self.report("captured", shape=shape.id if shape else "", changes=len(commit.lines), cause=commit.cause)

    def _chunk(self, commit: Commit, lines: Sequence[bytes]) -> bytes:
        assert self.guard.description is not None
        header = ChunkHeader(
            pms=self.guard.description.pms,
            pms_version=self.guard.description.pms_version,
            schema_version=SCHEMA_VERSION,
            observed_at=commit.observed_at,
            count=len(lines),
            cause=commit.cause,
        )
        return self._compress(encode_lines(header, lines))
