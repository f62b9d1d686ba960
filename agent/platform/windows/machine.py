"""Which machine this is. Reads the system's own identity; never writes one and never tells it unhashed."""

from __future__ import annotations

import platform
import sys
import winreg

assert sys.platform == "win32"

_KEY = r"SOFTWARE\Microsoft\Cryptography"


def identity() -> str:
    """What tells this machine from others, the same at every start: MachineGuid, else the host name."""
    try:
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _KEY, 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY) as key:
            value, _ = winreg.QueryValueEx(key, "MachineGuid")
    except OSError:
        return platform.node()
    return str(value)
