"""``practice-agent unenroll``."""

from __future__ import annotations

from typing import Annotated

import typer

from agent.cli import screen
from agent.cli.options import HomeDir, Yes, examples

EXAMPLES = examples("practice-agent unenroll", "practice-agent unenroll --yes --forget-data")


def unenroll(
    yes: Yes = False,
    local_only: Annotated[
        bool, typer.Option("--local-only", help="Do not tell the cloud (it is away for good).")
    ] = False,
    forget_data: Annotated[bool, typer.Option("--forget-data", help="Delete the agent's store too.")] = False,
    home: HomeDir = None,
) -> None:
    """End the enrolment: tell the cloud, forget the key. What the cloud holds stays there."""
    from agent.host.clock import SystemClock
    from agent.host.enrolling import unenrol
    from agent.host.home import Home

    opened = Home.open(home)
    also = " and delete its store" if forget_data else ""
    screen.confirm(f"End the enrolment of the agent in {opened.path}{also}?", yes)
    gone = unenrol(opened, SystemClock(), local_only=local_only, forget_data=forget_data)
    whose = f" for {gone.practice_name}" if gone.practice_name else ""
    told = "the cloud knows" if gone.told else "the cloud was not told"
    screen.say(f"The enrolment{whose} has ended; {told}.")
    if forget_data:
        screen.say("The store was deleted.")
