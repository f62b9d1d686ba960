"""Which machine this is, its memory and drivers. Reads the system's own identity; never tells it unhashed."""

from __future__ import annotations

import configparser
import os
import platform
import sys
import uuid
from pathlib import Path

assert sys.platform != "win32"

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


def cpus() -> int | None:
    """Processors; None where the system does not tell."""
    return os.cpu_count()


def memory_mb() -> int | None:
    """The machine's memory, MB; None where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 1_000_000
    except (OSError, ValueError):
        return None


def odbc_drivers(folder: Path | None = None) -> list[str]:
    """Names of the ODBC drivers that are installed, as unixODBC's ``odbcinst.ini`` lists them."""
    found = configparser.ConfigParser(strict=False, interpolation=None)
    place = folder or Path(os.environ.get("ODBCSYSINI", "/etc"))
    try:
        found.read_string((place / "odbcinst.ini").read_text(encoding="utf-8", errors="replace"))
    except (OSError, configparser.Error):
        return []
    return sorted(name for name in found.sections() if name != "ODBC")
