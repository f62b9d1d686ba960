"""The real source over the simulated practice's database, in this process."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from agent.host.sources import PMS
from agent.sources.bridge.inprocess import InProcessBridge
from agent.sources.dialect import sqlite
from agent.sources.mapping import Office
from agent.sources.reader import Reader
from agent.sources.source import DatabaseSource


class Connection:
    """The practice's connection, lent to the bridge: closing it there does not close it here."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.execute = connection.execute
        self.cursor = connection.cursor

    def close(self) -> None:
        """Not ours to close."""


def ticking() -> Callable[[], float]:
    """A clock for how long the engine is busy: every look at it takes two thousandths of a second."""
    now = 0.0

    def clock() -> float:
        nonlocal now
        now += 0.002
        return now

    return clock


def open_reader(connection: sqlite3.Connection) -> Reader:
    """A reader on this connection."""
    dialect = sqlite()
    reading = tuple(one for one in dialect.session if "query_only" not in one.sql)
    return Reader(InProcessBridge(lambda: Connection(connection), reading, ticking()), dialect)


def open_source(connection: sqlite3.Connection, pms: str, zone: str) -> DatabaseSource:
    """A source on this connection."""
    return DatabaseSource(PMS[pms], open_reader(connection), Office(zone))
