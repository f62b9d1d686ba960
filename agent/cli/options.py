"""Options that several verbs share, and how examples stand in the help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

HomeDir = Annotated[
    Path | None,
    typer.Option("--home", metavar="DIR", help="The agent's folder; else $PRACTICE_AGENT_HOME, else the usual place."),
]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def examples(*lines: str) -> str:
    """The end of a verb's help."""
    return "\n\n".join(["Examples:", *(f"`{line}`" for line in lines)])
