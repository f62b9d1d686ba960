"""An agent at work in threads of this process, for as long as a block lasts: for ``run`` and verbs that need one."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from agent.host import settings_file, status_file
from agent.host.agent import Agent
from agent.host.clock import SystemClock
from agent.host.home import Home
from agent.host.log import Event, EventLog
from agent.host.pausing import Pausing
from agent.model.clock import Clock, iso_utc
from agent.model.errors import Retry

Listener = Callable[[str, Event], None]
"""Called with the moment (UTC, ISO 8601) and what happened."""


Shown = Callable[[Mapping[str, Any]], None]
"""Called with a status document."""


class AgentAtWork:
    """The agent and the thread that runs it."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self.started = threading.Event()
        self._stop = threading.Event()
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="agent")

    def start(self) -> None:
        """Begin; returns when the workers run."""
        self._thread.start()
        while not self.started.wait(0.05):
            self.check()

    def check(self) -> None:
        """Raises what ended the agent, if anything has."""
        if not self._thread.is_alive() and self._fault is not None:
            raise self._fault

    def stop(self) -> None:
        """Stop after the steps under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            self.agent.run(self._stop)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            self._fault = error


@contextlib.contextmanager
def at_work(
    home: Home,
    listener: Listener | None = None,
    clock: Clock | None = None,
    *,
    pausing: Pausing | None = None,
    shown: Shown | None = None,
) -> Iterator[AgentAtWork]:
    """The only agent in this home, at work until the end of the block. ``pausing``: what may hold it up, by default
    nothing; ``shown`` is called with every status document.

    Raises:
        NeedsPerson: ``home_in_use``, ``not_initialised``, ``not_enrolled``, ...
    """
    time = clock or SystemClock()
    works: list[AgentAtWork] = []

    def heard(at: str, event: Event) -> None:
        if event.code == "agent_started" and works:
            works[0].started.set()
        if listener is not None:
            listener(at, event)

    settings = settings_file.read(home.path)
    with home.lock():
        log = EventLog(
            home.log, lambda: iso_utc(time.time()), max_bytes=settings.limits.log_mb * 1_000_000, listener=heard
        )
        with Agent(home, log, time, pausing) as agent:
            if shown is not None:
                agent.shown = shown
            work = AgentAtWork(agent)
            works.append(work)
            try:
                work.start()
                yield work
            finally:
                work.stop()
                with contextlib.suppress(Retry):  # the last word, for whoever looks later; what kept it away was told
                    status_file.write(home.path, agent.document())
