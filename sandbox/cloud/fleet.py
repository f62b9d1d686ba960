"""How the practices fare: one line each, the worst first, or one practice in full. Reads only; no patient data.

The words for an agent's state are the agent's own (``agent/health/verdict.py``); that an agent is silent is for the
cloud to say.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, and_, func, select

from agent.wire.cloud import Message
from sandbox.cloud.alarms import KINDS, alarm_id
from sandbox.cloud.alarms_rules import Limits, too_long
from sandbox.cloud.fleet_facts import Facts, utc, verdict_of, words_of
from sandbox.cloud.fleet_hours import closing
from sandbox.cloud.fleet_schema import FLEET, alarms, comparisons, deliveries, marks, seen_warnings, targets
from sandbox.cloud.names import instant
from sandbox.cloud.refusal import refuse
from sandbox.cloud.schema import agents, commands, feed, heartbeats, practices

MAX_HISTORY = 200
"""Marks and past warnings that one practice's page shows."""
_SEVERITIES = ("error", "warning", "notice")
_WORST = ("silent", "not_working", "not_running", "partly_working", "paused", "working", "never_heard", "no_agent")


class OpenAlarm(Message):
    """An alarm that is open."""

    alarm_id: str
    """Its stable id: practice, code, subject."""
    code: str
    """Its kind."""
    subject: str
    """What it is about, within the practice."""
    severity: str
    """``error``, ``warning`` or ``notice``."""
    title: str
    """What is wrong, in plain words."""
    advice: str
    """What to do."""
    since: str
    """Since when it is so, UTC."""
    opened_at: str
    """When it was raised, UTC."""
    facts: dict[str, Any]
    """Figures and names."""


class OpenWarning(Message):
    """A warning that the agent shows."""

    code: str
    """Its code in the catalogue of warnings."""
    severity: str
    """``error``, ``warning`` or ``notice``."""
    title: str
    """What is wrong, in plain words."""
    advice: str
    """What to do."""
    opened_at: str
    """When the cloud learnt of it, UTC."""
    closed_at: str | None = None
    """When it was over; null = it is open."""


class PracticeLine(Message):
    """How a practice fares, in one line."""

    practice_id: str
    """Practice."""
    name: str
    """Its name."""
    state: str
    """``working``, ``partly_working``, ``not_working``, ``paused``, ``silent`` (the cloud's own judgement),
    ``never_heard`` or ``no_agent``; an agent may use further words."""
    since: str | None
    """Since when it is not working, UTC, where that is known."""
    reason: str
    """Why, in words."""
    heard_at: str | None
    """Last heartbeat, UTC."""
    changed_at: str | None
    """When the cloud took the last change, UTC."""
    lag_seconds: float | None
    """From seeing a change to the cloud's acknowledgement, the last time."""
    waiting: int | None
    """Changes that wait at the agent."""
    oldest_seconds: float | None
    """Age of the oldest of them."""
    agent_version: str | None
    """Version of the agent."""
    pms: str | None
    """Its practice-management system."""
    pms_version: str | None
    """And its version."""
    warnings: int
    """Warnings open at the agent."""
    errors: int
    """Of these, errors."""
    warning_codes: list[str]
    """Their codes in the catalogue of warnings, the worst first."""
    persons: int
    """Write-backs that need a person."""
    alarms: int
    """Alarms open."""


class AlarmDelivery(Message):
    """How the delivery of alarms stands."""

    targets: int
    """Webhooks."""
    waiting: int
    """Messages that wait, or are tried again."""
    dead: int
    """Messages given up, of the last 30 days."""
    failing: list[str]
    """Webhooks that did not take the last attempt: id and what happened."""


class Fleet(Message):
    """``GET /v1/fleet``."""

    at: str
    """The cloud's clock, UTC."""
    practices: list[PracticeLine]
    """The practices, the worst first."""
    cloud_alarms: list[OpenAlarm]
    """Alarms about the cloud itself."""
    delivery: AlarmDelivery
    """Whether alarms reach anybody."""


class Mark(Message):
    """A point of the history."""

    at: str
    """When, UTC."""
    state: str
    """The agent's state."""
    lag_ms: int | None
    """Lag, milliseconds."""
    waiting: int | None
    """Changes that waited."""
    oldest_seconds: int | None
    """Age of the oldest of them."""
    agent_version: str
    """Version of the agent."""
    pms_version: str | None
    """Version of the PMS."""


class Comparison(Message):
    """How a resource stood when it was last compared with the practice's database."""

    resource: str
    """Resource."""
    compared_at: str
    """When, UTC."""
    differing: int
    """Segments that differed; some of that may have been on its way."""
    since: str | None
    """Since when the same segments differ; null = nothing differed."""


class PracticeHealth(Message):
    """``GET /v1/practices/{id}/health``."""

    summary: PracticeLine
    """The one line."""
    office: dict[str, Any] | None
    """The office's hours and time zone, as the agent told them."""
    alarms: list[OpenAlarm]
    """Alarms open."""
    warnings: list[OpenWarning]
    """Warnings of the agent: those open, then those over, the newest first."""
    comparisons: list[Comparison]
    """Reconcile, per resource."""
    history: list[Mark]
    """How it fared, the newest first."""


def fleet(db: Connection, now: datetime) -> Fleet:
    """All practices, the worst first."""
    lines = [_line(db, row, now) for row in db.execute(_practices())]
    lines.sort(key=_badness)
    return Fleet(at=instant(now), practices=lines, cloud_alarms=open_alarms(db, FLEET), delivery=delivery(db))


def health(db: Connection, practice_id: str, now: datetime) -> PracticeHealth:
    """One practice in full."""
    row = db.execute(_practices().where(practices.c.practice_id == practice_id)).first()
    if row is None:
        refuse(404, "practice_unknown", "There is no such practice")
    w, m, c = seen_warnings.c, marks.c, comparisons.c
    newest = w.closed_at.is_not(None), w.opened_at.desc()
    shown = db.execute(select(seen_warnings).where(w.practice_id == practice_id).order_by(*newest).limit(MAX_HISTORY))
    history = db.execute(select(marks).where(m.practice_id == practice_id).order_by(m.at.desc()).limit(MAX_HISTORY))
    compared = db.execute(select(comparisons).where(c.practice_id == practice_id).order_by(c.resource))
    facts = Facts.model_validate(orjson.loads(row.status)) if row.status is not None else None
    office = facts.office if facts is not None else None
    return PracticeHealth(
        summary=_line(db, row, now),
        office=office.model_dump(by_alias=True) if office is not None else None,
        alarms=open_alarms(db, practice_id),
        warnings=[_warning(one) for one in shown],
        comparisons=[Comparison.model_validate(one._asdict()) for one in compared],
        history=[Mark.model_validate(one._asdict()) for one in history],
    )


def open_alarms(db: Connection, practice_id: str) -> list[OpenAlarm]:
    """The alarms of a practice that are open."""
    a = alarms.c
    asked = select(alarms).where(a.practice_id == practice_id, a.state == "open").order_by(a.opened_at, a.code)
    return [
        OpenAlarm(
            alarm_id=alarm_id(practice_id, row.code, row.subject),
            code=row.code,
            subject=row.subject,
            severity=row.severity,
            title=KINDS[row.code].title,
            advice=KINDS[row.code].advice,
            since=row.since,
            opened_at=row.opened_at,
            facts=orjson.loads(row.facts),
        )
        for row in db.execute(asked)
        if row.code in KINDS
    ]


def delivery(db: Connection) -> AlarmDelivery:
    """How the delivery of alarms stands."""
    d, t = deliveries.c, targets.c
    counted = db.execute(select(d.state, func.count()).where(d.state != "delivered").group_by(d.state)).all()
    states = {one[0]: int(one[1]) for one in counted}
    listed = db.execute(select(targets).order_by(t.added_at)).all()
    failing = [
        f"{row.target_id}: {row.failure}" + (f" since {row.failed_at}" if row.ended_at is None else "")
        for row in listed
        if row.failure is not None
    ]
    return AlarmDelivery(
        targets=len(listed), waiting=states.get("waiting", 0), dead=states.get("dead", 0), failing=failing
    )


def needs_person(db: Connection, practice_id: str) -> int:
    """Commands of a practice that wait for a person, as far as the cloud was told."""
    c = commands.c
    asked = select(func.count()).where(c.practice_id == practice_id, c.state == "needs_person", c.ended.is_(False))
    return int(db.execute(asked).scalar_one())


def _practices() -> Any:
    p, a, h, f = practices.c, agents.c, heartbeats.c, feed.c
    joined = (
        practices.outerjoin(agents, and_(a.practice_id == p.practice_id, a.state == "active"))
        .outerjoin(heartbeats, and_(h.practice_id == p.practice_id, h.agent_id == a.agent_id))
        .outerjoin(feed, and_(f.practice_id == p.practice_id, f.feed_seq == p.feed_seq))
    )
    changed_at = f.received_at.label("changed_at")
    version = func.coalesce(h.agent_version, a.agent_version).label("agent_version")
    told = (a.agent_id, version, h.received_at, h.status, changed_at)
    return select(p.practice_id, p.name, *told).select_from(joined)


def _line(db: Connection, row: Any, now: datetime) -> PracticeLine:
    status = orjson.loads(row.status) if row.status is not None else None
    facts = Facts.model_validate(status) if status is not None else Facts()
    mine = (seen_warnings.c.practice_id == row.practice_id, seen_warnings.c.closed_at.is_(None))
    open_now = select(seen_warnings.c.severity, seen_warnings.c.code).where(*mine)
    shown = sorted(db.execute(open_now).all(), key=_gravity) if status is not None else []
    state, since, reason = _judged(row, status, facts, now)
    raised = select(func.count()).where(alarms.c.practice_id == row.practice_id, alarms.c.state == "open")
    return PracticeLine(
        practice_id=row.practice_id,
        name=row.name,
        state=state,
        since=since,
        reason=reason,
        heard_at=row.received_at,
        changed_at=row.changed_at,
        lag_seconds=facts.last_delivery_lag_seconds,
        waiting=facts.waiting.changes,
        oldest_seconds=facts.waiting.oldest_seconds,
        agent_version=row.agent_version,
        pms=facts.pms,
        pms_version=facts.pms_version,
        warnings=len(shown),
        errors=sum(1 for one in shown if one.severity == "error"),
        warning_codes=[one.code for one in shown],
        persons=max(needs_person(db, row.practice_id), facts.writes.needs_person if status is not None else 0),
        alarms=int(db.execute(raised).scalar_one()),
    )


def _judged(row: Any, status: dict[str, Any] | None, facts: Facts, now: datetime) -> tuple[str, str | None, str]:
    if row.agent_id is None:
        return "no_agent", None, "No agent is enrolled"
    if status is None:
        return "never_heard", None, "An agent is enrolled and has not been heard yet"
    heard, office = datetime.fromisoformat(row.received_at), facts.office
    if too_long(office, heard, Limits(), now):
        return "silent", row.received_at, "Nothing is heard of the agent"
    if facts.paused_until is not None and facts.paused(now):
        return "paused", None, f"Somebody at the practice has paused it until {utc(facts.paused_until)}"
    verdict = verdict_of(status)
    if now - heard > timedelta(minutes=5):
        closed = office is not None and bool(office.hours) and closing(office, now) is None
        told = "Nothing is heard of the agent" + (", and the office is closed" if closed else "")
        return verdict.state, row.received_at, told
    return verdict.state, verdict.since, verdict.reason


def _gravity(one: Any) -> tuple[int, str]:
    return (_SEVERITIES.index(one.severity) if one.severity in _SEVERITIES else len(_SEVERITIES), one.code)


def _badness(line: PracticeLine) -> tuple[int, int, int, int, str]:
    rank = _WORST.index(line.state) if line.state in _WORST else _WORST.index("partly_working")
    return (rank, -line.alarms, -line.errors, -line.persons - line.warnings, line.name.casefold())


def _warning(row: Any) -> OpenWarning:
    words = words_of(row.code)
    return OpenWarning(
        code=row.code,
        severity=row.severity,
        title=words.title,
        advice=words.advice,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
    )
