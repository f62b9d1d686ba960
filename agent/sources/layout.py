"""Which columns of which tables a shape is read from on this database, and where they stand in a row.

Owns the order of columns in rows; knows no dialect and never talks to a database. Identifiers in a layout come from
declarations only: they are what the compiled SQL consists of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from agent.sources.shape import Audit, FieldSpec, Shape, Stamp, Window

Family = Literal["number", "text", "date", "time", "timestamp", "binary", "other"]
"""Simple families of column types. A ``timestamp`` column may stand where a ``date`` is expected, not the reverse."""

Column = tuple[str, str]
"""Table and column, as declared."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that make up a shape's rows on one database."""

    shape: Shape
    root_columns: tuple[str, ...]
    """Columns of the root row: the key columns first, in key order."""
    part_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Per part that exists here: its columns; first those of ``on``, then those of ``order``, then the rest."""
    families: Mapping[Column, Family] = field(default_factory=dict)
    """What family of type is expected of a column, where that matters."""

    @property
    def key_width(self) -> int:
        """Number of key columns."""
        return len(self.shape.root.key)

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of the parts that are read, in the order in which a record carries them."""
        return tuple(name for name in self.shape.parts if name in self.part_columns)

    def root_index(self, column: str) -> int:
        """Index of a root column in the root row; raises ``KeyError`` when the column is not read."""
        return _index(self.root_columns, column)

    def part_index(self, part: str, column: str) -> tuple[int, int]:
        """Index of a part in a record and of one of its columns in its rows; ``KeyError`` when it is not read."""
        return _index(self.parts, part), _index(self.part_columns[part], column)

    def has(self, part: str | None, column: str) -> bool:
        """Whether a column of the root (``None``) or of a part is read on this database."""
        return column in (self.root_columns if part is None else self.part_columns.get(part, ()))

    def columns(self) -> dict[str, tuple[str, ...]]:
        """Every column that is read, by table; accelerators' and lookups' tables included."""
        found: dict[str, dict[str, None]] = {}

        def add(table: str, names: Iterable[str]) -> None:
            found.setdefault(table, {}).update(dict.fromkeys(names))

        add(self.shape.root.name, self.root_columns)
        for name in self.parts:
            add(self.shape.parts[name].table, self.part_columns[name])
        for hurry in self.shape.hurry.values():
            if isinstance(hurry, Audit):
                add(hurry.table, (hurry.grows_by, *hurry.names))
            elif isinstance(hurry, Window | Stamp):
                add(self.shape.root.name, (hurry.column,))
        for lookup in self.shape.lookups.values():
            add(lookup.table, (*lookup.key, *lookup.columns))
        return {table: tuple(names) for table, names in found.items()}


def layout_of(shape: Shape, absent: Collection[Column] = (), absent_tables: Collection[str] = ()) -> Layout:
    """Collect the columns of a shape.

    ``absent``: columns that this database lacks *and* that are declared optional; they are left out. ``absent_tables``:
    tables of optional parts that it lacks; those parts are left out. A field spec may carry ``families``, a mapping of
    its root columns to the family of type it expects.
    """
    gone = {(table.casefold(), column.casefold()) for table, column in absent}
    gone_tables = {table.casefold() for table in absent_tables}

    def kept(table: str, names: Iterable[str]) -> tuple[str, ...]:
        return tuple(n for n in dict.fromkeys(names) if (table.casefold(), n.casefold()) not in gone)

    root = [*shape.root.key]
    families: dict[Column, Family] = {}
    of_parts: dict[str, list[str]] = {
        name: [*part.on, *part.order]
        for name, part in shape.parts.items()
        if not (part.optional and part.table.casefold() in gone_tables)
    }
    if shape.root.integer_key:
        families.update({(shape.root.name, column): "number" for column in shape.root.key})
    for spec in shape.specs():
        root.extend(spec.columns)
        families.update({(shape.root.name, column): family for column, family in _families_of(spec).items()})
        for part, columns in spec.part_columns.items():
            if part in of_parts:
                of_parts[part].extend(columns)
    for hurry in shape.hurry.values():
        if isinstance(hurry, Window):
            families.setdefault((shape.root.name, hurry.column), "date")
        elif isinstance(hurry, Stamp):
            families.setdefault((shape.root.name, hurry.column), "timestamp")
        elif isinstance(hurry, Audit):
            families.setdefault((hurry.table, hurry.grows_by), "number")
    return Layout(
        shape=shape,
        root_columns=kept(shape.root.name, root),
        part_columns={name: kept(shape.parts[name].table, columns) for name, columns in of_parts.items()},
        families=families,
    )


def _families_of(spec: FieldSpec) -> Mapping[str, Family]:
    found: Mapping[str, Family] = getattr(spec, "families", {})
    return found


def _index(names: tuple[str, ...], name: str) -> int:
    try:
        return names.index(name)
    except ValueError:
        raise KeyError(name) from None
