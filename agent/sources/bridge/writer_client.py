"""The parent's side of the writer bridge: starts the child, hands it a transaction, and says what has become of it.

What ends before the child has said that it commits was certainly not written: the server rolls back what a connection
leaves behind. What ends after that and before the outcome is unknown. Never asks twice by itself, never hands a
driver's text on, never waits without an end.
"""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import IO

from agent.model.errors import AgentError
from agent.sources.bridge.limit import ConnectionLimit
from agent.wire import writer as wire
from agent.wire.bridge import Done, Fault
from agent.wire.frames import ProtocolError, read_frame, write_frame

PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds before the next start after the first, second, ... failure in a row."""

START_SECONDS = 30.0
"""How long a child may take to say hello."""

OPEN_SECONDS = 30.0
"""How long connecting may take, session and authentication included."""

COMMIT_SECONDS = 30.0
"""How long a commit may take once it is sent: to give it up early makes its outcome unknown."""

_CLOSED = frozenset({"database_lost", "database_unreachable", "not_open", "authentication_refused"})


class ProcessWriter:
    """A writer bridge in a child process. One transaction at a time; may be used from several threads."""

    def __init__(
        self,
        opening: Callable[[], wire.Open],
        authenticating: Callable[[], wire.Authenticate | None] = lambda: None,
        limit: ConnectionLimit | None = None,
        *,
        command: Sequence[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        grace: float = 3.0,
        commit_seconds: float = COMMIT_SECONDS,
    ) -> None:
        self._opening = opening
        """Asked at every connect: logins may change."""
        self._authenticating = authenticating
        """Asked at every connect; None = the PMS wants none."""
        self._limit = limit or ConnectionLimit(clock)
        self._command = tuple(command or (sys.executable, "-m", "agent.sources.bridge", "--writer"))
        self._clock = clock
        self._grace = grace
        """Seconds that a child has to answer once its request has been cancelled."""
        self._commit_seconds = commit_seconds
        self._child: _Child | None = None
        self._open = False
        self._failures = 0
        self._not_before = 0.0
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Process id of the child, while there is one."""
        child = self._child
        return child.pid if child is not None else None

    def apply(self, request: wire.Apply, deadline: float) -> wire.Outcome:
        """Run the steps in one transaction; connects first when need be."""
        with self._lock:
            return self._run(request, deadline)

    def state(self, request: wire.State, deadline: float) -> wire.Committed | wire.NotWritten:
        """Run reads; nothing is written."""
        with self._lock:
            outcome = self._run(request, deadline)
            assert not isinstance(outcome, wire.Unknown)
            return outcome

    def close(self) -> None:
        """Disconnect and end the child."""
        with self._lock:
            child = self._child
            if child is None:
                return
            if self._open:
                # A polite goodbye frees the server's side at once; if it fails, the child ends all the same.
                with contextlib.suppress(Exception):
                    child.ask(wire.Close(), 2.0, 0.0, 0.0)
            self._end(killed=not child.end())

    # ------------------------------------------------------------------------------------------------------------------

    def _run(self, request: wire.Apply | wire.State, deadline: float) -> wire.Outcome:
        child, outcome = self._ready()
        if child is None:
            return outcome
        reply = self._ask(child, request, deadline)
        if isinstance(reply, Done | Fault):
            fault = reply if isinstance(reply, Fault) else Fault("bridge_fault")
            return wire.NotWritten(fault=fault)
        if not isinstance(reply, wire.Unknown):
            self._failures = 0
        return reply

    def _ready(self) -> tuple[_Child | None, wire.NotWritten]:
        """A child that is connected; else why there is none."""
        child = self._child
        if child is None:
            child, why = self._start()
            if child is None:
                return None, why
        if not self._open:
            requests: list[wire.Request] = [self._opening()]
            authentication = self._authenticating()
            requests += [] if authentication is None else [authentication]
            for request in requests:
                reply = self._ask(child, request, OPEN_SECONDS)
                if not isinstance(reply, Done):
                    return None, _not_done(reply)
            self._open = True
        return child, wire.NotWritten()

    def _start(self) -> tuple[_Child | None, wire.NotWritten]:
        wait = self._not_before - self._clock()
        if wait > 0:
            return None, wire.NotWritten(fault=Fault("bridge_resting"), retry_after=wait)
        try:
            self._limit.take()
        except AgentError as error:
            return None, wire.NotWritten(fault=Fault(error.code), retry_after=error.retry_after)
        try:
            child = _Child(self._command)
        except OSError:
            self._limit.give_back()
            return None, wire.NotWritten(fault=Fault("bridge_missing"))
        self._child, self._open = child, False
        hello = child.next(START_SECONDS)
        if hello is None or not wire.is_hello(hello):
            self._fail(child)
            return None, wire.NotWritten(fault=Fault("bridge_died" if hello is None else "bridge_version"))
        return child, wire.NotWritten()

    def _ask(self, child: _Child, request: wire.Request, deadline: float) -> wire.Reply | Fault:
        try:
            reply = child.ask(request, deadline, self._grace, self._commit_seconds)
        except (OSError, ProtocolError):
            reply = None
        if reply is None:
            fault = Fault("bridge_died" if child.ended else "bridge_hung")
            self._fail(child)
            # Only now that the child is gone is it certain what it has said.
            if child.has_committed():
                return wire.Unknown(fault)
            return wire.NotWritten(fault=fault, retry_after=self._not_before - self._clock())
        fault_met = reply if isinstance(reply, Fault) else getattr(reply, "fault", None)
        if fault_met is not None and (fault_met.code in _CLOSED or isinstance(reply, wire.Unknown)):
            self._open = False
        return reply

    def _fail(self, child: _Child) -> None:
        child.kill()
        self._end(killed=True)
        self._not_before = self._clock() + PAUSES[min(self._failures, len(PAUSES) - 1)]
        self._failures += 1

    def _end(self, *, killed: bool) -> None:
        self._child, self._open = None, False
        self._limit.give_back(killed=killed)


class _Child:
    """A running child and the thread that listens to it."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Drivers may write data there.
            stderr=subprocess.DEVNULL,
            bufsize=-1,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._sink: IO[bytes] = self._process.stdin
        self._source: IO[bytes] = self._process.stdout
        self._frames: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.ended = False
        self._listener = threading.Thread(target=self._listen, name="writer-listener", daemon=True)
        self._listener.start()
        self._number = 0
        self._committing = False

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(
        self, request: wire.Request, deadline: float, grace: float, commit_seconds: float
    ) -> wire.Reply | Fault | None:
        """The reply; None = none came, not even after the request was cancelled and ``grace`` seconds had passed."""
        self._number += 1
        self._committing = False
        write_frame(self._sink, wire.request_frame(self._number, request))
        reply = self._reply(deadline, commit_seconds)
        if reply is None and not self.ended and not self._committing:
            write_frame(self._sink, wire.cancel_frame(self._number))
            reply = self._reply(grace, commit_seconds)
        return reply

    def has_committed(self) -> bool:
        """Whether a child that has ended may have committed the last request; reads what it said to the last."""
        with contextlib.suppress(ProtocolError):
            while not self._committing and (payload := self.next(0.0)) is not None:
                number, reply = wire.parse_reply(payload)
                self._committing |= number == self._number and reply is None
        return self._committing

    def next(self, timeout: float) -> bytes | None:
        """The next payload; None = none came in time."""
        try:
            return self._frames.get(timeout=timeout) if timeout > 0 else self._frames.get_nowait()
        except queue.Empty:
            return None

    def end(self) -> bool:
        """Close its stdin, which ends it; kill it if that does not. True = it ended by itself."""
        with contextlib.suppress(OSError):
            self._sink.close()
        try:
            self._process.wait(5.0)
        except subprocess.TimeoutExpired:
            self.kill()
            return False
        self._clean()
        return True

    def kill(self) -> None:
        """End it now."""
        self._process.kill()
        self._process.wait()
        self._clean()

    def _reply(self, deadline: float, commit_seconds: float) -> wire.Reply | Fault | None:
        while (payload := self.next(max(deadline, 0.001))) is not None:
            number, reply = wire.parse_reply(payload)
            if number != self._number:
                raise ProtocolError("reply to another request")
            if reply is not None:
                return reply
            self._committing = True
            deadline = commit_seconds
        return None

    def _clean(self) -> None:
        with contextlib.suppress(OSError):
            self._sink.close()
        self._listener.join()
        self._source.close()

    def _listen(self) -> None:
        try:
            while (payload := read_frame(self._source)) is not None:
                self._frames.put(payload)
        except (ProtocolError, OSError, ValueError):
            pass
        self.ended = True
        self._frames.put(None)


def _not_done(reply: wire.Reply | Fault) -> wire.NotWritten:
    if isinstance(reply, wire.NotWritten):
        return reply
    return wire.NotWritten(fault=reply if isinstance(reply, Fault) else Fault("bridge_fault"))
