"""``practice-agent tray``: the icon and window, in a process of its own that outlives the terminal.

The agent never imports the window; it only starts it where it is installed.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from typing import Annotated, Any

import typer

from agent.cli.options import HomeDir, examples
from agent.model.errors import NeedsPerson

EXAMPLES = examples("practice-agent tray", "practice-agent tray --open support")

_NEEDED = ("gui.start", "PySide6.QtWidgets")
_FIRST_SECONDS = 1.5
"""What cannot be shown ends within them: there is no screen, or a library of the system is missing."""


def tray(
    page: Annotated[
        str | None,
        typer.Option("--open", metavar="PAGE", help="Open the window too: overview, data, writes, support, ..."),
    ] = None,
    home: HomeDir = None,
) -> None:
    """Show the agent's icon beside the clock. It goes on when this terminal is closed; *Quit* in its menu ends it."""
    if not all(_found(name) for name in _NEEDED):
        raise NeedsPerson(
            "window_missing",
            "The window is not installed with this agent",
            "Install it: pip install 'practice-agent[gui]'. Without it `practice-agent status` says the same.",
        )
    from agent.host.home import Home

    command = [sys.executable, "-m", "gui", "--home", str(Home.choose(home))]
    shown = subprocess.Popen([*command, "--open", page] if page else command, **_apart())
    try:
        code = shown.wait(_FIRST_SECONDS)
    except subprocess.TimeoutExpired:
        return
    if code == 2:
        raise typer.Exit(code)  # it has said itself what was wrong with the words given
    if code:
        raise NeedsPerson(
            "window_failed",
            "The window cannot be shown",
            "Run it in a desktop session, as the user who sits there; on Linux it needs the packages of "
            "`scripts/packages.sh screen`.",
        )


def _apart() -> dict[str, Any]:
    """What makes a process outlive the terminal."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True, "stdin": subprocess.DEVNULL}


def _found(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
