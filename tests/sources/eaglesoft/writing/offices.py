"""Eaglesoft-shaped practices that are written to: in process, over ODBC into SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pyodbc

from agent.model.writing import Task
from agent.sources import dialect
from agent.sources.bridge.client import ProcessBridge
from agent.sources.bridge.inprocess import InProcessBridge
from agent.sources.bridge.port import Bridge
from agent.sources.bridge.writer_client import ProcessWriter
from agent.sources.bridge.writer_inprocess import BridgeEnded, InProcessWriter
from agent.sources.bridge.writer_port import WriterBridge
from agent.sources.eaglesoft.pms import EAGLESOFT
from agent.sources.eaglesoft.writing.channel import EaglesoftChannel
from agent.sources.eaglesoft.writing.engines import engine_of
from agent.sources.mapping import Office as Settings
from agent.sources.reader import Reader
from agent.sources.source import DatabaseSource
from agent.wire.bridge import Open
from agent.wire.payloads import PAYLOADS
from agent.wire.writer import Authenticate
from agent.wire.writer import Open as OpenWriter
from sandbox.practice.build import Size, build
from sandbox.practice.desk import Desk
from sandbox.practice.oddities import OVER_ODBC
from tests import servers

SMALL = Size(patients=20, appointments=30, ledger=20, sites=2)
NOW = dt.datetime(2025, 3, 3, 9, 0)
FREE_DAY = "2027-06-01"
"""Nobody has booked anything there."""

ENGINES = ("inprocess", "sqlite", "postgresql")
DYING = "tests.sources.eaglesoft.writing.dying"


@dataclass
class Office:
    """A practice, and the ways into it."""

    engine: str
    desk: Desk
    bridge: Bridge
    spoken: dialect.Dialect
    connection: Any
    """What the writer connects with: a connection string, or the connection itself."""
    tags: int = 0
    opened: list[WriterBridge] = field(default_factory=list)

    def channel(self, dies: str | None = None, user: str | None = None, **options: Any) -> EaglesoftChannel:
        """A channel whose writer dies at a point, if one is given."""
        reader = Reader(self.bridge, self.spoken)
        return EaglesoftChannel(reader, self.writer(dies), user or self.user, **options)

    def writer(
        self,
        dies: str | None = None,
        session: tuple = (),
        authentication: tuple[str, ...] | None = None,
        login: str = "",
    ) -> WriterBridge:
        """A writer; ``authentication``: what the vendor's statements would be."""
        session = (*engine_of(self.spoken).session, *session)
        if self.engine == "inprocess":

            def hook(point: str) -> None:
                if point == dies:
                    raise BridgeEnded

            made: WriterBridge = InProcessWriter(lambda: Lent(self.connection), session, authentication or (), hook)
        else:
            command = None if dies is None else (sys.executable, "-m", DYING, dies)
            made = ProcessWriter(
                lambda: OpenWriter(login or self.connection, session),
                lambda: None if authentication is None else Authenticate(authentication),
                command=command,
            )
        self.opened.append(made)
        return made

    @property
    def user(self) -> str:
        """A dentist."""
        return next(str(one.key) for one in self.desk.practice.providers.values() if one.status == "A")

    def canonical(self, shape: str, key: tuple[Any, ...]) -> dict[str, Any]:
        """A record as the agent knows it."""
        source = DatabaseSource(EAGLESOFT, Reader(self.bridge, self.spoken), Settings("America/New_York"))
        (mapped,) = source.map(shape, source.rows(shape, [key]))
        return mapped.data or {}

    def count(self, table: str, where: str = "1 = 1") -> int:
        """Rows."""
        database = self.desk.writer.database
        ((count,),) = database.select(f"SELECT COUNT(*) FROM {database.name(table)} WHERE {where}")
        database.commit()
        return int(count)

    def run(self, sql: str, *values: Any) -> None:
        """A statement of somebody in the practice; ``{t}`` stands before table names."""
        database = self.desk.writer.database
        database.execute(sql.replace("{t}", '"PPM".' if self.engine == "postgresql" else ""), values)
        database.commit()

    def task(self, kind: str, target: tuple[Any, ...] | None, tag: str = "", **payload: Any) -> Task:
        """A command, checked and resolved as the engine does; each has a tag of its own."""
        self.tags += 1
        tag = tag or f"PA-{'ABCDEFGHIJ'[self.tags % 10]}{self.tags:0>9}"
        practice = self.desk.practice
        keys: dict[tuple[str, str], tuple[Any, ...]] = {}
        keys |= {("provider", str(key).strip()): (key,) for key in practice.providers}
        keys |= {("operatory", str(key)): (key,) for key in practice.chairs}
        keys |= {("appointment_type", str(key)): (key,) for key in practice.types}
        keys |= {("location", str(key)): (key,) for key in practice.locations}
        keys |= {("patient", str(key).strip()): (key,) for key in practice.patients}
        keys |= {("code", f"{category}-{key}"): (key,) for category, key in practice.definitions}
        before = None
        if target is not None and kind != "appointment.create":
            before = self.canonical(kind.partition(".")[0] if kind.startswith("app") else "patient", target)
        return Task(f"c-{tag}", kind, PAYLOADS[kind](**payload), tag, target, before, keys, NOW, practice.zone, NOW)

    def visit(self) -> tuple[int]:
        """A visit that is booked on a day of its own."""
        visit = self.desk.book(start=dt.datetime(2027, 5, 1, 9, 0), chair=1)
        visit.minutes = 30
        return (visit.key,)


class Lent:
    """The practice's connection, lent: closing it there does not close it here."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.execute = connection.execute
        self.cursor = connection.cursor
        self.commit = connection.commit
        self.rollback = connection.rollback

    def close(self) -> None:
        """Not ours to close."""


@contextmanager
def in_file(engine: str, path: Path) -> Iterator[Office]:
    """A practice in a SQLite file."""
    spoken = dialect.sqlite()
    with closing(sqlite3.connect(path)) as link:
        link.execute("PRAGMA journal_mode=WAL")
        desk = Desk(build("eaglesoft", link, 1, SMALL, now=NOW, odd=OVER_ODBC), link, Random(1))
        connection = f"DRIVER={{SQLite3}};DATABASE={path};"
        bridge: Bridge = (
            ProcessBridge(lambda: Open(connection, spoken.session))
            if engine == "sqlite"
            else InProcessBridge(lambda: sqlite3.connect(path, isolation_level=None), spoken.session)
        )
        with (
            closing(bridge),
            _closing(Office(engine, desk, bridge, spoken, connection if engine == "sqlite" else link)) as office,
        ):
            yield office


@contextmanager
def on_server(database: servers.Database) -> Iterator[Office]:
    """A practice on PostgreSQL."""
    spoken = dialect.postgresql("PPM")
    with closing(pyodbc.connect(database.connection)) as link:
        desk = Desk(build("eaglesoft", link, 1, SMALL, now=NOW, odd=OVER_ODBC), link, Random(1))
        bridge = ProcessBridge(lambda: Open(database.connection, spoken.session))
        with closing(bridge), _closing(Office("postgresql", desk, bridge, spoken, database.connection)) as office:
            yield office


@contextmanager
def _closing(office: Office) -> Iterator[Office]:
    try:
        yield office
    finally:
        for writer in office.opened:
            writer.close()
