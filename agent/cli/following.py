"""Follows what was asked of an agent (sync, snapshot, reconcile) to its end, with a progress bar."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.cli import screen

if TYPE_CHECKING:
    from agent.host.asking import Kind, News

Describe = Callable[["News"], tuple[str, int, int | None]]
"""What the bar shows: text, so far, of about how many (None = unknown)."""


def follow(home: Path | None, kind: Kind, describe: Describe, *, quiet: bool = False, **arguments: Any) -> News:
    """Ask and wait; the last news has the result. Raises what kept it from being done."""
    from agent.host.asking import ask
    from agent.host.home import Home

    news: News | None = None
    told: str | None = None
    try:
        with screen.progress(quiet) as bar:
            for news in ask(Home.open(home), kind, threading.Event().wait, **arguments):
                text, done, total = describe(news)
                bar.show(text if news.trouble is None else f"{text} - {news.trouble}", done, total)
                if news.trouble not in (None, told) and not quiet and not screen.shows_progress():
                    screen.warn(f"Waiting: {news.trouble}")
                told = news.trouble
    except KeyboardInterrupt:
        if news is not None and news.elsewhere:
            screen.warn("The running agent goes on with it; `practice-agent status` shows how far it is.")
        raise
    assert news is not None and news.done
    return news


def loading(news: News) -> tuple[str, int, int | None]:
    """How far a sync is: records of each resource while the first load runs, then what waits for the cloud."""
    records = int(news.answer.get("records", 0))
    status = news.status or {}
    resources = [one for one in status.get("resources", []) if not one["stopped"]]
    open_ones = [one for one in resources if not one["loaded"]]
    if not news.answer:
        return "Connecting", 0, None
    if open_ones:
        now = next((one for one in open_ones if one["records"]), open_ones[0])
        of = "" if now["about"] is None else f" of about {now['about']:,}"
        whole = [one["records"] if one["loaded"] else one["about"] for one in resources]
        total = (
            None
            if None in whole
            else sum(max(size, one["records"]) for size, one in zip(whole, resources, strict=True))
        )
        return f"First load: {now['resource']} {now['records']:,}{of}", records, total
    waiting = int(status.get("waiting", {}).get("changes", 0))
    return (f"Delivering, {waiting:,} wait" if waiting else "Comparing"), records, records


def left(status: dict[str, Any] | None) -> list[str]:
    """What a person should know after a sync: resources that stand still, work that waits."""
    if status is None:
        return []
    lines = [
        f"{name} is not read: {why.replace(':', ' ')}"
        for one in status["resources"]
        for name, why in one["stopped"].items()
    ]
    if status["holds"]:
        lines.append(f"{len(status['holds'])} decision(s) wait for a person: see `practice-agent holds`.")
    if status["quarantined"]:
        lines.append(f"{sum(status['quarantined'].values()):,} records cannot be sent: their keys cannot be used.")
    return lines
