"""A running agent in a process of its own, ended by its id."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from agent.host.clock import SystemClock
from agent.host.home import Home
from agent.host.looking import look
from tests.cli.office import Office


@contextmanager
def running_agent(office: Office) -> Iterator[subprocess.Popen[str]]:
    """``practice-agent run``, up and seen to be up."""
    process = office.start("run", "--quiet")
    try:
        until_running(office, process)
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=150)


def until_running(office: Office, process: subprocess.Popen[str]) -> None:
    """Wait until the agent says that it runs."""
    for _ in range(600):
        seen = look(Home(office.home), SystemClock().time())
        if seen.presence == "running" and seen.document is not None and seen.document["pid"] == process.pid:
            return
        if process.poll() is not None:
            raise AssertionError(process.communicate()[1])
        threading.Event().wait(0.1)
    raise AssertionError("the agent did not come up")
