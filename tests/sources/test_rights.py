"""What a login can do besides reading, as each engine tells it; and where it reads."""

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
    found = rights.beyond(practice.reader, ["visit"])
    assert ({"INSERT", "UPDATE", "DELETE"} <= set(found)) if users and found is not None else found is None


def beyond(database: Database, spoken: dialect.Dialect, login: str) -> tuple[str, ...] | None:
    kept = [part for part in database.connection.split(";") if not part.upper().startswith(("UID=", "PWD="))]
    connection = ";".join([*kept, login])
    with closing(ProcessBridge(lambda: Open(connection, spoken.session))) as bridge:
        reader = Reader(bridge, spoken)
        name, host = rights.here(reader)
        assert (name, bool(host)) == (database.name if spoken.name == "mariadb" else None, True)
        return rights.beyond(reader, [TABLE])


def lacking(database: Database, login: str) -> tuple[str, ...]:
    kept = [part for part in database.connection.split(";") if not part.upper().startswith(("UID=", "PWD="))]
    spoken = dialect.postgresql()
    with closing(ProcessBridge(lambda: Open(";".join([*kept, login]), spoken.session))) as bridge:
        return rights.lacking(Reader(bridge, spoken), {TABLE: ("id", "no_such_column"), "no_such_table": ("id",)})


def test_a_reading_login_of_mariadb_cannot_write(mariadb: Database):
    mariadb.run(
        f"CREATE TABLE {TABLE} (id INT PRIMARY KEY)",
        "CREATE OR REPLACE USER looker@'%' IDENTIFIED BY 'pw-looker'",
        "CREATE OR REPLACE USER scribe@'%' IDENTIFIED BY 'pw-scribe'",
        "GRANT SELECT ON * TO looker@'%'",
        f"GRANT SELECT, UPDATE ON {TABLE} TO scribe@'%'",
    )
    assert beyond(mariadb, dialect.mariadb(), "UID=looker;PWD=pw-looker") == ()
    assert beyond(mariadb, dialect.mariadb(), "UID=scribe;PWD=pw-scribe") == ("UPDATE",)
    mariadb.run("GRANT SELECT ON *.* TO looker@'%'", f"GRANT INSERT (id) ON {TABLE} TO looker@'%'")
    assert beyond(mariadb, dialect.mariadb(), "UID=looker;PWD=pw-looker") == ("INSERT", "SELECT in every database")


def test_a_reading_login_of_postgresql_cannot_write(postgresql: Database):
    postgresql.run(
        f"CREATE TABLE {TABLE} (id INT PRIMARY KEY)",
        "DROP ROLE IF EXISTS looker",
        "CREATE ROLE looker LOGIN PASSWORD 'pw-looker'",
        f"GRANT SELECT ON {TABLE} TO looker",
    )
    try:
        assert beyond(postgresql, dialect.postgresql(), "UID=looker;PWD=pw-looker") == ()
        assert lacking(postgresql, "UID=looker;PWD=pw-looker") == ()
        postgresql.run(f"REVOKE SELECT ON {TABLE} FROM looker")
        assert lacking(postgresql, "UID=looker;PWD=pw-looker") == (f"{TABLE}.id",)
        postgresql.run(f"GRANT DELETE ON {TABLE} TO looker", "ALTER ROLE looker CREATEDB")
        assert beyond(postgresql, dialect.postgresql(), "UID=looker;PWD=pw-looker") == ("CREATEDB", "DELETE")
    finally:
        postgresql.run(f"DROP TABLE {TABLE}", "DROP ROLE looker")
