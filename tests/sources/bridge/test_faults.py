"""Errors of drivers become codes: those of real engines, and those that only SQL Anywhere or Windows give."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pyodbc
import pytest

from agent.model.errors import AgentError, NeedsPerson, Retry, Terminal
from agent.sources import dialect
from agent.sources.bridge import errors, faults
from agent.sources.bridge.client import ProcessBridge
from agent.sources.bridge.inprocess import InProcessBridge
from agent.wire.bridge import Info, Open, Query, Select
from tests import servers


class DriverError(Exception):
    """Stands for ``pyodbc.Error``: SQLSTATE and text as arguments."""


def odbc(state: str, text: str) -> DriverError:
    return DriverError(state, f"[{state}] {text}")


def sap(state: str, text: str, native: int) -> DriverError:
    return odbc(state, f"[SAP][ODBC Driver][SQL Anywhere]{text} ({native}) (SQLExecDirectW)")


def microsoft(state: str, text: str) -> DriverError:
    return odbc(state, f"[Microsoft][ODBC Driver Manager] {text} (0) (SQLDriverConnect)")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (sap("28000", "Invalid user ID or password", -103), "login_refused"),
        (sap("08001", "Database server not found", -100), "database_unreachable"),
        (sap("08S01", "Connection was terminated", -308), "database_lost"),
        (sap("40001", "Deadlock detected", -306), "locked"),
        (sap("HY000", "User 'X' has the row in 'patient' locked", -210), "locked"),
        (sap("42S02", "Table 'x' not found", -141), "table_missing"),
        (sap("42S22", "Column 'x' not found", -143), "column_missing"),
        (sap("42000", "Permission denied", -121), "permission_denied"),
        (sap("HY008", "Statement interrupted by user", -299), "statement_timeout"),
        (sap("08004", "Database server connection limit exceeded", -102), "database_busy"),
        (sap("42000", "Syntax error near 'x'", -131), "statement_refused"),
        (microsoft("IM014", "architecture mismatch"), "driver_wrong_bitness"),
        (microsoft("IM003", "could not be loaded due to system error 193"), "driver_wrong_bitness"),
        (microsoft("IM003", "could not be loaded"), "driver_missing"),
        (microsoft("HYT00", "Login timeout expired"), "database_unreachable"),
        (odbc("01S99", "odd (0) (SQLExecDirectW)"), "database_error"),
        (RuntimeError("whatever"), "bridge_fault"),
    ],
)
def test_what_a_driver_says_becomes_a_code(error: Exception, code: str) -> None:
    assert faults.classify(error, connecting="SQLDriverConnect" in str(error)).code == code


def test_an_unknown_name_is_a_dsn_or_a_driver_by_what_the_connection_names() -> None:
    error = odbc(
        "IM002", "[Microsoft] Data source name not found and no default driver specified (0) (SQLDriverConnect)"
    )
    assert faults.classify(error, connecting=True, by_name=True).code == "dsn_unknown"
    assert faults.classify(error, connecting=True, by_name=False).code == "driver_missing"


def test_every_code_has_a_meaning_and_none_carries_the_drivers_text() -> None:
    codes = {code for table in faults._NATIVE.values() for code in table.values()}
    codes |= {*faults._SQLSTATES.values(), *faults._CLASSES.values()}
    codes |= {code for _, code in (*faults._PHRASES, *faults._CONNECT_PHRASES)}
    assert codes <= set(errors.MEANINGS)
    fault = faults.classify(sap("HY000", "row of Erika Mustermann", -210), table="patient")
    error = errors.error_of(fault)
    assert "Mustermann" not in f"{error} {error.fields}"
    assert error.fields == {"sqlstate": "HY000", "native": -210, "table": "patient"}


def failing(connection: str, select: Select | None = None) -> AgentError:
    bridge = ProcessBridge(lambda: Open(connection, login_timeout=5))
    try:
        with pytest.raises(AgentError) as caught:
            bridge.call(Info() if select is None else Query(select, 10), 10)
        return caught.value
    finally:
        bridge.close()


def reading(table: str, column: str = "a") -> Select:
    return Select(table, "SELECT ", (column,), f" FROM {table}")


def test_a_driver_that_is_not_installed_is_named_as_such() -> None:
    error = failing("DRIVER={No Such Driver};SERVER=x;")
    assert (error.code, type(error)) == ("driver_missing", NeedsPerson)


def test_a_dsn_that_does_not_exist_is_named_as_such() -> None:
    assert failing("DSN=no_such_source;").code == "dsn_unknown"


@pytest.mark.servers
@pytest.mark.parametrize("engine", ["mariadb", "postgresql"])
def test_servers_that_refuse_or_miss_something_say_what(engine: str, request: pytest.FixtureRequest) -> None:
    server: servers.Server = request.getfixturevalue(f"{engine}_server")
    database: servers.Database = request.getfixturevalue(engine)
    database.run("CREATE TABLE t (a INTEGER)")
    role = f"r_{database.name}"
    if engine == "mariadb":
        database.run(f"CREATE USER {role}@'%' IDENTIFIED BY 'right'", "CREATE TABLE allowed (a INTEGER)")
        database.run(f"GRANT SELECT ON {database.name}.allowed TO {role}@'%'")
    else:
        database.run(f"CREATE ROLE {role} LOGIN PASSWORD 'right'")

    assert failing(server.connection(database.name, role, "wrong")).code == "login_refused"
    assert failing(server.connection("no_such_database")).code == "database_unknown"
    unreachable = failing(database.connection.replace(f"PORT={server.port}", f"PORT={servers.free_port()}"))
    assert (unreachable.code, type(unreachable)) == ("database_unreachable", Retry)
    missing = failing(database.connection, reading("absent"))
    assert (missing.code, type(missing), missing.fields["table"]) == ("table_missing", Terminal, "absent")
    assert failing(database.connection, reading("t", "lacking")).code == "column_missing"
    assert failing(database.connection, Select("t", "SELEKT ", ("a",), " FROM t")).code == "statement_refused"
    denied = failing(server.connection(database.name, role, "right"), reading("t"))
    assert (denied.code, type(denied)) == ("permission_denied", NeedsPerson)
    if engine == "postgresql":
        database.run(f"DROP ROLE {role}")
    else:
        database.run(f"DROP USER {role}@'%'")


@pytest.mark.parametrize("over", ["odbc", "in process"])
def test_sqlite_says_what_is_missing_or_locked(over: str, tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as owner:
        owner.execute("CREATE TABLE t (a INTEGER)")
        bridge = (
            ProcessBridge(lambda: Open(f"DRIVER={{SQLite3}};DATABASE={path};Timeout=100;"))
            if over == "odbc"
            else InProcessBridge(lambda: sqlite3.connect(path, timeout=0.1, isolation_level=None))
        )
        codes = []
        for select in (reading("absent"), reading("t", "lacking"), reading("t")):
            if select.table == "t" and select.columns == ("a",):
                owner.execute("BEGIN EXCLUSIVE")
            with pytest.raises(AgentError) as caught:
                bridge.call(Query(select, 10), 10)
            codes.append(caught.value.code)
        bridge.close()
    assert codes == ["table_missing", "column_missing", "locked"]
    assert failing(f"DRIVER={{SQLite3}};DATABASE={tmp_path}/no/folder.db;NoCreat=1;").code == "database_unreachable"


@pytest.mark.servers
@pytest.mark.parametrize("engine", ["mariadb", "postgresql"])
def test_a_connection_cut_by_the_server_is_lost_once_and_then_opened_again(
    engine: str, request: pytest.FixtureRequest
) -> None:
    database: servers.Database = request.getfixturevalue(engine)
    bridge = ProcessBridge(lambda: Open(database.connection))
    own, cut = {
        "mariadb": ("CONNECTION_ID()", "KILL {}"),
        "postgresql": ("pg_backend_pid()", "SELECT pg_terminate_backend({})"),
    }[engine]
    try:
        who = Query(Select("", "SELECT ", (own,), ""), 1)
        first = bridge.call(who, 10)
        database.run(cut.format(first.rows[0][0]))
        with pytest.raises(Retry) as caught:
            bridge.call(who, 10)
        assert caught.value.code == "database_lost"
        assert bridge.call(who, 10).rows != first.rows
    finally:
        bridge.close()


@pytest.mark.servers
@pytest.mark.parametrize("engine", ["mariadb", "postgresql"])
def test_a_locked_table_is_waited_for_shortly_and_then_asked_again_later(
    engine: str, request: pytest.FixtureRequest
) -> None:
    database: servers.Database = request.getfixturevalue(engine)
    myisam = engine == "mariadb"
    database.run("CREATE TABLE t (a INTEGER)" + (" ENGINE=MyISAM" if myisam else ""))
    spoken = dialect.mariadb() if myisam else dialect.postgresql()
    bridge = ProcessBridge(lambda: Open(database.connection, spoken.session))
    with closing(pyodbc.connect(database.connection, autocommit=myisam)) as front_desk:
        front_desk.execute("LOCK TABLES t WRITE" if myisam else "LOCK TABLE t IN ACCESS EXCLUSIVE MODE")
        try:
            with pytest.raises(Retry) as caught:
                bridge.call(Query(reading("t"), 10), 10)
        finally:
            bridge.close()
    assert (caught.value.code, caught.value.fields["table"]) == ("locked", "t")
