"""A bridge's child process as its parent sees it: started within the limits, listened to, and got rid of.

Shared by the reader's and the writer's client, which differ in what they say to it. Never waits without an end.
"""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from typing import IO

from agent.sources.bridge.errors import error_of
from agent.sources.bridge.limit import ConnectionLimit
from agent.wire.bridge import Fault
from agent.wire.envelope import Question, cancel_frame, request_frame
from agent.wire.frames import ProtocolError, read_frame, write_frame

PAUSES = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""Seconds before the next start after the first, second, ... failure in a row."""

START_SECONDS = 30.0
"""How long a child may take to say hello."""

COMMAND = (sys.executable, "-m", "agent.sources.bridge")
"""The program that is the child."""


class Child:
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
        self.number = 0
        """Of the request that was sent last."""

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def send(self, request: Question) -> None:
        """Hand over a request. Raises OSError when the child has gone."""
        self.number += 1
        write_frame(self._sink, request_frame(self.number, request))

    def cancel(self) -> None:
        """Give up the request that was sent last. Raises OSError when the child has gone."""
        write_frame(self._sink, cancel_frame(self.number))

    def next(self, timeout: float) -> bytes | None:
        """The next payload; None = none came within so many seconds, or the child has ended."""
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


NOT_FOUND = frozenset({"driver_missing", "driver_wrong_bitness", "dsn_unknown"})
"""What a driver manager remembers as long as its process lives: a driver put back is found by a new child only."""


class Keeper:
    """Has at most one child and knows whether it is connected; rests longer after every failure in a row."""

    def __init__(
        self,
        command: Sequence[str],
        limit: ConnectionLimit | None,
        clock: Callable[[], float],
        is_hello: Callable[[bytes], bool],
    ) -> None:
        self.command = tuple(command)
        self._limit = limit or ConnectionLimit(clock)
        self._clock = clock
        self._is_hello = is_hello
        """Whether a child's first payload is the right one."""
        self._failures = 0
        self._not_before = 0.0
        self.child: Child | None = None
        self.connected = False

    @property
    def pid(self) -> int | None:
        """Process id of the child, while there is one."""
        child = self.child
        return child.pid if child is not None else None

    @property
    def rest(self) -> float:
        """Seconds until a child may be started again after a failure."""
        return self._not_before - self._clock()

    def start(self) -> Child:
        """A new child that has said hello.

        Raises:
            AgentError: it cannot be started, or not now.
        """
        if self.rest > 0:
            raise error_of(Fault("bridge_resting"), retry_after=self.rest)
        self._limit.take()
        try:
            child = Child(self.command)
        except OSError:
            self._limit.give_back()
            raise error_of(Fault("bridge_missing")) from None
        self.child, self.connected = child, False
        hello = child.next(START_SECONDS)
        if hello is None or not self._is_hello(hello):
            self.fail()
            raise error_of(Fault("bridge_died" if hello is None else "bridge_version"))
        return child

    def went_well(self) -> None:
        """The child has done what it was asked: the next failure is the first again."""
        self._failures = 0

    def fail(self) -> None:
        """Kill the child and rest."""
        assert self.child is not None
        self.child.kill()
        self._forget(killed=True)
        self._not_before = self._clock() + PAUSES[min(self._failures, len(PAUSES) - 1)]
        self._failures += 1

    def close(self, goodbye: Question) -> None:
        """Disconnect and end the child, if there is one."""
        child = self.child
        if child is None:
            return
        if self.connected:
            # A polite goodbye frees the server's side at once; if it fails, the child ends all the same.
            with contextlib.suppress(Exception):
                child.send(goodbye)
                child.next(2.0)
        self._forget(killed=not child.end())

    def _forget(self, *, killed: bool) -> None:
        self.child, self.connected = None, False
        self._limit.give_back(killed=killed)
