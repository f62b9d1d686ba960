"""How a transform says that a value is not what it should be, and how values already seen are remembered.

Owns :class:`Doubt` and :class:`Memo`. Never knows a column, a table or a record.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agent.model.reading import Unreadable

LIMIT = 4_096
"""Values that a memo remembers before it begins afresh."""


class Doubt(Exception):
    """A value could not be made as it should: what to use in its place, and why.

    Never leaves the mapper, which turns it into an issue of the field. Holds no text of the database in its message.
    """

    def __init__(self, value: Any, code: str) -> None:
        super().__init__(code)
        self.value = value
        """What the field gets instead."""
        self.code = code
        """Issue code."""


class Memo(dict[Any, Any]):
    """What a transform made of each raw value that it has seen: ``memo[raw]`` is a dict lookup the second time.

    Doubts are not remembered: they are raised every time, so that every record gets its issue.
    """

    __slots__ = ("_limit", "_make")

    def __init__(self, make: Callable[[Any], Any], limit: int = LIMIT) -> None:
        super().__init__()
        self._make = make
        self._limit = limit

    def __missing__(self, raw: Any) -> Any:
        value = self._make(raw)
        if len(self) >= self._limit:
            self.clear()
        self[raw] = value
        return value


def doubt_of(raw: Any, code: str, instead: Any = None) -> Doubt:
    """The doubt about a value that is not of the expected kind: the driver's reason if it gave one, else ``code``."""
    return Doubt(instead, raw.reason if type(raw) is Unreadable else code)


def readable(raw: Any) -> Any:
    """The value itself, or a doubt when the driver could not hand it over."""
    if type(raw) is Unreadable:
        raise Doubt(None, raw.reason)
    return raw
