"""A DB-API connection to a stand-in database: how statements reach SQLite, MariaDB and PostgreSQL.

Connections of ``sqlite3`` and of ODBC to SQLite take parameters; to servers the statement is sent with literals, so
that the
server types them and many rows go in one statement. This module knows no table.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, NamedTuple

from sandbox.practice.schema import EngineName, Pms, ddl, prefix, quote

Value = None | int | float | str
Row = tuple[Value, ...]

_BULK_BYTES = 900_000
_DBMS_NAME = 17  # SQLGetInfo's SQL_DBMS_NAME


class Target(NamedTuple):
    """A table as a writer fills it."""

    table: str
    columns: tuple[str, ...]
    """Columns written, key columns first."""
    keys: int = 1
    """How many of them are the key."""
    stamp: str | None = None
    """The column that the server moves on every change, if the table has one."""


def table(name: str, columns: str, *, keys: int = 1, stamp: str | None = None) -> Target:
    """A target whose columns are given as words."""
    return Target(name, tuple(columns.split()), keys, stamp)


class Database:
    """A connection and the engine behind it."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        """DB-API connection; not in autocommit mode, except for MyISAM where it makes no difference."""
        self.engine: EngineName = engine_of(connection)
        self.transactions = self.engine != "mariadb"
        """False where each statement takes effect by itself."""
        self._cursor = connection.cursor()
        self._prefix = prefix(self.engine)
        if self.engine == "mariadb":
            self.execute("SET SESSION sql_mode=''")

    def create(self, pms: Pms) -> None:
        """Make the tables of a PMS shape in an empty database."""
        for statement in ddl(pms, self.engine):
            self.execute(statement)
        self.connection.commit()

    def execute(self, sql: str, values: Sequence[Value] = ()) -> None:
        """Run one statement with ``?`` in the place of each value."""
        if self.engine == "sqlite" or not values:
            self._cursor.execute(sql, *([values] if values else []))
            return
        texts = sql.split("?")
        self._cursor.execute(
            "".join(text + self.literal(value) for text, value in zip(texts, values, strict=False)) + texts[-1]
        )

    def select(self, sql: str, values: Sequence[Value] = ()) -> list[tuple[Any, ...]]:
        """All rows that a query finds, as the driver types them."""
        self.execute(sql, values)
        return [tuple(row) for row in self._cursor.fetchall()]

    def insert(self, target: Target, row: Row, stamp: str | None) -> None:
        """Insert a row; ``stamp`` is used where the engine keeps no stamps of its own."""
        names, values = target.columns, row
        if target.stamp and stamp is not None:
            names, values = (*names, target.stamp), (*row, stamp)
        self.execute(f"{self._into(target.table, names)} VALUES ({', '.join('?' * len(values))})", values)

    def update(self, target: Target, key: Row, changed: dict[str, Value], stamp: str | None) -> None:
        """Update the changed columns of one row."""
        if target.stamp and stamp is not None:
            changed = {**changed, target.stamp: stamp}
        sets = ", ".join(f"{quote(name, self.engine)} = ?" for name in changed)
        self.execute(f"UPDATE {self.name(target.table)} SET {sets}{self._where(target)}", (*changed.values(), *key))

    def delete(self, target: Target, key: Row) -> None:
        """Delete one row."""
        self.execute(f"DELETE FROM {self.name(target.table)}{self._where(target)}", key)

    def bulk(self, target: Target, rows: Iterable[Row], stamped: bool = False) -> None:
        """Insert many rows fast; with ``stamped`` each row ends with the value of its stamp column."""
        names = (*target.columns, target.stamp) if stamped and target.stamp else target.columns
        head = self._into(target.table, names) + " VALUES "
        if self.engine == "sqlite":
            self._cursor.executemany(f"{head}({', '.join('?' * len(names))})", iter(rows))
            return
        literal = self.literal
        iterator = iter(rows)
        parts: list[str] = []
        size = 0
        while some := list(islice(iterator, 200)):
            for row in some:
                text = "(" + ",".join([literal(value) for value in row]) + ")"
                parts.append(text)
                size += len(text)
            if size > _BULK_BYTES:
                self._cursor.execute(head + ",".join(parts))
                parts, size = [], 0
        if parts:
            self._cursor.execute(head + ",".join(parts))

    def reserve(self, table: str, column: str) -> int:
        """The next key that this engine gives: nobody else gets it any more. Ends the transaction."""
        if self.engine == "postgresql":
            ((number,),) = self.select(f"SELECT nextval({self._sequence(table, column)})")
        else:
            self.execute("UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = ?", (table,))
            if self._cursor.rowcount < 1:
                greatest = f"SELECT ?, COALESCE(MAX({quote(column, self.engine)}), 0) + 1 FROM {self.name(table)}"
                self.execute(f"INSERT INTO sqlite_sequence (name, seq) {greatest}", (table,))
            ((number,),) = self.select("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,))
        self.commit()
        return int(number)

    def count_on(self, table: str, column: str) -> None:
        """Let the engine give keys behind those that were loaded with the rows."""
        if self.engine == "postgresql":
            greatest = f"(SELECT COALESCE(MAX({quote(column, self.engine)}), 0) + 1 FROM {self.name(table)})"
            self.select(f"SELECT setval({self._sequence(table, column)}, {greatest}, false)")

    def commit(self) -> None:
        """End the transaction."""
        self.connection.commit()

    def name(self, table: str) -> str:
        """A table's name in a statement."""
        return self._prefix + quote(table, self.engine)

    def literal(self, value: Value) -> str:
        """A value as it stands in a statement."""
        if value is None:
            return "NULL"
        if isinstance(value, str):
            if self.engine == "mariadb" and not value.isascii():
                # The driver reads past the end of a statement that is not ASCII.
                return f"_utf8mb4 x'{value.encode().hex()}'"
            text = value.replace("'", "''")
            if self.engine == "mariadb":
                text = text.replace("\\", "\\\\").replace("\0", "\\0")
            return f"'{text}'"
        return repr(value)

    def _sequence(self, table: str, column: str) -> str:
        return f"pg_get_serial_sequence('{self.name(table)}', '{column}')"

    def _into(self, table: str, names: Sequence[str]) -> str:
        return f"INSERT INTO {self.name(table)} ({', '.join(quote(name, self.engine) for name in names)})"

    def _where(self, target: Target) -> str:
        names = target.columns[: target.keys]
        return " WHERE " + " AND ".join(f"{quote(name, self.engine)} = ?" for name in names)


def engine_of(connection: Any) -> EngineName:
    """Which engine a DB-API connection (sqlite3 or ODBC) leads to."""
    if isinstance(connection, sqlite3.Connection):
        return "sqlite"
    name = str(connection.getinfo(_DBMS_NAME)).lower()
    if "maria" in name or "mysql" in name:
        return "mariadb"
    return "postgresql" if "postgres" in name else "sqlite"


def open_memory(pms: Pms) -> sqlite3.Connection:
    """An empty practice database in memory, usable from any thread; dates and times come back as ISO text.

    Times are written ``YYYY-MM-DD HH:MM:SS``, as engines show them.
    """
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    Database(connection).create(pms)
    return connection


def open_file(pms: Pms, path: str) -> sqlite3.Connection:
    """An empty practice database in a new SQLite file, in WAL mode so that a reader and the front desk can work at
    once.
    """
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")
    Database(connection).create(pms)
    return connection
