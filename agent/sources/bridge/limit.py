"""At most so many connections to one database, counting those that the server still holds for a killed bridge."""

from __future__ import annotations

import threading
from collections.abc import Callable

from agent.sources.bridge.errors import error_of
from agent.wire.bridge import Fault


class ConnectionLimit:
    """Shared by all bridges of a source."""

    def __init__(self, clock: Callable[[], float], most: int = 2, linger: float = 30.0) -> None:
        self._clock = clock
        self._most = most
        self._linger = linger
        self._used = 0
        self._lingering: list[float] = []
        self._lock = threading.Lock()

    @property
    def used(self) -> int:
        """Connections in use, or still held by the server."""
        with self._lock:
            self._forget()
            return self._used + len(self._lingering)

    def take(self) -> None:
        """Claim a connection. Raises ``connections_exhausted`` (Retry) when all are taken."""
        with self._lock:
            self._forget()
            if self._used + len(self._lingering) >= self._most:
                wait = min(self._lingering, default=self._clock() + self._linger) - self._clock()
                raise error_of(Fault("connections_exhausted"), retry_after=max(0.0, wait))
            self._used += 1

    def give_back(self, *, killed: bool = False) -> None:
        """Return a claim; of a killed bridge the server holds the connection for a while."""
        with self._lock:
            self._used -= 1
            if killed:
                self._lingering.append(self._clock() + self._linger)

    def _forget(self) -> None:
        self._lingering = [until for until in self._lingering if until > self._clock()]
