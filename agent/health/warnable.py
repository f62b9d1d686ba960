"""What a warning is: the form of the catalogue's entries. Holds no state and no patient data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "notice"]
"""error: changes do not reach the cloud, or writes do not reach the practice. warning: they do, but somebody should
act before that ends. notice: worth knowing, nothing to do now."""


@dataclass(frozen=True, slots=True)
class Warnable:
    """Something that can be wrong, told the same way everywhere."""

    code: str
    """Stable, snake_case: alarmed on, translated, searched for."""
    title: str
    """What is wrong, in one line."""
    advice: str
    """What the reader can do about it, in plain words."""
    severity: Severity = "error"
    depends_on: tuple[str, ...] = ()
    """Causes that explain this one: while one of them is present, this is not shown."""
    visible_after: float = 0.0
    """Seconds that it must last before it is shown, so that what passes by itself does not flap."""
