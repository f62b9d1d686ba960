"""The practice that is shown: its database, built from the plan, and the front desk that works on it at a pace.

The practice's clock is the wall clock of its zone, so that "today" is today. On a server the agent gets a login of its
own that may read and nothing else, as in a practice.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pyodbc

from sandbox.demo.plan import ZONE, Plan
from sandbox.demo.watch import WatchedDesk
from sandbox.practice.build import build
from sandbox.practice.desk import WEIGHTS
from sandbox.practice.engine import open_file
from sandbox.practice.model import Practice
from sandbox.practice.oddities import OVER_ODBC
from sandbox.practice.schema import POSTGRESQL_SCHEMA
from sandbox.servers.server import Database, Server

ORDINARY = frozenset(name for name in WEIGHTS if not name.startswith("bulk_"))
"""What the front desk does all day."""

_LOGIN = "practice_reader"


@dataclass(frozen=True, slots=True)
class Access:
    """How the agent reaches the practice's database."""

    connection: str
    """ODBC connection string without a login."""
    login: str | None = None
    password: str | None = None
    database: Database | None = None
    """Where its owner gives rights; None = a file, which has no logins."""


class FrontDesk:
    """The desk, working at a pace: so many operations a second, at random moments."""

    def __init__(self, practice: Practice, connect: Callable[[], Any], seed: int, time: Callable[[], float]) -> None:
        self.practice = practice
        self.connect = connect
        """Connects to the practice's database, with all rights."""
        self._rng = Random(f"desk {seed}")
        self._time = time
        self._connection = connect()
        self._due = 0.0
        self.done: list[str] = []
        """Operations so far, by name."""
        self.desk = self._sit_down()

    def work(self, rate: float) -> None:
        """Do what is due by now, at ``rate`` operations a second."""
        now = self._time()
        if now < self._due:
            return
        late = now - self._due
        self._due = (now if late > 1.0 else self._due) + self._rng.expovariate(rate)
        self.do()

    def do(self, name: str | None = None, **given: Any) -> None:
        """One operation; without a name, any that a front desk does all day."""
        self.desk.now = wall_clock(self._time())
        if name is None:
            self.done += self.desk.work(1, ORDINARY)
        else:
            getattr(self.desk, name)(**given)
            self.done.append(name)

    def learn(self) -> None:
        """Read what others wrote into the practice; the model is then what the database holds."""
        self.desk.learn()
        self.settle()

    def settle(self) -> None:
        """Let the desk's last transaction end; the model is then what the database holds."""
        self._connection.commit()

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()

    def reopen(self) -> None:
        """Sit down again with a new connection (a process that was forked may not use the old one)."""
        self._connection = self.connect()
        self.desk = self._sit_down()

    def _sit_down(self) -> WatchedDesk:
        return WatchedDesk(self.practice, self._connection, self._rng, self._time)


def wall_clock(moment: float) -> datetime:
    """The practice's wall clock, as its people read it (naive local time), at so many seconds since 1970."""
    return datetime.fromtimestamp(moment, ZoneInfo(ZONE)).replace(tzinfo=None, microsecond=0)


def in_file(plan: Plan, file: Path, time: Callable[[], float]) -> tuple[FrontDesk, Access]:
    """A practice in a new SQLite file."""
    connection = open_file(plan.pms, str(file))
    practice = build(plan.pms, connection, plan.seed, plan.size, now=wall_clock(time()), zone=ZONE, odd=OVER_ODBC)
    connection.close()

    def connect() -> Any:
        import sqlite3

        again = sqlite3.connect(file, timeout=30, check_same_thread=False)
        again.execute("PRAGMA synchronous=NORMAL")
        return again

    return FrontDesk(practice, connect, plan.seed, time), Access(f"DRIVER={{SQLite3}};DATABASE={file};")


def on_server(plan: Plan, server: Server, time: Callable[[], float]) -> tuple[FrontDesk, Access]:
    """A practice on a server, and a login for the agent that may only read."""
    database = server.fresh()

    def connect() -> Any:
        return pyodbc.connect(database.connection, autocommit=plan.engine == "mariadb")

    with closing(connect()) as connection:
        practice = build(plan.pms, connection, plan.seed, plan.size, now=wall_clock(time()), zone=ZONE, odd=OVER_ODBC)
    password = secrets.token_urlsafe(16)
    database.run(*_reading_rights(plan, database, password))
    access = Access(server.address(database.name), _LOGIN, password, database)
    return FrontDesk(practice, connect, plan.seed, time), access


def _reading_rights(plan: Plan, database: Database, password: str) -> list[str]:
    if plan.engine == "mariadb":
        who = f"'{_LOGIN}'@'127.0.0.1'"
        return [f"CREATE USER {who} IDENTIFIED BY '{password}'", f"GRANT SELECT ON {database.name}.* TO {who}"]
    schema = f'"{POSTGRESQL_SCHEMA}"'
    return [
        f"CREATE ROLE {_LOGIN} LOGIN PASSWORD '{password}'",
        f"GRANT USAGE ON SCHEMA {schema} TO {_LOGIN}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {_LOGIN}",
    ]
