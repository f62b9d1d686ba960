"""Rows for mapper tests: a record from the columns that a case names, and what the mapper makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from agent.model.reading import Mapped, Record
from agent.sources.layout import layout_of
from agent.sources.mapping import LookupTable, Mapper, Office
from agent.sources.shape import Shape

CHICAGO = Office("America/Chicago")

Columns = Mapping[str, Any]


def mapper_of(
    shape: Shape, lookups: Mapping[str, Mapping[Any, tuple[Any, ...]]] | None = None, office: Office = CHICAGO
) -> Mapper:
    """A mapper over lookups given as ``{name: {key: values}}``."""
    tables = {name: LookupTable(shape.lookups[name].columns, dict(rows)) for name, rows in (lookups or {}).items()}
    return Mapper(layout_of(shape), tables, office)


def record_of(shape: Shape, columns: Columns, parts: Mapping[str, Sequence[Columns]] | None = None) -> Record:
    """A record; columns that are not named are null, the key is 7 or ``A7``."""
    layout = layout_of(shape)
    unknown = set(columns) - set(layout.root_columns)
    assert not unknown, f"not read: {unknown}"
    key = {layout.root_columns[0]: 7 if shape.root.integer_key else "A7"}
    row = tuple({**key, **columns}.get(name) for name in layout.root_columns)
    rows = tuple(
        tuple(tuple(given.get(name) for name in layout.part_columns[part]) for given in (parts or {}).get(part, ()))
        for part in layout.parts
    )
    return Record(row[: layout.key_width], row, rows)


def mapped(
    shape: Shape,
    columns: Columns,
    parts: Mapping[str, Sequence[Columns]] | None = None,
    lookups: Mapping[str, Mapping[Any, tuple[Any, ...]]] | None = None,
    office: Office = CHICAGO,
) -> Mapped:
    """One record through a mapper of its own."""
    (result,) = mapper_of(shape, lookups, office).map([record_of(shape, columns, parts)])
    return result


def issues_of(result: Mapped) -> list[tuple[str, str]]:
    """Issues as pairs."""
    return [(issue.field, issue.code) for issue in result.issues]
