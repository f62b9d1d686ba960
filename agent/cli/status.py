"""``practice-agent status``: the one line, and the tree under it. Works with the agent down."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import exits, screen
from agent.cli.options import HomeDir, Json, examples

if TYPE_CHECKING:
    from agent.health.verdict import Verdict
    from agent.host.looking import Look

EXAMPLES = examples("practice-agent status", "practice-agent status --json", "practice-agent status --watch")

_WATCH_SECONDS = 2.0
_OVERALL = {
    "working": "working",
    "partly_working": "working in part",
    "not_working": "NOT WORKING",
    "not_running": "NOT RUNNING",
}


def status(
    as_json: Json = False,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Show it again every two seconds, until Ctrl-C.")
    ] = False,
    home: HomeDir = None,
) -> None:
    """Say whether it works, and since when not; 0 only when it does."""
    from agent.health.verdict import judge
    from agent.host.clock import SystemClock
    from agent.host.home import Home
    from agent.host.looking import look

    clock = SystemClock()
    place = Home(Home.choose(home))
    while True:
        seen = look(place, clock.time())
        verdict = judge(seen.presence, seen.document)
        if watch and screen.on_terminal() and not as_json:
            screen.clear()
        _show(seen, verdict, clock.time(), as_json)
        if not watch:
            break
        threading.Event().wait(_WATCH_SECONDS)
    if verdict.state != "working":
        raise typer.Exit(exits.DIFFERS)


def _show(seen: Look, verdict: Verdict, now: float, as_json: bool) -> None:
    if as_json:
        overall = {"state": verdict.state, "since": verdict.since, "reason": verdict.reason}
        screen.json({"overall": overall, "presence": seen.presence, "status": seen.document})
        return
    since = f" since {screen.moment(verdict.since)}" if verdict.since else ""
    reason = f": {verdict.reason}" if verdict.reason else ""
    screen.say(f"Practice Agent is {_OVERALL[verdict.state]}{since}{reason}.")
    if seen.document is None:
        return
    if seen.presence != "running":
        screen.say(f"What follows is as of {screen.moment(seen.document['at'])}.")
    if screen.on_terminal():
        _tree(seen.document, now)
    else:
        for line in lines(seen.document, now):
            screen.say("\t".join(line))


def lines(document: dict[str, Any], now: float) -> Iterator[tuple[str, ...]]:
    """The document as stable lines: a word that says what the line is, then its facts."""
    yield "database", _database(document)
    yield "delivery", _delivery(document, now)
    yield "waiting", _waiting(document)
    yield "cloud", _cloud(document["cloud"])
    yield "writes", _writes(document.get("writes"))
    for one in document["resources"]:
        yield "resource", one["resource"], f"{one['records']}", *_resource(one)
    for hold in document["holds"]:
        yield "hold", str(hold["id"]), hold["kind"], hold["shape"] or "-", hold["since"]
    for shape, count in document["quarantined"].items():
        yield "quarantined", shape, str(count)
    for one in document["warnings"]:
        yield one["severity"], one["code"], one["since"], one["title"], one["advice"]


def _tree(document: dict[str, Any], now: float) -> None:
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(Text(f"practice-agent {document['agent_version']}"))
    tree.add(Text(f"database: {_database(document)}"))
    tree.add(Text(f"cloud: {_cloud(document['cloud'])}"))
    delivery = tree.add(Text(f"delivery: {_delivery(document, now)}"))
    delivery.add(Text(f"waiting: {_waiting(document)}"))
    tree.add(Text(f"write-backs: {_writes(document.get('writes'))}"))
    resources = tree.add(Text("resources"))
    for one in document["resources"]:
        state, compared, hurried = _resource(one)
        facts = f"{one['resource']:18}{one['records']:>11,}  {state}, {compared}, {hurried}"
        resources.add(Text(facts, style="red" if one["stopped"] else ""))
    if document["quarantined"]:
        count = sum(document["quarantined"].values())
        tree.add(Text(f"{count:,} records cannot be sent: their keys cannot be used", style="yellow"))
    if document["holds"]:
        tree.add(Text(f"{len(document['holds'])} wait for a person: practice-agent holds", style="yellow"))
    for one in document["warnings"]:
        colour = {"error": "red", "warning": "yellow"}.get(one["severity"], "")
        branch = tree.add(Text(f"{one['title']} ({one['code']}), since {screen.moment(one['since'])}", style=colour))
        branch.add(Text(one["advice"]))
    Console().print(tree)


def _database(document: dict[str, Any]) -> str:
    if document["pms"] is None:
        return "not seen yet"
    return f"{document['pms']} {document['pms_version'] or '(version unknown)'} on {document['engine']}"


def _delivery(document: dict[str, Any], now: float) -> str:
    at = document["last_delivery"]
    if at is None:
        return "nothing yet"
    lag = document["last_delivery_lag_seconds"]
    waited = "" if lag is None else f", {lag:g} s after it was read"
    ago = screen.ago(screen.age(at, now))
    return f"epoch {document['epoch']}, {document['acked_seq']:,} changes, the last {ago} ago{waited}"


def _waiting(document: dict[str, Any]) -> str:
    waiting = document["waiting"]
    if not waiting["changes"]:
        return "nothing"
    return f"{waiting['changes']:,} changes, the oldest for {screen.ago(waiting['oldest_seconds'])}"


def _writes(facts: dict[str, Any] | None) -> str:
    if not facts or not facts["enabled"]:
        return "none: this cloud sends no commands"
    told = [f"{facts[name]:,} {words}" for name, words in _WRITES if facts[name]]
    return ", ".join(told) or "none yet"


_WRITES = (
    ("needs_person", "need a person"),
    ("awaiting_approval", "await approval"),
    ("waiting", "under way"),
    ("verified", "written"),
    ("rejected", "rejected"),
    ("conflict", "in conflict"),
    ("expired", "expired"),
)


def _cloud(facts: dict[str, Any]) -> str:
    if not facts:
        return "not reached yet"
    offset = facts.get("clock_offset_seconds")
    clock = "" if offset is None else f", clocks {abs(offset):.0f} s apart"
    through = " through a proxy" if facts.get("proxied") else ""
    return f"{'connected' if facts.get('connected') else 'not connected'}{through}{clock}"


def _resource(one: dict[str, Any]) -> tuple[str, str, str]:
    stopped = "; ".join(f"{name} stopped: {why.replace(':', ' ')}" for name, why in one["stopped"].items())
    state = stopped or ("loaded" if one["loaded"] else "loading")
    seconds = one["oldest_comparison_seconds"]
    compared = "not compared yet" if seconds is None else f"compared within {screen.ago(seconds)}"
    return state, compared, "accelerated" if one["accelerated"] else "by comparing"
