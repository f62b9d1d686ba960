"""How a record shape is declared: what is read, from where, and what may have changed.

A declaration is data, checked line by line by someone who knows the office's software. From it come the SELECT lists
(only the columns named here are ever read), the compiled mapper, the check against the actual schema, and the mapping
document. A shape is a root table, its parts (0..n rows of other tables that belong to a record) and its lookups
(small tables read whole).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from agent.model.reading import Issue


@dataclass(frozen=True, slots=True)
class Table:
    """The root table of a shape."""

    name: str
    key: tuple[str, ...]
    """Key columns, in key order."""
    where: str | None = None
    """Fixed SQL condition that limits which rows are records (written in the plain SQL that all dialects share)."""
    integer_key: bool = True
    """False for text keys, which only the database can compare."""


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of another table that belong to a record."""

    table: str
    on: tuple[str, ...]
    """Columns that hold the root's key; an index must lead with them (checked on the real database)."""
    order: tuple[str, ...]
    """Columns that, after ``on``, give the rows a fixed order."""
    where: str | None = None
    """Fixed SQL condition."""
    optional: bool = False
    """True when older versions lack the table: then the fields fed by it are absent."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """A small table read whole, and again when it may have changed."""

    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    where: str | None = None
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """Accelerator: records whose date column lies near today, compared at every poll. The column needs an index."""

    column: str
    back: int
    """Days back."""
    ahead: int
    """Days ahead."""


@dataclass(frozen=True, slots=True)
class Audit:
    """Accelerator: append-only audit rows that name root keys."""

    table: str
    grows_by: str
    """Integer key that rises with every row."""
    names: tuple[str, ...]
    """Columns that hold the root key."""
    overlap: int = 200
    """How many numbers to look back, for rows committed late."""


@dataclass(frozen=True, slots=True)
class HighWater:
    """Accelerator: new records get rising integer keys."""

    overlap: int = 200


@dataclass(frozen=True, slots=True)
class Stamp:
    """Accelerator: a change stamp kept by the database; used only where it has an index."""

    column: str
    overlap_seconds: int = 600


Hurry = Window | Audit | HighWater | Stamp


class Binding(Protocol):
    """Where the values of a record are, for a field that is being compiled."""

    def root(self, column: str) -> int:
        """Index of a root column in the root row."""

    def part(self, part: str, column: str) -> tuple[int, int]:
        """Index of a part, and of one of its columns in that part's rows."""

    def has(self, part: str | None, column: str) -> bool:
        """Whether this database has the column (columns may be declared optional)."""

    def lookup(self, name: str) -> Mapping[Any, tuple[Any, ...]]:
        """A lookup's rows by key (one-column keys are not wrapped in a tuple)."""

    @property
    def zone(self) -> str:
        """IANA zone of the practice."""


Value = Any
Report = list[Issue]


class FieldSpec(Protocol):
    """One canonical field: which columns it needs and how its value is made."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Root columns read."""

    @property
    def part_columns(self) -> Mapping[str, tuple[str, ...]]:
        """Columns read of each part."""

    @property
    def lookups(self) -> tuple[str, ...]:
        """Lookups used."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A record shape."""

    id: str
    """Unique in the source: the resource's name, or ``resource.variant`` where several shapes feed one resource."""
    resource: str
    root: Table
    fields: Mapping[str, FieldSpec]
    parts: Mapping[str, Part] = field(default_factory=dict)
    lookups: Mapping[str, Lookup] = field(default_factory=dict)
    hurry: Mapping[str, Hurry] = field(default_factory=dict)
    fixed_id: str | None = None
    """The canonical id of the one record of this shape, whatever its key."""
    id_prefix: str = ""
    """Put before the key where several shapes feed one resource (``adjustment-12``)."""
    small: bool = False
    """A reference table of at most a few hundred rows: compared whole at every lookup interval."""
    identity: tuple[str, ...] = ()
    """Canonical fields that tell whether a reused key is another person."""
    mapping_version: int = 1
    """Raised whenever the declaration maps something differently."""
    assumed: str | None = None
    """The named assumption that this shape rests on, where no fact proves the table."""
    updated_at: FieldSpec | None = None
    """The PMS's own change stamp, where a record has one: sent beside the data, not part of its version."""

    def specs(self) -> tuple[FieldSpec, ...]:
        """Everything that is made from a record: what a layout must read."""
        return (*self.fields.values(), *((self.updated_at,) if self.updated_at is not None else ()))
