"""The practices that every adapter is held against: each PMS on the engines where it or its stand-in runs."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pyodbc

from agent.model.reading import Description, Mapped, Page, Range, Record
from agent.sources import dialect
from agent.sources.bridge.client import ProcessBridge
from agent.sources.bridge.inprocess import InProcessBridge
from agent.sources.bridge.port import Bridge
from agent.sources.eaglesoft.pms import EAGLESOFT
from agent.sources.mapping import Office
from agent.sources.opendental.pms import OPENDENTAL
from agent.sources.pms import Pms
from agent.sources.reader import Reader
from agent.sources.source import DatabaseSource
from agent.wire.bridge import Open
from sandbox.practice.build import Size, build
from sandbox.practice.desk import Desk
from sandbox.practice.engine import Database
from sandbox.practice.oddities import OVER_ODBC, USUAL
from sandbox.practice.schema import Pms as PmsName
from tests import servers

SMALL = Size(patients=40, appointments=70, ledger=80, sites=2)

EVERYTHING = Range()

ADAPTERS = (
    "eaglesoft-inprocess",
    "eaglesoft-sqlite",
    "eaglesoft-postgresql",
    "opendental-inprocess",
    "opendental-mariadb",
)


@dataclass
class Place:
    """A practice whose front desk works, and the agent's source on its database."""

    pms: Pms
    engine: str
    desk: Desk
    bridge: Bridge
    spoken: dialect.Dialect
    office: Office
    source: DatabaseSource = field(init=False)

    def __post_init__(self) -> None:
        self.source = self.fresh()

    def fresh(self, office: Office | None = None) -> DatabaseSource:
        """Another source on the same database, which knows nothing yet."""
        return DatabaseSource(self.pms, Reader(self.bridge, self.spoken), office or self.office)

    @property
    def database(self) -> Database:
        """The front desk's own connection."""
        return self.desk.writer.database

    def run(self, sql: str, *values: Any) -> None:
        """A statement of the owner's; ``{name}`` is a table."""
        names = _Names(self.database)
        self.database.execute(sql.format_map(names), values)
        self.database.commit()

    def records(self, shape: str, limit: int = 1000, within: Range = EVERYTHING) -> list[Record]:
        """Every record of a range, page by page."""
        return [record for page in self.pages(shape, limit, within) for record in page.records]

    def pages(self, shape: str, limit: int = 1000, within: Range = EVERYTHING) -> Iterator[Page]:
        """The pages of a range."""
        after = within.after
        while True:
            page = self.source.scan(shape, Range(after, within.upto), limit)
            yield page
            if page.last:
                return
            after = page.records[-1].key

    def mapped(self, shape: str) -> list[Mapped]:
        """Every record of a shape, mapped."""
        return self.source.map(shape, self.records(shape))

    def canonical(self, found: Description | None = None) -> dict[str, dict[str, Any]]:
        """Everything that can be read, as the cloud would hold it."""
        canonical: dict[str, dict[str, Any]] = {}
        for shape in (found or self.source.describe()).shapes:
            of_resource = canonical.setdefault(shape.resource, {})
            if shape.stopped is None:
                of_resource |= {str(one.id): one.data for one in self.mapped(shape.id)}
        return canonical


class _Names(dict[str, str]):
    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database

    def __missing__(self, name: str) -> str:
        return self._database.name(name)


@contextmanager
def in_file(name: PmsName, engine: str, path: Path, seed: int = 1) -> Iterator[Place]:
    """A practice in a SQLite file, read over ODBC (``sqlite``) or in this process (``inprocess``)."""
    spoken = dialect.sqlite()
    with closing(sqlite3.connect(path)) as link:
        link.execute("PRAGMA journal_mode=WAL")
        # The practice's stamps are set by the front desk: it works by the clock that the database tells.
        now = dt.datetime.fromisoformat(link.execute("SELECT datetime('now', 'localtime')").fetchone()[0])
        odd = OVER_ODBC if engine == "sqlite" else USUAL
        desk = Desk(build(name, link, seed, SMALL, now=now, odd=odd), link, Random(seed))
        connection = f"DRIVER={{SQLite3}};DATABASE={path};"
        bridge: Bridge = (
            ProcessBridge(lambda: Open(connection, spoken.session))
            if engine == "sqlite"
            else InProcessBridge(lambda: sqlite3.connect(path, isolation_level=None), spoken.session)
        )
        with closing(bridge):
            yield _place(name, engine, desk, bridge, spoken)


@contextmanager
def on_server(name: PmsName, engine: str, database: servers.Database, seed: int = 1) -> Iterator[Place]:
    """A practice on MariaDB or PostgreSQL."""
    spoken = dialect.mariadb() if engine == "mariadb" else dialect.postgresql("PPM")
    with closing(pyodbc.connect(database.connection, autocommit=engine == "mariadb")) as link:
        desk = Desk(build(name, link, seed, SMALL, odd=OVER_ODBC), link, Random(seed))
        with closing(ProcessBridge(lambda: Open(database.connection, spoken.session))) as bridge:
            yield _place(name, engine, desk, bridge, spoken)


def _place(name: PmsName, engine: str, desk: Desk, bridge: Bridge, spoken: dialect.Dialect) -> Place:
    pms = EAGLESOFT if name == "eaglesoft" else OPENDENTAL
    return Place(pms, engine, desk, bridge, spoken, Office(desk.practice.zone))
