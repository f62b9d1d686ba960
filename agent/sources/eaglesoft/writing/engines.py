"""Where the engines differ in writing: every difference is a named point here, and there are no others.

Statements are drafted once (``drafts.py``). What is run on SQL Anywhere differs from what is tested on PostgreSQL and
SQLite in the points of the dialect, in how a key that the engine gives is fetched, in how values of dates and amounts
are bound, and in what is asked of the catalogue and of the connection. Knows no table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.sources.dialect import Dialect, Point
from agent.wire.bridge import Moment, SessionStatement
from agent.wire.writer import Amount, Day, OneOf, Step, Value


@dataclass(frozen=True, slots=True)
class DraftStep:
    """A statement of a transaction without a dialect."""

    name: str
    """What it is for."""
    text: tuple[str | Point, ...]
    params: tuple[Value, ...] = ()
    rows: int | None = 1
    """How many rows it must find or change; None = any number."""
    made: bool = False
    """A read: the first column of its first row is kept."""
    gives: str | None = None
    """An insert: the key column whose value the engine gives and the transaction keeps."""


@dataclass(frozen=True, slots=True)
class Engine:
    """How one database engine is written to."""

    dialect: Dialect
    """How identifiers and values are written: the reader's dialect."""
    session: tuple[SessionStatement, ...]
    """What prepares a connection: bounded waits, and that no front desk slips in between a look and a write."""
    may_write: DraftStep
    """A read that finds a row where the connection may write."""
    fetch: Literal["returning", "identity", "last_insert_rowid"]
    """How a key that the engine gives is fetched."""
    given: str
    """Condition of a count: the engine gives a column's values. Its question marks: owner, table, column."""
    unique: str
    """Condition of a count: the column alone is unique. Its question marks: owner, table, column."""

    def step(self, draft: DraftStep) -> Step:
        """A drafted statement as this engine takes it."""
        sql = self.dialect.render(draft.text)
        fetch = None
        if draft.gives is not None:
            if self.fetch == "returning":
                sql += f" RETURNING {self.dialect.quote(draft.gives)}"
            else:
                fetch = "SELECT @@identity" if self.fetch == "identity" else "SELECT last_insert_rowid()"
        params = tuple(map(self._value, draft.params))
        return Step(draft.name, sql, params, draft.rows, draft.made or draft.gives is not None, fetch)

    def _value(self, value: Value) -> Value:
        """Where the engine keeps dates as text, they are bound as text, and amounts as numbers."""
        if self.dialect.moments == "text":
            match value:
                case Moment(text):
                    return text.replace("T", " ")
                case Day(text):
                    return text
                case Amount(text):
                    return float(text)
                case OneOf() | _:
                    return value
        return value


def _may_write(condition: str) -> DraftStep:
    return DraftStep("may_write", (f"SELECT 1 WHERE {condition}",))


def sqlanywhere(dialect: Dialect) -> Engine:
    """SQL Anywhere 10 to 17. Not tried on a real one.

    A connection is only used when it is authenticated, also in the first seconds in which any may write: what works
    then would fail later. Isolation 3 keeps a slot that was found free as it is until the end of the transaction.
    """
    return Engine(
        dialect,
        (
            SessionStatement("SET TEMPORARY OPTION isolation_level = 3"),
            SessionStatement("SET TEMPORARY OPTION blocking = 'On'"),
            SessionStatement("SET TEMPORARY OPTION blocking_timeout = 2000"),
            # In seconds, 15 at least.
            SessionStatement("SET TEMPORARY OPTION request_timeout = 15", required=False),
        ),
        DraftStep("may_write", ("SELECT 1 FROM SYS.DUMMY WHERE CONNECTION_PROPERTY('Authenticated') = 'Yes'",)),
        "identity",
        "SYS.SYSTABCOL c JOIN SYS.SYSTAB t ON t.table_id = c.table_id JOIN SYS.SYSUSER u ON u.user_id = t.creator"
        " WHERE u.user_name = ? AND t.table_name = ? AND c.column_name = ? AND c.\"default\" LIKE '%autoincrement%'",
        "SYS.SYSIDX i JOIN SYS.SYSTAB t ON t.table_id = i.table_id JOIN SYS.SYSUSER u ON u.user_id = t.creator"
        " WHERE u.user_name = ? AND t.table_name = ?"
        ' AND (i.index_category = 1 OR (i.index_category = 3 AND i."unique" IN (1, 2)))'
        " AND 1 = (SELECT COUNT(*) FROM SYS.SYSIDXCOL k WHERE k.table_id = i.table_id AND k.index_id = i.index_id)"
        " AND EXISTS (SELECT 1 FROM SYS.SYSIDXCOL k JOIN SYS.SYSTABCOL c ON c.table_id = k.table_id"
        " AND c.column_id = k.column_id WHERE k.table_id = i.table_id AND k.index_id = i.index_id"
        " AND c.column_name = ?)",
    )


def postgresql(dialect: Dialect) -> Engine:
    """The stand-in on PostgreSQL. A session that may only read stands for one that is not authenticated."""
    return Engine(
        dialect,
        (
            SessionStatement("SET lock_timeout = '2s'"),
            SessionStatement("SET statement_timeout = '15s'"),
            SessionStatement("SET idle_in_transaction_session_timeout = '30s'"),
        ),
        _may_write(
            "current_setting('transaction_read_only') = 'off'"
            f" AND has_table_privilege('{dialect.qualified('appointment')}', 'INSERT')"
            f" AND has_table_privilege('{dialect.qualified('appointment')}', 'UPDATE')"
        ),
        "returning",
        "information_schema.columns WHERE table_schema = ? AND table_name = ? AND column_name = ?"
        " AND (column_default IS NOT NULL OR is_identity = 'YES')",
        "pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace"
        " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0]"
        " WHERE n.nspname = ? AND t.relname = ? AND a.attname = ? AND i.indisunique AND i.indnkeyatts = 1",
    )


def sqlite(dialect: Dialect) -> Engine:
    """The stand-in in a SQLite file. A connection that may only query stands for one that is not authenticated."""
    return Engine(
        dialect,
        (SessionStatement("PRAGMA busy_timeout = 2000"),),
        _may_write("(SELECT query_only FROM pragma_query_only) = 0"),
        "last_insert_rowid",
        "(SELECT ? AS owner, ? AS tab, ? AS col) q JOIN pragma_table_info(q.tab) c ON c.name = q.col"
        " WHERE c.pk = 1 AND lower(c.type) = 'integer'",
        "(SELECT ? AS owner, ? AS tab, ? AS col) q JOIN pragma_table_info(q.tab) c ON c.name = q.col"
        " WHERE c.pk = 1 AND 1 = (SELECT COUNT(*) FROM pragma_table_info(q.tab) k WHERE k.pk > 0)",
    )


def engine_of(dialect: Dialect) -> Engine:
    """The engine that a reader's dialect speaks to. Raises ``KeyError`` for one that Eaglesoft does not run on."""
    return {"sqlanywhere": sqlanywhere, "postgresql": postgresql, "sqlite": sqlite}[dialect.name](dialect)
