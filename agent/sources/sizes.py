"""About how many rows a table has, from what the engine keeps of it anyway: never by counting.

For people who wait for a first load, and for nothing else: the numbers may be old or wrong, and may be missing.
"""

from __future__ import annotations

from agent.model.errors import AgentError, Retry
from agent.sources.reader import Reader
from agent.wire import bridge as wire


def about(reader: Reader, table: str) -> int | None:
    """About how many rows; None = the engine does not say.

    Raises:
        Retry: the database is away.
    """
    try:
        reply = reader.bridge.call(wire.Query(_select(reader, table), 1), reader.deadline)
    except Retry:
        raise
    except AgentError:
        return None  # a catalogue that may not be read: nothing depends on it
    assert isinstance(reply, wire.QueryReply) and isinstance(reply.rows, list)
    answer = reply.rows[0][0] if reply.rows else None
    return answer if isinstance(answer, int) and answer >= 0 else None


def _select(reader: Reader, table: str) -> wire.Select:
    dialect = reader.dialect
    match dialect.name:
        case "mariadb":
            where = "TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?"
            return wire.Select(
                "", "SELECT ", ("TABLE_ROWS",), f" FROM information_schema.TABLES WHERE {where}", (table,)
            )
        case "postgresql":
            tail = " FROM pg_catalog.pg_class WHERE oid = to_regclass(?)"
            return wire.Select("", "SELECT ", ("CAST(reltuples AS bigint)",), tail, (dialect.qualified(table),))
        case "sqlanywhere":
            tail = (
                " FROM SYS.SYSTAB t JOIN SYS.SYSUSER u ON u.user_id = t.creator WHERE t.table_name = ?"
                " AND u.user_name = COALESCE(?, u.user_name)"
            )
            return wire.Select("", "SELECT ", ('t."count"',), tail, (table, dialect.schema))
        case _:
            return wire.Select("", "SELECT ", ("MAX(rowid)",), f" FROM {dialect.qualified(table)}")
