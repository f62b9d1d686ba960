"""Applying changes: the feed grows, the current state follows. One transaction, in the order of the changes.

A change that brings nothing new (same version, same standing) only marks its record as seen in this epoch. Knows
nothing of sessions, chains or HTTP.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, insert, select, update

from agent.model.resources import RESOURCES
from agent.wire.cloud import ChunkHeader, Delete, Stale, Upsert
from sandbox.cloud.fleet_memory import count, hour_of
from sandbox.cloud.schema import feed, practices, records
from sandbox.cloud.totals import Facts, facts_of

Name = tuple[str, str]
"""Resource and id."""

_AT_ONCE = 400
_R = records.c


@dataclass(slots=True)
class Standing:
    """What the cloud holds of a record, as of the changes applied so far."""

    version: str
    deleted: bool
    feed_seq: int
    content_seq: int
    epoch_seen: int
    updated_at: str
    stale_since: str | None
    stale_reason: str | None
    facts: Facts
    known: bool = True
    """The record has a row already."""


@dataclass(frozen=True, slots=True)
class Told:
    """When and by what chunk a change was told."""

    header: ChunkHeader
    epoch: int
    seq: int | None
    """Number in the epoch; None = not sent by the agent (deletes that a person accepted)."""


_FIND = (
    select(
        _R.record_id,
        _R.version,
        _R.deleted,
        _R.feed_seq,
        _R.content_seq,
        _R.epoch_seen,
        _R.updated_at,
        _R.stale_since,
        _R.stale_reason,
        _R.day,
        _R.place,
        _R.kind,
        _R.amount,
    )
    .where(_R.practice_id == bindparam("p"), _R.resource == bindparam("r"))
    .where(_R.record_id.in_(bindparam("ids", expanding=True)))
)
_SEEN = (
    update(records)
    .where(_R.practice_id == bindparam("p"), _R.resource == bindparam("r"), _R.record_id == bindparam("i"))
    .values(epoch_seen=bindparam("epoch"))
)
_CHANGE = (
    update(records)
    .where(_R.practice_id == bindparam("p"), _R.resource == bindparam("r"), _R.record_id == bindparam("i"))
    .values(
        {
            name: bindparam(f"new_{name}")
            for name in (
                "version",
                "deleted",
                "feed_seq",
                "content_seq",
                "epoch_seen",
                "updated_at",
                "stale_since",
                "stale_reason",
                "day",
                "place",
                "kind",
                "amount",
            )
        }
    )
)


class Applier:
    """Applies the changes of one batch within one transaction; :meth:`flush` writes what has gathered."""

    def __init__(self, db: Connection, practice_id: str, feed_seq: int, received_at: str) -> None:
        self.db = db
        """The transaction."""
        self.practice_id = practice_id
        """The practice whose row it holds."""
        self.received_at = received_at
        """The moment of the transaction, as the cloud writes it."""
        self._feed_seq = feed_seq
        self._held: dict[Name, Standing | None] = {}
        self._entries: list[dict[str, Any]] = []
        self._changed: set[Name] = set()
        self._seen: set[Name] = set()
        self._activity: Counter[tuple[str, str]] = Counter()

    def prepare(self, names: Iterable[Name]) -> None:
        """Look up what is held of these records, many at a time."""
        wanted: dict[str, list[str]] = {}
        for name in names:
            if name not in self._held:
                self._held[name] = None
                wanted.setdefault(name[0], []).append(name[1])
        for resource, ids in wanted.items():
            for at in range(0, len(ids), _AT_ONCE):
                asked = {"p": self.practice_id, "r": resource, "ids": ids[at : at + _AT_ONCE]}
                for row in self.db.execute(_FIND, asked):
                    self._held[resource, row[0]] = Standing(*row[1:9], Facts(*row[9:13]))

    def apply(self, change: Upsert | Delete | Stale, told: Told) -> bool:
        """Apply one change; False when it brought nothing new."""
        name = (change.resource, change.id)
        if name not in self._held:
            self.prepare([name])
        held = self._held[name]
        if isinstance(change, Upsert):
            return self._upsert(name, held, change, told)
        if held is None:
            return False  # what was never held can neither go nor grow old
        if isinstance(change, Delete):
            new = not held.deleted
            held.deleted, held.stale_since, held.stale_reason, held.facts = True, None, None, Facts()
        else:
            new = not held.deleted and held.stale_since is None
            if new:
                held.stale_since, held.stale_reason = told.header.observed_at, change.reason
        if new:
            self._enter(held, change, told)
        self._mark(name, held, told.epoch, new)
        return new

    def flush(self) -> None:
        """Write what has gathered: feed entries, records, marks."""
        if self._entries:
            self.db.execute(insert(feed), self._entries)
            counter = update(practices).where(practices.c.practice_id == self.practice_id)
            self.db.execute(counter.values(feed_seq=self._feed_seq))
        fresh = [name for name in self._changed if not self._standing(name).known]
        if fresh:
            self.db.execute(insert(records), [self._row(name) for name in fresh])
            for name in fresh:
                self._standing(name).known = True
            self._changed.difference_update(fresh)
        if self._changed:
            self.db.execute(_CHANGE, [self._change(name) for name in self._changed])
        if self._seen:
            marks = [(name, self._standing(name).epoch_seen) for name in self._seen]
            self.db.execute(_SEEN, [{"p": self.practice_id, "r": r, "i": i, "epoch": seen} for (r, i), seen in marks])
        count(self.db, self.practice_id, self._activity)
        self._entries, self._changed, self._seen = [], set(), set()
        self._activity.clear()

    def _upsert(self, name: Name, held: Standing | None, change: Upsert, told: Told) -> bool:
        if held is not None and held.version == change.version and not held.deleted and held.stale_since is None:
            self._mark(name, held, told.epoch, new=False)
            return False
        if held is None:
            held = Standing("", True, 0, 0, 0, "", None, None, Facts(), known=False)
            self._held[name] = held
        held.version, held.deleted = change.version, False
        held.stale_since, held.stale_reason = None, None
        held.facts = facts_of(change.resource, change.data)
        self._enter(held, change, told)
        held.content_seq = held.feed_seq
        self._mark(name, held, told.epoch, new=True)
        return True

    def _enter(self, held: Standing, change: Upsert | Delete | Stale, told: Told) -> None:
        body = _envelope(change, told)
        if told.header.cause == "change" and change.resource in RESOURCES:
            received = datetime.fromisoformat(self.received_at)
            self._activity[change.resource, hour_of(told.header.observed_at, received)] += 1
        self._feed_seq += 1
        held.feed_seq, held.updated_at = self._feed_seq, self.received_at
        self._entries.append(
            {
                "practice_id": self.practice_id,
                "feed_seq": self._feed_seq,
                "received_at": self.received_at,
                "body": body.decode(),
            }
        )

    def _mark(self, name: Name, held: Standing, epoch: int, new: bool) -> None:
        if new:
            held.epoch_seen = epoch
            self._changed.add(name)
            self._seen.discard(name)
        elif held.epoch_seen != epoch:
            held.epoch_seen = epoch
            if name not in self._changed:
                self._seen.add(name)

    def _standing(self, name: Name) -> Standing:
        standing = self._held[name]
        assert standing is not None
        return standing

    def _values(self, name: Name) -> dict[str, Any]:
        held = self._standing(name)
        return {
            "version": held.version,
            "deleted": held.deleted,
            "feed_seq": held.feed_seq,
            "content_seq": held.content_seq,
            "epoch_seen": held.epoch_seen,
            "updated_at": held.updated_at,
            "stale_since": held.stale_since,
            "stale_reason": held.stale_reason,
            "day": held.facts.day,
            "place": held.facts.place,
            "kind": held.facts.kind,
            "amount": held.facts.amount,
        }

    def _row(self, name: Name) -> dict[str, Any]:
        return {"practice_id": self.practice_id, "resource": name[0], "record_id": name[1], **self._values(name)}

    def _change(self, name: Name) -> dict[str, Any]:
        values = {f"new_{column}": value for column, value in self._values(name).items()}
        return {"p": self.practice_id, "r": name[0], "i": name[1], **values}


def _envelope(change: Upsert | Delete | Stale, told: Told) -> bytes:
    """A feed entry's body: the change with everything that its chunk says of it."""
    header = told.header
    body: dict[str, Any] = {"epoch": told.epoch, "seq": told.seq, "op": change.op}
    body |= {"resource": change.resource, "id": change.id}
    source: dict[str, Any] = {"pms": header.pms, "pms_version": header.pms_version}
    if not isinstance(change, Stale):
        source |= {"table": change.source.table, "key": change.source.key}
    if isinstance(change, Upsert):
        body |= {
            "version": change.version,
            "mapping_version": change.mapping_version,
            "source_updated_at": change.source_updated_at,
            "data": change.data,
            "derived": change.derived,
            "issues": [issue.model_dump() for issue in change.issues],
        }
    if isinstance(change, Stale):
        body["reason"] = change.reason
    body |= {
        "source": source,
        "observed_at": header.observed_at,
        "schema_version": header.schema_version,
        "cause": header.cause,
    }
    return orjson.dumps(body)


def names_of(lines: Sequence[object]) -> list[Name]:
    """Resource and id of every change that names a record."""
    return [(line.resource, line.id) for line in lines if isinstance(line, Upsert | Delete | Stale)]
