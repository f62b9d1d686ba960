"""Which machine this is. Reads the system's own identity; never writes one and never tells it unhashed."""

from __future__ import annotations

import platform
import uuid
from pathlib import Path

_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_MULTICAST = 1 << 40
"""This bit in a node number says that it was drawn at random, so it would not last."""


def identity(files: tuple[Path, ...] = _FILES) -> str:
    """What tells this machine from others, the same at every start: the machine-id, else host name and MAC address."""
    for file in files:
        try:
            text = file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if text and text != "uninitialized":
            return text
    node = uuid.getnode()
    return platform.node() if node & _MULTICAST else f"{platform.node()}/{node:012x}"
