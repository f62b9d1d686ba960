"""``practice-agent enroll``."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli import screen
from agent.cli.options import HomeDir, examples

EXAMPLES = examples("practice-agent enroll 7KQ2-...", "practice-agent enroll 7KQ2-... --takeover")


def enroll(
    code: Annotated[str, typer.Argument(help="The one-time code that the cloud's operator gave.")],
    takeover: Annotated[
        bool,
        typer.Option("--takeover", help="Take the practice over from the agent that feeds it now; that one stops."),
    ] = False,
    home: HomeDir = None,
) -> None:
    """Enrol this agent with its cloud; its key is made here and never leaves the machine."""
    from agent.host.clock import SystemClock
    from agent.host.enrolling import enrol
    from agent.host.home import Home

    enrolled = enrol(Home.open(home), code, SystemClock(), takeover=takeover)
    screen.say(f"Enrolled for {enrolled.practice_name} as agent {enrolled.agent_id}.")
    screen.say("Next: `practice-agent run`, or `practice-agent sync --once` to try.")
