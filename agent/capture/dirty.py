"""Dirty keys: named by accelerators, read again whole and committed, sent if they differ."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from agent.capture.work import Work
from agent.model.reading import Key, Record, ShapeFacts
from agent.model.state import Commit, Entry, Fence

_ROWS = 200
"""Records read again in one statement."""


class Dirty:
    """The keys that wait to be read again; they are in the store as well, so that none is forgotten."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._keys: deque[tuple[str, Key]] = deque(work.store.dirty())

    def __bool__(self) -> bool:
        return bool(self._keys)

    @property
    def first_shape(self) -> str:
        """The shape whose keys come next."""
        return self._keys[0][0]

    def add(self, keys: Iterable[tuple[str, Key]]) -> None:
        """Keys that have been committed as dirty."""
        waiting = set(self._keys)
        self._keys.extend(dict.fromkeys(item for item in keys if item not in waiting))

    def reread(self) -> None:
        """Read dirty keys of one shape again."""
        work = self._work
        name = self.first_shape
        keys = [key for shape, key in list(self._keys)[: 2 * _ROWS] if shape == name][:_ROWS]
        self.renew(name, keys, work.commit())

    def renew(self, name: str, keys: list[Key], commit: Commit) -> None:
        """Read these records of a shape, and commit what is new about them."""
        work = self._work
        commit.clean = [(name, key) for key in keys]
        shape = work.guard.shapes.get(name)
        if shape is not None:
            places = self._places(shape, keys)
            if places:
                started = work.clock.monotonic()
                records = {record.key: record for record in work.source.rows(name, list(places))}
                ended = work.clock.monotonic()
                work.pace.hurried(ended - started, ended, work.settings.duty())
                more = 0
                for fence in {fence.id: fence for fence in places.values()}.values():
                    of_fence = [key for key in places if places[key] is fence]
                    more += self._renew(commit, shape, fence, of_fence, records)
                work.moved(commit, name, more)
        work.write(commit, shape, None, [])
        done = set(commit.clean)
        self._keys = deque(item for item in self._keys if item not in done)

    def _places(self, shape: ShapeFacts, keys: list[Key]) -> dict[Key, Fence]:
        """The fences that the keys lie in.

        A key that lies in none needs no work now: the first load has not come there yet and will read it. Text keys
        are compared only by the database, so a known one is found by looking, and a new one by hastening the rotation.
        """
        work = self._work
        if shape.ordered:
            found = {key: work.rotation.locate(shape, key) for key in keys}
            return {key: fence for key, fence in found.items() if fence is not None}
        places: dict[Key, Fence] = {}
        for fence in work.rotation.of(shape.id):
            entries = work.store.entries(fence.id)
            places.update((key, fence) for key in keys if key in entries)
        if len(places) < len(keys):
            work.rotation.hasten(shape.id)
        return places

    def _renew(
        self, commit: Commit, shape: ShapeFacts, fence: Fence, keys: list[Key], records: dict[Key, Record]
    ) -> int:
        """Compare what was read with what is known in one fence; returns by how many the feed grows."""
        work = self._work
        known = work.store.entries(fence.id)
        now = dict(known)
        changed = []
        for record in (records[key] for key in keys if key in records):
            digest = work.changes.digest(record)
            if record.key not in known or known[record.key].digest != digest:
                changed.append((record, digest))
        now |= work.changes.write(commit, shape, [r for r, _ in changed], [d for _, d in changed], known)
        gone = [key for key in keys if key not in records and key in known]
        if gone and work.may_delete(shape, len(gone), commit):
            for key in gone:
                work.changes.gone(commit, shape, key, now.pop(key))
        if now == known:
            return 0
        commit.entries[fence.id] = now
        return in_feed(now.values()) - in_feed(known.values())


def in_feed(entries: Iterable[Entry]) -> int:
    """How many of the records are in the feed."""
    return sum(1 for entry in entries if entry.version)
