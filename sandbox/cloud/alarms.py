"""Alarms: when one opens, is told again, and closes. Pure: what was, what is found now, and the time; nothing else.

An alarm is known by its practice, its code and its subject. It opens when it has been found for long enough, is told
again at growing intervals (and sooner when it has become worse), and closes by itself when it has not been found for a
while; so nothing flaps. What cannot be judged now (the agent is silent) stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

Severity = Literal["error", "warning", "notice"]
Event = Literal["opened", "reminder", "closed"]
Key = tuple[str, str]
"""Code and subject."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of alarm, in plain words."""

    code: str
    title: str
    advice: str
    severity: Severity = "warning"
    visible_after: timedelta = timedelta()
    """It opens when it has been found for so long."""
    gone_after: timedelta = timedelta(minutes=5)
    """It closes when it has not been found for so long."""


_MINUTES_5, _MINUTES_10 = timedelta(minutes=5), timedelta(minutes=10)

KINDS: Mapping[str, Kind] = {
    one.code: one
    for one in (
        Kind(
            "agent_silent",
            "Nothing is heard of the practice's agent in its office hours",
            "Ask the practice whether its server is on and has internet; if so, have practice IT look at the agent's "
            "window. If the office is closed today, nothing needs to be done.",
            "error",
            gone_after=timedelta(minutes=2),
        ),
        Kind(
            "warning_lasts",
            "The agent reports an error that lasts",
            "The advice for this warning is in docs/warnings.md and in the agent's window.",
            "error",
            visible_after=_MINUTES_5,
        ),
        Kind(
            "agent_behind",
            "What changes in the practice reaches the cloud late",
            "See the practice's internet connection and the agent's warnings. Nothing is lost: it waits at the agent.",
            visible_after=_MINUTES_10,
        ),
        Kind(
            "agent_outdated",
            "The agent's version is older than the oldest one supported",
            "Have practice IT install the present version.",
            "notice",
            visible_after=timedelta(hours=1),
        ),
        Kind(
            "write_needs_person",
            "A write-back waits for a person at the practice",
            "Ask the practice to look at the agent's window: whether the write was made cannot be told by machine.",
            visible_after=_MINUTES_5,
        ),
        Kind(
            "drift_lasts",
            "The practice's database and the cloud differ, and not by what is on its way",
            "Run practice-agent reconcile --repair at the practice, or send the command agent.reconcile; if it comes "
            "again, send a diagnostics bundle to the engineers.",
        ),
        Kind(
            "certificate_expiring",
            "A certificate expires soon",
            "Renew the certificate of the cloud's address; where a firewall at the practice shows its own, tell "
            "practice IT.",
            visible_after=_MINUTES_10,
        ),
        Kind(
            "volume_low",
            "Far less changes than is usual at this time of the week",
            "Ask the practice whether the office works as usual. If so, see which database the agent reads.",
            gone_after=timedelta(),
        ),
        Kind(
            "volume_high",
            "Far more changes than is usual at this time of the week",
            "Ask the practice whether something was changed in bulk (fees, an import). Otherwise look at what changes.",
            "notice",
            gone_after=timedelta(),
        ),
        Kind(
            "nothing_changes",
            "Nothing has changed on three usual working days in a row",
            "If the office is closed these days, nothing needs to be done. Otherwise the agent may read a database "
            "that nobody works in any more.",
            gone_after=timedelta(),
        ),
    )
}
"""Every kind of alarm."""

REMIND_AFTER = (timedelta(hours=4), timedelta(hours=12), timedelta(days=1), timedelta(days=2), timedelta(days=7))
"""Pauses before an alarm is told again; the last one goes on."""
WORSE_AFTER = timedelta(hours=1)
"""An alarm that has become worse is told again after this pause."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a rule has found, now."""

    code: str
    subject: str = ""
    """What it is about, within the practice: a resource, a warning's code; never a record."""
    since: datetime | None = None
    """Since when it is so, where that is known."""
    severity: Severity | None = None
    """Where it is not the kind's."""
    level: int = 0
    """How bad; told again sooner when it rises."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Figures and names for whoever looks into it; no patient data."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm as it stands."""

    code: str
    subject: str
    severity: Severity
    since: datetime
    first_at: datetime
    """When it was found first."""
    opened_at: datetime | None = None
    """None = not shown yet."""
    gone_at: datetime | None = None
    """Since when it has not been found any more."""
    told: int = 0
    """Messages sent."""
    told_at: datetime | None = None
    level: int = 0
    told_level: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of an alarm: its new standing, and what is told."""

    alarm: Alarm
    over: bool = False
    """It is to be forgotten."""
    event: Event | None = None


def alarm_id(practice_id: str, code: str, subject: str) -> str:
    """The stable name of an alarm."""
    return ".".join(part for part in (practice_id, code, subject) if part)


def advance(
    standing: Iterable[Alarm], findings: Iterable[Finding], unjudged: Collection[str], now: datetime
) -> list[Step]:
    """One look: what becomes of every alarm; ``unjudged``: codes of which nothing can be said now."""
    held: dict[Key, Alarm] = {(one.code, one.subject): one for one in standing}
    found: dict[Key, Finding] = {(one.code, one.subject): one for one in findings if one.code not in unjudged}
    steps = [_found(held.get(key), one, now) for key, one in sorted(found.items())]
    for key, alarm in sorted(held.items()):
        if key not in found and alarm.code not in unjudged:
            steps.append(_gone(alarm, now))
        elif key not in found:
            steps.append(_reminded(alarm, now))
    return steps


def _found(alarm: Alarm | None, one: Finding, now: datetime) -> Step:
    kind = KINDS[one.code]
    severity = one.severity or kind.severity
    if alarm is None:
        alarm = Alarm(one.code, one.subject, severity, one.since or now, now)
    alarm = replace(alarm, severity=severity, gone_at=None, level=one.level, facts=one.facts)
    if one.since is not None:
        alarm = replace(alarm, since=min(alarm.since, one.since))
    if alarm.opened_at is None:
        if now - alarm.first_at < kind.visible_after:
            return Step(alarm)
        return _told(replace(alarm, opened_at=now), "opened", now)
    return _reminded(alarm, now)


def _gone(alarm: Alarm, now: datetime) -> Step:
    if alarm.opened_at is None:
        return Step(alarm, over=True)
    gone = alarm.gone_at or now
    if now - gone < KINDS[alarm.code].gone_after:
        return Step(replace(alarm, gone_at=gone))
    return Step(replace(alarm, gone_at=gone), over=True, event="closed")


def _reminded(alarm: Alarm, now: datetime) -> Step:
    if alarm.opened_at is None or alarm.told_at is None or alarm.gone_at is not None:
        return Step(alarm)
    pause = REMIND_AFTER[min(alarm.told - 1, len(REMIND_AFTER) - 1)]
    waited = now - alarm.told_at
    if waited >= pause or (alarm.level > alarm.told_level and waited >= WORSE_AFTER):
        return _told(alarm, "reminder", now)
    return Step(alarm)


def _told(alarm: Alarm, event: Event, now: datetime) -> Step:
    return Step(replace(alarm, told=alarm.told + 1, told_at=now, told_level=alarm.level), event=event)
