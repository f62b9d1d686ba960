"""What stands around the service: who else works on the same practice, who gives out keys, who wants to know.

Alone on a database, keys are the next free ones. Beside a front desk of this process, the desk's lock is held, its
keys are used, and its model of the practice is told of every row that was written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from sandbox.practice.clerk import Clerk
from sandbox.practice.engine import Database
from sandbox.practice.reread import reread


class House(Protocol):
    """The surroundings of a service."""

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Held while a request is worked on."""

    def settle(self) -> None:
        """Before a write: whatever others have under way is done first."""

    def number(self, table: str) -> int | None:
        """The next key of a table; None = one more than the highest that is there."""

    def noted(self, database: Database, rows: Sequence[tuple[str, int]]) -> None:
        """These rows (table, key) were written and committed."""


class Alone:
    """Nobody else: a service on a database of its own, or beside a front desk in another process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()

    def settle(self) -> None:
        """Nothing is under way."""

    def number(self, table: str) -> int | None:  # noqa: ARG002 - nobody else counts
        """One more than the highest."""
        return None

    def noted(self, database: Database, rows: Sequence[tuple[str, int]]) -> None:
        """Nobody wants to know."""


class BesideDesk:
    """Beside a front desk of this process; ``desk`` gives whoever sits there now."""

    def __init__(self, desk: Callable[[], Clerk]) -> None:
        self._desk = desk

    @property
    def lock(self) -> AbstractContextManager[object]:
        """The desk's."""
        return self._desk().lock

    def settle(self) -> None:
        """What the desk holds back is committed, as if the service had waited for the rows' locks."""
        self._desk().release()

    def number(self, table: str) -> int | None:
        """As the desk numbers its own."""
        return self._desk().writer.number(table)

    def noted(self, database: Database, rows: Sequence[tuple[str, int]]) -> None:
        """The desk's model of the practice holds what the rows say."""
        practice = self._desk().practice
        for table, key in dict.fromkeys(rows):
            reread(practice, database, table, key)
