"""A pause that a person asked for: nothing is read from the practice's database and nothing written to it until it is
over. Kept in a small file of the home, so that a restart does not end it; ends by itself.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import orjson

from agent.host import private_file
from agent.model.clock import Clock, iso_utc
from agent.model.errors import Retry

FILE = "pause.json"
LONGEST_HOURS = 24.0
_LOOK_SECONDS = 1.0
"""A worker that is paused looks again so often."""


class Pausing:
    """The pause of one home. Safe to use from several threads."""

    def __init__(self, home: Path, clock: Clock) -> None:
        self._file = home / FILE
        self._clock = clock
        self._lock = threading.Lock()
        self._until = self._read()

    @property
    def until(self) -> float | None:
        """When it is over, seconds since 1970; None = there is none."""
        until = self._until
        if until is None or not 0.0 < until - self._clock.time() <= LONGEST_HOURS * 3600.0 + 60.0:
            return None  # over; or the clock was set back so far that nobody can have meant this
        return until

    @property
    def until_iso(self) -> str | None:
        """The same as documents have it."""
        until = self.until
        return None if until is None else iso_utc(until)

    def begin(self, hours: float) -> None:
        """Pause from now, for so many hours (at most 24); another pause is replaced. Durable when this returns.

        Raises:
            Retry: ``store_unwritable``; nothing is paused then.
        """
        until = self._clock.time() + min(hours, LONGEST_HOURS) * 3600.0
        with self._lock:
            try:
                private_file.write(self._file, orjson.dumps({"until": iso_utc(until)}))
            except OSError as error:
                raise Retry(
                    "store_unwritable",
                    "The pause cannot be kept",
                    "Check the drive and the rights of the agent's data folder; antivirus may hold the file.",
                    errno=error.errno,
                ) from error
            self._until = until

    def end(self) -> None:
        """Go on."""
        with self._lock:
            self._until = None
            with contextlib.suppress(OSError):  # one that stays ends by itself
                self._file.unlink(missing_ok=True)

    def held(self, step: Callable[[], float]) -> Callable[[], float]:
        """A worker's step that does nothing while there is a pause."""

        def paused_or_not() -> float:
            until = self.until
            if until is None:
                return step()
            return min(_LOOK_SECONDS, max(0.05, until - self._clock.time()))

        return paused_or_not

    def _read(self) -> float | None:
        try:
            return datetime.fromisoformat(orjson.loads(self._file.read_bytes())["until"]).timestamp()
        except (OSError, ValueError, KeyError, TypeError):
            return None
