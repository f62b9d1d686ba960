"""The parent's side of the bridge: starts the child, asks it, and is rid of it when it hangs.

A request that outlasts its deadline is cancelled; a child that does not answer even then is killed, and started again
after a pause that rises with every failure. Never hands a driver's text on, never waits without an end.
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

import orjson

from agent.sources.bridge.errors import error_of
from agent.sources.bridge.limit import ConnectionLimit
from agent.wire import bridge as wire
from agent.wire.frames import ProtocolError, read_frame, write_frame

PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds before the next start after the first, second, ... failure in a row."""

START_SECONDS = 30.0
"""How long a child may take to say hello."""

OPEN_SECONDS = 30.0
"""How long connecting may take, session statements included."""

_CLOSED = frozenset({"database_lost", "database_unreachable", "not_open"})


class ProcessBridge:
    """A bridge in a child process. One request at a time; may be used from several threads."""

    def __init__(
        self,
        opening: Callable[[], wire.Open],
        limit: ConnectionLimit | None = None,
        *,
        command: Sequence[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        grace: float = 3.0,
    ) -> None:
        self._opening = opening
        """Asked at every connect: logins may change."""
        self._limit = limit or ConnectionLimit(clock)
        self._command = tuple(command or (sys.executable, "-m", "agent.sources.bridge"))
        self._clock = clock
        self._grace = grace
        """Seconds that a child has to answer once its request has been cancelled."""
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

    def call(self, request: wire.Request, deadline: float) -> wire.Reply:
        """The reply to a request, within ``deadline`` seconds plus the time to start and connect if need be.

        Raises :class:`agent.model.errors.AgentError`; a connection lost is opened again by the next call.
        """
        with self._lock:
            child = self._child or self._start()
            if not self._open:
                self._ask(child, self._opening(), OPEN_SECONDS)
                self._open = True
            reply = self._ask(child, request, deadline)
            self._failures = 0
            return reply

    def close(self) -> None:
        """Disconnect and end the child."""
        with self._lock:
            child = self._child
            if child is None:
                return
            if self._open:
                # A polite goodbye frees the server's side at once; if it fails, the child ends all the same.
                with contextlib.suppress(Exception):
                    child.ask(wire.Close(), 2.0, 0.0)
            self._end(killed=not child.end())

    def _start(self) -> _Child:
        wait = self._not_before - self._clock()
        if wait > 0:
            raise error_of(wire.Fault("bridge_resting"), retry_after=wait)
        self._limit.take()
        try:
            child = _Child(self._command)
        except OSError:
            self._limit.give_back()
            raise error_of(wire.Fault("bridge_missing")) from None
        self._child, self._open = child, False
        hello = child.hello(START_SECONDS)
        if hello is None or hello.protocol != wire.PROTOCOL:
            self._fail(child)
            raise error_of(wire.Fault("bridge_died" if hello is None else "bridge_version"))
        return child

    def _ask(self, child: _Child, request: wire.Request, deadline: float) -> wire.Reply:
        try:
            reply = child.ask(request, deadline, self._grace)
        except (OSError, ProtocolError):
            reply = None
        if reply is None:
            hung = not child.ended
            self._fail(child)
            raise error_of(wire.Fault("bridge_hung" if hung else "bridge_died"), retry_after=self._pause())
        if isinstance(reply, wire.Fault):
            if reply.code in _CLOSED:
                self._open = False
            raise error_of(reply)
        return reply

    def _fail(self, child: _Child) -> None:
        child.kill()
        self._end(killed=True)
        self._not_before = self._clock() + self._pause()
        self._failures += 1

    def _pause(self) -> float:
        return PAUSES[min(self._failures, len(PAUSES) - 1)]

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
        self._listener = threading.Thread(target=self._listen, name="bridge-listener", daemon=True)
        self._listener.start()
        self._number = 0

    @property
    def pid(self) -> int:
        return self._process.pid

    def hello(self, deadline: float) -> wire.Hello | None:
        """The child's first words; None = it said none, or not those."""
        payload = self._next(deadline)
        if payload is None:
            return None
        try:
            return wire.Hello.parse(orjson.loads(payload))
        except (KeyError, TypeError, ValueError):
            return None

    def ask(self, request: wire.Request, deadline: float, grace: float) -> wire.Reply | wire.Fault | None:
        """The reply; None = none came, not even after the request was cancelled and ``grace`` seconds had passed."""
        self._number += 1
        write_frame(self._sink, wire.request_frame(self._number, request))
        payload = self._next(deadline)
        if payload is None and not self.ended:
            write_frame(self._sink, wire.cancel_frame(self._number))
            payload = self._next(grace)
        if payload is None:
            return None
        number, reply = wire.parse_reply(payload, request.op)
        if number != self._number:
            raise ProtocolError("reply to another request")
        return reply

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

    def _clean(self) -> None:
        with contextlib.suppress(OSError):
            self._sink.close()
        self._listener.join()
        self._source.close()

    def _next(self, timeout: float) -> bytes | None:
        try:
            return self._frames.get(timeout=max(0.0, timeout))
        except queue.Empty:
            return None

    def _listen(self) -> None:
        try:
            while (payload := read_frame(self._source)) is not None:
                self._frames.put(payload)
        except (ProtocolError, OSError, ValueError):
            pass
        self.ended = True
        self._frames.put(None)
