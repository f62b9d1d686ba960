"""Requests of another process (the CLI) to the running agent: a durable mailbox in the store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from agent.store.database import Database

State = Literal["waiting", "running", "done", "failed"]


@dataclass(frozen=True, slots=True)
class Request:
    """Something asked for."""

    id: int
    kind: str
    """``sync``, ``snapshot``, ``reconcile``."""
    arguments: dict[str, Any]
    state: State
    answer: dict[str, Any] | None
    """Progress while running, the result when done; never patient data."""


class Requests:
    """The mailbox."""

    def __init__(self, db: Database, clock: Callable[[], float]) -> None:
        self._db = db
        self._clock = clock

    def ask(self, kind: str, **arguments: Any) -> int:
        """Put a request in; returns its number."""
        with self._db.transaction() as run:
            run.execute("DELETE FROM request WHERE created < ?", (self._clock() - 86400.0,))
            made = run.execute(
                "INSERT INTO request VALUES (NULL, ?, ?, 'waiting', NULL, ?)",
                (kind, orjson.dumps(arguments).decode(), self._clock()),
            )
        return int(made.lastrowid or 0)

    def next(self) -> Request | None:
        """The oldest request that waits."""
        return self._one("WHERE state = 'waiting' ORDER BY id LIMIT 1")

    def get(self, number: int) -> Request | None:
        """A request by its number."""
        return self._one("WHERE id = ?", number)

    def latest(self, limit: int) -> list[Request]:
        """The newest requests, newest first."""
        with self._db.reading() as run:
            rows = run.execute("SELECT id FROM request ORDER BY id DESC LIMIT ?", (limit,)).fetchall()
        return [one for (number,) in rows if (one := self.get(number)) is not None]

    def tell(self, number: int, state: State, answer: dict[str, Any]) -> None:
        """How a request fares."""
        with self._db.transaction() as run:
            run.execute(
                "UPDATE request SET state = ?, answer = ? WHERE id = ?", (state, orjson.dumps(answer).decode(), number)
            )

    def drop_unfinished(self) -> None:
        """At start: what an earlier run left unfinished is not finished by this one."""
        with self._db.transaction() as run:
            run.execute("UPDATE request SET state = 'failed' WHERE state IN ('waiting', 'running')")

    def _one(self, where: str, *values: int) -> Request | None:
        with self._db.reading() as run:
            row = run.execute(f"SELECT id, kind, arguments, state, answer FROM request {where}", values).fetchone()
        if row is None:
            return None
        return Request(row[0], row[1], orjson.loads(row[2]), row[3], None if row[4] is None else orjson.loads(row[4]))
