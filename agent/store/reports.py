"""What the cloud is told of commands: reports that wait until it has taken them, numbered by its own clock.

Must never decide anything; who changes a command's state tells it here, in the same transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from agent.model.clock import iso_utc
from agent.store.database import Database
from agent.store.sealing import Seal
from agent.wire.commands import CommandReport, State

REPORT = b"report"
"""What reports are sealed for."""
_FIELDS = frozenset(CommandReport.model_fields) - {"command_id", "number", "state", "at"}


class WaitingReports:
    """Reports on their way to the cloud."""

    def __init__(self, db: Database, seal: Seal, clock: Callable[[], float]) -> None:
        self._db = db
        self._seal = seal
        self._clock = clock

    def add(
        self, run: sqlite3.Connection, command_id: str, state: State, since: float, fields: Mapping[str, Any]
    ) -> None:
        """Inside a transaction: queue one. Numbers follow the cloud's clock, so that those of a store restored from a
        copy are newer.
        """
        last = run.execute("SELECT coalesce(max(number), 0) FROM report WHERE command_id = ?", (command_id,)).fetchone()
        known = run.execute("SELECT coalesce(max(told), 0) FROM command WHERE id = ?", (command_id,)).fetchone()
        number = max(int((self._clock() + self.cloud_offset()) * 1000), last[0] + 1, known[0] + 1)
        report = CommandReport(
            command_id=command_id,
            number=number,
            state=state,
            at=iso_utc(since),
            **{key: value for key, value in fields.items() if key in _FIELDS},
        )
        sealed = self._seal.seal(report.model_dump_json().encode(), REPORT)
        run.execute("INSERT INTO report (command_id, number, sealed) VALUES (?, ?, ?)", (command_id, number, sealed))
        run.execute("UPDATE command SET told = ? WHERE id = ?", (number, command_id))

    def waits(self, run: sqlite3.Connection, command_id: str) -> bool:
        """Whether there is one about this command."""
        return run.execute("SELECT 1 FROM report WHERE command_id = ?", (command_id,)).fetchone() is not None

    def first(self, limit: int) -> list[CommandReport]:
        """The oldest, in order."""
        with self._db.reading() as run:
            rows = run.execute("SELECT sealed FROM report ORDER BY id LIMIT ?", (limit,)).fetchall()
        return [CommandReport.model_validate_json(self._seal.unseal(sealed, REPORT)) for (sealed,) in rows]

    @staticmethod
    def taken(run: sqlite3.Connection, reports: Iterable[CommandReport]) -> None:
        """Inside a transaction: the cloud has these."""
        run.executemany(
            "DELETE FROM report WHERE command_id = ? AND number = ?", [(r.command_id, r.number) for r in reports]
        )

    def cloud_offset(self) -> float:
        """Seconds that the cloud's clock was ahead of this machine's when it last mattered."""
        with self._db.reading() as run:
            row = run.execute("SELECT value FROM meta WHERE name = 'cloud_offset'").fetchone()
        return 0.0 if row is None else float(row[0])

    def keep_cloud_offset(self, seconds: float) -> None:
        """Remember that: commands expire by the cloud's clock, also while it cannot be reached."""
        with self._db.transaction() as run:
            run.execute("INSERT OR REPLACE INTO meta VALUES ('cloud_offset', ?)", (seconds,))
