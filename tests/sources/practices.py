"""The test tables on each engine, with a reader on them: through the real child, and in process over SQLite."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.sources import dialect
from agent.sources.bridge.client import ProcessBridge
from agent.sources.bridge.inprocess import InProcessBridge
from agent.sources.bridge.port import Bridge
from agent.sources.layout import layout_of
from agent.sources.reader import Reader
from agent.wire.bridge import Open
from tests import servers
from tests.sources import shapes

ENGINES = ("sqlite", "inprocess", "mariadb", "postgresql")


@dataclass
class Practice:
    """A database with the test tables, and a reader on it."""

    engine: str
    reader: Reader
    run: Callable[..., None]
    schema: str = ""

    def table(self, name: str) -> str:
        """A table's name in plain SQL."""
        return f'"{self.schema}".{name}' if self.schema else name


@contextmanager
def on_server(engine: str, database: servers.Database) -> Iterator[Practice]:
    """The tables in a MariaDB or PostgreSQL database."""
    schema = "PPM" if engine == "postgresql" else ""
    database.run(*shapes.ddl(engine, schema), *shapes.content(schema))
    spoken = dialect.mariadb() if engine == "mariadb" else dialect.postgresql("PPM")
    with _reading(ProcessBridge(lambda: Open(database.connection, spoken.session)), spoken) as reader:
        yield Practice(engine, reader, database.run, schema)


@contextmanager
def in_file(engine: str, path: Path) -> Iterator[Practice]:
    """The tables in a SQLite file, read over ODBC (``sqlite``) or in this process (``inprocess``)."""

    def run(*statements: str) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as link:
            for statement in ("BEGIN", *statements, "COMMIT"):
                link.execute(statement)

    run(*shapes.ddl("sqlite"), *shapes.content())
    spoken = dialect.sqlite()
    connection = f"DRIVER={{SQLite3}};DATABASE={path};"
    bridge: Bridge = (
        ProcessBridge(lambda: Open(connection, spoken.session))
        if engine == "sqlite"
        else InProcessBridge(lambda: sqlite3.connect(path, isolation_level=None), spoken.session)
    )
    with _reading(bridge, spoken) as reader:
        yield Practice(engine, reader, run)


@contextmanager
def _reading(bridge: Bridge, spoken: dialect.Dialect) -> Iterator[Reader]:
    try:
        yield Reader(bridge, spoken, {name: layout_of(shape) for name, shape in shapes.SHAPES.items()})
    finally:
        bridge.close()
