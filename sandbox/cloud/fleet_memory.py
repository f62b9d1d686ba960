"""What is remembered of a practice as it goes by: heartbeats, warnings, comparisons, how much changes in which hour.

Everything here is bounded, whatever an agent sends. Judges nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from agent.model.resources import RESOURCES
from agent.wire.cloud import Heartbeat, ReconcileRequest, ReconcileResponse
from sandbox.cloud import enrolments
from sandbox.cloud.fleet_facts import Facts, verdict_of
from sandbox.cloud.fleet_schema import activity, comparisons, marks, seen_warnings
from sandbox.cloud.names import instant, practice_of
from sandbox.cloud.schema import heartbeats

MARK_EVERY = timedelta(minutes=15)
"""Nothing new is marked this often."""
MARK_LEAST = timedelta(minutes=1)
"""Not even what is new is marked more often."""
MARKS_LAST = timedelta(days=30)
"""So long the history of heartbeats is kept."""
WARNINGS_LAST = timedelta(days=90)
"""So long a warning that is over is kept."""
MAX_SEEN = 400
"""Warnings of a practice that are kept at most."""
ACTIVITY_LASTS = timedelta(weeks=13)
"""So long it is kept how much changed in which hour."""
MAX_SEGMENTS = 512
"""Differing segments of a comparison that are remembered."""
SAME_RUN = timedelta(hours=1)
"""Comparisons of a resource that are closer than this count as one."""


def take_beat(db: Connection, agent_id: str, beat: Heartbeat, now: datetime) -> str:
    """Keep a heartbeat as the newest, and what is new in it; when it was received."""
    practice_id, received = practice_of(agent_id), instant(now)
    enrolments.active_agent(db, agent_id)
    enrolments.lock_practice(db, practice_id)
    values = {
        "sent_at": beat.sent_at,
        "received_at": received,
        "agent_version": beat.agent_version,
        "status": orjson.dumps(beat.status).decode(),
    }
    mine = (heartbeats.c.practice_id == practice_id, heartbeats.c.agent_id == agent_id)
    if db.execute(update(heartbeats).where(*mine).values(values)).rowcount == 0:
        db.execute(insert(heartbeats).values(practice_id=practice_id, agent_id=agent_id, **values))
    facts = Facts.model_validate(beat.status)
    _mark(db, practice_id, beat, facts, now)
    _note_warnings(db, practice_id, {one.code: one.severity for one in facts.warnings}, now)
    return received


def note_comparison(
    db: Connection, agent_id: str, asked: ReconcileRequest, answer: ReconcileResponse, now: datetime
) -> None:
    """Remember in which segments a resource differed; what differed before and differs still, lasts.

    Comparisons of the same run may differ by what is on its way, so only those of different runs say anything.
    """
    if asked.list_segments or asked.resource not in RESOURCES:
        return
    practice_id, c = practice_of(agent_id), comparisons.c
    enrolments.lock_practice(db, practice_id)
    mine = (c.practice_id == practice_id, c.resource == asked.resource)
    before = db.execute(select(comparisons).where(*mine)).first()
    differing = set(sorted(answer.differing)[:MAX_SEGMENTS])
    lasting, since = differing, instant(now)
    if before is not None:
        if answer.differing and instant(now - SAME_RUN) < before.compared_at:
            return
        again = differing & set(orjson.loads(before.lasting))
        if again:
            lasting, since = again, before.since
    values = {
        "compared_at": instant(now),
        "differing": len(answer.differing),
        "lasting": orjson.dumps(sorted(lasting)).decode(),
        "since": since if differing else None,
    }
    if before is None:
        db.execute(insert(comparisons).values(practice_id=practice_id, resource=asked.resource, **values))
    else:
        db.execute(update(comparisons).where(*mine).values(values))


def hour_of(observed_at: str, received: datetime) -> str:
    """The hour, UTC, in which a change was seen; where the agent's clock cannot be right, when it was received."""
    try:
        seen = datetime.fromisoformat(observed_at).astimezone(UTC)
    except (ValueError, OverflowError):
        seen = received
    if not received - timedelta(days=7) <= seen <= received + timedelta(hours=1):
        seen = received
    return seen.astimezone(UTC).strftime("%Y-%m-%dT%H")


def count(db: Connection, practice_id: str, changes: Mapping[tuple[str, str], int]) -> None:
    """Add to the numbers of changes by resource and hour; the caller holds the practice's row."""
    a = activity.c
    for (resource, hour), number in sorted(changes.items()):
        mine = (a.practice_id == practice_id, a.resource == resource, a.hour == hour)
        if db.execute(update(activity).where(*mine).values(changes=a.changes + number)).rowcount == 0:
            db.execute(insert(activity).values(practice_id=practice_id, resource=resource, hour=hour, changes=number))


def forget(db: Connection, practice_id: str, now: datetime) -> None:
    """Let go of what is too old to be of use."""
    db.execute(delete(marks).where(marks.c.practice_id == practice_id, marks.c.at < instant(now - MARKS_LAST)))
    oldest = (now - ACTIVITY_LASTS).astimezone(UTC).strftime("%Y-%m-%dT%H")
    db.execute(delete(activity).where(activity.c.practice_id == practice_id, activity.c.hour < oldest))
    w = seen_warnings.c
    db.execute(delete(seen_warnings).where(w.practice_id == practice_id, w.closed_at < instant(now - WARNINGS_LAST)))
    latest = select(w.opened_at).where(w.practice_id == practice_id).order_by(w.opened_at.desc())
    beyond = db.execute(latest.offset(MAX_SEEN).limit(1)).scalar()
    if beyond is not None:
        gone = (w.practice_id == practice_id, w.closed_at.is_not(None), w.opened_at <= beyond)
        db.execute(delete(seen_warnings).where(*gone))


def _mark(db: Connection, practice_id: str, beat: Heartbeat, facts: Facts, now: datetime) -> None:
    newest = select(marks).where(marks.c.practice_id == practice_id).order_by(marks.c.at.desc()).limit(1)
    before = db.execute(newest).first()
    lag, oldest = facts.last_delivery_lag_seconds, facts.waiting.oldest_seconds
    told = {
        "state": "paused" if facts.paused(now) else verdict_of(beat.status).state[:20],
        "agent_version": beat.agent_version,
        "pms": facts.pms[:40] if facts.pms is not None else None,
        "pms_version": facts.pms_version,
    }
    if before is not None:
        same = all(getattr(before, name) == value for name, value in told.items())
        if instant(now - (MARK_EVERY if same else MARK_LEAST)) < before.at:
            return
    figures = {
        "lag_ms": None if lag is None else int(lag * 1000),
        "waiting": facts.waiting.changes,
        "oldest_seconds": None if oldest is None else int(oldest),
    }
    db.execute(insert(marks).values(practice_id=practice_id, at=instant(now), **told, **figures))
    forget(db, practice_id, now)


def _note_warnings(db: Connection, practice_id: str, shown: Mapping[str, str], now: datetime) -> None:
    w, at = seen_warnings.c, instant(now)
    mine = (w.practice_id == practice_id, w.closed_at.is_(None))
    held = {row.code: row.severity for row in db.execute(select(w.code, w.severity).where(*mine))}
    for code in held.keys() - shown.keys():
        db.execute(update(seen_warnings).where(*mine, w.code == code).values(closed_at=at))
    for code, severity in shown.items():
        if code not in held:
            again = update(seen_warnings).where(w.practice_id == practice_id, w.code == code, w.opened_at == at)
            if db.execute(again.values(closed_at=None)).rowcount == 0:
                new = {"practice_id": practice_id, "code": code, "opened_at": at, "severity": severity}
                db.execute(insert(seen_warnings).values(new))
        elif held[code] != severity:
            db.execute(update(seen_warnings).where(*mine, w.code == code).values(severity=severity))
    if shown.keys() - held.keys():
        forget(db, practice_id, now)
