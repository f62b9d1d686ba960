"""The verb ``practice-cloud fleet``: how the practices fare, on one page. Owns texts only."""

from __future__ import annotations

import contextlib
import threading
from datetime import datetime
from typing import Annotated

import typer
from rich.console import Console

from sandbox.cloud.fleet import Fleet, OpenAlarm, PracticeHealth, PracticeLine
from sandbox.cloud.service import Cloud
from sandbox.cloud.terminal import DB, Db, Json, clock, examples, good, open_cloud, practice_named, table

_HEADS = (
    "Practice",
    "State",
    "Since",
    "Heard",
    "Changed",
    "Lag",
    "Waiting",
    "Agent",
    "PMS",
    "Writes to decide",
    "Alarms",
    "Warnings",
    "Why",
)
_ROOMY = ("Changed", "Lag", "Agent", "PMS", "Writes to decide")
"""Shown where a terminal has room; always in a pipe, in JSON, and of a single practice."""
_COLOURS = {
    "silent": "red",
    "not_working": "red",
    "not_running": "red",
    "partly_working": "yellow",
    "paused": "yellow",
    "never_heard": "yellow",
    "working": "green",
    "error": "red",
    "warning": "yellow",
}
_SHOWN = 20


def register(app: typer.Typer) -> None:
    """Add the verb to the program."""
    app.command(
        name="fleet",
        epilog=examples(
            "practice-cloud fleet --watch", 'practice-cloud fleet "Elm Street Dental"', "practice-cloud fleet --json"
        ),
    )(fleet)


def fleet(
    practice: Annotated[str | None, typer.Argument(help="Only this one, in full: its id or name.")] = None,
    db: Db = DB,
    watch: Annotated[bool, typer.Option("--watch", help="Go on showing it, until Ctrl-C.")] = False,
    every: Annotated[float, typer.Option(min=0.1, help="With --watch: seconds between two looks.")] = 5.0,
    as_json: Json = False,
) -> None:
    """Show how the practices fare, the worst first; exit code 0 whatever is found."""
    cloud, tick = open_cloud(db), threading.Event()
    practice_id = practice_named(cloud, practice) if practice is not None else None
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            found = _look(cloud, practice_id)
            if watch and not as_json:
                Console().clear()  # nothing happens where nobody looks
                typer.echo(f"{clock():%H:%M:%S} UTC, every {every:g} s; Ctrl-C ends")
            if as_json:
                typer.echo(found.model_dump_json())
            elif isinstance(found, Fleet):
                _show_fleet(found)
            else:
                _show_practice(found)
            if not watch:
                return
            tick.wait(every)


def _look(cloud: Cloud, practice_id: str | None) -> Fleet | PracticeHealth:
    return cloud.fleet() if practice_id is None else good(cloud.health(practice_id))


def _show_fleet(found: Fleet) -> None:
    table(_HEADS, [_row(one, clock()) for one in found.practices], _ROOMY, _COLOURS)
    for alarm in found.cloud_alarms:
        typer.echo(f"This cloud: {alarm.title} ({alarm.code}). {alarm.advice}")
    told = found.delivery
    if told.targets == 0:
        typer.echo("Alarms go nowhere: add a webhook with practice-cloud alarms add URL")
    if told.dead:
        typer.echo(f"Alarms that nobody took: {told.dead}; see practice-cloud alarms log, then alarms resend")
    for one in told.failing:
        typer.echo(f"Webhook {one}")


def _show_practice(found: PracticeHealth) -> None:
    one, now = found.summary, clock()
    lines: tuple[tuple[str, str], ...] = (
        ("Practice", f"{one.name} ({one.practice_id})"),
        (
            "State",
            one.state + (f" since {_at(one.since)}" if one.since else "") + (f": {one.reason}" if one.reason else ""),
        ),
        ("Heard", f"{_at(one.heard_at)} ({ago(one.heard_at, now)})"),
        ("Changed", f"{_at(one.changed_at)} ({ago(one.changed_at, now)})"),
        ("Lag", _seconds(one.lag_seconds)),
        ("Waiting", _waiting(one)),
        ("Agent", _text(one.agent_version)),
        ("PMS", f"{one.pms or '-'} {one.pms_version or ''}".strip()),
        ("Writes", f"{one.persons} need a person at the practice"),
        ("Office", _office(found)),
    )
    table(("About", "What"), lines)
    _part(("Alarm", "Severity", "Since", "What"), [_alarm(alarm) for alarm in found.alarms])
    shown: list[tuple[str, ...]] = [
        (w.code, w.severity, _at(w.opened_at) + (f" to {_at(w.closed_at)}" if w.closed_at else ""), w.title)
        for w in found.warnings[:_SHOWN]
    ]
    _part(("Warning", "Severity", "Since", "What"), shown)
    compared: list[tuple[str, ...]] = [
        (c.resource, str(c.differing), _at(c.compared_at), _at(c.since)) for c in found.comparisons
    ]
    _part(("Resource", "Differing segments", "Compared", "Since"), compared)
    marks: list[tuple[str, ...]] = [
        (_at(m.at), m.state, _seconds(None if m.lag_ms is None else m.lag_ms / 1000), _text(m.waiting))
        for m in found.history[:_SHOWN]
    ]
    _part(("At", "State", "Lag", "Waiting"), marks)


def _part(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    if rows:
        typer.echo("")
        table(heads, rows, colours=_COLOURS)


def _row(one: PracticeLine, now: datetime) -> tuple[str, ...]:
    return (
        one.name,
        one.state,
        ago(one.since, now),
        ago(one.heard_at, now),
        ago(one.changed_at, now),
        _seconds(one.lag_seconds),
        _text(one.waiting),
        _text(one.agent_version),
        f"{one.pms or '-'} {one.pms_version or ''}".strip(),
        str(one.persons),
        str(one.alarms),
        ", ".join(one.warning_codes) or "-",
        one.reason or "-",
    )


def _waiting(one: PracticeLine) -> str:
    if not one.waiting:
        return "-" if one.waiting is None else "nothing"
    return f"{one.waiting:,} changes, the oldest for {_seconds(one.oldest_seconds)}"


def _alarm(one: OpenAlarm) -> tuple[str, ...]:
    told = one.title + (f" ({one.subject})" if one.subject else "")
    return (one.alarm_id, one.severity, _at(one.since), told)


def _office(found: PracticeHealth) -> str:
    if found.office is None:
        return "hours not told"
    hours = [f"{' '.join(one['days'])} {one['from']}-{one['to']}" for one in found.office["hours"]]
    return f"{', '.join(hours) or 'no hours'}, {found.office['time_zone']}"


def _at(moment: str | None) -> str:
    """A moment for people: UTC, to the second."""
    return "-" if moment is None else f"{moment[:19].replace('T', ' ')}Z"


def ago(at: str | None, now: datetime) -> str:
    """How long ago, in one word."""
    return "-" if at is None else _seconds(max(0.0, (now - datetime.fromisoformat(at)).total_seconds()))


def _seconds(told: float | None) -> str:
    if told is None:
        return "-"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if told >= 2 * size:
            return f"{told / size:.0f} {unit}"
    return f"{told:.1f} s" if told < 10 else f"{told:.0f} s"


def _text(told: object) -> str:
    return "-" if told is None else str(told)
