"""What declarations are made of: the pieces that know what they read and write themselves down as expressions.

A declaration is data; :mod:`agent.sources.mapping` compiles it. Every word knows the columns, parts and lookups that it
reads and writes itself down as an expression over the current row (``bind``); nothing here touches a row or a database.
Declarations are written with the functions of :mod:`agent.sources.fields`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agent.sources import values
from agent.sources.codes import CodeTable
from agent.sources.layout import Family

ABSENT: Any = object()
"""What a field that a record does not have is made of: it is left out of the data (see :func:`sometimes`)."""


class Place(Protocol):
    """Where an expression stands: among the columns of the root row or of a part's row."""

    hidden: bool
    """Whether a function makes something of the value: what is odd about it need not show in the record then."""

    def hide(self) -> Place:
        """The same place for a function's arguments."""

    def cell(self, column: str) -> str:
        """Expression of a column's value."""

    def call(self, make: Callable[..., Any], *arguments: str) -> str:
        """Expression that applies a function."""

    def memo(self, make: Callable[..., Any], *arguments: str) -> str:
        """The same, remembering the result for arguments seen (few different ones; never for lists)."""

    def remember(self, word: Applied) -> str:
        """The word's expression, its value remembered for each combination of what it depends on."""

    def quick(self, quick: str, made: str) -> str:
        """``quick`` where haste is wanted: it may fail for odd values, for which ``made`` says what they mean."""

    def use(self, thing: Any) -> str:
        """The name of an object."""

    def constant(self, value: Any) -> str:
        """Expression of a fixed value."""

    def made(self, name: str) -> str:
        """Expression of a field declared earlier."""

    def rows(self, part: str) -> str | None:
        """Expression of a part's rows; None when this database lacks the table."""

    def within(self, part: str, row: str = "s") -> Place:
        """The place inside a part's row; ``row`` is the expression of that row."""

    def lookup(self, name: str, column: str) -> Mapping[Any, Any]:
        """One column of a lookup by key (text keys folded)."""

    def table(self, name: str) -> Sequence[tuple[Any, ...]]:
        """A lookup's rows in key order."""

    def decoder(self, table: CodeTable) -> Callable[[Any], Any]:
        """A code table with the practice's overrides."""

    def zone_of(self, location: str | None) -> str:
        """IANA zone of a location."""


class Word(ABC):
    """A field's declaration, or a piece of one."""

    @abstractmethod
    def bind(self, at: Place) -> str:
        """The expression that makes the value."""

    def own_columns(self) -> tuple[str, ...]:
        """Columns that this word reads itself, in its place."""
        return ()

    def own_families(self) -> Mapping[str, Family]:
        """The family of type that this word's own columns must have, where it matters."""
        return {}

    def inner(self) -> tuple[Word, ...]:
        """Words that this one is made of, in the same place."""
        return ()

    def own_parts(self) -> Mapping[str, tuple[Word, ...]]:
        """Words that stand within a part's rows."""
        return {}

    def own_lookups(self) -> tuple[str, ...]:
        """Lookups that this word uses itself."""
        return ()

    def words(self) -> Iterator[Word]:
        """This word and all inside it that stand in the same place."""
        yield self
        for word in self.inner():
            yield from word.words()

    @property
    def stands_alone(self) -> bool:
        """Whether the value follows from columns of the current row and lookups alone."""
        return not any(isinstance(word, Same) or word.own_parts() for word in self.words())

    @property
    def columns(self) -> tuple[str, ...]:
        """Root columns read."""
        return tuple(dict.fromkeys(column for word in self.words() for column in word.own_columns()))

    @property
    def families(self) -> Mapping[str, Family]:
        """The family of type that root columns must have, where it matters."""
        return {column: family for word in self.words() for column, family in word.own_families().items()}

    @property
    def part_columns(self) -> Mapping[str, tuple[str, ...]]:
        """Columns read of each part."""
        found: dict[str, dict[str, None]] = {}
        for word in self.words():
            for part, inside in word.own_parts().items():
                columns = found.setdefault(part, {})
                for piece in inside:
                    columns.update(dict.fromkeys(piece.columns))
        return {part: tuple(columns) for part, columns in found.items()}

    @property
    def lookups(self) -> tuple[str, ...]:
        """Lookups used."""
        inside = (piece for word in self.words() for pieces in word.own_parts().values() for piece in pieces)
        own = [name for word in self.words() for name in word.own_lookups()]
        return tuple(dict.fromkeys([*own, *(name for piece in inside for name in piece.lookups)]))


@dataclass(frozen=True)
class Column(Word):
    """One column, through one transform."""

    column: str
    make: Callable[[Any], Any]
    few: bool = False
    """True where the office has few different values, which are then remembered."""
    family: Family | None = None
    """What family of type the column must have, where it matters."""
    empty: frozenset[Any] = frozenset()
    """Raw values that are null without asking the transform, which says the same."""
    quick: Callable[[Place, str, str], str] | None = None
    """For usual values: an expression of the cell that says what the transform (second expression) says, sooner. It
    may fail where the transform does not."""

    def bind(self, at: Place) -> str:
        """The transform of the column."""
        cell = at.cell(self.column)
        if self.few:
            return at.memo(self.make, cell)
        made = at.call(self.make, cell)
        quick = made if self.quick is None else self.quick(at, cell, made)
        return at.quick(f"(None if {cell} in {at.use(self.empty)} else {quick})" if self.empty else quick, made)

    def own_columns(self) -> tuple[str, ...]:
        """The column."""
        return (self.column,)

    def own_families(self) -> Mapping[str, Family]:
        """The column's family."""
        return {} if self.family is None else {self.column: self.family}


class Applied(Word):
    """A function applied to expressions, whose values may be remembered."""

    @abstractmethod
    def applied(self, at: Place) -> tuple[Callable[..., Any], tuple[str, ...]]:
        """The function and the expressions of its arguments."""

    def bind_once(self, at: Place) -> str:
        """The function called anew for each record."""
        make, arguments = self.applied(at)
        return at.call(make, *arguments)


@dataclass(frozen=True)
class Code(Applied):
    """A code, through a code table."""

    source: Word
    table: CodeTable

    def bind(self, at: Place) -> str:
        """The decoded value, remembered."""
        return at.remember(self)

    def applied(self, at: Place) -> tuple[Callable[..., Any], tuple[str, ...]]:
        """The table, of the code."""
        return at.decoder(self.table), (self.source.bind(at.hide()),)

    def inner(self) -> tuple[Word, ...]:
        """Where the code comes from."""
        return (self.source,)


@dataclass(frozen=True)
class Derived(Applied):
    """A function of several values."""

    make: Callable[..., Any]
    sources: tuple[Word, ...]
    sometimes: bool = False
    """True when the function may answer ``ABSENT``."""
    few: bool = False
    """True where there are few different values, which are then remembered."""
    fresh: bool = False
    """True when the values are lists: every record gets its own."""
    shows: bool = False
    """True when all texts that it is made of show in its value."""

    def bind(self, at: Place) -> str:
        """The function applied; remembered where there are few values."""
        if not self.few:
            return self.bind_once(at)
        found = at.remember(self)
        return at.quick(f"{found}.copy()", found) if self.fresh else found

    def applied(self, at: Place) -> tuple[Callable[..., Any], tuple[str, ...]]:
        """The function, of its sources."""
        inside = at if self.shows else at.hide()
        return self.make, tuple(source.bind(inside) for source in self.sources)

    def inner(self) -> tuple[Word, ...]:
        """What it is a function of."""
        return self.sources


@dataclass(frozen=True)
class Same(Word):
    """A field declared earlier in the same shape."""

    name: str

    def bind(self, at: Place) -> str:
        """The field's value."""
        return at.made(self.name)


@dataclass(frozen=True)
class Const(Word):
    """A fixed value."""

    value: Any

    def bind(self, at: Place) -> str:
        """The value."""
        return at.constant(self.value)


@dataclass(frozen=True)
class LookedUp(Applied):
    """A column of a lookup's row, found by key, through a transform."""

    source: Word
    name: str
    column: str
    make: Callable[[Any], Any]

    def bind(self, at: Place) -> str:
        """The row's value, remembered."""
        return at.remember(self)

    def applied(self, at: Place) -> tuple[Callable[..., Any], tuple[str, ...]]:
        """The row's value, None when there is no such row; of the key."""
        rows, make = at.lookup(self.name, self.column), self.make

        def find(raw: Any) -> Any:
            return make(rows.get(values.folded(raw)))

        return find, (self.source.bind(at.hide()),)

    def inner(self) -> tuple[Word, ...]:
        """Where the key comes from."""
        return (self.source,)

    def own_lookups(self) -> tuple[str, ...]:
        """The lookup."""
        return (self.name,)


@dataclass(frozen=True)
class FromLookup(Word):
    """A function of a lookup as a whole and of one value."""

    source: Word
    name: str
    make: Callable[[Sequence[tuple[Any, ...]]], Callable[[Any], Any]]
    """Takes the lookup's rows (its columns as declared, in key order) once; answers the transform."""

    def bind(self, at: Place) -> str:
        """The transform applied."""
        return at.call(self.make(at.table(self.name)), self.source.bind(at.hide()))

    def inner(self) -> tuple[Word, ...]:
        """Where the value comes from."""
        return (self.source,)

    def own_lookups(self) -> tuple[str, ...]:
        """The lookup."""
        return (self.name,)


@dataclass(frozen=True)
class Zone(Word):
    """The IANA zone of the record's location."""

    location: Word

    def bind(self, at: Place) -> str:
        """The zone's name."""
        return at.memo(at.zone_of, self.location.bind(at.hide()))

    def inner(self) -> tuple[Word, ...]:
        """Where the location comes from."""
        return (self.location,)


@dataclass(frozen=True)
class Object(Word):
    """An object of named values."""

    fields: Mapping[str, Word]

    def bind(self, at: Place) -> str:
        """A dict display, in the order of canonical JSON."""
        return "{" + ", ".join(f"{name!r}: {word.bind(at)}" for name, word in sorted(self.fields.items())) + "}"

    def inner(self) -> tuple[Word, ...]:
        """The values."""
        return tuple(self.fields.values())


@dataclass(frozen=True)
class Many(Word):
    """One value for each row of a part."""

    part: str
    element: Word

    def bind(self, at: Place) -> str:
        """A list; empty when this database lacks the table."""
        rows = at.rows(self.part)
        return (
            "[]" if rows is None else f"([{self.element.bind(at.within(self.part))} for s in {rows}] if {rows} else [])"
        )

    def own_parts(self) -> Mapping[str, tuple[Word, ...]]:
        """The element stands within the part."""
        return {self.part: (self.element,)}


@dataclass(frozen=True)
class OfMany(Word):
    """A function of a list and of other values."""

    make: Callable[..., Any]
    rows: Many
    sources: tuple[Word, ...] = ()

    def bind(self, at: Place) -> str:
        """The function applied."""
        return at.call(self.make, *(word.bind(at.hide()) for word in self.inner()))

    def inner(self) -> tuple[Word, ...]:
        """The list and the other values."""
        return (self.rows, *self.sources)


@dataclass(frozen=True)
class Last(Word):
    """The value of a part's last row."""

    part: str
    element: Word

    def bind(self, at: Place) -> str:
        """The element in the last row, None when there is none."""
        rows = at.rows(self.part)
        if rows is None:
            return "None"
        return f"({self.element.bind(at.within(self.part, f'{rows}[-1]'))} if {rows} else None)"

    def own_parts(self) -> Mapping[str, tuple[Word, ...]]:
        """The element stands within the part."""
        return {self.part: (self.element,)}
