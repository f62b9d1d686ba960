"""Secrets where no keyring service can be counted on: one JSON file with mode 0600 in the home folder.

A daemon on Linux has no desktop keyring, so this backend is always used there: what works by hand works as a service.
Written whole to a new file, flushed to the disk, then put in place; a reader sees the old secrets or the new ones.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import filelock
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError, PasswordDeleteError

from agent.platform.portable import permissions

assert sys.platform != "win32"

FILE = "secrets.json"
_FORMAT = 1


class Exposed(KeyringError):
    """The file can be read by others than its owner."""


class FileVault(KeyringBackend):
    """A keyring in one file of the home folder."""

    priority = 0.5

    def __init__(self, home: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._file = home / FILE
        self._lock = filelock.FileLock(home / "secrets.lock", timeout=10, mode=0o600)

    def get_password(self, service: str, username: str) -> str | None:
        """The secret, or None when there is none of that name."""
        return self._read().get(service, {}).get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep a secret; durable when this returns."""
        with self._held():
            kept = self._read()
            kept.setdefault(service, {})[username] = password
            self._write(kept)

    def delete_password(self, service: str, username: str) -> None:
        """Forget a secret; durable when this returns."""
        with self._held():
            kept = self._read()
            if kept.get(service, {}).pop(username, None) is None:
                raise PasswordDeleteError("no such secret")
            self._write(kept)

    @contextlib.contextmanager
    def _held(self) -> Iterator[None]:
        try:
            with self._lock:
                yield
        except (OSError, filelock.Timeout) as error:
            raise KeyringError("the secrets file cannot be written") from error

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            if not permissions.is_private(self._file):
                raise Exposed(FILE)
            content = json.loads(self._file.read_bytes())
            if content["format"] != _FORMAT:
                raise KeyringError("the secrets file has a format that this program does not know")
            secrets: dict[str, dict[str, str]] = content["secrets"]
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError) as error:
            # Never "from error": a JSON error quotes what it was reading.
            raise KeyringError(f"the secrets file cannot be read ({type(error).__name__})") from None
        return secrets

    def _write(self, secrets: dict[str, dict[str, str]]) -> None:
        new = self._file.with_suffix(".new")
        with contextlib.suppress(FileNotFoundError):
            new.unlink()
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump({"format": _FORMAT, "secrets": secrets}, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._file)
        folder = os.open(self._file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def service(home: Path) -> str:
    """The name that the home's secrets are kept under; the file is the home's own, so it may move with it."""
    del home
    return "Practice Agent"


def open_vault(home: Path) -> KeyringBackend:
    """The keyring that serves this home folder."""
    return FileVault(home)
