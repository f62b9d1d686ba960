"""``practice-agent doctor``."""

from __future__ import annotations

import dataclasses
import shutil
import textwrap
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli import exits, screen
from agent.cli.options import HomeDir, Json, examples

if TYPE_CHECKING:
    from agent.health.doctor import Finding

EXAMPLES = examples(
    "practice-agent doctor", "practice-agent doctor --html report.html", "practice-agent doctor --json > report.json"
)

_MOST_LINES = 6
"""Lines of a sample or of statements shown on a terminal; reports have them all."""
_SIGNS = {"ok": ("ok", "green"), "warning": ("look", "yellow"), "failed": ("FAILED", "red")}
_INDENT = 10
_WIDEST = 120
"""Lines are no longer, however wide the terminal is: they could not be read."""


def doctor(
    as_json: Json = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Also write the report as one page to mail or print.")
    ] = None,
    home: HomeDir = None,
) -> None:
    """Check before go-live that it will work here: machine, database, mapping, cloud. Reads only; masks data."""
    from agent.health.report import AREAS, page, verdict
    from agent.host.clock import SystemClock
    from agent.host.doctor import examine
    from agent.host.home import Home

    found: list[Finding] = []
    area = ""
    for one in examine(Home.open(home), SystemClock(), threading.Event().wait):
        found.append(one)
        if as_json:
            continue
        if one.area != area and screen.on_terminal():
            screen.say("\n" + typer.style(AREAS.get(one.area, one.area.capitalize()), bold=True))
        area = one.area
        if screen.on_terminal():
            _show(one)
        else:
            _tell(one)
    if html is not None:
        html.write_text(page(found, SystemClock().time()), encoding="utf-8")
        screen.warn(f"Wrote {html}")
    counts = {level: sum(1 for one in found if one.level == level) for level in _SIGNS}
    if as_json:
        screen.json({"counts": counts, "findings": [dataclasses.asdict(one) for one in found]})
    elif screen.on_terminal():
        _sum_up(found, verdict(found))
    else:
        screen.say(f"counts\t{counts['ok']} ok\t{counts['warning']} to look at\t{counts['failed']} failed")
    if counts["failed"]:
        raise typer.Exit(exits.DIFFERS)


def _tell(one: Finding) -> None:
    """A finding for a program that reads along: a line, and a line for each detail."""
    screen.say("\t".join((one.level, one.area, one.name, one.code or "-", one.title, one.advice or "-")))
    for line in one.detail:
        screen.say("\t".join(("detail", one.area, one.name, line)))


def _show(one: Finding) -> None:
    """A finding for a person."""
    sign, colour = _SIGNS[one.level]
    first, *rest = _wrapped(one.title)
    screen.say(f"  {typer.style(f'{sign:{_INDENT - 2}}', fg=colour)}{first}")
    for line in rest:
        screen.say(" " * _INDENT + line)
    for line in _wrapped(one.advice):
        screen.say(" " * _INDENT + typer.style(line, dim=one.level == "ok"))
    most = len(one.detail) if one.area == "records" else _MOST_LINES
    for told in one.detail[:most]:
        for line in _wrapped(told, 2):
            screen.say(" " * _INDENT + typer.style(f"  {line}", dim=True))
    if len(one.detail) > most:
        left = f"... {len(one.detail) - most} more lines with --html FILE or --json"
        screen.say(" " * _INDENT + typer.style(f"  {left}", dim=True))


def _sum_up(found: list[Finding], verdict: str) -> None:
    """What it comes to, and what is to be done."""
    worst = next((level for level in ("failed", "warning") if any(one.level == level for one in found)), "ok")
    screen.say("\n" + typer.style(verdict, fg=_SIGNS[worst][1], bold=True))
    for level in ("failed", "warning"):
        for one in found:
            if one.level == level:
                first, *rest = _wrapped(one.title)
                screen.say(f"  {typer.style(f'{_SIGNS[level][0]:{_INDENT - 2}}', fg=_SIGNS[level][1])}{first}")
                for line in rest:
                    screen.say(" " * _INDENT + line)


def _wrapped(text: str, further: int = 0) -> list[str]:
    width = min(_WIDEST, shutil.get_terminal_size().columns) - _INDENT - further
    return textwrap.wrap(text, max(30, width), break_long_words=False, break_on_hyphens=False)
