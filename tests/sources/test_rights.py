"""Whether a login can write, as each engine tells it."""

from __future__ import annotations

from contextlib import closing

from agent.sources import dialect, rights
from agent.sources.bridge.client import ProcessBridge
from agent.sources.reader import Reader
from agent.wire.bridge import Open
from tests.servers import Database
from tests.sources.practices import Practice

TABLE = "visit"


def test_the_servers_own_user_can_write_and_sqlite_has_no_users(practice: Practice):
    users = practice.engine in ("mariadb", "postgresql")
    assert rights.has_users(practice.reader.dialect) is users
    assert rights.may_write(practice.reader, TABLE) is (True if users else None)


def may_write(database: Database, spoken: dialect.Dialect, login: str) -> bool | None:
    kept = [part for part in database.connection.split(";") if not part.upper().startswith(("UID=", "PWD="))]
    connection = ";".join([*kept, login])
    with closing(ProcessBridge(lambda: Open(connection, spoken.session))) as bridge:
        return rights.may_write(Reader(bridge, spoken), TABLE)


def test_a_reading_login_of_mariadb_cannot_write(mariadb: Database):
    mariadb.run(
        f"CREATE TABLE {TABLE} (id INT PRIMARY KEY)",
        "CREATE OR REPLACE USER looker@'%' IDENTIFIED BY 'pw-looker'",
        "CREATE OR REPLACE USER scribe@'%' IDENTIFIED BY 'pw-scribe'",
        "GRANT SELECT ON * TO looker@'%'",
        f"GRANT SELECT, UPDATE ON {TABLE} TO scribe@'%'",
    )
    assert may_write(mariadb, dialect.mariadb(), "UID=looker;PWD=pw-looker") is False
    assert may_write(mariadb, dialect.mariadb(), "UID=scribe;PWD=pw-scribe") is True


def test_a_reading_login_of_postgresql_cannot_write(postgresql: Database):
    postgresql.run(
        f"CREATE TABLE {TABLE} (id INT PRIMARY KEY)",
        "DROP ROLE IF EXISTS looker",
        "CREATE ROLE looker LOGIN PASSWORD 'pw-looker'",
        f"GRANT SELECT ON {TABLE} TO looker",
    )
    try:
        assert may_write(postgresql, dialect.postgresql(), "UID=looker;PWD=pw-looker") is False
        postgresql.run(f"GRANT DELETE ON {TABLE} TO looker")
        assert may_write(postgresql, dialect.postgresql(), "UID=looker;PWD=pw-looker") is True
    finally:
        postgresql.run(f"DROP TABLE {TABLE}", "DROP ROLE looker")
