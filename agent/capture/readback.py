"""Single records of the practice's database as they are now: for whoever writes into the practice.

Reads what it is asked for, by id or by day, and ends a write: what the write changed is read back, and goes into the
outbox in the same transaction as the write's outcome; so capture finds nothing new afterwards. Shares capture's state,
so only one of the two may be at work at a time. Never decides whether a write may be made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from agent.capture.changes import with_incarnation
from agent.capture.engine import Capture
from agent.model.canonical import encode, version_of
from agent.model.errors import Retry
from agent.model.reading import Key, Mapped, ShapeFacts
from agent.model.writing import Settlement

_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class Seen:
    """A record as it is in the practice now."""

    id: str
    """Canonical id."""
    key: Key
    data: dict[str, Any]
    """Canonical fields."""
    version: str
    """Version of these."""


class Readback:
    """What the practice's database says of single records."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._work = capture.work

    @property
    def halted(self) -> str | None:
        """Why nothing can be read now; None = it can."""
        if self._work.epoch <= 0:
            return "not_loaded"
        return self._work.guard.halted

    def now(self) -> datetime:
        """The practice's wall clock, by its database."""
        return self._capture.now()

    def look(self, resource: str, ids: Iterable[str]) -> dict[str, Seen]:
        """These records, read now and committed; those that are not there (any more) are left out.

        Raises:
            Retry: the database cannot be read now.
        """
        found: dict[str, Seen] = {}
        wanted = list(dict.fromkeys(ids))
        for shape in self._shapes(resource):
            keys = {record_id: self._key(shape, record_id) for record_id in wanted if record_id not in found}
            seen = self._read(shape, [key for key in keys.values() if key is not None])
            found.update((record.id, record) for record in seen if record.id in keys)
        return found

    def day(self, resource: str, first_day: str, last_day: str) -> list[Seen]:
        """The records of a window (local dates, both inclusive)."""
        found: list[Seen] = []
        for shape in self._shapes(resource):
            keys = self._work.source.on_days(shape.id, first_day, last_day)
            for at in range(0, len(keys), _AT_ONCE):
                found += self._read(shape, keys[at : at + _AT_ONCE])
        return found

    def settle(self, settlement: Settlement, resource: str, key: Key) -> Settlement:
        """End a write: read the record back, and commit outcome, change and new version together.

        Returns the settlement as it was stored, with the record's id and version where the resource is in the feed.
        """
        work = self._work
        for shape in self._shapes(resource):
            seen = next(iter(self._read(shape, [key])), None)
            if seen is None:
                continue
            ended = replace(settlement, resource=resource, record_id=seen.id, version=seen.version)
            commit = work.commit()
            commit.settle.append(ended)
            self._capture.renew(shape.id, [key], commit)
            return ended
        commit = work.commit()
        commit.settle.append(settlement)
        work.write(commit, None, None, [])
        return settlement

    # -----------------------------------------------------------------------------------------------------------------

    def _shapes(self, resource: str) -> Sequence[ShapeFacts]:
        if self.halted is not None:
            raise Retry("reading_halted", "The practice's database is not read at the moment", "See the status.")
        return [shape for shape in self._work.guard.shapes.values() if shape.resource == resource]

    def _key(self, shape: ShapeFacts, record_id: str) -> Key | None:
        base = record_id.partition("~")[0] if shape.reusable_keys else record_id
        key = self._work.source.key_of(shape.id, base)
        if key is None or shape.ordered:
            return key
        # A text key is written in the database in some way that only the database (or an earlier reading) knows.
        for fence in self._work.rotation.of(shape.id):
            for known in self._work.store.entries(fence.id):
                if self._work.source.id_of(shape.id, known) == base:
                    return known
        return key

    def _read(self, shape: ShapeFacts, keys: Sequence[Key]) -> list[Seen]:
        source = self._work.source
        found = []
        for mapped in source.map(shape.id, source.rows(shape.id, keys)) if keys else ():
            if mapped.id is not None and mapped.data is not None:
                record_id = self._id(shape, mapped)
                found.append(Seen(record_id, mapped.key, mapped.data, version_of(encode(mapped.data))))
        return found

    def _id(self, shape: ShapeFacts, mapped: Mapped) -> str:
        """The id that the feed has for it; a reused key's newest holder bears a suffix."""
        assert mapped.id is not None
        if not shape.reusable_keys:
            return mapped.id
        entries = (self._work.store.entries(fence.id) for fence in self._work.rotation.of(shape.id))
        known = next((of_fence[mapped.key] for of_fence in entries if mapped.key in of_fence), None)
        return with_incarnation(mapped.id, self._work.changes.holder(shape, mapped, known))
