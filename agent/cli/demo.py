"""``practice-agent demo``: the two-minute story, told by the sandbox in a process of its own.

The agent never imports the sandbox; it only starts it where it is installed.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import typer

from agent.cli.options import examples
from agent.model.errors import NeedsPerson

EXAMPLES = examples("practice-agent demo", "practice-agent demo --help", "practice-agent demo --pms opendental")
PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
"""Everything behind the verb goes to the demo itself."""

_NEEDED = ("sandbox.demo.__main__", "sqlalchemy", "starlette", "uvicorn", "trustme")


def demo(context: typer.Context) -> None:
    """Show everything on a simulated practice and a cloud of this machine's own, in two minutes."""
    if not all(_found(name) for name in _NEEDED):
        raise NeedsPerson(
            "demo_missing",
            "The demo is not installed with this agent",
            "Install it with its sandbox: pip install 'practice-agent[sandbox]', or `make demo` in a clone.",
        )
    done = subprocess.run([sys.executable, "-m", "sandbox.demo", *context.args], check=False)
    raise typer.Exit(done.returncode)


def _found(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
