"""The guard: is this the database that we know, may it be read now, which shapes can be read?

Another database behind the same name (a training copy, a restored backup) must not be taken for a flood of changes:
everything is held until a person says that it is right.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

from agent.capture.ports import Source, Store
from agent.model.clock import Clock
from agent.model.reading import Description, ShapeFacts
from agent.model.state import Commit

_KINDS = ("database_changed", "database_restored")

LOOK_EVERY = 60.0
"""Seconds between two descriptions of the source."""


class Guard:
    """Looks at the source as a whole and decides whether capture may go on."""

    def __init__(self, source: Source, store: Store, clock: Clock) -> None:
        self._source = source
        self._store = store
        self._clock = clock
        self.description: Description | None = None
        """The source as last seen; its database's fingerprint is keyed, so that it tells nothing of the rows."""
        self.halted: str | None = "not_seen"
        """Why nothing may be read now: a code, or None."""
        self.shapes: dict[str, ShapeFacts] = {}
        """Shapes that can be read."""
        self.stopped: dict[str, str] = {}
        """Shapes that cannot, and why."""
        self._suspended: dict[str, tuple[float, str]] = {}

    def look(self, epoch: int) -> bool:
        """Describe the source afresh. True when a person has just accepted a database that was held."""
        found = self._source.describe()
        found = replace(found, database=keyed(found.database, self._store.digest_key))
        self.description = found
        self.shapes = {shape.id: shape for shape in found.shapes if shape.stopped is None}
        self.stopped = {shape.id: shape.stopped for shape in found.shapes if shape.stopped is not None}
        for name, (until, why) in self._suspended.items():
            if self._clock.monotonic() < until and name in self.shapes:
                self.stopped[name] = why
                del self.shapes[name]
        if found.halted is not None:
            self.halted = found.halted
            return False
        held = self._strange(found)
        if held is None:
            self.halted = None
            self._remember(found, epoch)
            return False
        kind, detail = held
        if self._accepted(kind, found):
            self.halted = None
            self._remember(found, epoch, afresh=True)
            return True
        if self.halted != kind:
            self._store.commit(Commit(epoch, withdrawn=[(one, None) for one in _KINDS], hold=(kind, None, detail)))
        self.halted = kind
        return False

    def _accepted(self, kind: str, found: Description) -> bool:
        """Whether a person has accepted this very database since the last one that was accepted."""
        hold = self._store.accepted(kind, None, self._store.mark("trusted_since") or 0.0)
        if hold is None:
            return False
        return kind != "database_changed" or same_database(str(hold.detail["found"]), found.database)

    def suspend(self, shape: str, why: str) -> None:
        """Leave a shape alone for a while: reading it failed in a way that trying again does not mend."""
        self._suspended[shape] = (self._clock.monotonic() + LOOK_EVERY, why)
        self.shapes.pop(shape, None)
        self.stopped[shape] = why

    def _strange(self, found: Description) -> tuple[str, dict[str, str | int]] | None:
        known = self._store.mark("database")
        if known is not None and not same_database(known, found.database):
            return "database_changed", {"known": known, "found": found.database}
        marks = self._store.mark("high_marks") or {}
        for name, value in found.high_marks.items():
            if name in marks and value < marks[name]:
                return "database_restored", {"mark": name, "known": marks[name], "found": value}
        return None

    def _remember(self, found: Description, epoch: int, *, afresh: bool = False) -> None:
        known = self._store.mark("high_marks") or {}
        marks = dict(found.high_marks) if afresh else {**known, **found.high_marks}
        settled: list[tuple[str, str | None]] = [
            (kind, None) for kind in _KINDS if any(hold.kind == kind for hold in self._store.holds())
        ]
        if marks != known or self._store.mark("database") != found.database or afresh or settled:
            facts: dict[str, Any] = {"database": found.database, "high_marks": marks}
            if afresh:
                facts["trusted_since"] = self._clock.time()
            self._store.commit(Commit(epoch, withdrawn=settled, marks=facts))


def keyed(fingerprint: str, key: bytes) -> str:
    """A fingerprint that compares only with others under the same key: plain digests of rows can be guessed."""
    return " ".join(hashlib.blake2b(word.encode(), key=key, digest_size=6).hexdigest() for word in fingerprint.split())


def same_database(known: str, found: str) -> bool:
    """Whether two fingerprints (digests of a database's oldest rows) are of one database.

    Old rows are edited now and then, and slowly a fingerprint becomes another one, which is remembered at every look;
    but in another database none of them is there.
    """
    before, now = set(known.split()), set(found.split())
    return not before or not now or 2 * len(before & now) >= min(len(before), len(now))
