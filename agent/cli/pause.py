"""``practice-agent pause`` and ``practice-agent resume``: what the tray does, from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli import screen
from agent.cli.options import HomeDir, Json, examples

if TYPE_CHECKING:
    from agent.wire.local import StatusAnswer

PAUSE_EXAMPLES = examples("practice-agent pause 1", "practice-agent pause 0.5 --json")
RESUME_EXAMPLES = examples("practice-agent resume")


def pause(
    hours: Annotated[float, typer.Argument(help="From now; at most 24.", min=0.01, max=24.0)],
    as_json: Json = False,
    home: HomeDir = None,
) -> None:
    """Read nothing from the practice's database and write nothing to it for some hours; it goes on by itself."""
    from agent.api.client import LocalAgent
    from agent.host.home import Home

    with LocalAgent(Home.choose(home)) as agent:
        _tell(agent.pause(hours), as_json)


def resume(as_json: Json = False, home: HomeDir = None) -> None:
    """End a pause now."""
    from agent.api.client import LocalAgent
    from agent.host.home import Home

    with LocalAgent(Home.choose(home)) as agent:
        _tell(agent.resume(), as_json)


def _tell(seen: StatusAnswer, as_json: bool) -> None:
    if as_json:
        screen.json({"paused_until": seen.paused_until})
    elif seen.paused_until is None:
        screen.say("Not paused.")
    else:
        screen.say(f"Paused until {screen.moment(seen.paused_until)}; `practice-agent resume` goes on now.")
