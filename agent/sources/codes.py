"""Code tables: what the PMS's codes mean in the canonical model, and how a practice overrides that.

A code that no table knows maps to the default and is counted, so that somebody can add it. Never guesses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.sources.doubt import Doubt, doubt_of

MOST_COUNTED = 500
"""Different unknown codes of a source that are counted; more are not told apart."""


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Raw codes and their canonical values. Codes are compared as trimmed text without regard to case."""

    name: str
    """As overrides and status name it: ``opendental.confirmation``."""
    values: Mapping[int | str, str]
    """Raw code -> canonical value."""
    default: str = "unknown"
    """What a code that is not in the table becomes, with an issue; a blank one becomes it without."""


Overrides = Mapping[str, Mapping[str, str]]
"""Table name -> raw code -> canonical value: what a practice's settings change."""


def code_text(raw: Any) -> str | None:
    """A raw code as tables compare it; None when blank."""
    if raw is None:
        return None
    if type(raw) is str:
        if not raw.isascii():
            try:
                raw.encode()
            except UnicodeEncodeError:  # half a surrogate pair: the driver handed over half a character
                raise doubt_of(raw, "undecodable") from None
        return raw.replace("\0", "").strip().casefold() or None
    if type(raw) is int or type(raw) is bool:
        return str(int(raw))
    if type(raw) is float:
        return str(int(raw)) if raw.is_integer() else repr(raw)
    raise doubt_of(raw, "undecodable")


class UnknownCodes:
    """Counts codes that no table knows, by table. Codes are the office's own set-up, not data of patients."""

    __slots__ = ("_seen",)

    def __init__(self) -> None:
        self._seen: Counter[tuple[str, str]] = Counter()

    def add(self, table: str, raw: Any) -> None:
        """Count one more."""
        seen = (table, str(raw).strip()[:60])
        if seen in self._seen or len(self._seen) < MOST_COUNTED:
            self._seen[seen] += 1

    def counts(self) -> dict[str, dict[str, int]]:
        """Table -> raw code -> how often a record with it was mapped since the start."""
        result: dict[str, dict[str, int]] = {}
        for (table, raw), count in sorted(self._seen.items()):
            result.setdefault(table, {})[raw] = count
        return result


class UnknownCode(Doubt):
    """A code that the table does not know."""

    def __init__(self, table: str, raw: Any, default: str) -> None:
        super().__init__(default, "unknown_code")
        self.table = table
        self.raw = raw


class Decoder:
    """One code table as a practice uses it: ``decode(raw)``."""

    __slots__ = ("_default", "_name", "_values")

    def __init__(self, table: CodeTable, overrides: Overrides) -> None:
        self._name = table.name
        self._default = table.default
        self._values = {
            str(raw).strip().casefold(): meaning
            for codes in (table.values, overrides.get(table.name, {}))
            for raw, meaning in codes.items()
        }

    def __call__(self, raw: Any) -> str:
        """The canonical value of a raw code."""
        try:
            code = code_text(raw)
        except Doubt as doubt:
            raise Doubt(self._default, doubt.code) from None
        if code is None:
            return self._default
        meaning = self._values.get(code)
        if meaning is None:
            raise UnknownCode(self._name, raw, self._default)
        return meaning
