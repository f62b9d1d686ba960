"""The life of the service's process: the local API from start to end, and an agent at work in it whenever there can be.

Without settings or enrolment only the API runs, and the agent begins by itself as soon as both are there. Changed
settings let it begin anew. Owns the order of starting and stopping; touches no signal.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import filelock

from agent.api.serving import Serving
from agent.api.waiting import Bell
from agent.host import enrolment, local_files, settings_file
from agent.host.agent import Agent
from agent.host.clock import SystemClock
from agent.host.history import History
from agent.host.home import Home
from agent.host.local_agent import LocalAgent
from agent.host.local_news import News
from agent.host.log import Event, EventLog
from agent.host.pausing import Pausing
from agent.host.working import Listener, at_work
from agent.model.clock import Clock, iso_utc
from agent.model.errors import AgentError, NeedsPerson, Retry, StoreDamaged

T = TypeVar("T")

_LOOK_SECONDS = 0.25
_RETRY_SECONDS = 10.0
_NOT_SET_UP = frozenset({"not_initialised", "not_enrolled"})


class Station:
    """A home's service: call :meth:`run` once."""

    def __init__(self, home: Home, listener: Listener | None = None, clock: Clock | None = None) -> None:
        """``listener`` hears every event."""
        self.home = home
        self.clock: Clock = clock or SystemClock()
        self.bell = Bell()
        self.pausing = Pausing(home.path, self.clock)
        self.history = History(home.path, self.clock, _zone(home))
        self.news = News(self.clock, self.pausing, self.history, self.bell.ring)
        self.stopping = threading.Event()
        """Set when the process ends."""
        self._listener = listener
        self._own_log = EventLog(home.log, lambda: iso_utc(self.clock.time()), listener=self._heard)
        self._agent: Agent | None = None
        self._using = threading.RLock()
        self._again = threading.Event()
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = queue.SimpleQueue()
        self._begun = False
        self._told: str | None = None

    # What the API does with it ---------------------------------------------------------------------------------------

    @property
    def log(self) -> EventLog:
        """Where events go now."""
        agent = self._agent
        return self._own_log if agent is None else agent.log

    def use(self, what: Callable[[Agent], T]) -> T:
        """Do something short with the agent at work; it is not closed meanwhile.

        Raises:
            NeedsPerson: ``not_set_up``.
            Retry: ``agent_restarted``: it is just about to begin.
        """
        with self._using:
            if self._agent is not None:
                return what(self._agent)
        if self.news.phase == "not_set_up":
            raise NeedsPerson("not_set_up", "The agent waits to be set up", "Set it up first.")
        raise Retry("agent_restarted", "The agent is just being started", "Try again in a moment.")

    def again(self) -> None:
        """Let the agent begin anew."""
        self._again.set()

    def between(self, job: Callable[[], T]) -> T:
        """Do something while no agent is at work, which begins anew then; waits for it. Raises what it raises."""
        done: Future[T] = Future()
        self._jobs.put((job, done))
        self._again.set()
        if self.stopping.is_set():
            self._cancel_jobs()
        return done.result()

    # Its life --------------------------------------------------------------------------------------------------------

    def run(self, stop: threading.Event) -> None:
        """Until told to stop.

        Raises:
            AgentError: ``home_in_use``, or what keeps the first agent from beginning, other than not being set up.
        """
        with self._alone(), contextlib.ExitStack() as closing:
            closing.callback(self.history.save)
            closing.callback(self._cancel_jobs)
            closing.callback(self.stopping.set)
            self._serve(closing)
            while not stop.is_set():
                self._again.clear()
                self._do_jobs()
                self._begin(stop)

    def _serve(self, closing: contextlib.ExitStack) -> None:
        try:
            serving = Serving(LocalAgent(self), self.bell)
        except Retry as error:  # a machine without loopback can still feed the cloud
            self._own_log.write(Event.of_error(error))
            return
        closing.callback(serving.close)
        closing.enter_context(local_files.told(self.home.path, serving.port, serving.tokens, self.clock.time()))

    def _begin(self, stop: threading.Event) -> None:
        """One life of an agent, or a wait for what it lacks."""
        try:
            self._work(stop)
        except StoreDamaged:
            stop.wait(_LOOK_SECONDS)  # the store is set aside at the next start, and built again
        except AgentError as error:
            if error.code in _NOT_SET_UP:
                self.news.stands("not_set_up", error)
                self._log_once(error)
                self._wait(stop, self._set_up, None)
            elif self._begun:
                self.news.stands("failing", error)
                self._log_once(error)
                self._wait(stop, lambda: False, _RETRY_SECONDS)
            else:
                raise
        self._begun = True

    def _work(self, stop: threading.Event) -> None:
        self.news.stands("starting")
        with at_work(self.home, self._heard, self.clock, pausing=self.pausing, shown=self.news.shown) as work:
            with self._using:
                self._agent = work.agent
            self._told = None
            self.history.zone = ZoneInfo(work.agent.settings.practice.time_zone)
            self.news.stands("at_work")
            try:
                while not stop.is_set() and not self._again.wait(_LOOK_SECONDS):
                    work.check()
            finally:
                with self._using:
                    self._agent = None

    def _log_once(self, error: AgentError) -> None:
        if self._told != error.code:
            self._told = error.code
            self._own_log.write(Event.of_error(error))

    def _wait(self, stop: threading.Event, until: Callable[[], bool], seconds: float | None) -> None:
        ends = None if seconds is None else self.clock.monotonic() + seconds
        while not stop.is_set() and not self._again.wait(_LOOK_SECONDS) and not until():
            if ends is not None and self.clock.monotonic() >= ends:
                return

    def _set_up(self) -> bool:
        """Whether settings and enrolment are there now, whoever has brought them."""
        try:
            settings_file.read(self.home.path)
            return enrolment.read(self.home.path) is not None
        except AgentError:
            return False

    def _waiting_jobs(self) -> Iterator[tuple[Callable[[], Any], Future[Any]]]:
        while True:
            try:
                yield self._jobs.get_nowait()
            except queue.Empty:
                return

    def _do_jobs(self) -> None:
        for job, done in self._waiting_jobs():
            try:
                done.set_result(job())
            except Exception as error:  # noqa: BLE001 - raised where it was asked for
                done.set_exception(error)

    def _cancel_jobs(self) -> None:
        for _, done in self._waiting_jobs():
            done.set_exception(Retry("agent_gone", "The agent is being stopped", "Start it and ask again."))

    def _heard(self, at: str, event: Event) -> None:
        self.news.heard(at, event)
        if self._listener is not None:
            self._listener(at, event)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """The only service in this home, at work or waiting."""
        lock = filelock.FileLock(self.home.path / "service.lock", timeout=0, fallback_to_soft=False)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise NeedsPerson(
                "home_in_use",
                f"Another agent is at work in {self.home.path}, or waits there to be set up",
                "Stop that one first, or give this one a folder of its own with --home.",
            ) from None
        except OSError as error:
            raise NeedsPerson(
                "home_unusable",
                "The home folder cannot be locked",
                f"See that {self.home.path} is on a local disk that this user may write to.",
                errno=error.errno,
            ) from error
        try:
            yield
        finally:
            lock.release()


def _zone(home: Home) -> ZoneInfo:
    try:
        return ZoneInfo(settings_file.read(home.path).practice.time_zone)
    except AgentError:
        return ZoneInfo("UTC")
