"""What is told of a program that was found on this machine, the same on every system."""

from __future__ import annotations

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
