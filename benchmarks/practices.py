"""The practices that are measured: built from a seed, on real servers, and kept between runs where a folder is given.

A kept practice is never worked on: each run gets a copy. It is named after its size and a digest of what made it, so
that a changed builder makes a new one. Nothing of it is ever in the repository.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyodbc

import sandbox.practice
from benchmarks.subject import Target
from sandbox.practice.build import Size, build
from sandbox.practice.engine import open_file
from sandbox.practice.oddities import OVER_ODBC
from sandbox.practice.real_schema import load_schema
from tests import servers

_SEED = 1
_KEPT_IN_MEMORY = 1000


@dataclass(frozen=True, slots=True)
class Practice:
    """A practice that is there."""

    target: Target
    size: Size
    engine: str
    """As reports name it: engine and version."""
    schema: str
    """Whose tables they are: the real ones, or our own."""

    def first(self, statement: str) -> str:
        """The first value that a statement gives."""
        with closing(pyodbc.connect(self.target.connection)) as link:
            return str(link.execute(statement).fetchone()[0])


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where practices are kept between runs."""

    folder: Path | None
    """None: they are built anew each time."""

    def place(self, *names: object, extra: bytes = b"") -> Path | None:
        """Where a practice of these properties lies or would lie."""
        if self.folder is None:
            return None
        digest = hashlib.blake2b(extra, digest_size=6)
        for file in sorted(Path(sandbox.practice.__path__[0]).glob("*.py")):
            digest.update(file.read_bytes())
        return self.folder / "-".join(map(str, (*names, digest.hexdigest())))


@contextmanager
def opendental(size: Size, shelf: Shelf, schema: Path | None) -> Iterator[Practice]:
    """Open Dental on a MariaDB server of its own; ``schema``: dump of the real tables, else our own are used."""
    content = b"" if schema is None else schema.read_bytes()
    place = shelf.place("opendental", "mariadb", size.patients, size.appointments, size.ledger, extra=content)
    with servers.own("mariadb") as server:
        database = server.fresh()
        files = Path(server.folder) / "data" / database.name

        def fill() -> None:
            with closing(pyodbc.connect(database.connection)) as link:
                if schema is not None:
                    load_schema(link, schema)
                build("opendental", link, _SEED, size, odd=OVER_ODBC, keep=_KEPT_IN_MEMORY)
            database.run("FLUSH TABLES")

        if place is not None and place.exists():
            shutil.copytree(place, files, dirs_exist_ok=True)
            database.run("FLUSH TABLES")
        else:
            fill()
            if place is not None:
                _keep(files, place)
        yield Practice(
            Target("opendental", "mariadb", database.connection),
            size,
            _engine(database.connection),
            "our own tables (OPENDENTAL_SCHEMA not set)" if schema is None else "the real schema",
        )


@contextmanager
def eaglesoft_on_postgresql(size: Size) -> Iterator[Practice]:
    """An Eaglesoft-shaped practice on a PostgreSQL server of its own."""
    with servers.own("postgresql") as server:
        database = server.fresh()
        with closing(pyodbc.connect(database.connection)) as link:
            build("eaglesoft", link, _SEED, size, odd=OVER_ODBC, keep=_KEPT_IN_MEMORY)
        database.run("ANALYZE")
        connection = f"{database.connection}UseDeclareFetch=1;"
        yield Practice(Target("eaglesoft", "postgresql", connection), size, _engine(connection), "stand-in")


@contextmanager
def eaglesoft_on_sqlite(size: Size) -> Iterator[Practice]:
    """An Eaglesoft-shaped practice in a SQLite file."""
    with TemporaryDirectory(prefix="pa-bench-") as folder:
        path = Path(folder) / "practice.db"
        with closing(open_file("eaglesoft", str(path))) as link:
            build("eaglesoft", link, _SEED, size, odd=OVER_ODBC, keep=_KEPT_IN_MEMORY, create=False)
        connection = f"DRIVER={{SQLite3}};DATABASE={path};"
        yield Practice(Target("eaglesoft", "sqlite", connection), size, _engine(connection), "stand-in")


def _engine(connection: str) -> str:
    with closing(pyodbc.connect(connection)) as link:
        kinds = (pyodbc.SQL_DBMS_NAME, pyodbc.SQL_DBMS_VER, pyodbc.SQL_DRIVER_VER)
        name, version, driver = (str(link.getinfo(kind)) for kind in kinds)
    return f"{name} {_short(version)}, driver {_short(driver)}"


def _short(version: str) -> str:
    """Without the zeros that ODBC fills versions with."""
    return ".".join(piece.lstrip("0") or "0" for piece in version.split("-", maxsplit=1)[0].split("."))


def _keep(files: Path, place: Path) -> None:
    """Copy a database's files; whole or not at all."""
    unfinished = place.with_name(place.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    shutil.copytree(files, unfinished)
    unfinished.rename(place)
