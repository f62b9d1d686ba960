"""The doctor's checks that look further than *does it connect*: freshness, time and load, samples, machine, trust.

Pure, as those of ``doctor.py``: facts in, findings out. Samples are masked before they come here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from agent.health.catalogue import explain
from agent.health.doctor import Finding, named
from agent.model.reading import Description

_QUIET_DAYS = 14
"""A practice enters something at least so often."""
_NEW_PATIENT_DAYS = 90
"""And a new patient at least so often."""
_CHEAPER = 0.6
"""Comparing a range costs the engine about this much of reading it: nothing is handed over but a digest."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the agent runs on."""

    system: str
    python: str
    bits: int
    cpus: int | None
    memory_mb: int | None
    drivers: Sequence[str]
    zone: str | None
    """Time zone of the machine, IANA; None = not known."""
    sleeps: bool | None
    """Whether its power settings let it sleep by itself; None = not known."""


def check_machine(found: Machine, version: str) -> Iterator[Finding]:
    """Environment, drivers, sleep."""
    told = f"{found.system}, {found.cpus or '?'} CPUs, {found.memory_mb or '?'} MB, agent {version} ({found.bits} bit)"
    facts: dict[str, int | float | str | None] = {
        "system": found.system,
        "python": found.python,
        "bits": found.bits,
        "cpus": found.cpus,
        "memory_mb": found.memory_mb,
        "zone": found.zone,
    }
    yield Finding("machine", "environment", "ok", told, facts=facts)
    if found.drivers:
        names = ", ".join(found.drivers)
        yield Finding("machine", "drivers", "ok", f"ODBC drivers here: {names}", facts={"drivers": names})
    else:
        warnable = explain("driver_missing")
        yield Finding(
            "machine", "drivers", "failed", "No ODBC driver is installed here", warnable.advice, warnable.code
        )
    if found.sleeps is None:
        title = "Whether this machine goes to sleep by itself cannot be told"
        yield Finding("machine", "sleep", "ok", title, "See that its power settings never let it sleep.")
    elif found.sleeps:
        warnable = explain("server_sleeps")
        yield Finding("machine", "sleep", "warning", warnable.title, warnable.advice, warnable.code)
    else:
        yield Finding("machine", "sleep", "ok", "This machine does not go to sleep by itself")


def check_site(found: Description, software: str, driver: str, bits: int, version: str) -> Finding:
    """This site in one line, as the table of what works where has it."""
    read = [shape for shape in found.shapes if shape.stopped is None]
    told = (
        f"{software} {found.pms_version or '?'}",
        found.engine,
        f"{driver} ({bits} bit)",
        f"agent {version}",
        f"{len(read)} of {len(found.shapes)} kinds of records",
    )
    advice = "What was tested of such a site, and what was not, is in docs/compatibility.md."
    facts = {"read": len(read), "kinds": len(found.shapes)}
    return Finding("resources", "site", "ok", f"This site: {' | '.join(told)}", advice, facts=facts)


def check_freshness(resource: str, newest: str | None, today: date) -> Finding | None:
    """Whether the practice is at work in this database. ``newest``: latest day, until today, that its records name."""
    if newest is None:
        return None
    facts = {"newest": newest}
    quiet = _NEW_PATIENT_DAYS if resource == "patient" else _QUIET_DAYS
    if today - date.fromisoformat(newest) <= timedelta(days=quiet):
        return Finding(
            "records", f"{resource} freshness", "ok", f"{named(resource)}: the newest day is {newest}", facts=facts
        )
    warnable = explain("database_old")
    title = f"{named(resource)}: the newest day is {newest}"
    return Finding("records", f"{resource} freshness", "warning", title, warnable.advice, warnable.code, facts)


def check_effort(
    busy: Mapping[str, tuple[float, int]], sizes: Mapping[str, int], load_duty: float, duty: float
) -> Finding:
    """How long the first load will take, and how soon everything is compared. ``busy``: shape -> seconds that the
    engine worked for so many records; ``sizes``: shape -> about how many there are.
    """
    seconds = sum(worked / read * sizes[shape] for shape, (worked, read) in busy.items() if read and shape in sizes)
    load, bound = seconds / load_duty, seconds * _CHEAPER / duty
    title = (
        f"First load: about {_span(load)}, the database at work for at most {load_duty:.0%} of the time; then a change "
        f"that leaves no trace is found within about {_span(max(bound, 60.0))} at {duty:.0%}"
    )
    facts = {"engine_seconds": round(seconds, 1), "load_seconds": round(load), "bound_seconds": round(bound)}
    return Finding(
        "records", "effort", "ok", title, "The time counts office hours; at night it is shorter.", facts=facts
    )


def sample_of(resource: str, masked: Mapping[str, Any]) -> Finding:
    """One record as the cloud would get it, masked."""
    detail = tuple(f"{name}: {_plain(value)}" for name, value in masked.items() if value not in (None, [], {}))
    return Finding(
        "samples", resource, "ok", f"{named(resource)}: a record as the cloud gets it, masked here", detail=detail
    )


def check_trust(issuer: str | None, ends_in_days: int | None, public: bool | None) -> Iterator[Finding]:
    """The certificate that answers for the cloud. ``public``: whether the public authorities vouch for it too."""
    if issuer is not None:
        vouched = {True: "a public authority", False: "this machine alone", None: "the CA file that was given"}[public]
        title = f"The certificate was issued by {issuer}; {vouched} vouches for it"
        facts = {"issuer": issuer}
        if public is False:
            warnable = explain("tls_inspected")
            yield Finding(
                "cloud", "trust", "warning", f"{title}: {warnable.title}", warnable.advice, warnable.code, facts
            )
        else:
            yield Finding("cloud", "trust", "ok", title, facts=facts)
    if ends_in_days is not None:
        left: dict[str, int | float | str | None] = {"days": ends_in_days}
        if ends_in_days < _QUIET_DAYS:
            warnable = explain("certificate_expiring")
            title = f"{warnable.title}: {ends_in_days} days are left"
            yield Finding("cloud", "certificate", "warning", title, warnable.advice, warnable.code, left)
        else:
            title = f"The certificate is good for another {ends_in_days:,} days"
            yield Finding("cloud", "certificate", "ok", title, facts=left)


def _plain(value: Any) -> str:
    match value:
        case Mapping():
            return ", ".join(f"{name} {_plain(one)}" for name, one in value.items() if one is not None)
        case list() | tuple():
            return "; ".join(map(_plain, value))
        case _:
            return str(value)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
