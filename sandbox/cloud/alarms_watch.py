"""The watch: gathers what is known of every practice, has it judged, and puts messages on their way.

One practice is one transaction under its row, so that several serving clouds on one database do not tell an alarm
twice. The clock is handed in; nothing here decides what is wrong (:mod:`sandbox.cloud.alarms_rules`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Connection, delete, insert, select, update

from sandbox.cloud import alarms_rules as rules
from sandbox.cloud import alarms_volume as volume
from sandbox.cloud.alarms import KINDS, Alarm, Finding, Step, advance, alarm_id
from sandbox.cloud.alarms_delivery import post
from sandbox.cloud.alarms_rules import Drift, Known, Lasting, Limits
from sandbox.cloud.database import Database
from sandbox.cloud.enrolments import lock_practice
from sandbox.cloud.fleet import needs_person
from sandbox.cloud.fleet_facts import Facts, utc
from sandbox.cloud.fleet_schema import FLEET, activity, alarms, comparisons, marks, seen_warnings, watches
from sandbox.cloud.names import Entropy, instant
from sandbox.cloud.refusal import Refused
from sandbox.cloud.schema import agents, command_steps, commands, heartbeats, practices

GAP = timedelta(minutes=5)
"""Who has not looked for so long has not listened either: silence counts anew."""

CertificateLife = tuple[datetime, datetime]
"""From when to when a certificate is good."""


class Watch:
    """Looks at every practice, and at the cloud itself."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        entropy: Entropy,
        limits: Limits | None = None,
        certificate: Callable[[], CertificateLife | None] = lambda: None,
    ) -> None:
        """``certificate``: the life of the certificate that this cloud serves with."""
        self._database = database
        self._now = now
        self._entropy = entropy
        self._limits = limits or Limits()
        self._certificate = certificate

    def look(self) -> int:
        """Look once at everything; the number of messages put on their way."""
        with self._database.read() as db:
            ids = db.execute(select(practices.c.practice_id).order_by(practices.c.practice_id)).scalars().all()
        told = 0
        for practice_id in ids:
            with suppress(Refused), self._database.write() as db:  # refused: it is gone
                told += self._practice(db, practice_id)
        with self._database.write() as db:
            return told + self._itself(db)

    def _practice(self, db: Connection, practice_id: str) -> int:
        now, name = self._now(), lock_practice(db, practice_id).name
        since, judged = self._watched(db, practice_id, now)
        known = _known(db, practice_id, since)
        found: list[Finding] = []
        unjudged: set[str] = set()
        if known is not None:
            found = rules.findings(known, self._limits, now)
            if not rules.is_fresh(known, self._limits, now):
                unjudged.update(rules.FROM_AGENT)
            of_volume = self._volume(db, practice_id, known, judged, now)
            if of_volume is None:
                unjudged.update(rules.OF_VOLUME)
            else:
                found += of_volume
        return self._settle(db, (practice_id, name), found, unjudged, now)

    def _itself(self, db: Connection) -> int:
        now, life = self._now(), self._certificate()
        self._watched(db, FLEET, now)
        found = []
        if life is not None:
            found = rules.certificate("of_this_cloud", life[1], life[0], self._limits, now)
        return self._settle(db, (FLEET, "This cloud"), found, set(), now)

    def _watched(self, db: Connection, practice_id: str, now: datetime) -> tuple[datetime, str | None]:
        """Since when it is watched without a gap, and the last hour whose volume was judged."""
        w = watches.c
        row = db.execute(select(watches).where(w.practice_id == practice_id).with_for_update()).first()
        if row is None:
            db.execute(insert(watches).values(practice_id=practice_id, since=instant(now), at=instant(now)))
            return now, None
        kept = instant(now - GAP) <= row.at
        since = datetime.fromisoformat(row.since) if kept else now
        mine = update(watches).where(w.practice_id == practice_id)
        db.execute(mine.values(since=instant(since), at=instant(now)))
        return since, row.volume_hour

    def _volume(
        self, db: Connection, practice_id: str, known: Known, judged: str | None, now: datetime
    ) -> list[Finding] | None:
        """What is unusual in the hours that are over; None = nothing can be said, or it was said before."""
        facts, hour = known.facts, _hour(volume.last_hour(now))
        if facts is None or facts.office is None or hour == judged or not rules.is_fresh(known, self._limits, now):
            return None
        if (facts.waiting.oldest_seconds or 0.0) > self._limits.fresh.total_seconds():
            return None  # what has changed is still on its way
        m, lately = marks.c, instant(now - timedelta(hours=volume.WINDOW + 1))
        paused = select(m.at).where(m.practice_id == practice_id, m.at >= lately, m.state == "paused").limit(1)
        if facts.paused(now) or db.execute(paused).first() is not None:
            return None  # what has changed is seen later than it was changed
        db.execute(update(watches).where(watches.c.practice_id == practice_id).values(volume_hour=hour))
        oldest = _hour(now - volume.HISTORY - timedelta(days=2))
        a = activity.c
        changes: dict[str, dict[datetime, int]] = {}
        asked = select(a.resource, a.hour, a.changes).where(a.practice_id == practice_id, a.hour >= oldest)
        for row in db.execute(asked):
            at = datetime.fromisoformat(f"{row.hour}:00:00+00:00")
            changes.setdefault(row.resource, {})[at] = int(row.changes)
        return volume.judge(changes, facts.office, now)

    def _settle(
        self, db: Connection, whose: tuple[str, str], found: list[Finding], unjudged: set[str], now: datetime
    ) -> int:
        practice_id, told = whose[0], 0
        standing = _standing(db, practice_id)
        for step in advance(standing, found, unjudged, now):
            _keep(db, practice_id, step)
            if step.event is not None:
                name = alarm_id(practice_id, step.alarm.code, step.alarm.subject)
                body = _body(whose, step, now)
                post(db, practice_id, f"alarm.{step.event}", name, body, now, self._entropy)
                told += 1
        return told


def _known(db: Connection, practice_id: str, watched_since: datetime) -> Known | None:
    """What is known of a practice; None = no agent is enrolled."""
    a, h, c = agents.c, heartbeats.c, commands.c
    agent = db.execute(select(agents).where(a.practice_id == practice_id, a.state == "active")).first()
    if agent is None:
        return None
    beat = db.execute(select(heartbeats).where(h.practice_id == practice_id, h.agent_id == agent.agent_id)).first()
    facts = Facts.model_validate(orjson.loads(beat.status)) if beat is not None else None
    persons = needs_person(db, practice_id)
    waits = (c.practice_id == practice_id, c.state == "needs_person", c.ended.is_(False))
    s = command_steps.c
    steps = select(s.told_at).join(commands, (s.practice_id == c.practice_id) & (s.command_id == c.command_id))
    first = db.execute(steps.where(*waits, s.state == "needs_person").order_by(s.told_at).limit(1)).scalar()
    w, p = seen_warnings.c, comparisons.c
    shown = db.execute(select(seen_warnings).where(w.practice_id == practice_id, w.closed_at.is_(None)))
    differing = db.execute(select(comparisons).where(p.practice_id == practice_id, p.since.is_not(None)))
    return Known(
        enrolled_at=datetime.fromisoformat(agent.enrolled_at),
        watched_since=watched_since,
        heard_at=datetime.fromisoformat(beat.received_at) if beat is not None else None,
        agent_version=beat.agent_version if beat is not None else agent.agent_version,
        facts=facts,
        warnings=[Lasting(row.code, row.severity, datetime.fromisoformat(row.opened_at)) for row in shown],
        drifts=[
            Drift(
                row.resource,
                datetime.fromisoformat(row.since),
                datetime.fromisoformat(row.compared_at),
                len(orjson.loads(row.lasting)),
            )
            for row in differing
        ],
        persons=persons,
        persons_since=datetime.fromisoformat(first) if first is not None else None,
    )


def _standing(db: Connection, practice_id: str) -> list[Alarm]:
    rows = db.execute(select(alarms).where(alarms.c.practice_id == practice_id)).all()
    for row in rows:
        if row.code not in KINDS:  # of another version of this program
            db.execute(delete(alarms).where(alarms.c.practice_id == practice_id, alarms.c.code == row.code))
    return [
        Alarm(
            code=row.code,
            subject=row.subject,
            severity=row.severity,
            since=datetime.fromisoformat(row.since),
            first_at=datetime.fromisoformat(row.first_at),
            opened_at=_moment(row.opened_at),
            gone_at=_moment(row.gone_at),
            told=row.told,
            told_at=_moment(row.told_at),
            level=row.level,
            told_level=row.told_level,
            facts=orjson.loads(row.facts),
        )
        for row in rows
        if row.code in KINDS
    ]


def _keep(db: Connection, practice_id: str, step: Step) -> None:
    one, a = step.alarm, alarms.c
    mine = (a.practice_id == practice_id, a.code == one.code, a.subject == one.subject)
    if step.over:
        db.execute(delete(alarms).where(*mine))
        return
    values: dict[str, Any] = {
        "state": "pending" if one.opened_at is None else "open",
        "severity": one.severity,
        "since": instant(one.since),
        "first_at": instant(one.first_at),
        "opened_at": instant(one.opened_at) if one.opened_at is not None else None,
        "gone_at": instant(one.gone_at) if one.gone_at is not None else None,
        "told": one.told,
        "told_at": instant(one.told_at) if one.told_at is not None else None,
        "level": one.level,
        "told_level": one.told_level,
        "facts": orjson.dumps(dict(one.facts)).decode(),
    }
    if db.execute(update(alarms).where(*mine).values(values)).rowcount == 0:
        whose = {"practice_id": practice_id, "code": one.code, "subject": one.subject}
        db.execute(insert(alarms).values(whose | values))


def _body(whose: tuple[str, str], step: Step, now: datetime) -> dict[str, Any]:
    """What a message tells: names of the practice and of kinds of things, times and figures; no patient data."""
    one, kind = step.alarm, KINDS[step.alarm.code]
    assert one.opened_at is not None
    return {
        "alarm_id": alarm_id(whose[0], one.code, one.subject),
        "practice_id": whose[0],
        "practice_name": whose[1],
        "code": one.code,
        "subject": one.subject,
        "severity": one.severity,
        "title": kind.title,
        "advice": kind.advice,
        "since": utc(one.since),
        "opened_at": utc(one.opened_at),
        "closed_at": utc(now) if step.event == "closed" else None,
        "message": one.told if step.event != "closed" else one.told + 1,
        "facts": dict(one.facts),
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None


def _hour(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H")
