"""``practice-agent version``."""

from __future__ import annotations

import platform
import struct

from agent import __version__
from agent.cli import screen
from agent.cli.options import Json, examples

EXAMPLES = examples("practice-agent version", "practice-agent version --json")


def version(as_json: Json = False) -> None:
    """Say which version this is, and what it runs on."""
    facts = {
        "version": __version__,
        "python": platform.python_version(),
        "bits": struct.calcsize("P") * 8,
        "system": f"{platform.system()} {platform.release()}",
    }
    if as_json:
        screen.json(facts)
    else:
        screen.say(
            f"practice-agent {facts['version']} (Python {facts['python']}, {facts['bits']} bit, {facts['system']})"
        )
