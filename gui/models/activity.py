"""What the Activity page shows: the log's lines, filtered and searched. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from agent.health.catalogue import CATALOGUE
from agent.wire.local import LogLine
from gui.models import moments

KEPT = 1000
"""Lines that are kept."""
LEVELS = ("all", "info", "warning")
_RANK = {"debug": 0, "info": 1, "warning": 2, "error": 3}
_LEAST = {"all": 0, "info": 1, "warning": 2}
TONES = {"warning": "warn", "error": "bad"}


def title(line: LogLine) -> str:
    """What happened, in words where the catalogue has them."""
    known = CATALOGUE.get(line.code)
    return known.title if known else line.code.replace("_", " ").capitalize()


def details(line: LogLine) -> str:
    """More of it."""
    return "   ".join(f"{name} {value}" for name, value in line.fields.items() if value is not None)


def fitting(lines: Iterable[LogLine], level: str, search: str) -> list[LogLine]:
    """Newest first: those serious enough that hold every word searched for."""
    wanted = search.casefold().split()
    found = [
        line
        for line in lines
        if _RANK[line.level] >= _LEAST[level]
        and all(word in f"{line.code} {title(line)} {details(line)}".casefold() for word in wanted)
    ]
    return found[::-1]


def as_text(lines: Iterable[LogLine]) -> str:
    """For the clipboard, oldest first, with the stable codes."""
    return "\n".join(f"{line.at} {line.level} {line.code} {details(line)}".rstrip() for line in reversed(list(lines)))


def cells(line: LogLine) -> tuple[str, ...]:
    """Its row."""
    return moments.exact(line.at), title(line), details(line)
