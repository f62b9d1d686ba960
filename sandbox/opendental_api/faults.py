"""Faults on purpose, as a wrapper around the service: what a client sees is another thing than what was done.

The caller plans them. In one process they come out as an answer with a delay, or as one of the exceptions below, which
the caller turns into what its client would see; the HTTP server breaks the connection in their place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, get_args

from sandbox.opendental_api.answer import ERROR, TIMED_OUT, TOO_MANY, UNAUTHORIZED, ApiAnswer, told
from sandbox.opendental_api.rows import Died
from sandbox.opendental_api.service import ApiService

FaultKind = Literal["slow", "lost", "dropped", "late", "never", "died", "refused", "throttled", "expired", "error"]
KINDS: tuple[FaultKind, ...] = get_args(FaultKind)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong."""

    kind: FaultKind
    """slow: done at once, answered after ``seconds``; lost: done, but the connection breaks before the answer;
    dropped: the connection breaks, nothing was done; late: 504 after ``seconds``, the work is done ``lands_after``
    seconds after the request; never: 504 after ``seconds``, the work is never done; died: the service ends after
    ``rows`` written rows and then refuses ``refusals`` connections; refused: it is not running; throttled: 429 with
    ``Retry-After``; expired: the keys are not valid any more, for this request; error: 500, nothing was done."""
    method: str = ""
    """Only requests of this method."""
    path: str = ""
    """Only paths that hold this text."""
    times: int = 1
    """How many requests; -1 = until it is forgotten."""
    seconds: float = 60.0
    """How long an answer takes, or what ``throttled`` asks to wait."""
    lands_after: float = 90.0
    """When the work of a ``late`` request is done."""
    rows: int = 1
    """Rows that are written before the service dies."""
    refusals: int = 0
    """Further requests that find nobody there."""

    def hits(self, method: str, path: str) -> bool:
        """Whether a request is one of those meant."""
        return self.method in ("", method) and self.path in path


class AnswerLost(Exception):
    """The client's connection broke after the work was done (or a part of it, where the service died)."""


class ConnectionDropped(Exception):
    """The client's connection broke before anything was done."""


class NotRunning(Exception):
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An answer on its way."""

    answer: ApiAnswer
    after: float = 0.0
    """Seconds until the client has it; a client that waits less sees a time-out."""


Draw = Callable[[str, str], Fault | None]
"""From method and path: what goes wrong with this request."""


class Plan:
    """Faults in the order in which they were planned; may be used from any thread."""

    def __init__(self, *faults: Fault) -> None:
        self._lock = threading.Lock()
        self._faults = list(faults)

    def plan(self, *faults: Fault) -> None:
        """Let these go wrong from now on."""
        with self._lock:
            self._faults += faults

    def forget(self) -> None:
        """Let nothing go wrong any more."""
        with self._lock:
            self._faults.clear()

    def __call__(self, method: str, path: str) -> Fault | None:
        """The first that fits; it is used up."""
        with self._lock:
            for position, fault in enumerate(self._faults):
                if fault.hits(method, path):
                    left = fault.times - 1 if fault.times > 0 else fault.times
                    self._faults[position : position + 1] = [replace(fault, times=left)] if left else []
                    return fault
        return None


@dataclass(slots=True)
class _Waiting:
    """A request whose work is still to be done."""

    due: datetime
    request: tuple[str, str, Mapping[str, str], Mapping[str, str], bytes | None]


class Faulty:
    """The service, with what goes wrong."""

    def __init__(self, service: ApiService, plan: Draw, clock: Callable[[], datetime]) -> None:
        self.service = service
        """The core; ask it directly for the plain truth."""
        self.plan = plan
        """What goes wrong."""
        self._clock = clock
        self._waiting: list[_Waiting] = []
        self._refusals = 0
        self._lock = threading.RLock()

    @property
    def waiting(self) -> int:
        """How many requests were answered with 504 and are still to be done."""
        return len(self._waiting)

    def land(self, everything: bool = False) -> int:
        """Do the work whose time has come (or all of it); how many requests it was."""
        with self._lock:
            now = self._clock()
            due = [one for one in self._waiting if everything or one.due <= now]
            self._waiting = [one for one in self._waiting if one not in due]
            for one in due:
                self.service.handle(*one.request)
            return len(due)

    def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes | None
    ) -> Delivery:
        """What the client gets, and when; work of earlier requests that is due is done first.

        Raises:
            AnswerLost: the connection broke after the work.
            ConnectionDropped: the connection broke before the work.
            NotRunning: nobody listens.
        """
        with self._lock:
            self.land()
            if self._refusals:
                self._refusals -= 1
                raise NotRunning
            fault = self.plan(method, path)
            request = (method, path, query, headers, body)
            if fault is None:
                return Delivery(self.service.handle(*request))
            if fault.kind in _BEFORE:
                return _BEFORE[fault.kind](fault)
            return self._after(fault, request)

    def _after(
        self, fault: Fault, request: tuple[str, str, Mapping[str, str], Mapping[str, str], bytes | None]
    ) -> Delivery:
        if fault.kind == "late":
            self._waiting.append(_Waiting(self._clock() + timedelta(seconds=fault.lands_after), request))
            return _timed_out(fault)
        if fault.kind == "slow":
            return Delivery(self.service.handle(*request), fault.seconds)
        if fault.kind == "died":
            self._refusals = fault.refusals
            self.service.rows.dies_after = fault.rows
            try:
                self.service.handle(*request)
            except Died:
                pass
            finally:
                self.service.rows.dies_after = None
            raise AnswerLost
        self.service.handle(*request)
        raise AnswerLost


def _dropped(fault: Fault) -> Delivery:
    raise ConnectionDropped(fault.kind)


def _refused(fault: Fault) -> Delivery:
    raise NotRunning(fault.kind)


def _timed_out(fault: Fault) -> Delivery:
    return Delivery(told(TIMED_OUT, "The request did not complete within the time limit"), fault.seconds)


def _throttled(fault: Fault) -> Delivery:
    answer = told(TOO_MANY, "Too many requests")
    return Delivery(ApiAnswer(answer.status, {**answer.headers, "Retry-After": f"{fault.seconds:.0f}"}, answer.body))


def _expired(_: Fault) -> Delivery:
    return Delivery(told(UNAUTHORIZED, "Invalid credentials: a developer key or customer key is invalid or disabled"))


def _error(_: Fault) -> Delivery:
    return Delivery(told(ERROR, "An unexpected error occurred"))


_BEFORE: dict[FaultKind, Callable[[Fault], Delivery]] = {
    "dropped": _dropped,
    "refused": _refused,
    "never": _timed_out,
    "throttled": _throttled,
    "expired": _expired,
    "error": _error,
}
