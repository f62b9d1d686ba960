"""What stands around the service: who else works on the same practice, who gives out keys, who wants to know.

Alone on a database, keys are the next free ones. Beside a front desk of this process, the desk's lock is held, its
keys are used, and its model of the practice is told of every row that was written.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from sandbox.practice.clerk import Clerk
from sandbox.practice.engine import Database
from sandbox.practice.reread import reread
from sandbox.practice.schema import tables_of


class House(Protocol):
    """The surroundings of a service."""

    @property
    def lock(self) -> AbstractContextManager[object]:
        """Held while a request is worked on."""

    def settle(self) -> None:
        """Before a request: whatever others have under way is done first."""

    def number(self, table: str) -> int:
        """The next key of a table."""

    def noted(self, rows: Sequence[tuple[str, int]]) -> None:
        """These rows (table, key) were written and committed."""


class Alone:
    """Nobody else: a service on a database of its own, or beside a front desk in another process."""

    def __init__(self, database: Database) -> None:
        self.lock = threading.RLock()
        self._database = database
        self._keys = {name: table.key[0] for name, table in tables_of("opendental").items()}
        self._given: dict[str, int] = {}

    def settle(self) -> None:
        """Nothing is under way."""
        self._given.clear()

    def number(self, table: str) -> int:
        """One more than the highest."""
        last = self._given.get(table)
        if last is None:
            rows = self._database.select(f"SELECT MAX({self._keys[table]}) FROM {table}")
            last = int(rows[0][0] or 0)
        self._given[table] = last + 1
        return last + 1

    def noted(self, rows: Sequence[tuple[str, int]]) -> None:
        """Nobody wants to know."""


class BesideDesk:
    """Beside a front desk of this process."""

    def __init__(self, desk: Clerk, database: Database) -> None:
        self._desk = desk
        self._database = database

    @property
    def lock(self) -> AbstractContextManager[object]:
        """The desk's."""
        return self._desk.lock

    def settle(self) -> None:
        """What the desk holds back is committed, as if the service had waited for the rows' locks."""
        self._desk.release()

    def number(self, table: str) -> int:
        """As the desk numbers its own."""
        return self._desk.writer.number(table)

    def noted(self, rows: Sequence[tuple[str, int]]) -> None:
        """The desk's model of the practice holds what the rows say."""
        for table, key in dict.fromkeys(rows):
            reread(self._desk.practice, self._database, table, key)
