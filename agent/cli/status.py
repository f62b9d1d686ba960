"""``practice-agent status``: the one line, and the tree under it. Works with the agent down."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli import exits, screen
from agent.cli.options import HomeDir, Json, examples

if TYPE_CHECKING:
    from agent.host.looking import Look

EXAMPLES = examples("practice-agent status", "practice-agent status --json", "practice-agent status --watch")

_WATCH_SECONDS = 2.0
_OVERALL = {
    "working": "working",
    "partly_working": "working in part",
    "not_working": "NOT WORKING",
    "not_running": "NOT RUNNING",
    "paused": "PAUSED",
    "not_set_up": "NOT SET UP",
}
_DOWN = "The service is down: start it, or `practice-agent run`"
_LACKS = {
    "settings": "There are no settings yet: `practice-agent init` writes them, or the window's assistant",
    "enrolment": "It is not enrolled yet: `practice-agent enroll CODE`, or the window's assistant",
}
_WAITS = "; the service is up and waits for it"


def status(
    as_json: Json = False,
    watch: Annotated[
        bool, typer.Option("--watch", "-w", help="Show it again every two seconds, until Ctrl-C.")
    ] = False,
    home: HomeDir = None,
) -> None:
    """Say whether it works, and since when not.

    Exit codes: 0 it works; 1 it does not, only in part, is paused, or does not run; 3 it is not set up yet.
    """
    from agent.host.clock import SystemClock
    from agent.host.home import Home
    from agent.host.looking import lacks, look

    clock = SystemClock()
    place = Home(Home.choose(home))
    while True:
        seen = look(place, clock.time())
        verdict = _verdict(seen, lacks(place), waits=(place.path / "api.json").exists(), now=clock.time())
        if watch and screen.on_terminal() and not as_json:
            screen.clear()
        _show(seen, verdict, clock.time(), as_json)
        if not watch:
            break
        threading.Event().wait(_WATCH_SECONDS)
    if verdict.state != "working":
        raise typer.Exit(exits.PERSON if verdict.state == "not_set_up" else exits.DIFFERS)


@dataclass(frozen=True, slots=True)
class _Line:
    """The one line."""

    state: str
    since: str | None
    reason: str


def _verdict(seen: Look, lacking: str | None, *, waits: bool, now: float) -> _Line:
    """What the status says, and what it cannot know: that there is no agent yet, or that somebody has paused it."""
    from agent.health.verdict import judge

    if seen.presence == "stopped" and lacking is not None:
        return _Line("not_set_up", None, _LACKS[lacking] + _WAITS * waits)
    until = None if seen.document is None else seen.document.get("paused_until")
    if seen.presence == "running" and until is not None and until > screen.utc(now):
        return _Line("paused", None, f"Until {screen.moment(until)}; `practice-agent resume` goes on now")
    found = judge(seen.presence, seen.document)
    return _Line(found.state, found.since, found.reason or (_DOWN if found.state == "not_running" else ""))


def _show(seen: Look, verdict: _Line, now: float, as_json: bool) -> None:
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
    yield "reconcile", _reconcile(document.get("reconcile"), now)
    yield "agent", _agent(document)
    for one in document["resources"]:
        numbers = (f"{one.get(name, 0)}" for name in ("waiting", "lag_seconds", "stale", "quarantined"))
        yield "resource", one["resource"], f"{one['records']}", *_state(one), one.get("last_change") or "-", *numbers
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
    tree.add(Text(f"compared with the cloud: {_reconcile(document.get('reconcile'), now)}"))
    tree.add(Text(f"agent: {_agent(document)}"))
    resources = tree.add(Text("resources"))
    for one in document["resources"]:
        facts = f"{one['resource']:18}{one['records']:>11,}  {', '.join(_resource(one, now))}"
        resources.add(Text(facts, style="red" if one["stopped"] else "yellow" if one.get("stale") else ""))
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
    told = [
        f"{'connected' if facts.get('connected') else 'not connected'}{' through a proxy' * bool(facts.get('proxied'))}"
    ]
    if facts.get("round_trip_ms") is not None:
        told.append(f"answers in {facts['round_trip_ms']:.0f} ms")
    if facts.get("clock_offset_seconds") is not None:
        told.append(f"clocks {abs(facts['clock_offset_seconds']):.0f} s apart")
    if facts.get("certificate_ends_in_days") is not None:
        told.append(f"its certificate ends in {facts['certificate_ends_in_days']:,} days")
    return ", ".join(told)


def _reconcile(facts: dict[str, Any] | None, now: float) -> str:
    if not facts:
        return "not yet"
    when = f"{screen.ago(screen.age(facts['at'], now))} ago{'' if facts['whole'] else ', in part'}"
    differs = [f"{facts[kind]:,} {kind}" for kind in ("different", "missing", "extra") if facts[kind]]
    repaired = ", sent again" if differs and facts["repaired"] else ""
    return f"{when}: {facts['matched']:,} matched, {', '.join(differs) or 'nothing differed'}{repaired}"


def _agent(document: dict[str, Any]) -> str:
    facts = document.get("agent")
    if not facts:
        return str(document["agent_version"])
    budget = document["pace"]["duty_limit"]
    return (
        f"{document['agent_version']}, up for {screen.ago(facts['uptime_seconds'])}, {facts['memory_mb']} MB, "
        f"{facts['cpu_share']:.1%} of a CPU; at work on the database {facts['database_share']:.1%} of the time, "
        f"at most {budget:.0%}"
    )


def _state(one: dict[str, Any]) -> tuple[str, str, str]:
    stopped = "; ".join(f"{name} stopped: {why.replace(':', ' ')}" for name, why in one["stopped"].items())
    state = stopped or ("loaded" if one["loaded"] else "loading")
    seconds = one["oldest_comparison_seconds"]
    compared = "not compared yet" if seconds is None else f"compared within {screen.ago(seconds)}"
    return state, compared, "accelerated" if one["accelerated"] else "by comparing"


def _resource(one: dict[str, Any], now: float) -> tuple[str, ...]:
    told = list(_state(one))
    if one.get("last_change"):
        told.append(f"last change {screen.ago(screen.age(one['last_change'], now))} ago")
    if one.get("waiting"):
        told.append(f"{one['waiting']:,} changes wait, for {screen.ago(one['lag_seconds'])}")
    if one.get("stale"):
        told.append(f"{one['stale']:,} records overdue")
    if one.get("quarantined"):
        told.append(f"{one['quarantined']:,} cannot be sent")
    return tuple(told)
