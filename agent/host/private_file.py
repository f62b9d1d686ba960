"""Writes a small file of the home: whole or not at all, durably, for its owner alone."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def write(file: Path, content: bytes) -> None:
    """Put the content in place of what the file holds; the file that is there stays until the new one is safe.

    Raises:
        OSError: it cannot be written.
    """
    new = file.with_name(f"{file.name}.new")
    with contextlib.suppress(FileNotFoundError):
        new.unlink()  # what a death left behind
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    new.replace(file)
