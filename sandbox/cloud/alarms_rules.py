"""The rules: from what is known of a practice to what is found wrong now. Pure, with the time handed in.

What an agent said is believed while it is fresh; of a silent agent nothing can be said but that it is silent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.model.resources import RESOURCES
from sandbox.cloud.alarms import Finding, Severity
from sandbox.cloud.fleet_facts import Facts, Office, utc, words_of
from sandbox.cloud.fleet_hours import closing, office_time


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on something is worth an alarm."""

    silent: timedelta = timedelta(minutes=15)
    """Office time without a heartbeat."""
    silent_over_night: timedelta = timedelta(minutes=45)
    """The same, when the office was closed in between: the server may be switched off early and on late."""
    silent_any_time: timedelta = timedelta(hours=2)
    """Silence of an agent that never told the office's hours."""
    fresh: timedelta = timedelta(minutes=5)
    """What an agent said is believed for so long."""
    waits: timedelta = timedelta(minutes=15)
    """Age of the oldest change that waits for the cloud."""
    warning_lasts: timedelta = timedelta(minutes=30)
    """An error that an agent reports."""
    drift_between: timedelta = timedelta(hours=1)
    """Comparisons so far apart say that a difference lasts."""
    expiring: timedelta = timedelta(days=14)
    """Time that a certificate has left, or a third of its life where that is less."""
    oldest_agent: str | None = None
    """Oldest version of the agent that is supported."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A resource that differed when it was compared last."""

    resource: str
    since: datetime
    compared_at: datetime
    segments: int


@dataclass(frozen=True, slots=True)
class Lasting:
    """A warning that is open."""

    code: str
    severity: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a practice whose agent is enrolled."""

    enrolled_at: datetime
    watched_since: datetime
    """The cloud has listened without a gap since then: silence before it was its own."""
    heard_at: datetime | None = None
    agent_version: str = ""
    facts: Facts | None = None
    warnings: Sequence[Lasting] = ()
    drifts: Sequence[Drift] = ()
    persons: int = 0
    """Commands that wait for a person."""
    persons_since: datetime | None = None


FROM_AGENT = ("warning_lasts", "agent_behind", "agent_outdated", "certificate_expiring")
"""Codes that are judged by what the agent said: only while that is fresh."""
OF_VOLUME = ("volume_low", "volume_high", "nothing_changes")
"""Codes that are judged once an hour."""


def is_fresh(known: Known, limits: Limits, now: datetime) -> bool:
    """Whether what the agent said last can be believed."""
    return known.heard_at is not None and now - known.heard_at <= limits.fresh


def findings(known: Known, limits: Limits, now: datetime) -> list[Finding]:
    """What is found wrong, apart from the volume."""
    found = [*silence(known, limits, now), *persons(known), *drift(known, limits)]
    if is_fresh(known, limits, now):
        found += [*lasting(known, limits, now), *behind(known, limits, now), *outdated(known, limits)]
        days = known.facts.cloud.certificate_ends_in_days if known.facts is not None else None
        if days is not None:
            found += certificate("seen_by_agent", now + timedelta(days=days), None, limits, now)
        elif any(one.code == "certificate_expiring" for one in known.warnings):
            found.append(Finding("certificate_expiring", "seen_by_agent"))
    return found


def silence(known: Known, limits: Limits, now: datetime) -> list[Finding]:
    """Nothing heard for too long."""
    last = max(known.heard_at or known.enrolled_at, known.watched_since)
    office = known.facts.office if known.facts is not None else None
    if not too_long(office, last, limits, now):
        return []
    heard = utc(known.heard_at) if known.heard_at is not None else None
    facts: dict[str, object] = {"last_heard": heard, "silent_minutes": round((now - last).total_seconds() / 60)}
    if office is not None:
        facts["time_zone"] = office.time_zone
    return [Finding("agent_silent", "", known.heard_at or known.enrolled_at, facts=facts)]


def too_long(office: Office | None, last: datetime, limits: Limits, now: datetime) -> bool:
    """Whether nothing heard since then is silence: in office time where the office's hours are known."""
    if office is None or not office.hours:
        return now - last >= limits.silent_any_time
    closes = closing(office, last)
    if closes is not None and min(now, closes) - last >= limits.silent:
        return True
    return office_time(office, last, now) >= limits.silent_over_night


def persons(known: Known) -> list[Finding]:
    """Write-backs that wait for a person."""
    if not known.persons:
        return []
    facts = {"writes": known.persons}
    return [Finding("write_needs_person", "", known.persons_since, level=known.persons, facts=facts)]


def drift(known: Known, limits: Limits) -> list[Finding]:
    """Resources that differ: by the word of the agent, which has read again what differed; of a resource of which it
    says nothing, when comparisons of runs that lie apart have differed alike.
    """
    told = known.facts.reconcile.resources if known.facts is not None else {}
    found = [
        Finding(
            "drift_lasts",
            resource,
            one.at,
            level=one.differing,
            facts={
                "resource": resource,
                "different": one.different,
                "missing": one.missing,
                "extra": one.extra,
                "compared_at": utc(one.at),
            },
        )
        for resource, one in told.items()
        if resource in RESOURCES and one.at is not None and one.differing
    ]
    for seen in known.drifts:
        if seen.resource not in told and seen.compared_at - seen.since >= limits.drift_between:
            facts = {"resource": seen.resource, "segments": seen.segments, "compared_at": utc(seen.compared_at)}
            found.append(Finding("drift_lasts", seen.resource, seen.since, facts=facts))
    return found


def lasting(known: Known, limits: Limits, now: datetime) -> list[Finding]:
    """Errors that the agent has reported for long."""
    return [
        Finding("warning_lasts", one.code, one.opened_at, facts={"warning": one.code, **_words(one.code)})
        for one in known.warnings
        if one.severity == "error" and now - one.opened_at >= limits.warning_lasts
    ]


def behind(known: Known, limits: Limits, now: datetime) -> list[Finding]:
    """Changes that wait for the cloud, or for the agent's reading, for too long."""
    if known.facts is None:
        return []
    waits, lag = known.facts.waiting.oldest_seconds or 0.0, known.facts.last_delivery_lag_seconds
    slow = [one for one in known.warnings if one.code == "sync_behind" and now - one.opened_at >= limits.waits]
    if waits < limits.waits.total_seconds() and not slow:
        return []
    told = {"changes_waiting": known.facts.waiting.changes, "oldest_waits_seconds": round(waits)}
    since = slow[0].opened_at if slow else now - timedelta(seconds=round(waits))
    return [Finding("agent_behind", "", since, facts={**told, "last_lag_seconds": lag, "reads_late": bool(slow)})]


def outdated(known: Known, limits: Limits) -> list[Finding]:
    """An agent that is too old."""
    if limits.oldest_agent is None or version_key(known.agent_version) >= version_key(limits.oldest_agent):
        return []
    return [Finding("agent_outdated", facts={"version": known.agent_version, "oldest": limits.oldest_agent})]


def certificate(
    subject: str, expires: datetime, begins: datetime | None, limits: Limits, now: datetime
) -> list[Finding]:
    """A certificate that has little time left."""
    least = limits.expiring if begins is None else min(limits.expiring, (expires - begins) / 3)
    if expires - now > least:
        return []
    days = round((expires - now).total_seconds() / 86400, 1)
    severity: Severity = "error" if expires - now < least / 4 else "warning"
    facts = {"expires": utc(expires), "days_left": days}
    return [Finding("certificate_expiring", subject, severity=severity, level=int(severity == "error"), facts=facts)]


def version_key(version: str) -> tuple[int, ...]:
    """Orders versions by their numbers."""
    return tuple(int(number) for number in re.findall(r"\d{1,9}", version.partition("+")[0])[:4])


def _words(code: str) -> dict[str, str]:
    words = words_of(code)
    return {"warning_title": words.title, "warning_advice": words.advice}
