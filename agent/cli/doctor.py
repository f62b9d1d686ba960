"""``practice-agent doctor``."""

from __future__ import annotations

import dataclasses
import threading
from typing import TYPE_CHECKING

import typer

from agent.cli import exits, screen
from agent.cli.options import HomeDir, Json, examples

if TYPE_CHECKING:
    from agent.health.doctor import Finding

EXAMPLES = examples("practice-agent doctor", "practice-agent doctor --json > report.json")

_SIGNS = {"ok": ("ok", "green"), "warning": ("warning", "yellow"), "failed": ("FAILED", "red")}


def doctor(as_json: Json = False, home: HomeDir = None) -> None:
    """Check before go-live that it will work here: database, mapping, machine, cloud. Reads only; shows no data."""
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
        return
    screen.say(f"  {typer.style(f'{sign:8}', fg=colour)} {one.name:24} {one.title}")
    if one.advice:
        screen.say(f"{'':36}{one.advice}")
