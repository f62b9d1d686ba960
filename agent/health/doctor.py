"""The doctor's checks: what will work on this practice's database, this machine and this way to the cloud.

Pure over ports: whoever composes it hands in the database, the cloud and the facts of the machine. Reads only, counts
and judges; a finding never holds a record's data, only names of tables and columns, codes of our own, and numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from agent.health.catalogue import explain
from agent.model.errors import AgentError
from agent.model.reading import Description

Level = Literal["ok", "warning", "failed"]

CLOCK_SECONDS = 120.0
"""A database's clock this far from ours is told."""
_SOONER = {
    "days": "the days around today",
    "log": "the log of visits",
    "history": "the history of visits",
    "new": "new keys",
    "details": "new detail lines",
    "splits": "new splits of payments",
    "stamp": "change stamps",
}
"""What hurries a shape, in words."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found."""

    area: str
    """``machine``, ``database``, ``resources``, ``records``, ``writes`` or ``cloud``."""
    name: str
    """What was checked; unique within its area."""
    level: Level
    title: str
    """One line."""
    advice: str = ""
    """What to do; empty when nothing is to be done."""
    code: str | None = None
    """Code of the warning or error, if it is one."""
    facts: Mapping[str, int | float | str | None] = field(default_factory=dict)
    """Numbers and names behind it."""
    detail: tuple[str, ...] = ()
    """More lines, to be shown under it: statements to run, a masked record."""


def named(shape: str) -> str:
    """A kind of record as people read it: ``ledger_entry.write_off`` -> ``Ledger entry (write off)``."""
    resource, _, rest = shape.replace("_", " ").partition(".")
    return resource.capitalize() + (f" ({rest})" if rest else "")


def failed(area: str, name: str, error: AgentError, level: Level = "failed") -> Finding:
    """A check that an error ended."""
    facts = {key: value for key, value in error.fields.items() if value is not None}
    return Finding(area, name, level, error.title, error.advice, error.code, facts)


# The database ---------------------------------------------------------------------------------------------------------


def check_version(found: Description, software: str) -> Iterator[Finding]:
    """Engine and version of the PMS, and whether it may be read now. ``software``: what people call the PMS."""
    engine = f"The database engine is {found.engine}"
    yield Finding("database", "engine", "ok", engine, facts={"engine": found.engine})
    unknown = any(code == "version_unknown" for code, _ in found.warnings)
    title = f"The practice software is {software} {found.pms_version or '(no version found)'}"
    facts = {"pms": found.pms, "pms_version": found.pms_version}
    if unknown:
        warnable = explain("version_unknown")
        yield Finding(
            "database", "version", "warning", f"{title}: {warnable.title}", warnable.advice, warnable.code, facts
        )
    else:
        yield Finding("database", "version", "ok", title, facts=facts)
    if found.halted is not None:
        warnable = explain(found.halted)
        yield Finding("database", "halted", "warning", warnable.title, warnable.advice, warnable.code)


def check_clock(found: Description, zone: str, now: float) -> Finding:
    """The database's own clock against ours. ``now``: seconds since 1970."""
    ours = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    off = (datetime.fromisoformat(found.clock).replace(tzinfo=None) - ours).total_seconds()
    facts = {"offset_seconds": round(off)}
    if abs(off) <= CLOCK_SECONDS:
        return Finding("database", "clock", "ok", "The database's clock agrees with this machine's", facts=facts)
    quarters = off / 900
    if abs(quarters - round(quarters)) * 900 <= CLOCK_SECONDS and abs(off) <= 26 * 3600:
        title = f"The database's clock is {_signed(off / 3600)} hours off the practice's time zone ({zone})"
        advice = "Correct [practice] time_zone in agent.toml, or the time zone of the practice's server."
    else:
        title = f"The database's clock is {_signed(off / 60)} minutes off"
        advice = explain("database_clock_wrong").advice
    return Finding("database", "clock", "warning", title, advice, "database_clock_wrong", facts)


def check_rights(
    beyond: Sequence[str] | None, users: bool, grants: Sequence[str] = (), lacking: Sequence[str] = ()
) -> Finding:
    """Whether the login can do what it must and no more.

    ``beyond``: rights that it has and does not need, None = not known; ``users``: whether the engine has users at all;
    ``grants``: statements that make a login with just the rights needed; ``lacking``: what it cannot see.
    """
    detail = tuple(f"{one};" for one in grants)
    if not users:
        return Finding("database", "rights", "ok", "This engine has no users; the agent opens it to read only")
    if lacking:
        title = f"The login lacks rights, or this database lacks what is read: {', '.join(lacking)}"
        advice = (
            "If they are there, grant the login what it needs: the statements make one that has just that, without the "
            "first one where the login exists. Run them as the database's owner."
        )
        return Finding("database", "rights", "warning", title, advice, "permission_denied", detail=detail)
    if beyond:
        title = f"The login can do more than it needs: {', '.join(beyond)}"
        advice = (
            "The agent only reads. Give it a login of its own that may only read, so that nobody can do more with it. "
            "These statements make one; run them as the database's owner, with a password of your own."
        )
        facts = {"beyond": ", ".join(beyond)}
        return Finding("database", "rights", "warning", title, advice, "login_can_write", facts, detail)
    if beyond is None:
        title = "The login can read; whether it can do more cannot be told on this engine"
        advice = "Give the agent a login of its own that may only read; these statements make one."
        return Finding("database", "rights", "ok", title, advice, detail=detail)
    return Finding("database", "rights", "ok", "The login can read, and nothing else")


def check_shapes(found: Description) -> Iterator[Finding]:
    """Which record shapes can be read here, and what hurries them."""
    slow = [what for code, what in found.warnings if code == "index_missing"]
    for shape in found.shapes:
        if shape.stopped is not None:
            code, _, what = shape.stopped.partition(":")
            warnable = explain(code)
            yield Finding(
                "resources",
                shape.id,
                "failed",
                f"{named(shape.id)} cannot be read: {warnable.title[0].lower()}{warnable.title[1:]}"
                f"{f': {what}' if what else ''}",
                warnable.advice,
                code,
                {"resource": shape.resource, "table": shape.table, "missing": what or None},
            )
            continue
        names = ", ".join(one.name for one in shape.accelerators)
        sooner = ", ".join(_SOONER.get(one.name, one.name) for one in shape.accelerators)
        title = (
            f"{named(shape.id)} can be read; changes are found by comparing{f', sooner by {sooner}' if sooner else ''}"
        )
        facts = {"resource": shape.resource, "table": shape.table, "accelerators": names or None}
        yield Finding("resources", shape.id, "ok", title, facts=facts)
    warnable = explain("index_missing")
    for what in slow:
        yield Finding("resources", what, "warning", f"{warnable.title}: {what}", warnable.advice, "index_missing")


# The machine and the cloud --------------------------------------------------------------------------------------------


def check_disk(free_bytes: int, needed_mb: int) -> Finding:
    """Room for the agent's store."""
    free = free_bytes // 1_000_000
    facts = {"free_mb": free, "needed_mb": needed_mb}
    if free < needed_mb:
        warnable = explain("disk_full")
        return Finding(
            "machine",
            "disk",
            "failed",
            f"{free:,} MB are free on the disk of the agent's folder, {needed_mb:,} needed",
            warnable.advice,
            "disk_full",
            facts,
        )
    if free < 4 * needed_mb:
        advice = "Free some space: the store may grow while the cloud is away."
        return Finding(
            "machine",
            "disk",
            "warning",
            f"Only {free:,} MB are free on the disk of the agent's folder",
            advice,
            "disk_full",
            facts,
        )
    return Finding("machine", "disk", "ok", f"{free:,} MB are free on the disk of the agent's folder", facts=facts)


def check_private(private: bool) -> Finding:
    """Whether the home folder is closed to others."""
    if private:
        return Finding("machine", "folder", "ok", "The agent's folder is closed to other users")
    advice = "Close it to everybody but the agent's user; `practice-agent run` does so too."
    return Finding("machine", "folder", "warning", "Other users can look into the agent's folder", advice, "home_open")


def check_program(lost: int | None) -> Finding:
    """Whether the program's own files are all there; ``lost``: how many are not, None = it cannot be told."""
    if not lost:
        known = "" if lost is not None else ", as far as can be told"
        return Finding("machine", "program", "ok", f"The agent's own files are all there{known}")
    told = explain("files_missing")
    return Finding("machine", "program", "failed", told.title, told.advice, told.code, facts={"files": lost})


def check_offset(offset: float | None) -> Finding | None:
    """This machine's clock against the cloud's; None when the cloud did not say."""
    if offset is None:
        return None
    facts = {"offset_seconds": round(offset, 1)}
    if abs(offset) <= CLOCK_SECONDS:
        return Finding("cloud", "clock", "ok", "This machine's clock agrees with the cloud's", facts=facts)
    warnable = explain("clock_wrong")
    title = f"This machine's clock is {_signed(-offset / 60)} minutes off the cloud's"
    return Finding("cloud", "clock", "warning", title, warnable.advice, warnable.code, facts)


def _signed(number: float) -> str:
    return f"{number:+.1f}".removesuffix(".0")
