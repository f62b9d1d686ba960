"""Opening the cloud's database, and the two kinds of transactions on it.

SQLite (a file or memory) and PostgreSQL behave alike above this module: a write transaction takes the practice's row
first and holds it to the end, so that what one practice sends is applied one after the other and feed numbers appear in
commit order.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, make_url, select, text, update
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from agent.model.errors import NeedsPerson, Retry
from sandbox.cloud import fleet_schema  # noqa: F401  its tables are part of the schema
from sandbox.cloud.schema import CLOUD_SCHEMA, METADATA, UPGRADES, about

MEMORY = "sqlite://"
"""URL of a database that lives and dies with the program."""


class Database:
    """An open database; safe to use from several threads."""

    def __init__(self, url: str = MEMORY) -> None:
        """Opens it and makes the tables that are missing. Raises ``Retry`` or ``NeedsPerson``."""
        try:
            self._engine = _engine(url)
        except (OSError, ArgumentError) as error:
            raise NeedsPerson(
                "database_unusable",
                "The cloud's database cannot be opened",
                "Check the --db URL and the folder's rights.",
            ) from error
        self._close = weakref.finalize(self, self._engine.dispose)
        self._single = threading.RLock() if url == MEMORY else None
        sqlite = self._engine.dialect.name == "sqlite"
        # After the wait for the practice's row, a write must see what the one before it has committed.
        self._writes: dict[str, Any] = {"writes": True} if sqlite else {"isolation_level": "READ COMMITTED"}
        self._reads: dict[str, Any] = {} if sqlite else {"isolation_level": "REPEATABLE READ"}
        try:
            METADATA.create_all(self._engine, tables=[about])
            self._check_schema()
            METADATA.create_all(self._engine)
        except OperationalError as error:
            raise Retry(
                "database_away",
                "The cloud's database does not answer",
                "Check the --db URL and that the database server runs.",
            ) from error
        except SQLAlchemyError as error:
            raise NeedsPerson(
                "database_unusable",
                "The cloud's database cannot be used",
                "Check the --db URL and the rights of its user.",
            ) from error

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A write transaction: committed at the end, rolled back by any exception."""
        with self._turn(), self._engine.connect() as plain:
            connection = plain.execution_options(**self._writes)
            with connection.begin():
                yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction that sees one moment of the database."""
        with self._turn(), self._engine.connect() as plain:
            connection = plain.execution_options(**self._reads)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Closes all connections; happens by itself when nobody uses the database any more."""
        self._close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._single is None:
            yield
        else:
            with self._single:
                yield

    def _check_schema(self) -> None:
        """Say which version the tables are of; bring older ones up to it, in one transaction, and refuse newer ones."""
        with self.write() as db:
            named = about.c.name == "schema"
            told = db.execute(select(about.c.value).where(named).with_for_update()).scalar()
            if told is None:
                db.execute(insert(about).values(name="schema", value=str(CLOUD_SCHEMA)))
                return
            found = int(told)
            if found > CLOUD_SCHEMA:
                raise NeedsPerson(
                    "database_version",
                    "The cloud's database was written by a newer version of this program",
                    "Use that version, or another database.",
                    found=found,
                )
            for version in range(found + 1, CLOUD_SCHEMA + 1):
                for statement in UPGRADES[version]:
                    db.execute(text(statement))
            if found < CLOUD_SCHEMA:
                db.execute(update(about).where(named).values(value=str(CLOUD_SCHEMA)))


def _engine(url: str) -> Engine:
    if url == MEMORY:
        engine = create_engine(url, poolclass=StaticPool, connect_args={"check_same_thread": False})
    elif url.startswith("sqlite"):
        _keep_private(url)
        engine = create_engine(url, connect_args={"timeout": 30.0, "check_same_thread": False})
    else:
        return create_engine(_with_driver(url), pool_pre_ping=True)

    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        cursor = connection.cursor()
        if url != MEMORY:
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _keep_private(url: str) -> None:
    """A database file is for its owner alone."""
    path = make_url(url).database
    if path:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _with_driver(url: str) -> str:
    for prefix in ("postgresql://", "postgres://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
