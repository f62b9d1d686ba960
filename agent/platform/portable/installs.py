"""Programs of practices on this machine. On POSIX systems the office's programs do not run; a server may have data."""

from __future__ import annotations

from collections.abc import Iterable

from agent.platform.install import Install


def found() -> Iterable[Install]:
    """None: they are Windows programs."""
    return ()
