"""Turns changes of the model into SQL: an entity is rendered to rows, and what differs between before and after is
written.

So the database always equals the rendered model. What the PMS writes besides (audit rows, signals, log lines) is
added by the
writer of that PMS. Statements are collected and sent at ``commit``: one operation is one transaction where the engine
has
them, and a run of single statements where it has none.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Literal, NamedTuple

from sandbox.practice.engine import Database, Row, Target, Value
from sandbox.practice.model import Entity, Practice

Rendered = list[tuple[Target, Row]]

_RANDOM_KEY_LIMIT = 1 << 62


class Statement(NamedTuple):
    """One row to be written."""

    action: Literal["insert", "update", "delete"]
    target: Target
    key: Row
    row: Row = ()
    """Whole row of an insert."""
    changed: dict[str, Value] | None = None
    """Columns of an update."""


class Writer(ABC):
    """The writing half of a simulated PMS. Subclasses render entities and add what their PMS writes besides."""

    def __init__(self, practice: Practice, database: Database, rng: random.Random) -> None:
        self.practice = practice
        self.database = database
        self.rng = rng
        self.between: Callable[[], None] | None = None
        """Called between the statements of an operation where the engine has no transactions."""
        self.serving = False
        """Whether others may write to the same database: then keys are taken from the engine."""
        self._pending: list[Statement] = []
        self._late: list[Statement] = []

    @abstractmethod
    def render(self, entity: Entity) -> Rendered:
        """The rows that hold an entity."""

    @abstractmethod
    def preferences(self) -> None:
        """Journal the program's own settings."""

    @abstractmethod
    def touched(self, entity: Entity) -> str:
        """When the entity was last changed, for rows that are loaded in bulk (ISO, local)."""

    def add(self, entity: Entity) -> None:
        """Insert an entity's rows."""
        self._differ([], self.render(entity))

    def remove(self, entity: Entity) -> None:
        """Delete an entity's rows."""
        self._differ(self.render(entity), [])

    @contextmanager
    def changing(self, *entities: Entity) -> Iterator[None]:
        """Write what the block changes in these entities."""
        before = [self.render(entity) for entity in entities]
        yield
        for old, entity in zip(before, entities, strict=True):
            self._differ(old, self.render(entity))

    def journal(self, target: Target, row: Row) -> None:
        """Append a row that belongs to no entity (audit rows, signals)."""
        self._pending.append(Statement("insert", target, row[: target.keys], row))

    def commit(self, late: bool = False) -> None:
        """Send what was collected as one transaction; with ``late`` hold it back until :meth:`release`.

        A later operation that touches a held row releases everything first, as it would wait for the row's lock.
        """
        pending, self._pending = self._pending, []
        if late:
            self._late += pending
            return
        if self._late:
            held = {(s.target.table, s.key) for s in self._late}
            if any((s.target.table, s.key) in held for s in pending):
                self.release()
        self._send(pending)

    def release(self) -> None:
        """Commit what was held back."""
        late, self._late = self._late, []
        self._send(late)

    def load(self, entities: Iterable[Entity]) -> None:
        """Insert many entities at once, and what was journalled; stamps are those of the entities' own past."""
        tables: dict[Target, list[Row]] = {}
        for entity in entities:
            stamp = self.touched(entity)
            for target, row in self.render(entity):
                tables.setdefault(target, []).append((*row, stamp) if target.stamp else row)
        for statement in self._pending:
            tables.setdefault(statement.target, []).append(statement.row)
        self._pending.clear()
        for target, rows in tables.items():
            self.database.bulk(target, rows, stamped=True)

    def number(self, table: str) -> int:
        """The next number of a table's key."""
        number = self.practice.counters[table] = self.practice.counters.get(table, 0) + 1
        if self.practice.random_keys and table != "signalod":
            return self.rng.randrange(1, _RANDOM_KEY_LIMIT)
        return number

    def _send(self, statements: list[Statement]) -> None:
        database = self.database
        stamp = str(self.practice.now.replace(microsecond=0)) if database.engine == "sqlite" else None
        for position, (action, target, key, row, changed) in enumerate(statements):
            if position and self.between is not None and not database.transactions:
                self.between()
            if action == "insert":
                database.insert(target, row, stamp)
            elif action == "update":
                assert changed is not None
                database.update(target, key, changed, stamp)
            else:
                database.delete(target, key)
        if statements:
            database.commit()

    def _differ(self, before: Rendered, after: Rendered) -> None:
        old = {(target, row[: target.keys]): row for target, row in before}
        for target, row in after:
            key = row[: target.keys]
            was = old.pop((target, key), None)
            if was is None:
                self._pending.append(Statement("insert", target, key, row))
            elif was != row:
                changed = {name: new for name, new, past in zip(target.columns, row, was, strict=True) if new != past}
                self._pending.append(Statement("update", target, key, changed=changed))
        self._pending += [Statement("delete", target, key) for target, key in old]
