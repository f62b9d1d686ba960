"""Compares what a database has with what the layouts read: missing tables and columns, changed types, missing indexes.

Pure: the catalogue's answers are handed in. Says what it found; what follows from it (a shape that stops, an
accelerator that is not used) is decided by who asks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import orjson

from agent.sources.layout import Family, Layout
from agent.sources.shape import Audit, Stamp, Window
from agent.wire.bridge import TableInfo

Tables = Mapping[str, TableInfo | None]
"""By declared name; None = the database has no such table."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the schema that is not as declared."""

    code: Literal["table_missing", "column_missing", "type_changed", "index_missing"]
    """The first three stop a shape; without an index reading works, but slowly."""
    table: str
    column: str | None = None
    """The column, or the first column that an index should lead with."""
    expected: str | None = None
    """With ``type_changed``: the family expected."""
    found: str | None = None
    """With ``type_changed``: the family found."""

    @property
    def stops(self) -> bool:
        """Whether a shape that reads this cannot be read."""
        return self.code != "index_missing"

    @property
    def names(self) -> str:
        """What it is about: ``table`` or ``table.column``."""
        return self.table if self.column is None else f"{self.table}.{self.column}"


def tables_read(layouts: Iterable[Layout]) -> tuple[str, ...]:
    """Every table that these layouts read, to ask the catalogue about."""
    return tuple(dict.fromkeys(table for layout in layouts for table in layout.columns()))


def columns_of(tables: Tables, table: str) -> frozenset[str]:
    """Names of a table's columns, folded (``str.casefold``); none when it is missing."""
    info = tables.get(table)
    return frozenset() if info is None else frozenset(column.name.casefold() for column in info.columns)


def has_index(tables: Tables, table: str, leading: tuple[str, ...]) -> bool:
    """Whether some index begins with these columns, in any order among themselves."""
    info = tables.get(table)
    wanted = sorted(name.casefold() for name in leading)
    return info is not None and any(
        sorted(name.casefold() for name in index[: len(leading)]) == wanted for index in info.indexes
    )


def check(layout: Layout, tables: Tables) -> list[Finding]:
    """What is not as a layout needs it. Lookups that are declared optional are not missed."""
    optional = {lookup.table for lookup in layout.shape.lookups.values() if lookup.optional}
    found: list[Finding] = []
    for table, columns in layout.columns().items():
        info = tables.get(table)
        if info is None:
            if table not in optional:
                found.append(Finding("table_missing", table))
            continue
        families = {column.name.casefold(): column.family for column in info.columns}
        for column in columns:
            family = families.get(column.casefold())
            expected = layout.families.get((table, column))
            if family is None:
                found.append(Finding("column_missing", table, column))
            elif expected is not None and not _fits(expected, family):
                found.append(Finding("type_changed", table, column, expected, family))
    missing = {finding.names for finding in found} | {finding.table for finding in found if finding.column is None}
    for table, leading in _needed_indexes(layout):
        if table not in missing and f"{table}.{leading[0]}" not in missing and not has_index(tables, table, leading):
            found.append(Finding("index_missing", table, leading[0]))
    return found


def fingerprint(layouts: Iterable[Layout], tables: Tables) -> str:
    """Digest of the tables and columns used, with the families of their types; hex."""
    seen: dict[str, dict[str, str | None]] = {}
    for layout in layouts:
        for table, columns in layout.columns().items():
            info = tables.get(table)
            actual = {} if info is None else {column.name.casefold(): column.family for column in info.columns}
            seen.setdefault(table, {}).update({column: actual.get(column.casefold()) for column in columns})
    return hashlib.blake2b(orjson.dumps(seen, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()


def _needed_indexes(layout: Layout) -> list[tuple[str, tuple[str, ...]]]:
    root = layout.shape.root
    needed = [(root.name, root.key)]
    needed += [(layout.shape.parts[name].table, layout.shape.parts[name].on) for name in layout.parts]
    for hurry in layout.shape.hurry.values():
        if isinstance(hurry, Window | Stamp):
            needed.append((root.name, (hurry.column,)))
        elif isinstance(hurry, Audit):
            needed.append((hurry.table, (hurry.grows_by,)))
    return list(dict.fromkeys(needed))


def _fits(expected: Family, actual: str) -> bool:
    return actual in (expected, "other") or (expected == "date" and actual == "timestamp")
