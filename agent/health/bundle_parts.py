"""The parts of a bundle: what each is for, and the form that its content must have.

Data only. Words that may stand in a bundle are the program's own (codes, and names of its shapes, tables and columns);
the host hands them in, because it alone knows the declarations. Names of patients' records are in none of them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import available_timezones

from agent.health.bundle_forms import (
    DIGEST,
    FLAG,
    MOMENT,
    NUMBER,
    VERSION,
    Each,
    Form,
    Keyed,
    Only,
    Table,
    one_of,
    shaped,
    words_of,
)
from agent.health.catalogue import CATALOGUE
from agent.model.reasons import REASONS

INCIDENT = r"PA(-[0-9A-HJKMNP-TV-Z]{4}){2}"
"""An incident id: eight characters that can be read out on the telephone."""

_LEVELS = ("debug", "info", "warning", "error")
_SEVERITIES = ("error", "warning", "notice")
_FILE = shaped("a file of the program", r"(agent|gui)(/[a-z0-9_]{1,40}){1,6}\.(py|sql|exe|dll|pyd)")
_ENGINE = shaped(
    "an engine and its version",
    r"(MariaDB|MySQL|PostgreSQL|SQLite|SQL Anywhere|Microsoft SQL Server)( \d{1,3}(\.\d{1,6}){0,5})?",
)
_DRIVER = shaped(
    "a known driver",
    r"((SQL Anywhere|Sybase|PostgreSQL|MariaDB|MySQL|SQLite3?|ODBC Driver|FreeTDS|SQL Server|Microsoft)"
    r"[A-Za-z ()/*.]{0,40}[0-9.]{0,8}[A-Za-z ()/*.]{0,40}|other)",
)
_PACKAGE = shaped("a library", r"[a-z][a-z0-9_-]{1,40}")
_HOSTNAME = shaped("a host name", r"[a-z0-9.-]{1,200}(:\d{1,5})?")
_COMMAND = shaped("a command's id", r"p[0-9a-z]{9}\.c[0-9a-z]{15}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CLASS = shaped(
    "an exception's class", r"[A-Z][A-Za-z]{2,40}(Error|Exception|Timeout|Damaged|Refused|Expired|Iteration)"
)
_PLACE = shaped("a place in the program", r"(agent|gui)(\.[a-z0-9_]{1,40}){0,6}:\d{1,5}")
_FOUND = Only("a number or a digest", lambda value: NUMBER.test(value) or DIGEST.test(value))
"""What a hold compares: a count, a key that only grows, or the fingerprint of a database."""
_CLOCK = shaped("a time of day", r"\d\d:\d\d")
_ZONE = one_of("a time zone", available_timezones())
_LOCALE = shaped("a locale", r"[A-Za-z0-9_.@ ()-]{1,40}")
_SYSTEM = shaped("a system", r"[A-Za-z0-9_.+#:~ ()-]{1,120}")

TITLES: frozenset[str] = frozenset(
    text for one in (*CATALOGUE.values(),) for text in (one.title, one.advice)
) | frozenset(text for reason in REASONS.values() for text in (reason.title, reason.asks))
"""Sentences of the program's own: those that a bundle may hold."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bundle."""

    name: str
    """Name of its file."""
    title: str
    """What it holds, in words."""
    form: Form
    lines: bool = False
    """True: one JSON value a line (a list); false: one JSON document."""


def parts_of(words: Collection[str], fields: Collection[str]) -> tuple[Part, ...]:
    """All parts. ``words``: the program's own; ``fields``: names that fields of events may have."""
    word = words_of("words of the program", words)
    named = Keyed(word, NUMBER)
    warnings = Each(_warning(word), 100)
    return (
        Part("status.json", "What works and since when not, as `practice-agent status --json` has it", _status(word)),
        Part("warnings.json", "What is wrong, since when, and what to do", warnings),
        Part(
            "events.jsonl", "The newest events of the log, oldest first", Each(_event(word, fields), 3000), lines=True
        ),
        Part("events.json", "How often each event happened in the log, and when it did last", _counts(word)),
        Part("problems.json", "What workers and requests met last", _problems(word)),
        Part(
            "settings.json", "The settings; no secret, no login, no name, no address of the practice", _settings(word)
        ),
        Part("schema.json", "What is read of the practice's database: shapes, versions, fingerprints", _schema(word)),
        Part("timings.json", "How far each shape has got, and how long ago it was compared", _timings(word)),
        Part("writes.json", "Write-backs, counted by kind, state and reason", _writes(word, named)),
        Part("versions.json", "Versions of the program, its libraries and its store", _versions()),
        Part("environment.json", "The machine: system, memory, disk, time zone, ODBC drivers", _environment()),
        Part("files.json", "SHA-256 of the program's files", Keyed(_FILE, DIGEST, 2000)),
    )


def _warning(word: Only) -> Table:
    return Table(
        {
            "code": word,
            "title": one_of("a sentence of the program", TITLES),
            "advice": one_of("a sentence of the program", TITLES),
            "severity": one_of("a severity", _SEVERITIES),
            "since": MOMENT,
        }
    )


def _status(word: Only) -> Table:
    resource = Table(
        {
            "resource": word,
            "records": NUMBER,
            "about": NUMBER,
            "loaded": FLAG,
            "oldest_comparison_seconds": NUMBER,
            **dict.fromkeys(("bound_seconds", "waiting", "lag_seconds", "stale", "quarantined"), NUMBER),
            "last_change": MOMENT,
            "last_look": MOMENT,
            "accelerated": FLAG,
            "strategy": Each(word, 20),
            "stopped": Keyed(word, word),
        }
    )
    waiting = Table({"changes": NUMBER, "bytes": NUMBER, "oldest_seconds": NUMBER})
    hours = Table({"days": Each(word, 7), "from": _CLOCK, "to": _CLOCK})
    counts = ("waiting", "awaiting_approval", "needs_person", "verified", "rejected", "conflict", "expired")
    last = Table({"state": word, "since": MOMENT})
    channel = one_of("a channel's state", ("ready", "not_configured", "read_only", "unreachable", "refused"))
    writes = Table(
        {"last": last, "channel": channel, "enabled": FLAG, "last_poll": MOMENT, **dict.fromkeys(counts, NUMBER)}
    )
    detail = Table({"deletes": NUMBER, "limit": NUMBER, "mark": word, "known": _FOUND, "found": _FOUND})
    return Table(
        {
            "schema": NUMBER,
            "at": MOMENT,
            "agent_version": VERSION,
            "pid": NUMBER,
            "pms": word,
            "pms_version": VERSION,
            "engine": _ENGINE,
            "database": DIGEST,
            "epoch": NUMBER,
            "acked_seq": NUMBER,
            "waiting": waiting,
            "last_delivery": MOMENT,
            "last_delivery_lag_seconds": NUMBER,
            "resources": Each(resource, 100),
            "paused_until": MOMENT,
            "reconcile": Table(
                {
                    "at": MOMENT,
                    "repaired": FLAG,
                    "whole": FLAG,
                    **dict.fromkeys(("matched", "different", "missing", "extra"), NUMBER),
                    "resources": Keyed(
                        word, Table({"at": MOMENT, **dict.fromkeys(("different", "missing", "extra"), NUMBER)}), 100
                    ),
                }
            ),
            "agent": Table(
                {
                    "started": MOMENT,
                    **dict.fromkeys(("uptime_seconds", "memory_mb", "cpu_share", "database_share"), NUMBER),
                }
            ),
            "pace": Table({"duty_limit": NUMBER, "busy_seconds": NUMBER, "longest_statement_ms": NUMBER}),
            "cloud": Table(
                {
                    **dict.fromkeys(("clock_offset_seconds", "round_trip_ms", "certificate_ends_in_days"), NUMBER),
                    "connected": FLAG,
                    "proxied": FLAG,
                }
            ),
            "office": Table({"time_zone": _ZONE, "hours": Each(hours, 20)}),
            "holds": Each(
                Table({"id": NUMBER, "kind": word, "shape": word, "since": MOMENT, "detail": detail}),
                50,
            ),
            "writes": writes,
            "quarantined": Keyed(word, NUMBER),
            "warnings": Each(_warning(word), 100),
        }
    )


_NUMBERED = frozenset(
    "epoch seq first_seq last_seq acked_seq expected_seq sent count rows changes deletes missing extra different "
    "matched chunks bytes size seconds busy wait retry_after duty limit share attempt delivery_count status errno pid "
    "port exit_code year native sqlite schema_version mapping_version".split()
)
"""Fields of events that are numbers."""


def _event(word: Only, fields: Collection[str]) -> Table:
    special: dict[str, Form] = {
        "version": VERSION,
        "pms_version": VERSION,
        "agent_version": VERSION,
        "engine": _ENGINE,
        "driver": _DRIVER,
        "sqlstate": shaped("an SQLSTATE", r"[0-9A-Z]{5}"),
        "signal": shaped("a signal", r"SIG[A-Z0-9]{2,10}|-?\d{1,3}"),
        "kind": Only("words of the program", lambda value: word.test(value) or _CLASS.test(value)),
        "type": _CLASS,
        "zone": _ZONE,
        "ref": DIGEST,
        "command_id": _COMMAND,
        "place": _PLACE,
        "incident": shaped("an incident id", INCIDENT),
    }
    plain = Only("words or a number", lambda value: word.test(value) or NUMBER.test(value) or FLAG.test(value))
    known = {name: NUMBER if name in _NUMBERED else special.get(name, plain) for name in fields if name != "issuer"}
    return Table({"at": MOMENT, "level": one_of("a level", _LEVELS), "code": word, **known})


def _counts(word: Only) -> Keyed:
    return Keyed(word, Table({"count": NUMBER, "first": MOMENT, "last": MOMENT}))


def _problems(word: Only) -> Table:
    request = Table({"id": NUMBER, "kind": word, "state": word, "code": word})
    return Table(
        {
            "running": word,
            "status_age_seconds": NUMBER,
            "store": word,
            "asked_by": _COMMAND,
            "requests": Each(request, 50),
            "missing": Keyed(word, word),
        }
    )


def _settings(word: Only) -> Table:
    hours = Table({"days": Each(word, 7), "opens": _CLOCK, "closes": _CLOCK})
    pace = (
        "poll_seconds rotation_minutes compare_seconds lookup_minutes statement_ms duty_office duty_off duty_load"
    ).split()
    limits = "outbox_mb disk_free_mb delete_share delete_floor log_mb".split()
    kind = Table({"mode": one_of("a mode", ("off", "ask", "on")), "per_hour": NUMBER, "per_day": NUMBER})
    return Table(
        {
            "practice": Table({"pms": word, "time_zone": _ZONE, "locations": NUMBER}),
            "source": Table(
                {
                    "dialect": word,
                    "driver": _DRIVER,
                    "dsn": FLAG,
                    "login": FLAG,
                    "schema": FLAG,
                    "statement_seconds": NUMBER,
                }
            ),
            "cloud": Table({"host": _HOSTNAME, "ca_file": FLAG, "proxy": word, "proxy_login": FLAG}),
            "pace": Table({**dict.fromkeys(pace, NUMBER), "office_hours": Each(hours, 20)}),
            "limits": Table(dict.fromkeys(limits, NUMBER)),
            "writes": Table({"api": FLAG, "connection": FLAG, "login": FLAG, "user": FLAG}),
            "codes": Keyed(word, NUMBER),
            "policy": Table({"state": word, "kinds": Keyed(word, kind)}),
        }
    )


def _schema(word: Only) -> Table:
    shape = Table(
        {
            "shape": word,
            "mapping_version": NUMBER,
            "columns": NUMBER,
            "tables": NUMBER,
            "declaration": DIGEST,
            "stopped": word,
        }
    )
    return Table({"schema_version": NUMBER, "pms": word, "database": DIGEST, "shapes": Each(shape, 200)})


def _timings(word: Only) -> Table:
    shape = Table(
        {
            "shape": word,
            "records": NUMBER,
            "loaded": FLAG,
            "ranges": NUMBER,
            "oldest_comparison_seconds": NUMBER,
            "newest_comparison_seconds": NUMBER,
            "waiting_keys": NUMBER,
        }
    )
    names = ("acked_seconds_ago", "lag_seconds", "oldest_waiting_seconds", "outbox_bytes", "outbox_changes")
    return Table({**dict.fromkeys(names, NUMBER), "shapes": Each(shape, 200)})


def _writes(word: Only, named: Keyed) -> Table:
    line = Table({"kind": word, "state": word, "reason": word, "count": NUMBER, "last": MOMENT})
    return Table({"states": named, "by_reason": Each(line, 500), "trail_lines": NUMBER, "reports_waiting": FLAG})


def _versions() -> Table:
    return Table(
        {
            "agent": VERSION,
            "python": VERSION,
            "sqlite": VERSION,
            "openssl": VERSION,
            "schema_version": NUMBER,
            "store_layout": NUMBER,
            "libraries": Keyed(_PACKAGE, VERSION, 100),
        }
    )


def _environment() -> Table:
    sizes = ("bits", "cpus", "memory_mb", "disk_total_mb", "disk_free_mb", "utc_offset_minutes", "store_mb", "log_mb")
    return Table(
        {
            **dict.fromkeys(sizes, NUMBER),
            "system": _SYSTEM,
            "release": _SYSTEM,
            "machine": _SYSTEM,
            "python": _SYSTEM,
            "locale": _LOCALE,
            "encoding": _LOCALE,
            "time_zone": _SYSTEM,
            "at": MOMENT,
            "frozen": FLAG,
            "home_private": FLAG,
            "odbc_drivers": Each(_DRIVER, 100),
        }
    )
