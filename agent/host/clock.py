"""The operating system's clock: the one place where the agent asks for the time."""

from __future__ import annotations

import time


class SystemClock:
    """The real clock (see :class:`agent.model.clock.Clock`)."""

    def time(self) -> float:
        """Seconds since 1970, UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""
        return time.monotonic()
