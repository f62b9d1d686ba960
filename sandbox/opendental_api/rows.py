"""Rows of the practice's database as the service sees them, and what it is about to write.

Reading gives dicts with texts for dates and times. Writing is collected and sent at ``commit``, as one transaction
where the engine has them; MyISAM tables have none, so that a service that dies there leaves a part behind.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Literal, NamedTuple

from sandbox.opendental_api.house import House
from sandbox.practice.engine import Database, Target, Value
from sandbox.practice.schema import TableDef, quote, tables_of

Row = dict[str, Any]


class Died(Exception):
    """The service ended in the middle of its work."""


class _Step(NamedTuple):
    table: str
    key: int
    values: dict[str, Value]
    action: Literal["insert", "update", "delete"]


@cache
def tables() -> dict[str, TableDef]:
    """The tables of the practice by name."""
    return tables_of("opendental")


class Rows:
    """The database of a practice."""

    def __init__(self, database: Database, house: House) -> None:
        self.database = database
        """The connection; another one after it broke."""
        self._house = house
        self._steps: list[_Step] = []
        self._touched: list[tuple[str, int]] = []
        self._untold: list[tuple[str, int]] = []
        self.dies_after: int | None = None
        """A fault: the next commit ends after so many statements."""

    def one(self, table: str, key: int) -> Row | None:
        """A row by its key."""
        found = self.find(table, f"{tables()[table].key[0]} = ?", (key,))
        return found[0] if found else None

    def find(
        self,
        table: str,
        where: str = "",
        values: Sequence[Value] = (),
        *,
        order: str = "",
        page: tuple[int, int] = (0, 0),
    ) -> list[Row]:
        """Rows that fit, in order (of their keys unless told); ``page``: how many to pass over, at most how many."""
        known = tables()[table]
        names = [name for name, _ in known.columns]
        engine = self.database.engine
        sql = f"SELECT {', '.join(quote(name, engine) for name in names)} FROM {quote(table, engine)}"
        sql += f" WHERE {where}" if where else ""
        sql += f" ORDER BY {order or known.key[0]}"
        offset, limit = page
        sql += f" LIMIT {limit} OFFSET {offset}" if limit else ""
        types = [declared for _, declared in known.columns]
        return [
            {name: _plain(value, declared) for name, declared, value in zip(names, types, row, strict=True)}
            for row in self.database.select(sql, values)
        ]

    def setting(self, name: str) -> str:
        """A preference's value; '' when there is none."""
        rows = self.find("preference", "PrefName = ?", (name,))
        return str(rows[0]["ValueString"]) if rows else ""

    def setting_number(self, name: str, default: int = 0) -> int:
        """A preference that holds a number."""
        try:
            return int(self.setting(name))
        except ValueError:
            return default

    def insert(self, table: str, **values: Value) -> int:
        """A new row, at commit; its key."""
        key = self._house.number(table) or self._free(table)
        self._steps.append(_Step(table, key, values, "insert"))
        return key

    def update(self, table: str, key: int, **values: Value) -> None:
        """A changed row, at commit."""
        if values:
            self._steps.append(_Step(table, key, values, "update"))

    def delete(self, table: str, key: int) -> None:
        """A row that goes, at commit."""
        self._steps.append(_Step(table, key, {}, "delete"))

    def touch(self, table: str, key: int) -> None:
        """A record that is another by what is written to rows that belong to it."""
        self._touched.append((table, key))

    def forget(self) -> None:
        """Write nothing of what was collected."""
        self._steps.clear()
        self._touched.clear()

    def commit(self, now: datetime) -> None:
        """Write what was collected.

        Raises:
            Died: as planned with ``dies_after``; what went before stays.
        """
        steps, self._steps = self._steps, []
        cut, self.dies_after = self.dies_after, None
        stamp = str(now.replace(microsecond=0)) if self.database.engine == "sqlite" else None
        self._untold += [(step.table, step.key) for step in steps[:cut]] + self._touched
        for step in steps[:cut]:
            self._send(step, stamp)
        self.database.commit()
        self.tell()
        if cut is not None and cut < len(steps):
            raise Died

    def tell(self) -> None:
        """Tell the house of rows that were written, or that may have been when the connection broke."""
        if self._untold:
            self._house.noted(self.database, self._untold)
            self._untold.clear()

    def end_reading(self) -> None:
        """Let go of the snapshot that reads may have opened."""
        self.database.commit()

    def _free(self, table: str) -> int:
        """One more than the highest key, also of those that are about to be written."""
        found = self.database.select(f"SELECT MAX({tables()[table].key[0]}) FROM {table}")
        collected = [step.key for step in self._steps if step.table == table]
        return max(int(found[0][0] or 0), *collected, 0) + 1

    def _send(self, step: _Step, stamp: str | None) -> None:
        table = tables()[step.table]
        stamped = next((name for name, declared in table.columns if declared == "stamp"), None)
        if step.action == "insert":
            target = Target(step.table, (table.key[0], *step.values), 1, stamped)
            self.database.insert(target, (step.key, *step.values.values()), stamp)
        elif step.action == "update":
            target = Target(step.table, (table.key[0],), 1, stamped)
            self.database.update(target, (step.key,), dict(step.values), stamp)
        else:
            self.database.delete(Target(step.table, (table.key[0],)), (step.key,))


def _plain(value: Any, declared: str) -> Any:
    if value is None:
        return {"date": "0001-01-01", "datetime": "0001-01-01 00:00:00", "stamp": "0001-01-01 00:00:00"}.get(
            declared, 0 if declared.endswith("int") or declared == "double" else ""
        )
    if isinstance(value, datetime):
        return str(value.replace(microsecond=0))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time | timedelta):
        return str(value).zfill(8)
    if isinstance(value, Decimal):
        return float(value)
    return value
