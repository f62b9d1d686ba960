"""A small Open Dental practice in a file, the stand-in of its API Service in this process, and the channel on both."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pyodbc

from agent.model.writing import NotNow, OutcomeUnknown, Task
from agent.sources import dialect, grants
from agent.sources.bridge.client import ProcessBridge
from agent.sources.bridge.inprocess import InProcessBridge
from agent.sources.mapping import Office as OfficeFacts
from agent.sources.opendental.pms import OPENDENTAL
from agent.sources.opendental.writing.channel import OpenDentalChannel
from agent.sources.opendental.writing.exchange import Answer
from agent.sources.reader import Reader
from agent.sources.source import DatabaseSource
from agent.wire.bridge import Open
from agent.wire.payloads import PAYLOADS, TARGETS
from sandbox.opendental_api.keys import ApiKeys
from sandbox.opendental_api.service import ApiService
from sandbox.practice.build import START, Size, build
from tests.servers import Database

SIZE = Size(patients=20, appointments=10, ledger=20, sites=1)
ZONE = "America/New_York"
DAY = "2031-09-10"
"""A Wednesday with nothing on the book but what a test puts there."""


@dataclass
class Wire:
    """The way to the service, which a test can break."""

    service: ApiService
    breaks: str = ""
    """``down``: nothing is sent; ``dropped``: sent, and lost before the service; ``lost``: carried out, answer lost."""
    answers: list[Answer] = field(default_factory=list)
    """Given in place of the service's."""
    sent: list[tuple[str, str]] = field(default_factory=list)

    def send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """As :class:`agent.sources.opendental.writing.exchange.Exchange`."""
        if self.breaks == "down":
            raise NotNow("channel_unreachable", "", "")
        self.sent.append((method, path))
        if self.breaks == "dropped":
            raise OutcomeUnknown("outcome_unknown", "", "")
        if self.answers:
            return self.answers.pop(0)
        parts = urlsplit(path)
        headers = {"Authorization": self.service.keys.header, "Content-Type": "application/json"}
        content = None if body is None else orjson.dumps(body)
        given = self.service.handle(method, f"/api/v1/{parts.path}", dict(parse_qsl(parts.query)), headers, content)
        if self.breaks == "lost":
            raise OutcomeUnknown("outcome_unknown", "", "")
        told = {name.lower(): value for name, value in given.headers.items()}
        return Answer(given.status, told, orjson.loads(given.body) if given.body else None)


@dataclass
class Office:
    """The practice as a test sees it."""

    link: Any
    reader: Reader
    wire: Wire
    channel: OpenDentalChannel
    clock: list[datetime]
    made: int = 0

    @property
    def now(self) -> datetime:
        """The practice's wall clock."""
        return self.clock[0]

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.clock[0] += timedelta(**span)

    def one(self, sql: str, *values: Any) -> Any:
        """The first value that a query finds."""
        row = self.link.execute(sql, values).fetchone()
        return None if row is None else row[0]

    def run(self, sql: str, *values: Any) -> None:
        """What the office does by itself."""
        self.link.execute(sql, values)
        self.link.commit()

    def count(self, table: str) -> int:
        """Rows of a table."""
        return int(self.one(f"SELECT COUNT(*) FROM {table}"))

    @property
    def patient(self) -> int:
        """Somebody."""
        return int(self.one("SELECT MIN(PatNum) FROM patient WHERE PatStatus = 0"))

    @property
    def visit(self) -> int:
        """A visit of theirs, on a day of its own."""
        number = self.one("SELECT AptNum FROM appointment WHERE AptDateTime = ?", f"{DAY} 09:00:00")
        return int(number) if number is not None else self.book(9)

    def book(self, hour: int, chair: int = 1) -> int:
        """A visit that the office has booked, of half an hour."""
        number = int(self.one("SELECT MAX(AptNum) FROM appointment")) + 1
        self.run(
            "INSERT INTO appointment (AptNum, PatNum, AptStatus, Pattern, Confirmed, Op, Note, ProvNum, ProvHyg,"
            " AptDateTime, ClinicNum, IsHygiene, DateTStamp, DateTimeArrived, AppointmentTypeNum, SecDateTEntry)"
            " VALUES (?, ?, 1, 'XXXXXX', ?, ?, 'By phone', 1, 0, ?, 0, 0, ?, '0001-01-01 00:00:00', 0, ?)",
            *(number, self.patient, self.code(2), chair, f"{DAY} {hour:02d}:00:00", str(self.now), str(self.now)),
        )
        return number

    def code(self, category: int, position: int = 0) -> int:
        """A definition of the office's."""
        sql = "SELECT DefNum FROM definition WHERE Category = ? AND IsHidden = 0 ORDER BY ItemOrder, DefNum LIMIT 1 "
        return int(self.one(f"{sql} OFFSET ?", category, position))

    def before(self, resource: str, number: int) -> dict[str, Any]:
        """A record's canonical data."""
        source = DatabaseSource(OPENDENTAL, self.reader, OfficeFacts(ZONE))
        source.describe()
        (mapped,) = source.map(resource, source.rows(resource, [(number,)]))
        assert mapped.data is not None
        return mapped.data

    def task(self, kind: str, target: int | None, keys: Mapping[tuple[str, str], int] | None = None, **payload) -> Task:
        """A command, resolved."""
        self.made += 1
        resource = TARGETS[kind]
        before = None if target is None or kind.endswith("create") else self.before(resource, target)
        return Task(
            command_id=f"c{self.made}",
            kind=kind,
            payload=PAYLOADS[kind].model_validate(payload),
            tag=f"PA-ABCDEFGH{'ABCDEFGHIJKLMNOPQRSTUVWXYZ'[self.made]}2",
            target=None if target is None else (target,),
            before=before,
            keys={name: (key,) for name, key in (keys or {}).items()},
            now=self.now,
            zone=ZONE,
            intended_at=self.now,
        )


@contextmanager
def on_mariadb(database: Database, login: str, password: str) -> Iterator[Office]:
    """A practice on a server, read with the login that the documentation gives, and no other right."""
    spoken = dialect.mariadb()
    kept = [part for part in database.connection.split(";") if not part.upper().startswith(("UID=", "PWD="))]
    reading = ";".join([*kept, f"UID={login}", f"PWD={password}"])
    with closing(pyodbc.connect(database.connection, autocommit=True)) as link:
        name = link.execute("SELECT DATABASE()").fetchval()
        now = link.execute("SELECT NOW()").fetchval()
        build("opendental", link, 3, SIZE, now=now, odd=frozenset())
        for statement in grants.mariadb(OPENDENTAL, name, f"'{login}'@'%'", password):
            link.execute(statement)
        clock = [now]
        wire = Wire(ApiService(link, lambda: clock[0], ApiKeys("developer", "customer")))
        try:
            with closing(ProcessBridge(lambda: Open(reading, spoken.session))) as bridge:
                reader = Reader(bridge, spoken)
                yield Office(link, reader, wire, OpenDentalChannel(wire, reader), clock)
        finally:
            link.execute(f"DROP USER '{login}'@'%'")


@contextmanager
def office(path: Path) -> Iterator[Office]:
    """A practice of its own."""
    with closing(sqlite3.connect(path, check_same_thread=False)) as link:
        link.execute("PRAGMA journal_mode=WAL")
        link.execute("PRAGMA synchronous=OFF")
        build("opendental", link, 3, SIZE, odd=frozenset())
        clock = [START]
        wire = Wire(ApiService(link, lambda: clock[0], ApiKeys("developer", "customer")))
        spoken = dialect.sqlite()
        with closing(InProcessBridge(lambda: sqlite3.connect(path, isolation_level=None), spoken.session)) as bridge:
            reader = Reader(bridge, spoken)
            link.commit()
            yield Office(link, reader, wire, OpenDentalChannel(wire, reader), clock)
