"""What the Overview shows: the sentence, three numbers, the chart's bars and the open warnings. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agent.health.cloud_side import CLOUD_SIDE
from agent.health.machine_side import MACHINE_SIDE
from agent.health.practice_side import PRACTICE_SIDE
from agent.health.write_side import WRITE_SIDE
from agent.wire.local import HistoryAnswer
from gui.models import data, moments
from gui.models.light import Seen
from gui.texts import say

Tone = Literal["good", "warn", "bad", "calm"]
TONES: dict[str, Tone] = {"error": "bad", "warning": "warn", "notice": "calm"}
_SIDES = (("connection", PRACTICE_SIDE), ("connection", CLOUD_SIDE), ("writes", WRITE_SIDE), ("support", MACHINE_SIDE))
_PAGE_OF = {one.code: page for page, side in _SIDES for one in side} | {
    "sync_behind": "settings",
    **dict.fromkeys(("proxy_login_wanted", "login_refused", "secret_missing", "policy_invalid"), "settings"),
    **dict.fromkeys(("nothing_seen", "ack_stale", "driver_missing"), "support"),
    **dict.fromkeys(("schema_changed", "table_missing", "column_missing"), "data"),
    "permission_denied": "support",
    "drift_found": "data",
    "records_quarantined": "data",
}
_QUIET = 600.0
"""Seconds after the last sync from which on it is said that nothing has changed since."""


@dataclass(frozen=True, slots=True)
class WarningCard:
    """An open warning with what to do."""

    code: str
    title: str
    advice: str
    since: str
    tone: Tone
    page: str
    """Where something can be done about it; empty = nowhere here, or nothing need be done."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its name."""

    name: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class Load:
    """How far the first load is."""

    text: str
    done: int
    total: int
    """0 = nobody knows."""


def advice(code: str, told: str) -> str:
    """What to do: the catalogue's words, or the window's own where the window can do it itself."""
    return say(f"advice.{code}") if say.has(f"advice.{code}") else told


def warnings(seen: Seen, now: float) -> list[WarningCard]:
    """Open warnings; a lost agent's old ones are not shown as if they were so now."""
    if not seen.connected:
        return []
    return [
        WarningCard(
            one["code"],
            _title(seen, one),
            advice(one["code"], one["advice"]),
            say("overview.since", at=moments.moment(one.get("since"), now)),
            TONES.get(one["severity"], "warn"),
            _page(seen, one),
        )
        for one in seen.warnings
    ]


def _page(seen: Seen, warning: Mapping[str, Any]) -> str:
    """Where to go; nowhere with a mere notice, nor where the state's own button leads already."""
    page = "" if warning["severity"] == "notice" else _PAGE_OF.get(warning["code"], "")
    return "" if page == "writes" and does(seen) == "decide" else page


def _title(seen: Seen, warning: Mapping[str, Any]) -> str:
    """What is wrong, and with which kinds of records where only they have stopped."""
    names = [
        data.name_of(one["resource"])
        for one in seen.document.get("resources", [])
        if any(why.split(":")[0] == warning["code"] for why in (one.get("stopped") or {}).values())
    ]
    title = str(warning["title"])
    return say("overview.of", title=title, names=", ".join(names)) if names else title


def figures(seen: Seen, history: HistoryAnswer | None, now: float) -> list[Figure]:
    """Last good sync, and what happened today."""
    last = seen.last_sync
    lag = seen.document.get("last_delivery_lag_seconds")
    waiting = seen.document.get("waiting") or {}
    waits = int(waiting.get("changes") or 0)
    oldest = waiting.get("oldest_seconds")
    note = say("overview.lag", span=moments.span(lag)) if lag is not None and lag >= 1 else say("overview.lag_short")
    if not last:
        note = say("overview.no_sync_note")
    elif not waits and seen.light in ("working", "attention") and now - (moments.seconds_of(last) or now) > _QUIET:
        note = say("overview.quiet_note")
    return [
        Figure(say("overview.last_sync"), moments.ago(last, now), note),
        Figure(
            say("overview.today"),
            f"{history.today_changes:,}" if history else say("none"),
            say("overview.today_note"),
        ),
        Figure(
            say("overview.writes_today"),
            f"{history.today_writes:,}" if history else say("none"),
            say("overview.writes_note"),
        ),
        Figure(
            say("overview.waiting"),
            f"{waits:,}",
            say("overview.waiting_note", span=moments.span(oldest))
            if waits and oldest
            else say("overview.waiting_none"),
        ),
    ]


def does(seen: Seen) -> Literal["assist", "resume", "decide", ""]:
    """What can be done about the state with one press."""
    if seen.connected and seen.answer is not None and seen.answer.overall.state == "not_set_up":
        return "assist"
    if seen.light == "paused":
        return "resume"
    return "decide" if seen.light == "attention" and seen.people_needed and not seen.document.get("holds") else ""


def load(seen: Seen) -> Load | None:
    """The first load, while it runs; None when there is none."""
    resources = [one for one in seen.document.get("resources", []) if not one.get("stopped")]
    open_ones = [one for one in resources if not one.get("loaded")]
    if not seen.connected or not resources or not open_ones:
        return None
    known = [int(one["about"]) if one.get("about") is not None else None for one in open_ones]
    done = sum(int(one["records"]) for one in resources)
    finished = len(resources) - len(open_ones)
    text = say("load.progress", done=finished, total=len(resources), records=f"{done:,}")
    if None in known:
        return Load(text, finished, len(resources))
    total = sum(int(one["records"]) for one in resources if one.get("loaded"))
    total += sum(max(size or 0, int(one["records"])) for size, one in zip(known, open_ones, strict=True))
    return Load(text, done, max(total, 1))


def chart_words(history: HistoryAnswer) -> str:
    """The chart, for those who hear it."""
    changes = sum(bar.changes for bar in history.bars)
    slowest = max((bar.slowest_seconds or 0.0 for bar in history.bars), default=0.0)
    broken = sum(bar.broken_seconds for bar in history.bars)
    told = say("chart.words", changes=f"{changes:,}", slowest=moments.span(slowest))
    return f"{told} {say('chart.broken_words', span=moments.span(broken))}" if broken >= 1 else told
