"""A running server, the databases in it, and the choice between the kinds. Talks ODBC, as the agent does."""

from __future__ import annotations

import shutil
import signal
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pyodbc

from sandbox.servers import mariadb, postgresql, process

START_SECONDS = 60

_DRIVERS = {"mariadb": "MariaDB Unicode", "postgresql": "PostgreSQL Unicode"}
_OWNERS = {"mariadb": mariadb.OWNER, "postgresql": postgresql.OWNER}
_ALWAYS_THERE = {"mariadb": "mysql", "postgresql": "postgres"}


@dataclass(frozen=True)
class Database:
    """A database that nobody else uses."""

    name: str
    connection: str
    """ODBC connection string of its owner."""

    def run(self, *statements: str) -> None:
        """Run statements as the owner."""
        run(self.connection, *statements)


@dataclass(frozen=True)
class Server:
    """A running server."""

    kind: str
    """``mariadb`` or ``postgresql``."""
    port: int
    """Its port on 127.0.0.1."""
    pid: int
    """Its process."""
    folder: str
    """Data, socket and log; removed when it is stopped."""

    def connection(self, database: str, user: str = "", password: str = "") -> str:
        """ODBC connection string; without a user, that of the owner of everything."""
        login = f"UID={user or _OWNERS[self.kind]};PWD={password};"
        return self.address(database) + login

    def address(self, database: str) -> str:
        """ODBC connection string without a login."""
        return f"DRIVER={{{_DRIVERS[self.kind]}}};SERVER=127.0.0.1;PORT={self.port};DATABASE={database};"

    @property
    def maintenance(self) -> str:
        """Connection string to the database that is always there."""
        return self.connection(_ALWAYS_THERE[self.kind])

    def fresh(self, options: str = "") -> Database:
        """A new, empty database; ``options`` follow ``CREATE DATABASE name``."""
        name = f"t_{uuid.uuid4().hex[:12]}"
        run(self.maintenance, f"CREATE DATABASE {name} {options}")
        return Database(name, self.connection(name))

    def drop(self, database: Database) -> None:
        """Remove a database; whoever still uses it is thrown out."""
        force = " WITH (FORCE)" if self.kind == "postgresql" else ""
        run(self.maintenance, f"DROP DATABASE IF EXISTS {database.name}{force}")


def run(connection: str, *statements: str) -> None:
    """Run statements on a connection of their own."""
    with closing(pyodbc.connect(connection, autocommit=True)) as link:
        for statement in statements:
            link.execute(statement)


@contextmanager
def own(kind: str) -> Iterator[Server]:
    """A server for this block alone."""
    server = start(kind)
    try:
        yield server
    finally:
        stop(server)


def start(kind: str, zone: str | None = None) -> Server:
    """A new server that answers and lives until it is stopped; its clock shows ``zone``'s time, else the machine's."""
    return start_mariadb(zone) if kind == "mariadb" else start_postgresql(zone)


def start_mariadb(zone: str | None = None) -> Server:
    """A new MariaDB server. Its user ``root`` needs no password."""
    return _started("mariadb", mariadb.start, zone)


def start_postgresql(zone: str | None = None) -> Server:
    """A new PostgreSQL server. Its user ``practice`` needs no password; every other needs one."""
    return _started("postgresql", postgresql.start, zone)


def stop(server: Server) -> None:
    """End the server by its process id and remove its folder."""
    # PostgreSQL's fast and MariaDB's only way to end.
    process.end(server.pid, signal.SIGINT if server.kind == "postgresql" else signal.SIGTERM)
    shutil.rmtree(server.folder, ignore_errors=True)


def _started(kind: str, begin: Callable[[int, Path, str | None], int], zone: str | None) -> Server:
    port, folder = process.free_port(), Path(tempfile.mkdtemp(prefix=f"pa-{kind}-"))
    try:
        server = Server(kind, port, begin(port, folder, zone), str(folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    _await(server)
    return server


def _await(server: Server) -> None:
    """Until the server answers."""
    tick = threading.Event()
    for _ in range(START_SECONDS * 10):
        if not psutil.pid_exists(server.pid):
            stop(server)
            raise RuntimeError(f"{server.kind} ended at its start")
        try:
            run(server.maintenance, "SELECT 1")
        except pyodbc.Error:
            tick.wait(0.1)
        else:
            return
    stop(server)
    raise RuntimeError(f"{server.kind} did not answer within {START_SECONDS} s")
