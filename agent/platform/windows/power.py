"""Whether this machine goes to sleep by itself: the active power plan, while it has mains power."""

from __future__ import annotations

import ctypes
import sys
import uuid

assert sys.platform == "win32"

_SLEEP = uuid.UUID("238c9fa8-0aad-41ed-83f4-97be242c8f20")
_SLEEP_AFTER = uuid.UUID("29f6c1db-86da-48c5-9fdb-f2b67b1f44da")
_HIBERNATE_AFTER = uuid.UUID("9d7815a6-7ee4-497e-8888-515a05f02364")


def sleeps() -> bool | None:
    """Whether the power plan lets the machine sleep when idle; None = the system does not tell."""
    try:
        told = [_seconds(setting) for setting in (_SLEEP_AFTER, _HIBERNATE_AFTER)]
    except (OSError, AttributeError):
        return None
    known = [seconds for seconds in told if seconds is not None]
    return any(known) if known else None


def _seconds(setting: uuid.UUID) -> int | None:
    """Idle seconds until then, 0 = never; None = not told."""
    library = ctypes.WinDLL("powrprof")
    scheme = ctypes.c_void_p()
    if library.PowerGetActiveScheme(None, ctypes.byref(scheme)) != 0:
        return None
    try:
        value = ctypes.c_ulong()
        group, one = (ctypes.create_string_buffer(name.bytes_le, 16) for name in (_SLEEP, setting))
        failed = library.PowerReadACValueIndex(None, scheme, group, one, ctypes.byref(value))
        return None if failed else int(value.value)
    finally:
        ctypes.windll.kernel32.LocalFree(scheme)
