"""The SQLite file: opened, checked, set aside when damaged, written in whole transactions.

Owns the connection and the conversion of SQLite's errors. WAL with ``synchronous=FULL``: what a transaction said is
there after a power cut. One lock guards it, so that there is one writer whatever thread a step runs in.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from agent.model.errors import AgentError, Retry, StoreDamaged, Terminal
from agent.store.schema import COMMAND_TABLES, MAJOR, TABLES, VERSION

ENGINE_VERSION = sqlite3.sqlite_version
"""Version of the SQLite library."""

Seam = Callable[[str], None]


def no_seam(_: str) -> None:
    """In production nothing happens at a seam; the simulator crashes there."""


class Database:
    """One SQLite file with the agent's tables."""

    def __init__(self, path: Path, seam: Seam = no_seam, *, read_only: bool = False) -> None:
        self.path = path
        self._seam = seam
        self._lock = threading.RLock()
        try:
            if read_only:
                self._connection = sqlite3.connect(
                    f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
                )
            else:
                self._connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise _converted(error) from error
        try:
            self._prepare(read_only)
        except sqlite3.Error as error:
            self._connection.close()
            raise _converted(error) from error
        except AgentError:
            self._connection.close()
            raise

    def _prepare(self, read_only: bool) -> None:
        run = self._connection.execute
        run("PRAGMA busy_timeout = 10000")
        if not read_only:
            run("PRAGMA journal_mode = WAL")
            run("PRAGMA synchronous = FULL")
            run("PRAGMA secure_delete = FAST")
        found = run("PRAGMA user_version").fetchone()[0]
        if found and found // 1000 != MAJOR:
            raise Terminal(
                "store_newer",
                f"The store was written by another version of the program (layout {found // 1000}, ours is {MAJOR})",
                "Install the newer program again, or move the store file away to begin anew.",
            )
        if run("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise _damaged()
        if found < VERSION and not read_only:
            run("BEGIN IMMEDIATE")
            for statement in (("" if found else TABLES) + COMMAND_TABLES).split(";"):
                if statement.strip():
                    run(statement)
            run(f"PRAGMA user_version = {VERSION}")
            run("COMMIT")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything inside is written together, durably, or not at all."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self._seam("transaction begun")
                yield self._connection
                self._seam("before commit")
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise _converted(error) from error
            except BaseException:
                self._roll_back()
                raise
            self._seam("after commit")

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Nobody else reads or writes meanwhile: for what is kept in memory beside a transaction."""
        with self._lock:
            yield

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """For SELECT statements."""
        with self._lock:
            try:
                yield self._connection
            except sqlite3.Error as error:
                raise _converted(error) from error

    def close(self) -> None:
        """Close the file; what was committed is in it."""
        with self._lock:
            self._connection.close()

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")


def set_aside(path: Path, stamp: str) -> Path:
    """Move a store that cannot be used out of the way, with its journal; returns where it went."""
    target = path.with_name(f"{path.name}.set-aside-{stamp}")
    for suffix in ("", "-wal", "-shm"):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.replace(target.with_name(target.name + suffix))
    return target


def _damaged() -> StoreDamaged:
    return StoreDamaged(
        "store_damaged",
        "The store file is damaged",
        "It is set aside and built again from the practice's database; nothing is lost.",
    )


def _converted(error: sqlite3.Error) -> AgentError:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith("SQLITE_FULL"):
        return Retry(
            "disk_full", "The disk is full", "Free some space on the drive that holds the agent's data folder."
        )
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")) or "malformed" in str(error):
        return _damaged()
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Retry("store_busy", "The store file is in use", "Another program holds it; the agent tries again.")
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM")):
        return Retry(
            "store_unwritable",
            "The store file cannot be read or written",
            "Check the drive and the rights of the agent's data folder; antivirus may hold the file.",
            sqlite=name,
        )
    if any(words in str(error) for words in ("no such table", "no such column", "decode to UTF-8")):
        return _damaged()
    return Terminal("store_failed", "The store refused an operation", "Please report this with a bundle.", sqlite=name)
