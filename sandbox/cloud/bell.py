"""Telling those who wait within this process that there is something for a practice's agent; holds nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Bell:
    """Rings for a practice; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listening: dict[str, list[Callable[[], None]]] = {}

    def listen(self, practice_id: str, hear: Callable[[], None]) -> Callable[[], None]:
        """Have ``hear`` called (from any thread) whenever it rings; what is returned ends that."""
        with self._lock:
            self._listening.setdefault(practice_id, []).append(hear)

        def end() -> None:
            with self._lock:
                left = self._listening.get(practice_id, [])
                left.remove(hear)
                if not left:
                    self._listening.pop(practice_id, None)

        return end

    def ring(self, practice_id: str) -> None:
        """Something is there; to be called when it is committed."""
        with self._lock:
            hearers = tuple(self._listening.get(practice_id, ()))
        for hear in hearers:
            hear()

    def listened_to(self) -> set[str]:
        """The practices that somebody listens for."""
        with self._lock:
            return set(self._listening)
