"""What the agent itself costs: its memory and CPU with those of its readers, and the load that it puts on the database.

Looks at this process and its children only.
"""

from __future__ import annotations

import contextlib
from typing import Any

import psutil

from agent.model.clock import Clock, iso_utc

_MEGABYTE = 1024 * 1024
_WINDOW = 300.0
"""Shares are of the last so many seconds, or of the time since the start."""


class Meter:
    """Measures when asked; each answer covers the last minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._process = psutil.Process()
        self._started_at, self._started = clock.time(), clock.monotonic()
        self._seen: list[tuple[float, float, float]] = [(self._started, self._cpu(), 0.0)]
        """Moment (monotonic), CPU seconds and seconds of work on the engine until then, oldest first."""

    def facts(self, busy: float) -> dict[str, Any]:
        """``busy``: seconds of work on the engine so far."""
        now, cpu = self._clock.monotonic(), self._cpu()
        while len(self._seen) > 1 and self._seen[1][0] <= now - _WINDOW:
            self._seen.pop(0)
        then, cpu_then, busy_then = self._seen[0]
        if now > self._seen[-1][0]:
            self._seen.append((now, cpu, busy))
        lasted = max(now - then, 0.001)
        return {
            "started": iso_utc(self._started_at),
            "uptime_seconds": round(now - self._started),
            "memory_mb": round(self._memory() / _MEGABYTE),
            "cpu_share": round(max(0.0, cpu - cpu_then) / lasted, 4),
            "database_share": round(max(0.0, busy - busy_then) / lasted, 4),
        }

    def _memory(self) -> int:
        return sum(one.memory_info().rss for one in self._alive())

    def _cpu(self) -> float:
        # A reader that has ended is left out with all it has used: a share is then too small for some minutes.
        return sum(sum(one.cpu_times()[:2]) for one in self._alive())

    def _alive(self) -> list[psutil.Process]:
        found = []
        for one in (self._process, *self._process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                one.memory_info()
                found.append(one)
        return found
