"""A service for tests of the local API: a real station in a thread, over loopback, in a home of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent.api.client import LocalAgent, NotRunning
from agent.host.home import Home
from agent.host.local_station import Station
from agent.wire.local import StatusAnswer, Task

PATIENCE = 60.0


class Service:
    """The station, the thread that runs it, and clients of each right."""

    def __init__(self, home: Path, **options: Any) -> None:
        self.home = home
        self.station = Station(Home.open(home), **options)
        self.stop = threading.Event()
        self.fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="station")

    def _run(self) -> None:
        try:
            self.station.run(self.stop)
        except BaseException as error:  # noqa: BLE001 - raised by whoever waits
            self.fault = error

    def start(self) -> None:
        self._thread.start()
        until(self._up, "the service")

    def _up(self) -> bool:
        if self.fault is not None:
            raise self.fault
        try:
            with LocalAgent(self.home) as client:
                client.version()
        except NotRunning:
            return False
        return True

    def end(self, seconds: float = 30.0) -> None:
        self.stop.set()
        self._thread.join(seconds)
        assert not self._thread.is_alive()


def until(done: Callable[[], object], what: str) -> None:
    """Look every fiftieth of a second until something is so."""
    for _ in range(int(PATIENCE * 50)):
        if done():
            return
        threading.Event().wait(0.02)
    raise AssertionError(f"never came: {what}")


@contextmanager
def serving(home: Path, **options: Any) -> Iterator[Service]:
    """A service until the end of the block."""
    made = Service(home, **options)
    made.start()
    try:
        yield made
    finally:
        made.end()


def until_state(client: LocalAgent, *states: str) -> StatusAnswer:
    """Wait until the one line says one of these."""
    seen: list[StatusAnswer] = []

    def there() -> bool:
        seen.append(client.status())
        return seen[-1].overall.state in states

    until(there, f"one of {states}")
    return seen[-1]


def over(client: LocalAgent, task: Task) -> Task:
    """The task when it is over."""
    for _ in range(40):
        task = client.task(task.id, wait=5.0)
        if task.state in ("done", "failed"):
            return task
    raise AssertionError("the task never ended")
