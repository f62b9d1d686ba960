"""The end of a resource's load in an epoch: what the epoch has not shown is gone, unless that is suspiciously much.

More than a share at once (a wrong filter, a half-read table, another database) is held for a person to decide;
nothing is deleted meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, func, insert, select, update

from agent.wire.cloud import ChunkHeader, Complete, Delete, Message, Source
from sandbox.cloud.applying import Applier, Told
from sandbox.cloud.refusal import refuse
from sandbox.cloud.schema import feed, holds, loads, practices, records

_PAGE = 500


@dataclass(frozen=True, slots=True)
class DeleteLimit:
    """More deletes than both of these, at the end of a load, wait for a person."""

    share: float = 0.2
    """Share of the records held."""
    least: int = 20
    """So many are always allowed to go: fewer than this is no alarm."""


class Hold(Message):
    """Deletes that wait for a person."""

    hold_id: str
    """For ``practice-cloud holds accept``."""
    epoch: int
    """The epoch whose load did not show the records."""
    resource: str
    """Resource."""
    missing: int
    """Records that would be deleted."""
    present: int
    """Records held before."""
    state: str
    """``open``, ``accepted``, or ``superseded`` by a later load."""
    made_at: str
    """When, UTC, ISO 8601."""


def complete(applier: Applier, line: Complete, told: Told, limit: DeleteLimit) -> None:
    """Turn what the epoch has not shown into deletes, or hold it. Saying it again changes nothing more."""
    applier.flush()
    db, practice_id, now = applier.db, applier.practice_id, applier.received_at
    present = _count(db, practice_id, line.resource)
    missing = _count(db, practice_id, line.resource, unseen_in=told.epoch)
    _note(applier, told.epoch, line, present - missing)
    h = holds.c
    ours = (h.practice_id == practice_id, h.resource == line.resource, h.state == "open")
    if missing < limit.least or missing <= limit.share * present:
        db.execute(update(holds).where(*ours).values(state="superseded", decided_at=now))
        _delete_unseen(applier, line.resource, told)
        return
    again = update(holds).where(*ours, h.epoch == told.epoch).values(missing=missing, present=present)
    if db.execute(again).rowcount == 0:
        db.execute(update(holds).where(*ours).values(state="superseded", decided_at=now))
        counter = update(practices).where(practices.c.practice_id == practice_id)
        number = db.execute(counter.values(hold=practices.c.hold + 1).returning(practices.c.hold)).scalar_one()
        values = {"epoch": told.epoch, "resource": line.resource, "missing": missing, "present": present}
        whose = {"practice_id": practice_id, "number": number, "state": "open", "made_at": now}
        db.execute(insert(holds).values(whose | values))


def list_holds(db: Connection, practice_id: str, state: str | None = "open") -> list[Hold]:
    """The practice's holds, oldest first; ``state`` None = all."""
    asked = select(holds).where(holds.c.practice_id == practice_id).order_by(holds.c.number)
    if state is not None:
        asked = asked.where(holds.c.state == state)
    return [
        Hold(
            hold_id=f"{practice_id}.{row.number}",
            epoch=row.epoch,
            resource=row.resource,
            missing=row.missing,
            present=row.present,
            state=row.state,
            made_at=row.made_at,
        )
        for row in db.execute(asked)
    ]


def accept_hold(applier: Applier, number: int) -> int:
    """Delete what a hold keeps and is still missing; the number of records deleted."""
    mine = (holds.c.practice_id == applier.practice_id, holds.c.number == number)
    found = applier.db.execute(select(holds).where(*mine)).first()
    if found is None or found.state != "open":
        refuse(404, "hold_unknown", "There is no such hold, or it is decided already")
    now = applier.received_at
    header = ChunkHeader(pms="", pms_version=None, schema_version=0, observed_at=now, count=1, cause="control")
    gone = _delete_unseen(applier, found.resource, Told(header, found.epoch, None))
    applier.db.execute(update(holds).where(*mine).values(state="accepted", decided_at=now))
    return gone


def _count(db: Connection, practice_id: str, resource: str, unseen_in: int | None = None) -> int:
    r = records.c
    asked = select(func.count()).where(r.practice_id == practice_id, r.resource == resource, r.deleted.is_(False))
    if unseen_in is not None:
        asked = asked.where(r.epoch_seen < unseen_in)
    return db.execute(asked).scalar_one()


def _note(applier: Applier, epoch: int, line: Complete, seen: int) -> None:
    whose = {"practice_id": applier.practice_id, "epoch": epoch, "resource": line.resource}
    key = [loads.c[name] == value for name, value in whose.items()]
    if applier.db.execute(update(loads).where(*key).values(claimed=line.count, seen=seen)).rowcount == 0:
        values = {"claimed": line.count, "seen": seen, "completed_at": applier.received_at}
        applier.db.execute(insert(loads).values(whose | values))


def _delete_unseen(applier: Applier, resource: str, told: Told) -> int:
    """Delete every record that the epoch has not shown; how many."""
    r, total = records.c, 0
    mine = (r.practice_id == applier.practice_id, r.resource == resource, r.deleted.is_(False))
    asked = (
        select(r.record_id, feed.c.body)
        .join(feed, (feed.c.practice_id == r.practice_id) & (feed.c.feed_seq == r.content_seq))
        .where(*mine, r.epoch_seen < told.epoch)
        .order_by(r.record_id)
        .limit(_PAGE)
    )
    while rows := applier.db.execute(asked).all():
        applier.prepare((resource, record_id) for record_id, _ in rows)
        for record_id, body in rows:
            source = orjson.loads(body)["source"]
            header = told.header.model_copy(update={"pms": source["pms"], "pms_version": source["pms_version"]})
            gone = Delete(resource=resource, id=record_id, source=Source(table=source["table"], key=source["key"]))
            applier.apply(gone, Told(header, told.epoch, told.seq))
        applier.flush()
        total += len(rows)
    return total
