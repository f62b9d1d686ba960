"""What the cloud's engineers read: the feed, the current state of a resource, a record, the practice's standing."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from agent.wire.cloud import Message
from sandbox.cloud.completing import Hold, list_holds
from sandbox.cloud.names import instant
from sandbox.cloud.refusal import refuse
from sandbox.cloud.schema import agents, epochs, feed, heartbeats, loads, practices, records

MAX_PAGE = 1000
"""Entries of a page at most."""


class FeedSource(Message):
    """Where a change comes from."""

    pms: str
    """Which PMS."""
    pms_version: str | None
    """Its version."""
    table: str | None = None
    """Root table."""
    key: list[int | str] | None = None
    """Key in that table."""


class FeedChange(Message):
    """One entry of the feed: the contract's change with everything said of it."""

    feed_seq: int
    """Number in the practice's feed: rises with every entry, over all epochs."""
    received_at: str
    """When the cloud took it, UTC."""
    epoch: int
    """Epoch of the agent that sent it."""
    seq: int | None
    """Its number in the epoch; null for deletes that a person accepted."""
    op: str
    """``upsert``, ``delete`` or ``stale``."""
    resource: str
    """Resource."""
    id: str
    """Canonical id."""
    version: str | None = None
    """Hash of ``data``; upserts only."""
    mapping_version: int | None = None
    """Version of the mapping; upserts only."""
    source_updated_at: str | None = None
    """The PMS's own change stamp, local time."""
    data: dict[str, Any] | None = None
    """Canonical fields; upserts only."""
    derived: dict[str, Any] | None = None
    """Fields derived from others."""
    issues: list[dict[str, Any]] | None = None
    """What could not be read or mapped; upserts only."""
    reason: str | None = None
    """Why the record is stale; stale entries only."""
    source: FeedSource
    """Where it comes from."""
    observed_at: str
    """When the agent read it, UTC."""
    schema_version: int
    """Version of the canonical model."""
    cause: str
    """Why it was sent: load, change, remap, repair, control."""


class ChangesPage(Message):
    """A piece of the feed, in order."""

    changes: list[FeedChange]
    """The entries."""
    next_after: int
    """``after`` of the next call."""
    more: bool
    """True when there is more to fetch at once."""


class Held(Message):
    """The current state of a record."""

    id: str
    """Canonical id."""
    version: str
    """Version of its last content."""
    deleted: bool
    """True = gone from the practice; ``data`` is what it held last."""
    feed_seq: int
    """The last feed entry about it."""
    updated_at: str
    """When the cloud took that, UTC."""
    stale_since: str | None
    """Since when it cannot be read as a whole any more; null = it is current."""
    stale_reason: str | None
    """Why."""
    content: FeedChange
    """The feed entry that holds its data."""


class HeldPage(Message):
    """A piece of a resource's current state, in the order of the last change."""

    records: list[Held]
    """The records."""
    next_cursor: str | None
    """``cursor`` of the next call; null = that was all."""


class LoadState(Message):
    """How far a resource's load in the present epoch has come."""

    resource: str
    """Resource."""
    completed_at: str
    """When the load was complete, UTC. Before that, references may dangle."""
    claimed: int
    """Records that the agent said it held."""
    seen: int
    """Records that the cloud had seen in the epoch."""


class PracticeStatus(Message):
    """How a practice's feed stands."""

    practice_id: str
    """Practice."""
    name: str
    """Its name."""
    agent_id: str | None
    """The agent that feeds it."""
    epoch: int
    """Present epoch; 0 = nothing was ever sent."""
    acked_seq: int
    """Changes held in it."""
    feed_seq: int
    """Last number in the feed."""
    loads: list[LoadState]
    """Resources whose load in this epoch is complete."""
    holds: list[Hold]
    """Deletes that wait for a person."""
    heartbeat_at: str | None
    """When the agent was last heard, UTC."""
    heartbeat: dict[str, Any] | None
    """What it said."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which records of a resource, and how many at once."""

    updated_since: str | None = None
    """Only those that the cloud took a change of since then, ISO 8601 with zone."""
    cursor: str | None = None
    """Where the page before ended."""
    limit: int = 500
    """Records of this page at most."""
    include_deleted: bool = False
    """Deleted records too."""


def changes(db: Connection, practice_id: str, after: int, limit: int) -> tuple[list[bytes], int, bool]:
    """Feed entries after a number, as JSON; the next ``after``; whether there is more."""
    f = feed.c
    asked = select(f.feed_seq, f.received_at, f.body).where(f.practice_id == practice_id, f.feed_seq > after)
    rows = db.execute(asked.order_by(f.feed_seq).limit(limit + 1)).all()
    page = rows[:limit]
    return (
        [_entry(row.feed_seq, row.received_at, row.body) for row in page],
        (page[-1].feed_seq if page else after),
        len(rows) > limit,
    )


def state(db: Connection, practice_id: str, resource: str, asked: Asked) -> tuple[list[bytes], str | None]:
    """Records in the order of their last change, as JSON, and the next cursor.

    A record that changes while somebody pages moves behind the cursor: it is seen again, never missed.
    """
    r = records.c
    found = _held().where(r.practice_id == practice_id, r.resource == resource)
    if asked.updated_since is not None:
        found = found.where(r.updated_at >= _moment(asked.updated_since))
    if asked.cursor is not None:
        found = found.where(r.feed_seq > _uncursor(asked.cursor))
    if not asked.include_deleted:
        found = found.where(r.deleted.is_(False))
    rows = db.execute(found.order_by(r.feed_seq).limit(asked.limit + 1)).all()
    page = rows[: asked.limit]
    return [_record(row) for row in page], _cursor(page[-1].feed_seq) if len(rows) > asked.limit else None


def record(db: Connection, practice_id: str, resource: str, record_id: str) -> bytes:
    """One record, deleted or not, as JSON."""
    r = records.c
    asked = _held().where(r.practice_id == practice_id, r.resource == resource, r.record_id == record_id)
    row = db.execute(asked).first()
    if row is None:
        refuse(404, "record_unknown", "There is no such record")
    return _record(row)


def versions(db: Connection, practice_id: str, resource: str) -> Iterator[tuple[str, str]]:
    """Id and version of every live record of a resource, in no order."""
    r = records.c
    asked = select(r.record_id, r.version).where(r.practice_id == practice_id, r.resource == resource)
    found = db.execution_options(yield_per=5000).execute(asked.where(r.deleted.is_(False)))
    yield from ((record_id, version) for record_id, version in found)


def status(db: Connection, practice_id: str) -> PracticeStatus:
    """How the practice's feed stands."""
    practice = _practice(db, practice_id)
    here = practice.epoch
    epoch = db.execute(select(epochs).where(epochs.c.practice_id == practice_id, epochs.c.epoch == here)).first()
    active = (agents.c.practice_id == practice_id, agents.c.state == "active")
    agent_id = db.execute(select(agents.c.agent_id).where(*active)).scalar()
    newest = heartbeats.c.received_at.desc()
    beat = db.execute(select(heartbeats).where(heartbeats.c.practice_id == practice_id).order_by(newest)).first()
    done = select(loads).where(loads.c.practice_id == practice_id, loads.c.epoch == here).order_by(loads.c.resource)
    return PracticeStatus(
        practice_id=practice_id,
        name=practice.name,
        agent_id=agent_id,
        epoch=here,
        acked_seq=epoch.acked_seq if epoch is not None else 0,
        feed_seq=practice.feed_seq,
        loads=[LoadState.model_validate(row._asdict()) for row in db.execute(done)],
        holds=list_holds(db, practice_id),
        heartbeat_at=beat.received_at if beat is not None else None,
        heartbeat=orjson.loads(beat.status) if beat is not None else None,
    )


def everything(db: Connection, practice_id: str, resource: str, include_deleted: bool) -> Iterator[bytes]:
    """All records of a resource, as JSON."""
    r = records.c
    asked = _held().where(r.practice_id == practice_id, r.resource == resource)
    if not include_deleted:
        asked = asked.where(r.deleted.is_(False))
    for row in db.execute(asked):
        yield _record(row)


def _practice(db: Connection, practice_id: str) -> Row[Any]:
    row = db.execute(select(practices).where(practices.c.practice_id == practice_id)).first()
    if row is None:
        refuse(404, "practice_unknown", "There is no such practice")
    return row


def _held() -> Any:
    r = records.c
    joined = records.join(feed, (feed.c.practice_id == r.practice_id) & (feed.c.feed_seq == r.content_seq))
    return select(records, feed.c.received_at, feed.c.body).select_from(joined)


def _entry(feed_seq: int, received_at: str, body: str) -> bytes:
    return b'{"feed_seq":%d,"received_at":"%s",' % (feed_seq, received_at.encode()) + body.encode()[1:]


def _record(row: Row[Any]) -> bytes:
    return orjson.dumps(
        {
            "id": row.record_id,
            "version": row.version,
            "deleted": bool(row.deleted),
            "feed_seq": row.feed_seq,
            "updated_at": row.updated_at,
            "stale_since": row.stale_since,
            "stale_reason": row.stale_reason,
            "content": orjson.Fragment(_entry(row.content_seq, row.received_at, row.body)),
        }
    )


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        refuse(400, "bad_request", "updated_since is not an ISO 8601 time")
    if moment.tzinfo is None:
        refuse(400, "bad_request", "updated_since needs a zone (for example Z)")
    return instant(moment)


def _cursor(feed_seq: int) -> str:
    return base64.urlsafe_b64encode(b"c%d" % feed_seq).decode().rstrip("=")


def _uncursor(cursor: str) -> int:
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        if not text.startswith(b"c") or len(text) > 20:
            raise ValueError
        return int(text[1:])
    except (ValueError, binascii.Error):
        refuse(400, "bad_request", "The cursor is not one of this cloud's")
