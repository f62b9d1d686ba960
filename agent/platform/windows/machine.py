"""Which machine this is, its memory and drivers. Reads the system's own identity; never tells it unhashed."""

from __future__ import annotations

import ctypes
import os
import platform
import sys
import winreg

assert sys.platform == "win32"

_KEY = r"SOFTWARE\Microsoft\Cryptography"
_DRIVERS = r"SOFTWARE\ODBC\ODBCINST.INI\ODBC Drivers"


def identity() -> str:
    """What tells this machine from others, the same at every start: MachineGuid, else the host name."""
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _KEY, 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY) as key:
            value, _ = winreg.QueryValueEx(key, "MachineGuid")
    except OSError:
        return platform.node()
    return str(value)


class _Memory(ctypes.Structure):
    """MEMORYSTATUSEX."""

    _fields_ = (
        ("length", ctypes.c_ulong),
        ("load", ctypes.c_ulong),
        ("total", ctypes.c_ulonglong),
        *((name, ctypes.c_ulonglong) for name in ("free", "total_page", "free_page", "total_virtual", "free_virtual")),
        ("extended", ctypes.c_ulonglong),
    )


def cpus() -> int | None:
    """Processors; None where the system does not tell."""
    return os.cpu_count()


def memory_mb() -> int | None:
    """The machine's memory, MB; None where the system does not tell."""
    told = _Memory()
    told.length = ctypes.sizeof(told)
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(told)):
        return None
    return int(told.total) // 1_000_000


def odbc_drivers() -> list[str]:
    """Names of the ODBC drivers that are installed, 32-bit ones included."""
    found: set[str] = set()
    for view in (winreg.KEY_WOW64_64KEY, winreg.KEY_WOW64_32KEY):
        try:
            with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _DRIVERS, 0, winreg.KEY_READ | view) as key:
                found.update(winreg.EnumValue(key, at)[0] for at in range(winreg.QueryInfoKey(key)[1]))
        except OSError:
            continue
    return sorted(found)
