"""``practice-agent doctor``."""

from __future__ import annotations

import dataclasses
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
"""Details shown on a terminal; reports have them all."""
_SIGNS = {"ok": ("ok", "green"), "warning": ("warning", "yellow"), "failed": ("FAILED", "red")}


def doctor(
    as_json: Json = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Also write the report as one page to mail or print.")
    ] = None,
    home: HomeDir = None,
) -> None:
    """Check before go-live that it will work here: machine, database, mapping, cloud. Reads only; masks data."""
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
            screen.say(f"\n{one.area.capitalize()}")
        area = one.area
        _show(one)
    if html is not None:
        from agent.health.report import page

        html.write_text(page(found, SystemClock().time()), encoding="utf-8")
        screen.warn(f"Wrote {html}")
    counts = {level: sum(1 for one in found if one.level == level) for level in _SIGNS}
    if as_json:
        screen.json({"counts": counts, "findings": [dataclasses.asdict(one) for one in found]})
    else:
        screen.say()
        screen.say(f"{counts['ok']} ok, {counts['warning']} warnings, {counts['failed']} failed")
    if counts["failed"]:
        raise typer.Exit(exits.DIFFERS)


def _show(one: Finding) -> None:
    sign, colour = _SIGNS[one.level]
    if not screen.on_terminal():
        screen.say("\t".join((one.level, one.area, one.name, one.code or "-", one.title, one.advice or "-")))
        for line in one.detail:
            screen.say("\t".join(("detail", one.area, one.name, line)))
        return
    screen.say(f"  {typer.style(f'{sign:8}', fg=colour)} {one.name:24} {one.title}")
    if one.advice:
        screen.say(f"{'':36}{one.advice}")
    for line in one.detail[:_MOST_LINES]:
        screen.say(f"{'':36}{line}")
    if len(one.detail) > _MOST_LINES:
        screen.say(f"{'':36}... {len(one.detail) - _MOST_LINES} more with --html or --json")
