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
_CENSUS_SECONDS = 60.0
"""The children are looked for so often, and when one of them has ended: it means reading the table of all processes."""


class Meter:
    """Measures when asked; each answer covers the last minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._process = psutil.Process()
        self._started_at, self._started = clock.time(), clock.monotonic()
        self._children: list[psutil.Process] = []
        self._census_due = self._started
        self._seen: list[tuple[float, float, float]] = [(self._started, self._used()[1], 0.0)]
        """Moment (monotonic), CPU seconds and seconds of work on the engine until then, oldest first."""

    def facts(self, busy: float) -> dict[str, Any]:
        """``busy``: seconds of work on the engine so far."""
        now = self._clock.monotonic()
        memory, cpu = self._used()
        while len(self._seen) > 1 and self._seen[1][0] <= now - _WINDOW:
            self._seen.pop(0)
        then, cpu_then, busy_then = self._seen[0]
        if now > self._seen[-1][0]:
            self._seen.append((now, cpu, busy))
        lasted = max(now - then, 0.001)
        return {
            "started": iso_utc(self._started_at),
            "uptime_seconds": round(now - self._started),
            "memory_mb": round(memory / _MEGABYTE),
            "cpu_share": round(max(0.0, cpu - cpu_then) / lasted, 4),
            "database_share": round(max(0.0, busy - busy_then) / lasted, 4),
        }

    def _used(self) -> tuple[int, float]:
        """Bytes of memory now, and seconds of CPU so far.

        A reader that has ended is left out with all it has used: a share is then too small for some minutes.
        """
        now = self._clock.monotonic()
        if now >= self._census_due or not all(child.is_running() for child in self._children):
            self._children, self._census_due = self._process.children(recursive=True), now + _CENSUS_SECONDS
        memory, cpu = 0, 0.0
        for one in (self._process, *self._children):
            with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied), one.oneshot():
                size, times = one.memory_info().rss, one.cpu_times()
                memory, cpu = memory + size, cpu + times.user + times.system
        return memory, cpu
