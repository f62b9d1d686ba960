"""The home folder: everything that an agent keeps on the disk, and the lock that makes it the only one there.

Owns the names of the files. Never reads what is in them.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import filelock

from agent.model.errors import NeedsPerson
from agent.platform import paths, permissions

VARIABLE = "PRACTICE_AGENT_HOME"
"""Environment variable that names the home folder when ``--home`` does not."""


@dataclass(frozen=True, slots=True)
class Home:
    """A home folder that exists and is closed to others."""

    path: Path

    @classmethod
    def open(cls, path: Path | None = None) -> Home:
        """The home folder: the one given, else that of the environment, else the platform's; made if need be.

        Raises:
            NeedsPerson: ``home_unusable``.
        """
        chosen = cls.choose(path)
        permissions.make_private(chosen)
        return cls(chosen)

    @staticmethod
    def choose(path: Path | None = None) -> Path:
        """Where the home folder is or would be, absolute; touches nothing."""
        named = os.environ.get(VARIABLE)
        return (path or (Path(named) if named else paths.default_home())).expanduser().absolute()

    @property
    def settings(self) -> Path:
        """The settings file."""
        from agent.host import settings_file  # brings pydantic, which a look at the status does not need

        return self.path / settings_file.FILE

    @property
    def store(self) -> Path:
        """The one database file that holds the agent's durable truth."""
        return self.path / "store.db"

    @property
    def log(self) -> Path:
        """The event log."""
        return self.path / "events.jsonl"

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only agent in this home for as long as this lasts; the system lets go when the process ends.

        Raises:
            NeedsPerson: ``home_in_use``, with the ``pid`` of the holder when it is known.
        """
        lock = self._lock()
        try:
            lock.acquire()
        except filelock.Timeout:
            raise self._in_use() from None
        except OSError as error:
            raise NeedsPerson(
                "home_unusable",
                "The home folder cannot be locked",
                f"See that {self.path} is on a local disk that this user may write to.",
                errno=error.errno,
            ) from error
        try:
            self._pid_file.write_text(f"{os.getpid()}\n", encoding="ascii")
            yield
        finally:
            with contextlib.suppress(OSError):  # a stale number is only a hint, and is overwritten at the next start
                self._pid_file.unlink()
            lock.release()

    def locked(self) -> bool:
        """Whether somebody holds the lock. It is tried for an instant: ask only when there is a :meth:`holder`."""
        lock = self._lock()
        try:
            lock.acquire()
        except (filelock.Timeout, OSError):
            return True
        lock.release()
        return False

    def _lock(self) -> filelock.BaseFileLock:
        return filelock.FileLock(self.path / "agent.lock", timeout=0, fallback_to_soft=False)

    @property
    def _pid_file(self) -> Path:
        """Who holds the lock; beside it, because Windows lets nobody read a locked file."""
        return self.path / "agent.pid"

    def holder(self) -> int | None:
        """The process that said last that it holds the lock; None when nobody did."""
        try:
            return int(self._pid_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def _in_use(self) -> NeedsPerson:
        pid = self.holder()
        who = f" (process {pid})" if pid else ""
        return NeedsPerson(
            "home_in_use",
            f"Another agent is at work in {self.path}{who}",
            "Stop that one first, or give this one a folder of its own with --home.",
            pid=pid,
        )
