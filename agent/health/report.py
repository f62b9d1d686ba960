"""The doctor's report as one page of HTML: to be mailed, printed, kept. Needs nothing but itself; nothing runs in it.

Holds what the findings hold: no patient data.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from agent.health.doctor import Finding, Level
from agent.model.clock import iso_utc

AREAS = {
    "machine": "This machine",
    "database": "The practice's database",
    "resources": "What can be read",
    "records": "The records",
    "samples": "Samples, masked",
    "writes": "Write-backs",
    "cloud": "The cloud and the way to it",
}
"""Headings of the areas."""
_WORDS: dict[Level, str] = {"ok": "ok", "warning": "look at this", "failed": "does not work"}
_COUNTED: dict[Level, str] = {"ok": "ok", "warning": "to look at", "failed": "not working"}
_LEVELS: tuple[Level, ...] = ("failed", "warning", "ok")
_FEW = 12
"""So many lines of detail are shown at once; more are opened by a click, and printed all the same."""
_VERDICTS: dict[Level, str] = {
    "ok": "Everything that was checked is as it should be.",
    "warning": "It will work; some things should be looked at.",
    "failed": "Something does not work yet.",
}

_STYLE = """
:root { color-scheme: light dark; --line: #d5dae1; --soft: #66707d; }
:root { --ok: #1d7a46; --warning: #8a5a00; --failed: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --line: #3a424d; --soft: #9aa5b1; --ok: #6cc495; --warning: #e6b450; --failed: #f2938c; }
}
body { font: 15px/1.5 system-ui, "Segoe UI", sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
.lead { font-size: 1.1rem; } .soft { color: var(--soft); }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid var(--line); padding: .45rem .6rem .45rem 0; }
td { vertical-align: top; overflow-wrap: anywhere; }
td:first-child { width: 7.5rem; font-weight: 600; white-space: nowrap; }
.ok { color: var(--ok); } .warning { color: var(--warning); } .failed { color: var(--failed); }
.advice { margin: .2rem 0 0; } code { color: var(--soft); } details { margin: .3rem 0 0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: 12.5px; margin: .3rem 0; color: var(--soft); }
@media print {
  body { margin: 0; max-width: none; } tr { break-inside: avoid; } h2 { break-after: avoid; }
  details::details-content { content-visibility: visible; } summary { display: none; }
}
"""


def verdict(found: Sequence[Finding]) -> str:
    """What it comes to, in a sentence."""
    return _VERDICTS[_worst(found)]


def page(found: Sequence[Finding], now: float) -> str:
    """The whole page; ``now``: seconds since 1970."""
    counts = {level: sum(one.level == level for one in found) for level in _LEVELS}
    told = ", ".join(
        f'<span class="{level}">{counts[level]} {_COUNTED[level]}</span>' for level in _LEVELS if counts[level]
    )
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8"><title>Practice Agent: will it work here?</title>',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<style>{_STYLE}</style></head><body>",
        "<h1>Will Practice Agent work here?</h1>",
        f'<p class="lead {_worst(found)}">{verdict(found)}</p>',
        f'<p class="soft">{told}. Made by practice-agent doctor, {iso_utc(now)[:16].replace("T", " ")} UTC.</p>',
        '<p class="soft">Nothing was changed; no patient data is in it.</p>',
    ]
    wanted = [one for level in _LEVELS for one in found if one.level == level != "ok"]
    if wanted:
        parts += ["<h2>What to do</h2>", *_table(wanted)]
    for area, findings in groupby(found, key=lambda one: one.area):
        parts += [f"<h2>{escape(AREAS.get(area, area.capitalize()))}</h2>", *_table(list(findings), brief=True)]
    return "\n".join([*parts, "</body></html>", ""])


def _worst(found: Sequence[Finding]) -> Level:
    return next((level for level in _LEVELS if any(one.level == level for one in found)), "ok")


def _table(found: Sequence[Finding], *, brief: bool = False) -> list[str]:
    """``brief``: what is to be done stands further up already."""
    return ["<table>", *(_row(one, brief=brief and one.level != "ok") for one in found), "</table>"]


def _row(one: Finding, *, brief: bool) -> str:
    said = [escape(one.title)]
    if not brief:
        if one.advice:
            said.append(f'<p class="advice">{escape(one.advice)}</p>')
        if one.code:
            said.append(f"<code>{escape(one.code)}</code>")
        if one.detail:
            lines = f"<pre>{escape(chr(10).join(one.detail))}</pre>"
            long = len(one.detail) > _FEW
            said.append(f"<details><summary>{len(one.detail)} lines</summary>{lines}</details>" if long else lines)
    return f'<tr><td class="{one.level}">{_WORDS[one.level]}</td><td>{"".join(said)}</td></tr>'
