"""Where SQL dialects differ: every difference is a named point, and there are no others.

Statements are drafted once, without a dialect (``statements.py``): plain text with points in it. A dialect says how
each point is written. So what is run against SQL Anywhere differs from what is tested on PostgreSQL, MariaDB and SQLite
in these points only. Knows no table and no PMS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.wire.bridge import Moment, Param, Select, SessionStatement

PointKind = Literal[
    "identifier",  # how a column is quoted
    "table",  # how a table is quoted and qualified
    "committed",  # table hint that reads committed rows where scans read dirty ones
    "top",  # row limit before the columns
    "limit",  # row limit at the end
    "now",  # the database's own local time
    "version",  # the server's version
    "database",  # the database's name
]


@dataclass(frozen=True, slots=True)
class Point:
    """A place in a statement that each dialect writes in its own way."""

    kind: PointKind
    argument: str | int = ""


Text = tuple[str | Point, ...]
"""Statement text: plain pieces that all dialects share, and points."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A SELECT without a dialect."""

    table: str
    """Declared name of the table, for messages; empty when there is none."""
    head: Text
    columns: tuple[Point, ...]
    tail: Text
    params: tuple[Param, ...] = ()
    anchor: int = 0
    """How many leading columns identify a row."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one database engine writes the points, and how its connections are prepared."""

    name: str
    quotes: tuple[str, str]
    """Opening and closing quote of an identifier."""
    schema: str | None
    """Owner put before every table, or None."""
    row_limit: Literal["top", "limit"]
    now: str
    version: str
    database: str
    committed: str = ""
    """Table hint for reads that must see committed rows only; empty where every read does."""
    moments: Literal["typed", "text"] = "typed"
    """Whether timestamps are bound as timestamps or, where the engine keeps them as text, as text."""
    session: tuple[SessionStatement, ...] = ()
    """Statements that prepare a connection: reads only, bounded waits."""

    @property
    def dirty_reads(self) -> bool:
        """True when scans may show uncommitted rows."""
        return bool(self.committed)

    def quote(self, name: str) -> str:
        """An identifier, quoted."""
        opening, closing = self.quotes
        return opening + name.replace(closing, closing * 2) + closing

    def qualified(self, table: str) -> str:
        """A table, quoted and with its owner."""
        return self.quote(table) if self.schema is None else f"{self.quote(self.schema)}.{self.quote(table)}"

    def write(self, point: Point) -> str:
        """A point's text in this dialect."""
        match point.kind:
            case "identifier":
                return self.quote(str(point.argument))
            case "table":
                return self.qualified(str(point.argument))
            case "committed":
                return self.committed
            case "top":
                return f" TOP {int(point.argument)}" if self.row_limit == "top" else ""
            case "limit":
                return f" LIMIT {int(point.argument)}" if self.row_limit == "limit" else ""
            case "now":
                return self.now
            case "version":
                return self.version
            case "database":
                return self.database

    def render(self, text: Text) -> str:
        """Statement text in this dialect."""
        return "".join(piece if isinstance(piece, str) else self.write(piece) for piece in text)

    def select(self, draft: Draft) -> Select:
        """A drafted SELECT in this dialect."""
        return Select(
            table=draft.table,
            head=self.render(draft.head),
            columns=tuple(self.write(column) for column in draft.columns),
            tail=self.render(draft.tail),
            params=tuple(draft.params),
            anchor=draft.anchor,
        )

    def moment(self, local: str) -> Param:
        """A local date and time (ISO 8601) as a parameter."""
        return Moment(local) if self.moments == "typed" else local.replace("T", " ")

    def day(self, date: str) -> Param:
        """The beginning of a local day (``YYYY-MM-DD``) as a parameter."""
        return Moment(f"{date}T00:00:00") if self.moments == "typed" else date


def _try(*statements: str) -> tuple[SessionStatement, ...]:
    return tuple(SessionStatement(sql, required=False) for sql in statements)


def sqlanywhere(schema: str | None = "PPM") -> Dialect:
    """SAP SQL Anywhere 10 to 17 (and ASA 9). Scans read dirty so that no writer ever waits for one."""
    return Dialect(
        name="sqlanywhere",
        quotes=('"', '"'),
        schema=schema,
        row_limit="top",
        now="NOW()",
        version="PROPERTY('ProductVersion')",
        database="DB_PROPERTY('Name')",
        committed=" WITH (READCOMMITTED)",
        session=(
            SessionStatement("SET TEMPORARY OPTION isolation_level = 0"),
            SessionStatement("SET TEMPORARY OPTION blocking = 'On'"),
            # In milliseconds: a confirming read that meets a lock gives up soon and is asked again at the next poll.
            *_try("SET TEMPORARY OPTION blocking_timeout = 500"),
            # In seconds, 15 at least.
            *_try("SET TEMPORARY OPTION request_timeout = 30", "SET ROWCOUNT 0"),
        ),
    )


def mariadb() -> Dialect:
    """MariaDB and MySQL; every read sees committed rows. Older MySQL lacks some of the options."""
    return Dialect(
        name="mariadb",
        quotes=("`", "`"),
        schema=None,
        row_limit="limit",
        now="NOW(6)",
        version="VERSION()",
        database="DATABASE()",
        session=(
            *_try("SET SESSION TRANSACTION READ ONLY"),
            # Timestamps as the PMS's own connections see them.
            SessionStatement("SET SESSION time_zone = @@GLOBAL.time_zone"),
            SessionStatement("SET SESSION lock_wait_timeout = 2"),
            *_try("SET SESSION innodb_lock_wait_timeout = 2"),
            SessionStatement("SET SESSION net_write_timeout = 30"),
            SessionStatement("SET SESSION net_read_timeout = 30"),
            *_try("SET SESSION max_statement_time = 30"),
        ),
    )


def postgresql(schema: str | None = None) -> Dialect:
    """PostgreSQL; every read sees committed rows."""
    return Dialect(
        name="postgresql",
        quotes=('"', '"'),
        schema=schema,
        row_limit="limit",
        now="LOCALTIMESTAMP",
        version="current_setting('server_version')",
        database="current_database()",
        session=(
            SessionStatement("SET default_transaction_read_only = on"),
            SessionStatement("SET lock_timeout = '2s'"),
            SessionStatement("SET statement_timeout = '30s'"),
        ),
    )


def sqlite() -> Dialect:
    """SQLite; every read sees committed rows, and moments are kept as text.

    Brackets, because SQLite takes a name in double quotes that is no column for a text, instead of refusing it.
    """
    return Dialect(
        name="sqlite",
        quotes=("[", "]"),
        schema=None,
        row_limit="limit",
        now="strftime('%Y-%m-%dT%H:%M:%f', 'now', 'localtime')",
        version="sqlite_version()",
        database="'main'",
        moments="text",
        session=(
            SessionStatement("PRAGMA query_only = ON"),
            SessionStatement("PRAGMA busy_timeout = 2000"),
        ),
    )
