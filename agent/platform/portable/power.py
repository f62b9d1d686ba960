"""Whether this machine goes to sleep by itself."""

from __future__ import annotations

import configparser
import sys
from pathlib import Path

assert sys.platform != "win32"

_LOGIN_DAEMON = Path("/etc/systemd/logind.conf")
_SLEEPING = frozenset({"suspend", "hibernate", "hybrid-sleep", "suspend-then-hibernate", "poweroff", "halt"})


def sleeps(file: Path = _LOGIN_DAEMON) -> bool | None:
    """Whether the machine's settings let it sleep when idle; None = not known (no systemd, or a desktop decides)."""
    settings = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        settings.read_string(file.read_text(encoding="utf-8", errors="replace"))
    except (OSError, configparser.Error):
        return None
    # What is not set is systemd's default: an idle machine is left alone.
    return settings.get("Login", "IdleAction", fallback="ignore").strip().casefold() in _SLEEPING
