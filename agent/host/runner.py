"""Runs workers: calls their steps, waits between them, backs off when something is away, and remembers what is wrong.

A worker's error decides what happens: ``Retry`` is tried again after a random pause that is never longer than the
trouble has lasted (or after the one that the other side asked for), anything else after a minute. When a worker gets
well again, the others that met the same do not wait any longer: a cloud that is back is used at once. A bug in one
worker must not stop the others, so it is logged by type and place, without its text, and the worker goes on.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass

from agent.host.log import Event, EventLog
from agent.model.clock import Clock
from agent.model.errors import AgentError, Retry

_SHORTEST_PAUSE, _FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 1.0, 60.0
_AFTER_REFUSAL = 60.0


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a worker from working."""

    error: AgentError
    since: float
    """Seconds since 1970."""


class Worker:
    """One worker's steps, its pauses and its trouble."""

    def __init__(self, name: str, step: Callable[[], float], clock: Clock, log: EventLog, rng: random.Random) -> None:
        self.name = name
        self._step = step
        self._clock = clock
        self._log = log
        self._rng = rng
        self._began: float | None = None
        """When the trouble began, on the clock that nobody sets."""
        self.problem: Problem | None = None
        """What is wrong since when; None = the last step went well."""
        self.on_well: Callable[[str], None] = lambda _code: None
        """Told the code of the trouble that is over."""

    def once(self) -> float:
        """One step; returns the seconds to wait before the next."""
        try:
            pause = self._step()
        except AgentError as error:
            return self._failed(error)
        except Exception as error:  # noqa: BLE001 - one worker's bug must not take the others down
            return self._failed(_bug(error))
        problem, self.problem = self.problem, None
        self._began = None
        if problem is not None:
            self._log(f"{self.name}_well_again", seconds=round(self._clock.time() - problem.since, 1))
            self.on_well(problem.error.code)
        return pause

    def waits_for(self, code: str) -> bool:
        """Whether it waits for the end of such trouble, and nobody has told it how long."""
        error = None if self.problem is None else self.problem.error
        return isinstance(error, Retry) and error.code == code and error.retry_after is None

    def _failed(self, error: AgentError) -> float:
        if self.problem is None or self.problem.error.code != error.code:
            self._log.write(Event.of_error(error, worker=self.name))
            self.problem = Problem(error, self._clock.time() if self.problem is None else self.problem.since)
        else:
            self.problem = Problem(error, self.problem.since)
        now = self._clock.monotonic()
        self._began = now if self._began is None else self._began
        if not isinstance(error, Retry):
            return _AFTER_REFUSAL
        if error.retry_after is not None:
            return error.retry_after + self._rng.uniform(0, 1)
        lasted = now - self._began
        return self._rng.uniform(_SHORTEST_PAUSE, min(_LONGEST_PAUSE, max(_FIRST_PAUSE, lasted)))


class Thread:
    """A thread that runs one worker until it is told to stop."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self._enough = threading.Event()
        """Set when it must not wait any longer."""
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=worker.name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Do not wait any longer, unless something is wrong: a pause after a failure is not cut short by more work."""
        if self.worker.problem is None:
            self._enough.set()

    def try_again(self, code: str) -> None:
        """Do not wait any longer for the end of this trouble: it is over for another worker."""
        if self.worker.waits_for(code):
            self._enough.set()

    def ask_to_stop(self) -> None:
        """Stop after the present step; does not wait for that."""
        self._stop.set()
        self._enough.set()

    def stop(self, seconds: float) -> bool:
        """Stop after the present step; False when it has not ended within ``seconds``."""
        self.ask_to_stop()
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            # In this order: whoever stops us sets the one first and then the other.
            self._enough.clear()
            if self._stop.is_set():
                return
            pause = self.worker.once()
            if pause > 0:
                self._enough.wait(pause)


def _bug(error: Exception) -> AgentError:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = "" if trace is None else f"{trace.tb_frame.f_globals.get('__name__', '')}:{trace.tb_lineno}"
    return AgentError(
        "internal_error",
        "The program met a case that it does not know",
        "Please send a bundle to support; the rest of the agent goes on.",
        kind=type(error).__name__,
        place=place,
    )
