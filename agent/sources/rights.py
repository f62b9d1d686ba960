"""Asks a database whether the agent's login could write, by reading what the engine tells of rights. Never tries it.

For the doctor alone: a login that can only read is safer, and nothing here depends on it.
"""

from __future__ import annotations

from agent.sources.dialect import Dialect
from agent.sources.reader import Reader
from agent.wire import bridge as wire

_WRITES = "('INSERT', 'UPDATE', 'DELETE')"
_GRANTEE = "GRANTEE = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')"
_MARIADB = (
    f"(SELECT COUNT(*) FROM information_schema.USER_PRIVILEGES WHERE {_GRANTEE} AND PRIVILEGE_TYPE IN {_WRITES})"
    f" + (SELECT COUNT(*) FROM information_schema.SCHEMA_PRIVILEGES WHERE {_GRANTEE}"
    f" AND PRIVILEGE_TYPE IN {_WRITES} AND DATABASE() LIKE TABLE_SCHEMA)"
    f" + (SELECT COUNT(*) FROM information_schema.TABLE_PRIVILEGES WHERE {_GRANTEE}"
    f" AND PRIVILEGE_TYPE IN {_WRITES} AND TABLE_SCHEMA = DATABASE())"
)


def has_users(dialect: Dialect) -> bool:
    """Whether the engine knows users at all."""
    return dialect.name != "sqlite"


def may_write(reader: Reader, table: str) -> bool | None:
    """Whether the login could change a table's rows; None = this engine is not asked.

    Rights that come through a role may be missed on MariaDB.
    """
    match reader.dialect.name:
        case "postgresql":
            question = "CAST(has_table_privilege(?, 'INSERT, UPDATE, DELETE') AS int)"
            params: tuple[wire.Param, ...] = (reader.dialect.qualified(table),)
        case "mariadb":
            question, params = _MARIADB, ()
        case _:
            return None
    # A statement's parameters belong to its tail: so the question stands there.
    select = wire.Select("", "SELECT ", ("x.answer",), f" FROM (SELECT {question} AS answer) AS x", params)
    reply = reader.bridge.call(wire.Query(select, 1), reader.deadline)
    assert isinstance(reply, wire.QueryReply) and isinstance(reply.rows, list)
    return int(reply.rows[0][0]) > 0
