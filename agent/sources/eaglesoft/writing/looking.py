"""Reads what a write must know: committed rows, which tables and columns there are, how keys come about.

Through the reader's connection, never through the writer's. Names that this version of Eaglesoft does not have are
left out of what is read and written, or refused where a write needs them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from agent.model.errors import Terminal
from agent.model.reading import Unreadable
from agent.sources.dialect import Draft, Point
from agent.sources.eaglesoft.writing.engines import Engine
from agent.sources.eaglesoft.writing.refusals import refused
from agent.sources.reader import Reader
from agent.sources.records import readable
from agent.wire import bridge as wire

MOST = 2000
"""Most rows of one look."""

Columns = Mapping[str, bool]
"""Columns of a table: name in lower case -> whether it takes null."""

KeyKind = Literal["given", "guarded"]
"""``given``: the engine gives the key; ``guarded``: the writer does, and the key's uniqueness guards it."""


class Looking:
    """Looks at one practice's database."""

    def __init__(self, reader: Reader, engine: Engine) -> None:
        self._reader = reader
        self._engine = engine
        self._columns: dict[str, Columns | None] = {}
        self._keys: dict[tuple[str, str], KeyKind | None] = {}

    def columns(self, table: str) -> Columns | None:
        """What columns a table has here; None = there is no such table. Raises as the reader does."""
        if table not in self._columns:
            found = self._reader.catalogue((table,))[table]
            self._columns[table] = (
                None if found is None else {column.name.lower(): column.nullable for column in found.columns}
            )
        return self._columns[table]

    def has(self, table: str, *columns: str) -> bool:
        """Whether there is such a table with these columns."""
        there = self.columns(table)
        return there is not None and all(column in there for column in columns)

    def need(self, table: str, *columns: str) -> None:
        """Refuse the write when something that it cannot do without is missing."""
        there = self.columns(table)
        missing = table if there is None else next((f"{table}.{one}" for one in columns if one not in there), None)
        if missing is not None:
            raise refused("pms_refused", rule=missing)

    def known(self, table: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Of these values those whose columns exist here."""
        there = self.columns(table) or {}
        return {column: value for column, value in values.items() if column in there}

    def key_kind(self, table: str, column: str) -> KeyKind:
        """How the key of a new row comes about. Refuses the write when nothing would guard it."""
        if (table, column) not in self._keys:
            kind: KeyKind | None = None
            if self._count(self._engine.given, table, column):
                kind = "given"
            elif self._count(self._engine.unique, table, column):
                kind = "guarded"
            self._keys[table, column] = kind
        kind = self._keys[table, column]
        if kind is None:
            raise refused("pms_refused", rule=f"{table}.{column}")
        return kind

    def rows(
        self,
        table: str,
        columns: Sequence[str],
        where: str,
        params: Sequence[wire.Param] = (),
        order: str | None = None,
    ) -> list[dict[str, Any]]:
        """Committed rows; columns that do not exist here are None. ``where`` is plain shared SQL."""
        try:
            return self._rows(table, columns, where, params, order)
        except Terminal as error:
            if error.code not in ("column_missing", "table_missing"):
                raise
            self.forget()
            return self._rows(table, columns, where, params, order)

    def forget(self) -> None:
        """Look at the catalogue again: the PMS was upgraded."""
        self._columns.clear()
        self._keys.clear()

    def _rows(
        self, table: str, columns: Sequence[str], where: str, params: Sequence[wire.Param], order: str | None
    ) -> list[dict[str, Any]]:
        there = self.columns(table)
        if there is None:
            return []
        wanted = [column for column in columns if column in there]
        tail: list[str | Point] = [" FROM ", Point("table", table), Point("committed"), f" WHERE ({where})"]
        if order is not None:
            tail += [" ORDER BY ", Point("identifier", order)]
        draft = Draft(
            table, ("SELECT ",), tuple(Point("identifier", one) for one in wanted), tuple(tail), tuple(params)
        )
        missing = dict.fromkeys(columns)
        return [missing | dict(zip(wanted, row, strict=True)) for row in self._ask(self._reader.dialect.select(draft))]

    def one(
        self, table: str, columns: Sequence[str], where: str, params: Sequence[wire.Param] = ()
    ) -> dict[str, Any] | None:
        """The first such row."""
        rows = self.rows(table, columns, where, params)
        return rows[0] if rows else None

    def greatest(self, table: str, column: str) -> int:
        """The greatest value of an indexed number column; 0 = there are no rows."""
        value = self._reader.greatest(table, column)
        return value if isinstance(value, int) else 0

    def moment(self, local: str) -> wire.Param:
        """A local date and time as a parameter of a look."""
        return self._reader.dialect.moment(local)

    def day(self, date: str) -> wire.Param:
        """A local day as a parameter of a look."""
        return self._reader.dialect.day(date)

    def _count(self, source: str, table: str, column: str) -> int:
        owner = self._reader.dialect.schema or ""
        select = wire.Select(
            table,
            "SELECT ",
            ("x.answer",),
            f" FROM (SELECT COUNT(*) AS answer FROM {source}) x",
            (owner, table, column),
        )
        return int(self._ask(select)[0][0])

    def _ask(self, select: wire.Select) -> list[list[Any]]:
        reply = self._reader.bridge.call(wire.Query(select, MOST), self._reader.deadline)
        assert isinstance(reply, wire.QueryReply) and isinstance(reply.rows, list)
        return readable(reply.rows, reply.odd)


def whole(row: Mapping[str, Any], *columns: str) -> None:
    """Refuse a write over values that cannot be read: they could not be compared in the moment of writing."""
    for column in columns:
        if isinstance(row[column], Unreadable):
            raise refused("pms_refused", rule=column)
