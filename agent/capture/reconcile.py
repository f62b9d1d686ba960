"""Reconcile: is what the cloud holds what the practice's database holds now?

It reads the database again, not the agent's own digests, and compares with the cloud segment by segment (segments are
cut by a hash of the id): first counts and digests, then, only where those differ, ids and versions. What differs may
simply be on its way, so every suspect is named dirty to capture and compared once more after capture has read it again
and the outbox has been emptied; what differs even then is drift. Drift is reported, and on request repaired by sending.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Set
from dataclasses import dataclass, field
from typing import Protocol

from agent.capture.changes import delete_line, with_incarnation
from agent.capture.engine import Capture
from agent.model.canonical import SEGMENT_MODULUS, encode, member_digest, segment_of, version_of
from agent.model.reading import Key, Range, Record, ShapeFacts
from agent.model.resources import RESOURCES
from agent.wire.cloud import ReconcileRequest, ReconcileResponse

_SEGMENTS = 256
_WAIT = 0.05
_ROWS = 200
_TURNS = 2
"""What differs so many times, read again and delivered in between, is drift: work goes on meanwhile."""


class Cloud(Protocol):
    """What reconcile needs of the cloud."""

    def reconcile(self, request: ReconcileRequest) -> ReconcileResponse:
        """Compare segments, or list their members."""


@dataclass(slots=True)
class Outcome:
    """How a resource compares."""

    resource: str
    matched: int = 0
    different: int = 0
    """Held by both, with different content."""
    missing: int = 0
    """In the practice, not in the cloud."""
    extra: int = 0
    """In the cloud, not in the practice."""
    repaired: int = 0
    """Of these, sent again."""

    @property
    def clean(self) -> bool:
        """True when nothing differs."""
        return not (self.different or self.missing or self.extra)


@dataclass(slots=True)
class Progress:
    """How far a run is, for people who wait for it."""

    resource: str = ""
    records: int = 0
    of: int = 0
    phase: str = "waiting"


@dataclass(slots=True)
class _Segments:
    count: list[int] = field(default_factory=lambda: [0] * _SEGMENTS)
    digest: list[int] = field(default_factory=lambda: [0] * _SEGMENTS)

    def add(self, record_id: str, version: str) -> None:
        at = segment_of(record_id, _SEGMENTS)
        self.count[at] += 1
        self.digest[at] = (self.digest[at] + member_digest(record_id, version)) % SEGMENT_MODULUS


@dataclass(frozen=True, slots=True)
class _Member:
    shape: ShapeFacts
    key: Key
    version: str


class Reconcile:
    """One comparison; a generator of bounded steps that the host runs between capture's own."""

    def __init__(self, capture: Capture, cloud: Cloud, resources: tuple[str, ...] = ()) -> None:
        """``resources``: which to compare; none = all."""
        self._capture = capture
        self._work = capture.work
        self._cloud = cloud
        self._resources = resources or tuple(RESOURCES)
        self.progress = Progress()
        self.outcomes: list[Outcome] = []
        """One per resource that was compared."""

    def run(self, *, repair: bool = False) -> Iterator[float]:
        """Compare (and repair); yields the seconds to wait before the next step."""
        for resource in self._resources:
            shapes = [shape for shape in self._work.guard.shapes.values() if shape.resource == resource]
            if not shapes or resource in self._stopped():
                continue  # what cannot be read is not missing: nothing is said of it, and least of all repaired
            yield from self._allowed()
            while not all(self._work.states[shape.id].loaded for shape in shapes):
                yield _WAIT
            yield from self._resource(resource, shapes, repair)
        self.progress.phase = "done"

    def _allowed(self) -> Iterator[float]:
        """Wait while the database may not be read: it is being upgraded, or may be another one."""
        while self._work.guard.halted is not None:
            yield _WAIT

    def _stopped(self) -> set[str]:
        """Resources of which a shape cannot be read now."""
        found = self._work.guard.description
        return set() if found is None else {s.resource for s in found.shapes if s.id in self._work.guard.stopped}

    def _resource(self, resource: str, shapes: list[ShapeFacts], repair: bool) -> Iterator[float]:
        self.progress = Progress(resource, 0, sum(self._work.states[shape.id].count for shape in shapes), "reading")
        outcome = Outcome(resource)
        segments = _Segments()
        for found in self._read(shapes):
            if isinstance(found, float):
                yield found
            else:
                segments.add(found[0], found[1].version)
        yield from self._drained()
        differing = self._ask(resource, segments, []).differing
        total = sum(segments.count)
        outcome.matched = total
        if differing:
            suspects: dict[str, _Member] = {}
            total = 0
            self.progress.phase, self.progress.records = "comparing", 0
            wanted = set(differing)
            for found in self._read(shapes):
                if isinstance(found, float):
                    yield found
                    continue
                total += 1
                if segment_of(found[0], _SEGMENTS) in wanted:
                    suspects[found[0]] = found[1]
            yield from self._drained()
            held = self._ask(resource, segments, differing).members
            again: dict[str, _Member | None] = {}
            for turn in range(_TURNS):
                yield from self._settle(shapes, suspects, held)
                held = self._ask(resource, segments, differing).members
                drift = yield from self._again(shapes, suspects, held)
                again = {i: m for i, m in drift.items() if turn == 0 or i in again}
                if not again:
                    break
            outcome.different = sum(1 for i, m in again.items() if m is not None and i in held)
            outcome.missing = sum(1 for i, m in again.items() if m is not None and i not in held)
            outcome.extra = sum(1 for m in again.values() if m is None)
            outcome.matched = total - outcome.different - outcome.missing
            if repair:
                outcome.repaired = self._repair(shapes, again)
                yield from self._drained()
        self.outcomes.append(outcome)

    def _read(self, shapes: list[ShapeFacts]) -> Iterator[float | tuple[str, _Member]]:
        """All records of a resource as the database has them now, with pauses in between."""
        work = self._work
        for shape in shapes:
            incarnations = self._incarnations(shape)
            after: Key | None = None
            last = False
            while not last:
                yield max(0.0, work.pace.unhurried_at() - work.clock.monotonic())
                yield from self._allowed()
                page = work.source.scan(shape.id, Range(after, None), work.pace.limit(shape.id))
                work.pace.worked(shape.id, page.busy, work.clock.monotonic(), work.settings.load_duty())
                yield from self._members(shape, page.records, incarnations)
                self.progress.records += len(page.records)
                last = page.last
                after = page.records[-1].key if page.records else after

    def _members(
        self, shape: ShapeFacts, records: list[Record], incarnations: dict[Key, int]
    ) -> Iterator[tuple[str, _Member]]:
        for mapped in self._work.source.map(shape.id, records):
            if mapped.id is not None and mapped.data is not None:
                version = version_of(mapped.canonical or encode(mapped.data))
                record_id = with_incarnation(mapped.id, incarnations.get(mapped.key, 1))
                yield record_id, _Member(shape, mapped.key, version)

    def _incarnations(self, shape: ShapeFacts) -> dict[Key, int]:
        if not shape.reusable_keys:
            return {}
        found = {}
        for fence in self._work.rotation.of(shape.id):
            entries = self._work.store.entries(fence.id)
            found.update({key: entry.incarnation for key, entry in entries.items() if entry.incarnation > 1})
        return found

    def _ask(self, resource: str, segments: _Segments, listing: list[int]) -> ReconcileResponse:
        place = self._work.store.outbox.place
        digests = [(c, d.to_bytes(16, "big").hex()) for c, d in zip(segments.count, segments.digest, strict=True)]
        return self._cloud.reconcile(
            ReconcileRequest(
                resource=resource,
                epoch=place.epoch,
                seq=place.acked_seq,
                segments=digests,
                list_segments=listing,
            )
        )

    def _drained(self) -> Iterator[float]:
        """Wait until the cloud has acknowledged everything."""
        while (place := self._work.store.outbox.place).acked_seq < place.next_seq - 1:
            yield _WAIT

    def _settle(self, shapes: list[ShapeFacts], found: dict[str, _Member], held: dict[str, str]) -> Iterator[float]:
        """Let capture read everything that differs once more, and wait until that has reached the cloud."""
        dirty = {(m.shape.id, m.key) for i, m in found.items() if held.get(i) != m.version}
        extra = {record_id for record_id in held if record_id not in found}
        for shape in shapes:
            if extra:
                dirty.update((shape.id, key) for key in self._keys_of(shape, extra))
            if not shape.ordered:
                self._work.rotation.hasten(shape.id)
        started = self._work.clock.monotonic()
        self._capture.mark(dirty)
        while self._capture.waiting or not all(
            shape.ordered or self._work.rotation.seen_since(shape.id, started) for shape in shapes
        ):
            yield _WAIT
        yield from self._drained()

    def _keys_of(self, shape: ShapeFacts, ids: Set[str]) -> Iterator[Key]:
        """Those of these ids' keys that capture knows."""
        for fence in self._work.rotation.of(shape.id):
            for key, entry in self._work.store.entries(fence.id).items():
                base = self._work.source.id_of(shape.id, key)
                if base is not None and with_incarnation(base, entry.incarnation) in ids:
                    yield key

    def _again(
        self, shapes: list[ShapeFacts], found: dict[str, _Member], held: dict[str, str]
    ) -> Generator[float, None, dict[str, _Member | None]]:
        """What still differs: id -> the record as it is now, or None where the practice has none.

        Also what the cloud holds beyond ``found`` is read again where its key is known: it may have come meanwhile.
        """
        yield from self._allowed()
        beyond = held.keys() - found.keys()
        drift: dict[str, _Member | None] = dict.fromkeys(beyond)
        for shape in shapes:
            incarnations = self._incarnations(shape)
            keys = [m.key for i, m in found.items() if m.shape.id == shape.id and held.get(i) != m.version]
            keys += self._keys_of(shape, beyond) if beyond else []
            for at in range(0, len(keys), _ROWS):
                yield 0.0
                for record_id, member in self._members(
                    shape, self._work.source.rows(shape.id, keys[at : at + _ROWS]), incarnations
                ):
                    drift.pop(record_id, None)
                    if held.get(record_id) != member.version:
                        drift[record_id] = member
        return drift

    def _repair(self, shapes: list[ShapeFacts], drift: dict[str, _Member | None]) -> int:
        """Send what differs again; delete in the cloud what the practice does not have."""
        work = self._work
        done = 0
        for shape in shapes:
            keys = [m.key for m in drift.values() if m is not None and m.shape.id == shape.id]
            for at in range(0, len(keys), _ROWS):
                done += self._capture.resend(shape, keys[at : at + _ROWS])
        extra = [record_id for record_id, member in drift.items() if member is None]
        if extra:
            commit = work.commit("repair")
            commit.lines.extend(delete_line(shapes[0], record_id, (record_id,)) for record_id in extra)
            work.write(commit, None, None, [])
        return done + len(extra)
