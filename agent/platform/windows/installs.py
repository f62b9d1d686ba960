"""Programs of practices on this machine, by what their installers leave. Looks only; reads no password."""

from __future__ import annotations

import re
import sys
import winreg
from collections.abc import Iterable
from pathlib import Path

from agent.platform.install import Install

assert sys.platform == "win32"

_EAGLESOFT = r"SOFTWARE\Eaglesoft\Server"
_OPEN_DENTAL = tuple(
    Path(base) / "Open Dental" / "FreeDentalConfig.xml" for base in (r"C:\Program Files (x86)", r"C:\Program Files")
)


def found() -> Iterable[Install]:
    """What there is, in no order."""
    yield from _eaglesoft()
    yield from _open_dental()


def _eaglesoft() -> Iterable[Install]:
    try:
        access = winreg.KEY_READ | winreg.KEY_WOW64_32KEY  # its installer is a 32-bit program
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _EAGLESOFT, 0, access):
            yield Install("eaglesoft", rf"The registry has HKLM\{_EAGLESOFT} (32 bit).")
    except OSError:
        return


def _open_dental() -> Iterable[Install]:
    for file in _OPEN_DENTAL:
        try:
            text = file.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        yield Install("opendental", f"There is {file}.", _tag(text, "ComputerName"), _tag(text, "Database"))


def _tag(text: str, name: str) -> str | None:
    """A plain word between tags; nothing that could be more than a name."""
    hit = re.search(rf"<{name}>([\w.\\-]{{1,64}})</{name}>", text)
    return None if hit is None else hit[1]
