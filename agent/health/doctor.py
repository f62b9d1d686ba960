"""The doctor's checks: what will work on this practice's database, this machine and this way to the cloud.

Pure over ports: whoever composes it hands in the database, the cloud and the facts of the machine. Reads only, counts
and judges; a finding never holds a record's data, only names of tables and columns, codes of our own, and numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from agent.health.catalogue import explain
from agent.health.masking import mask_record
from agent.model.errors import AgentError
from agent.model.reading import Description, Key, Mapped, Page, Range, Record, ShapeFacts

Level = Literal["ok", "warning", "failed"]

CLOCK_SECONDS = 120.0
"""A database's clock this far from ours is told."""
_STATEMENT_SECONDS = 0.03
_FIRST_LIMIT, _LAST_LIMIT = 50, 1000
_REST = 3.0
"""Pauses are so many times as long as the engine was at work: a quarter of its time at most."""


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


class Database(Protocol):
    """What the doctor asks of a practice's database: a part of capture's ``Source``."""

    def describe(self) -> Description:
        """Look at the database afresh."""

    def scan(self, shape: str, within: Range, limit: int) -> Page:
        """The first records of a range."""

    def map(self, shape: str, records: Sequence[Record]) -> list[Mapped]:
        """Records in canonical form."""


def failed(area: str, name: str, error: AgentError, level: Level = "failed") -> Finding:
    """A check that an error ended."""
    facts = {key: value for key, value in error.fields.items() if value is not None}
    return Finding(area, name, level, error.title, error.advice, error.code, facts)


# The database ---------------------------------------------------------------------------------------------------------


def check_version(found: Description) -> Iterator[Finding]:
    """Engine and version of the PMS, and whether it may be read now."""
    yield Finding("database", "engine", "ok", found.engine, facts={"engine": found.engine})
    unknown = any(code == "version_unknown" for code, _ in found.warnings)
    title = f"{found.pms} {found.pms_version or '(no version found)'}"
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


def check_rights(may_write: bool | None, users: bool, grants: Sequence[str] = ()) -> Finding:
    """Whether the login can do more than it should. ``users``: whether the engine has users at all. ``grants``: what
    makes a login that can do what it must and no more.
    """
    detail = tuple(f"{one};" for one in grants)
    if not users:
        return Finding("database", "rights", "ok", "This engine has no users; the agent opens it to read only")
    if may_write is None:
        title = "The login can read; whether it can write cannot be told on this engine"
        advice = "Give the agent a login of its own that may only read; these statements make one."
        return Finding("database", "rights", "ok", title, advice, detail=detail)
    if may_write:
        advice = (
            "The agent only reads. Give it a login of its own that may only read, so that nobody can do more with it. "
            "These statements make one; run them as the database's owner, with a password of your own."
        )
        return Finding(
            "database", "rights", "warning", "The login can also write", advice, "login_can_write", detail=detail
        )
    return Finding("database", "rights", "ok", "The login can read and cannot write")


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
                f"{warnable.title}: {what}" if what else warnable.title,
                warnable.advice,
                code,
                {"resource": shape.resource, "table": shape.table, "missing": what or None},
            )
            continue
        names = ", ".join(one.name for one in shape.accelerators)
        title = f"ok; changes are found by comparing{f', sooner by {names}' if names else ''}"
        facts = {"resource": shape.resource, "table": shape.table, "accelerators": names or None}
        yield Finding("resources", shape.id, "ok", title, facts=facts)
    warnable = explain("index_missing")
    for what in slow:
        yield Finding("resources", what, "warning", f"{warnable.title}: {what}", warnable.advice, "index_missing")


# Its records ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Sample:
    """What a walk over a shape's records found."""

    read: int = 0
    whole: bool = False
    """True when every record was read."""
    left_out: int = 0
    """Records that the declaration filters out."""
    unusable: int = 0
    """Records whose key cannot be used."""
    issues: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(field, issue code) -> how many."""
    busy: float = 0.0
    after: Key | None = None
    """The last key read."""
    newest: str | None = None
    """The latest day, today at most, that a record names as its own."""
    masked: Mapping[str, Any] | None = None
    """One record in canonical form, masked."""


_DAYS = {"appointment": "start", "ledger_entry": "date"}
"""The field of a resource that tells when the practice was at work."""


def walk(
    database: Database, shape: ShapeFacts, budget: float, wait: Callable[[float], object], today: date | None = None
) -> Sample:
    """Read and map records from the beginning until all are read or the engine was busy for ``budget`` seconds."""
    found = Sample()
    limit = _FIRST_LIMIT
    while found.busy < budget and not found.whole:
        page = database.scan(shape.id, Range(found.after, None), limit)
        for mapped in database.map(shape.id, page.records):
            _note(found, shape.resource, mapped, today)
            found.left_out += mapped.id is not None and mapped.data is None
            found.unusable += mapped.id is None
            found.issues.update((issue.field, issue.code) for issue in mapped.issues)
        found.read += len(page.records)
        found.whole = page.last
        found.busy += max(page.busy, 0.001)
        if page.records:
            found.after = page.records[-1].key
        limit = min(_LAST_LIMIT, limit * 2) if page.busy < _STATEMENT_SECONDS / 2 else max(_FIRST_LIMIT, limit // 2)
        if not found.whole:
            wait(page.busy * _REST)
    return found


def _note(found: Sample, resource: str, mapped: Mapped, today: date | None) -> None:
    """Keep what one record shows."""
    if mapped.data is None:
        return
    # A full record shows more than the first one: set-up often begins with an empty one.
    if found.masked is None or len(mapped.data) > len(found.masked):
        found.masked = mask_record(resource, mapped.data)
    day = (mapped.data.get(_DAYS.get(resource, "")) or "")[:10]
    if today is not None and (found.newest or "") < day <= today.isoformat():
        found.newest = day


def estimate(sample: Sample, size: int | None) -> int | None:
    """About how many records there are: exact when all were read, else what the engine says of the table by itself."""
    if sample.whole:
        return sample.read - sample.left_out
    return None if size is None or size < sample.read else size


def check_records(sample: Sample, shape: ShapeFacts, size: int | None) -> Iterator[Finding]:
    """Counts, and how well the records map."""
    about = estimate(sample, size)
    kept = sample.read - sample.left_out
    count = f"{kept:,}" if sample.whole else f"about {about:,}" if about is not None else f"more than {kept:,}"
    issues = sum(sample.issues.values())
    facts: dict[str, int | float | str | None] = {
        "records": about if about is not None else kept,
        "exact": int(sample.whole),
        "sampled": sample.read,
        "left_out": sample.left_out,
        "unusable": sample.unusable,
        "issues": issues,
    }
    title = f"{count} records; {sample.read:,} mapped, {issues:,} {'issue' if issues == 1 else 'issues'}"
    yield Finding("records", shape.id, "ok", title, facts=facts)
    if sample.unusable:
        warnable = explain("records_quarantined")
        title = f"{sample.unusable:,} records have a key that cannot be used"
        yield Finding("records", f"{shape.id} keys", "warning", title, warnable.advice, warnable.code)
    for (name, code), times in sorted(sample.issues.items()):
        unknown = code == "unknown_code"
        told = explain("codes_unknown") if unknown else None
        yield Finding(
            "records",
            f"{shape.id}.{name} {code}",
            "warning" if unknown else "ok",
            f"{times:,} of {sample.read:,} {'have a code that the agent does not know' if unknown else f'have {code}'}",
            told.advice if told is not None else "Such a field is sent with the issue named beside.",
            told.code if told is not None else code,
            {"count": times, "sampled": sample.read},
        )


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
            f"{free:,} MB are free, {needed_mb:,} needed",
            warnable.advice,
            "disk_full",
            facts,
        )
    if free < 4 * needed_mb:
        advice = "Free some space: the store may grow while the cloud is away."
        return Finding("machine", "disk", "warning", f"Only {free:,} MB are free", advice, "disk_full", facts)
    return Finding("machine", "disk", "ok", f"{free:,} MB are free", facts=facts)


def check_private(private: bool) -> Finding:
    """Whether the home folder is closed to others."""
    if private:
        return Finding("machine", "folder", "ok", "The agent's folder is closed to other users")
    advice = "Close it to everybody but the agent's user; `practice-agent run` does so too."
    return Finding("machine", "folder", "warning", "Other users can look into the agent's folder", advice, "home_open")


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
