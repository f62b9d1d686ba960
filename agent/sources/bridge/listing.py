"""What ODBC knows on this machine: drivers and data sources. Asked of a child process, because only it loads ODBC.

The child's side is :func:`main`; it opens no connection. A data source's settings are not read: they may
hold a password.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

COMMAND = (sys.executable, "-m", "agent.sources.bridge", "--list")
"""The program that lists."""

_SECONDS = 15.0
_LONGEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Listing:
    """What there is."""

    drivers: tuple[str, ...]
    """Names of the drivers."""
    sources: tuple[tuple[str, str], ...]
    """(name, driver) of the data sources that every user or the agent's user has."""
    bits: int
    """32 or 64: a machine has other drivers and sources for each."""


def ask(command: Sequence[str] = COMMAND) -> Listing | None:
    """The list; None when the child cannot be started, does not answer, or ODBC is not there."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        raw = orjson.loads(done.stdout[:_LONGEST])
        sources = tuple((str(name), str(driver)) for name, driver in raw["sources"])
        return Listing(tuple(map(str, raw["drivers"])), sources, int(raw["bits"]))
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return None


def main() -> None:
    """Run the child."""
    import struct

    import pyodbc

    told = {
        "drivers": sorted(pyodbc.drivers()),
        "sources": sorted(pyodbc.dataSources().items()),
        "bits": struct.calcsize("P") * 8,
    }
    sys.stdout.buffer.write(orjson.dumps(told))
