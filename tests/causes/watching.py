"""An agent that runs as a process of its own, and what its status warns of."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import psutil

from agent.host import status_file
from tests.cli.office import Office

MINUTE = 60.0
"""So soon a cause must be told, and so soon it must be gone when it is mended."""
_SLACK = 30.0
"""For a machine that has much else to do."""


@dataclass
class Agent:
    """``practice-agent run`` in an office."""

    home: Path
    process: subprocess.Popen[bytes]

    def warnings(self) -> dict[str, dict[str, Any]]:
        """What the status document warns of."""
        document = status_file.read(self.home) or {}
        return {one["code"]: one for one in document.get("warnings", [])}

    def tells(self, code: str) -> None:
        """The cause is told within a minute, in the catalogue's words and with what to do."""
        self.until(lambda: code in self.warnings(), code)
        found = self.warnings()[code]
        assert found["title"] and found["advice"] and found["since"]

    def forgets(self, code: str) -> None:
        """The warning is gone by itself, within a minute of the mending."""
        self.until(lambda: code not in self.warnings(), f"the end of {code}")

    def lose_reader(self) -> None:
        """The process that holds the ODBC driver is killed; the agent starts another one."""
        for one in psutil.Process(self.process.pid).children(recursive=True):
            one.kill()

    def until(self, done: Callable[[], object], what: str) -> None:
        """Something is so within a minute."""
        for _ in range(int((MINUTE + _SLACK) * 10)):
            assert self.process.poll() is None, "the agent has ended"
            if done():
                return
            Event().wait(0.1)
        raise AssertionError(f"not within a minute: {what}; there is {sorted(self.warnings())}")


@contextmanager
def at_work(
    office: Office, more: Mapping[str, str] | None = None, *, home: Path | None = None, within: Sequence[str] = ()
) -> Iterator[Agent]:
    """An agent that runs and has said something; ``more``: environment; ``within``: what starts the program."""
    home = home or office.home
    process = subprocess.Popen(
        [*within, sys.executable, "-m", "agent.cli.main", "run", "--quiet"],
        env={**os.environ, **(more or {}), "PRACTICE_AGENT_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    agent = Agent(home, process)
    try:
        agent.until(lambda: (status_file.read(agent.home) or {}).get("pid") == process.pid, "the agent")
        yield agent
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
