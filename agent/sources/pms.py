"""What a folder for a practice-management system provides: its shapes, and how to ask its database about itself.

Data only: :mod:`agent.sources.source` asks the questions. Conditions are plain SQL that all dialects share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.model.reading import Hint
from agent.sources.shape import Shape


@dataclass(frozen=True, slots=True)
class Cell:
    """One value that the database keeps of itself."""

    table: str
    column: str
    where: str | None = None
    order: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """Rows that differ between two databases and mostly stay as they are in one: part of the fingerprint."""

    table: str
    columns: tuple[str, ...]
    order: tuple[str, ...]
    where: str | None = None
    """Fixed SQL condition; it keeps away rows that may come before the first one later."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A column whose greatest value only rises."""

    table: str
    column: str

    @property
    def name(self) -> str:
        """As descriptions name it."""
        return f"{self.table}.{self.column}"


@dataclass(frozen=True, slots=True)
class News:
    """A table of notices, numbered in order, that tells cheaply what may have changed."""

    table: str
    number: str
    """Integer key that rises with every notice."""
    columns: tuple[str, ...]
    """What is read of a notice besides its number."""
    read: Callable[[Sequence[tuple[Any, ...]]], Hint]
    """What notices (values of the columns) say; its cursor is not used."""


@dataclass(frozen=True, slots=True)
class Pms:
    """A practice-management system."""

    name: str
    """As descriptions and settings name it."""
    title: str
    """As people call it."""
    shapes: tuple[Shape, ...]
    """In the order in which a first load reads them."""
    dialects: frozenset[str]
    """Database engines that it, or a stand-in for tests and demonstrations, runs on."""
    version: Cell
    """Where it keeps its version."""
    versions: tuple[tuple[int, int], tuple[int, int]]
    """First and last version that the declarations were made for, as (major, minor)."""
    facts: tuple[Fact, ...]
    """What tells one database from another."""
    marks: tuple[Mark, ...]
    """Keys that are never taken back; when one falls, this is an older or another database."""
    halted: Cell | None = None
    """A value that is not empty while nothing may be read."""
    news: News | None = None
    last_resorts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Shape -> windows that are compared only where neither an audit table nor a change stamp is to be had."""

    also_read: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Table -> columns that the write channel looks at, beside what the shapes read."""

    def shape(self, name: str) -> Shape:
        """The shape of that name; raises ``KeyError``."""
        return {shape.id: shape for shape in self.shapes}[name]

    def knows(self, version: str | None) -> bool:
        """Whether the declarations were made for a version."""
        pieces = (version or "").strip().split(".")
        try:
            number = (int(pieces[0]), int(pieces[1]) if len(pieces) > 1 else 0)
        except ValueError:
            return False
        return self.versions[0] <= number <= self.versions[1]
