"""Asks a database what the agent's login could do besides reading. Reads what the engine tells; tries nothing.

For the doctor alone: a login that can only read is safer, and nothing here depends on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.sources.dialect import Dialect
from agent.sources.reader import Reader
from agent.wire import bridge as wire

_MOST = 60
"""Names of rights that are read."""
_GRANTEE = "GRANTEE = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')"
_READING = "PRIVILEGE_TYPE NOT IN ('USAGE', 'SELECT')"
_MARIADB = (
    f"SELECT PRIVILEGE_TYPE AS answer FROM information_schema.USER_PRIVILEGES WHERE {_GRANTEE} AND {_READING}"
    f" UNION SELECT PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES WHERE {_GRANTEE} AND {_READING}"
    f" AND DATABASE() LIKE TABLE_SCHEMA"
    f" UNION SELECT PRIVILEGE_TYPE FROM information_schema.TABLE_PRIVILEGES WHERE {_GRANTEE} AND {_READING}"
    f" AND TABLE_SCHEMA = DATABASE()"
    f" UNION SELECT PRIVILEGE_TYPE FROM information_schema.COLUMN_PRIVILEGES WHERE {_GRANTEE} AND {_READING}"
    f" AND TABLE_SCHEMA = DATABASE()"
    f" UNION SELECT 'GRANT OPTION' FROM information_schema.TABLE_PRIVILEGES WHERE {_GRANTEE} AND IS_GRANTABLE = 'YES'"
    f" AND TABLE_SCHEMA = DATABASE()"
    f" UNION SELECT 'SELECT in every database' FROM information_schema.USER_PRIVILEGES WHERE {_GRANTEE}"
    f" AND PRIVILEGE_TYPE = 'SELECT'"
)
"""Rights that come through a role may be missed."""
_ON_TABLES = ("INSERT", "UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
_OF_ROLES = (("rolsuper", "SUPERUSER"), ("rolcreatedb", "CREATEDB"), ("rolcreaterole", "CREATEROLE"))


def has_users(dialect: Dialect) -> bool:
    """Whether the engine knows users at all."""
    return dialect.name != "sqlite"


def beyond(reader: Reader, tables: Sequence[str]) -> tuple[str, ...] | None:
    """Names of the rights that the login has and does not need, those of the engine; None = this engine is not asked.

    ``tables``: those that are read.
    """
    match reader.dialect.name:
        case "postgresql":
            question, params = _postgresql(reader, tables)
        case "mariadb":
            question, params = _MARIADB, ()
        case _:
            return None
    return _told(reader, question, params)


def _told(reader: Reader, question: str, params: tuple[wire.Param, ...]) -> tuple[str, ...]:
    # A statement's parameters belong to its tail: so the question stands there.
    select = wire.Select("", "SELECT ", ("x.answer",), f" FROM ({question}) AS x ORDER BY 1", params)
    reply = reader.bridge.call(wire.Query(select, _MOST), reader.deadline)
    assert isinstance(reply, wire.QueryReply) and isinstance(reply.rows, list)
    return tuple(str(row[0]) for row in reply.rows)


def lacking(reader: Reader, columns: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Columns, as ``table.column``, that the login sees and may not read. ``columns``: those that are read, by table.

    Only PostgreSQL shows what may not be read; elsewhere such a column is not seen, as if it did not exist.
    """
    if reader.dialect.name != "postgresql":
        return ()
    parts: list[str] = []
    params: list[wire.Param] = []
    for table, named in columns.items():
        marks = ", ".join("?" for _ in named)
        parts.append(
            f"SELECT CONCAT('{table}.', attname) AS answer FROM pg_attribute WHERE attrelid = to_regclass(?)"
            f" AND attname IN ({marks}) AND NOT has_column_privilege(attrelid, attnum, 'SELECT')"
        )
        params += [reader.dialect.qualified(table), *named]
    return _told(reader, " UNION ".join(parts), tuple(params))


def here(reader: Reader) -> tuple[str | None, str]:
    """The database that is read, as statements name it, and the machine that reads it, as the server sees it."""
    if reader.dialect.name != "mariadb":
        return None, "localhost"
    question = "SELECT DATABASE() AS name, SUBSTRING_INDEX(USER(), '@', -1) AS host"
    select = wire.Select("", "SELECT ", ("x.name", "x.host"), f" FROM ({question}) AS x", ())
    reply = reader.bridge.call(wire.Query(select, 1), reader.deadline)
    assert isinstance(reply, wire.QueryReply) and isinstance(reply.rows, list)
    name, host = reply.rows[0]
    return name, host or "localhost"


def _postgresql(reader: Reader, tables: Sequence[str]) -> tuple[str, tuple[wire.Param, ...]]:
    mine = "FROM pg_roles WHERE rolname = CURRENT_USER"
    parts = [f"SELECT '{word}' AS answer {mine} AND {column}" for column, word in _OF_ROLES]
    params: list[wire.Param] = []
    for right in _ON_TABLES:
        held = [f"has_table_privilege(?, '{right}')" for _ in tables]
        if held:
            parts.append(f"SELECT '{right}' WHERE {' OR '.join(held)}")
            params += [reader.dialect.qualified(table) for table in tables]
    if reader.dialect.schema is not None:
        parts.append("SELECT 'CREATE' WHERE has_schema_privilege(?, 'CREATE')")
        params.append(reader.dialect.schema)
    return " UNION ".join(parts), tuple(params)
