"""``practice-agent capabilities``."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from agent.cli import screen
from agent.cli.options import HomeDir, Json, examples

EXAMPLES = examples("practice-agent capabilities", "practice-agent capabilities --json")


def capabilities(
    as_json: Json = False,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask the PMS how the way into it stands.")] = False,
    home: HomeDir = None,
) -> None:
    """What can be written into this practice: each kind, the office's policy on it, and how far it is verified."""
    from agent.host.clock import SystemClock
    from agent.host.home import Home
    from agent.host.rehearsing import stage

    with stage(Home.open(home), SystemClock()) as at:
        facts = None if offline else at.facts()
        kinds: list[dict[str, Any]] = [
            {
                "kind": one.capability.kind,
                "offered": one.capability.offered,
                "mode": one.mode,
                "default": one.capability.default,
                "verified": one.capability.verified,
                "reason": one.capability.reason,
                "note": one.capability.note,
            }
            for one in at.offers()
        ]
        name = at.channel.name
    if as_json:
        channel = {"name": name} if facts is None else {"name": name, "state": facts.state, "detail": facts.detail}
        screen.json({"channel": channel, "kinds": kinds})
        return
    if facts is not None:
        screen.say(f"{name}: {facts.state.replace('_', ' ')}. {facts.detail}".rstrip())
    rows = [
        (
            one["kind"],
            one["mode"] if one["offered"] else "-",
            one["verified"] if one["offered"] else str(one["reason"]),
            one["note"],
        )
        for one in kinds
    ]
    screen.table(("Kind", "Policy", "Verified on", "Note"), rows)
