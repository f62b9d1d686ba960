"""The signer's files: its keys, for their owner alone, and a journal of what was signed.

Only the signer's process and ``practice-cloud signer`` open them; the serving process never does.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from filelock import FileLock
from pydantic import ValidationError

from agent.model.errors import NeedsPerson
from agent.wire.commands import Command
from sandbox.cloud.names import Entropy
from sandbox.cloud.signing import SigningKeys

_MAX_JOURNAL = 4 * 1024 * 1024
_HOUR = 3600.0


class KeyFile:
    """The signer's keys on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        """Where they are."""
        self._journal = path.with_name(f"{path.name}.journal")

    def load(self, entropy: Entropy | None = None) -> SigningKeys:
        """The keys; with ``entropy`` they are made at first use. Raises ``NeedsPerson``."""
        with _locked(self.path):
            if entropy is not None and not self.path.exists():
                self._write(SigningKeys.make(entropy))
            return self._read()

    def rotate(self, now: datetime, entropy: Entropy, *, revoke: bool = False) -> SigningKeys:
        """Put a new key in the place of the one that signs. Raises ``NeedsPerson``."""
        with _locked(self.path):
            keys = self._read().rotate(now, entropy, revoke=revoke)
            self._write(keys)
            return keys

    def mark(self) -> tuple[int, int]:
        """Changes with every rotation."""
        try:
            found = self.path.stat()
        except OSError:
            return (0, 0)
        return (found.st_ino, found.st_mtime_ns)

    def note(self, command: Command, now: datetime) -> None:
        """Write down that this was signed: when, for whom, what kind."""
        line = f"{now.timestamp():.3f} {command.practice_id} {command.command_id} {command.kind}\n"
        if self._journal.exists() and self._journal.stat().st_size > _MAX_JOURNAL:
            self._journal.replace(self._journal.with_name(f"{self._journal.name}.1"))
        with open(os.open(self._journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "w") as file:
            file.write(line)

    def recent(self, now: datetime) -> list[tuple[str, float]]:
        """Practice and moment of what was signed within the last hour: limits hold over a restart."""
        found: list[tuple[str, float]] = []
        for path in (self._journal.with_name(f"{self._journal.name}.1"), self._journal):
            for line in path.read_text().splitlines() if path.exists() else ():
                moment, _, rest = line.partition(" ")
                if moment.replace(".", "", 1).isdecimal() and float(moment) > now.timestamp() - _HOUR:
                    found.append((rest.partition(" ")[0], float(moment)))
        return found

    def _read(self) -> SigningKeys:
        try:
            if os.name == "posix" and stat.S_IMODE(self.path.stat().st_mode) & 0o077:
                raise NeedsPerson("key_file_open", "The signer's key file is open to others", "chmod 600 it.")
            return SigningKeys.model_validate_json(self.path.read_bytes())
        except (OSError, ValidationError):
            raise NeedsPerson(
                "key_file_unreadable",
                "The signer's key file cannot be read",
                "Check --signer-key and the file's rights.",
            ) from None

    def _write(self, keys: SigningKeys) -> None:
        fresh = self.path.with_name(f"{self.path.name}.new")
        fresh.unlink(missing_ok=True)
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(keys.model_dump_json().encode())
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.path)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One at a time: several signers may share the keys."""
    try:
        with FileLock(path.with_name(f"{path.name}.lock"), mode=0o600):
            yield
    except OSError:
        raise NeedsPerson(
            "key_file_unusable", "The signer's key file cannot be used", "Check --signer-key and the folder's rights."
        ) from None
