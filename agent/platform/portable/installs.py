"""Programs of practices on this machine. On POSIX systems the office's programs do not run; a server may have data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Install:
    """A practice management system that left its traces."""

    pms: str
    """As settings name it."""
    how: str
    """How it was found, in words."""
    server: str | None = None
    """Machine of its database, where the traces say so."""
    database: str | None = None
    """Name of its database, where the traces say so."""


def found() -> Iterable[Install]:
    """None: they are Windows programs."""
    return ()
