"""The words in which canonical fields are declared: which columns a field needs and how its value is made of them.

A declaration is data; :mod:`agent.sources.mapping` compiles it. Every word knows the columns, parts and lookups that it
reads and writes itself down as an expression over the current row (``bind``); nothing here touches a row or a database.
A plain string where a word is expected means the column's value as it is.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from agent.sources import money as amounts
from agent.sources import phones as numbers
from agent.sources import times, values
from agent.sources.codes import CodeTable
from agent.sources.doubt import readable
from agent.sources.layout import Family

ABSENT: Any = object()
"""What a field that a record does not have is made of: it is left out of the data (see :func:`sometimes`)."""


class Place(Protocol):
    """Where an expression stands: among the columns of the root row or of a part's row."""

    def cell(self, column: str) -> str:
        """Expression of a column's value."""

    def call(self, make: Callable[..., Any], *arguments: str) -> str:
        """Expression that applies a function."""

    def memo(self, make: Callable[..., Any], *arguments: str) -> str:
        """The same, remembering the result for arguments seen (few different ones; never for lists)."""

    def unless(self, cell: str, empty: frozenset[Any], made: str) -> str:
        """The expression ``made``, but null where the cell is one of the empty values."""

    def constant(self, value: Any) -> str:
        """Expression of a fixed value."""

    def made(self, name: str) -> str:
        """Expression of a field declared earlier."""

    def rows(self, part: str) -> str | None:
        """Expression of a part's rows; None when this database lacks the table."""

    def within(self, part: str) -> Place:
        """The place inside a part's row, called ``s``."""

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
        return tuple(
            dict.fromkeys(
                [name for word in self.words() for name in word.own_lookups()]
                + [name for piece in inside for name in piece.lookups]
            )
        )


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

    def bind(self, at: Place) -> str:
        """The transform of the column."""
        cell = at.cell(self.column)
        if self.few:
            return at.memo(self.make, cell)
        made = at.call(self.make, cell)
        return at.unless(cell, self.empty, made) if self.empty else made

    def own_columns(self) -> tuple[str, ...]:
        """The column."""
        return (self.column,)

    def own_families(self) -> Mapping[str, Family]:
        """The column's family."""
        return {} if self.family is None else {self.column: self.family}


_NO_TEXT = frozenset({None, ""})


def text(column: str, *, few: bool = False) -> Column:
    """Text, trimmed; empty is null."""
    return Column(column, values.text, few=few, empty=_NO_TEXT)


def integer(column: str) -> Column:
    """A whole number."""
    return Column(column, values.integer, few=True, family="number")


def flag(column: str) -> Column:
    """A boolean from 1/0 or Y/N."""
    return Column(column, values.flag, few=True)


def not_flag(column: str) -> Column:
    """A boolean from its opposite."""
    return Column(column, values.not_flag, few=True)


def yes_no(column: str) -> Column:
    """``yes``, ``no`` or ``unknown`` from Y or N."""
    return Column(column, values.yes_no, few=True)


def date(column: str) -> Column:
    """A date."""
    return Column(column, times.day, few=True, family="date")


def date_of(column: str) -> Column:
    """The date part of a date and time."""
    return Column(column, times.day, family="date", empty=times.EMPTY)


def local_time(column: str, *, few: bool = False) -> Column:
    """A local date and time; ``few`` where many records share one (the slots of a schedule)."""
    return Column(column, times.local_time, few=few, family="timestamp", empty=times.EMPTY)


def time_unless_midnight(column: str) -> Column:
    """A local date and time of which midnight says that nothing was recorded."""
    return Column(column, times.time_unless_midnight, family="timestamp", empty=times.EMPTY)


def stamp(column: str) -> Column:
    """The PMS's own change stamp."""
    return Column(column, times.stamp)


def money(column: str, *, sign: int = 1) -> Column:
    """An amount as stored, or with its sign turned."""
    return Column(column, amounts.money if sign > 0 else amounts.negative_money, few=True, family="number")


def share(column: str, *, sign: int = 1) -> Column:
    """An amount that cannot be unknown: 0.00 with an issue where the PMS has none."""
    return Column(column, amounts.never_null(amounts.money if sign > 0 else amounts.negative_money), few=True)


def one_email(column: str) -> Column:
    """The one e-mail address of a column, as a list."""
    return Column(column, values.one_email)


def email_list(column: str) -> Column:
    """E-mail addresses separated by commas or semicolons."""
    return Column(column, values.email_list)


@dataclass(frozen=True)
class Reference:
    """How the id of another record is made of a column; see :func:`ref`."""

    prefix: str
    none_if: tuple[Any, ...]
    zero_exists: bool

    def __call__(self, raw: Any) -> str | None:
        """The id, or None when the column refers to nothing."""
        if raw in self.none_if:
            return None
        name = values.numbered(raw) if self.zero_exists else values.reference(raw)
        return None if name is None else f"{self.prefix}{name}"


def ref(
    column: str, *, prefix: str = "", none_if: tuple[Any, ...] = (), zero_exists: bool = False, few: bool = False
) -> Column:
    """The id of another record; null, blank, 0 (unless ``zero_exists``) and ``none_if`` refer to nothing."""
    if not prefix and not none_if:
        return Column(column, values.numbered if zero_exists else values.reference, few=few)
    return Column(column, Reference(prefix, none_if, zero_exists), few=few)


def key(column: str) -> Column:
    """The key of a part's row as an id."""
    return Column(column, values.key_text)


def _word(source: str | Word) -> Word:
    return Column(source, readable, few=True) if isinstance(source, str) else source


@dataclass(frozen=True)
class Code(Word):
    """A code, through a code table."""

    source: Word
    table: CodeTable

    def bind(self, at: Place) -> str:
        """The decoded value."""
        return at.memo(at.decoder(self.table), self.source.bind(at))

    def inner(self) -> tuple[Word, ...]:
        """Where the code comes from."""
        return (self.source,)


def code(source: str | Word, table: CodeTable) -> Code:
    """A code, through a code table; one that the table does not know is unknown, with an issue."""
    return Code(_word(source), table)


@dataclass(frozen=True)
class Derived(Word):
    """A function of several values."""

    make: Callable[..., Any]
    sources: tuple[Word, ...]
    sometimes: bool = False
    """True when the function may answer ``ABSENT``."""
    few: bool = False
    """True where there are few different values, which are then remembered."""

    def bind(self, at: Place) -> str:
        """The function applied."""
        return (at.memo if self.few else at.call)(self.make, *(source.bind(at) for source in self.sources))

    def inner(self) -> tuple[Word, ...]:
        """What it is a function of."""
        return self.sources


def derived(make: Callable[..., Any], *sources: str | Word, few: bool = False) -> Derived:
    """A function of several values, each a column or a word."""
    return Derived(make, tuple(_word(source) for source in sources), few=few)


def sometimes(make: Callable[..., Any], *sources: str | Word) -> Derived:
    """The same for a field that only some records have: the function answers ``ABSENT`` for the others."""
    return Derived(make, tuple(_word(source) for source in sources), sometimes=True)


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
class LookedUp(Word):
    """A column of a lookup's row, found by key, through a transform."""

    source: Word
    name: str
    column: str
    make: Callable[[Any], Any]

    def bind(self, at: Place) -> str:
        """The row's value, None when there is no such row."""
        rows, make = at.lookup(self.name, self.column), self.make

        def find(raw: Any) -> Any:
            return make(rows.get(values.folded(raw)))

        return at.memo(find, self.source.bind(at))

    def inner(self) -> tuple[Word, ...]:
        """Where the key comes from."""
        return (self.source,)

    def own_lookups(self) -> tuple[str, ...]:
        """The lookup."""
        return (self.name,)


def looked_up(source: str | Word, name: str, column: str, make: Callable[[Any], Any] = values.text) -> LookedUp:
    """A column of a lookup's row, null when the key is null or has no row."""
    return LookedUp(_word(source), name, column, make)


@dataclass(frozen=True)
class FromLookup(Word):
    """A function of a lookup as a whole and of one value."""

    source: Word
    name: str
    make: Callable[[Sequence[tuple[Any, ...]]], Callable[[Any], Any]]
    """Takes the lookup's rows (its columns as declared, in key order) once; answers the transform."""

    def bind(self, at: Place) -> str:
        """The transform applied."""
        return at.call(self.make(at.table(self.name)), self.source.bind(at))

    def inner(self) -> tuple[Word, ...]:
        """Where the value comes from."""
        return (self.source,)

    def own_lookups(self) -> tuple[str, ...]:
        """The lookup."""
        return (self.name,)


def from_lookup(
    source: str | Word, name: str, make: Callable[[Sequence[tuple[Any, ...]]], Callable[[Any], Any]]
) -> FromLookup:
    """A function of a lookup as a whole and of one value."""
    return FromLookup(_word(source), name, make)


@dataclass(frozen=True)
class Zone(Word):
    """The IANA zone of the record's location."""

    location: Word

    def bind(self, at: Place) -> str:
        """The zone's name."""
        return at.memo(at.zone_of, self.location.bind(at))

    def inner(self) -> tuple[Word, ...]:
        """Where the location comes from."""
        return (self.location,)


def zone(location: Word | None = None) -> Zone:
    """The IANA zone of a location; without one, the practice's."""
    return Zone(location or Const(None))


@dataclass(frozen=True)
class Object(Word):
    """An object of named values."""

    fields: Mapping[str, Word]

    def bind(self, at: Place) -> str:
        """A dict display."""
        return "{" + ", ".join(f"{name!r}: {word.bind(at)}" for name, word in self.fields.items()) + "}"

    def inner(self) -> tuple[Word, ...]:
        """The values."""
        return tuple(self.fields.values())


def _address(*lines: str | None) -> dict[str, str | None] | None:
    if lines == (None, None, None, None, None):
        return None
    line_1, line_2, city, state, postal_code = lines
    return {"line_1": line_1, "line_2": line_2, "city": city, "state": state, "postal_code": postal_code}


def address(*sources: str | Word) -> Derived:
    """A postal address of five values: two lines, city, state, postal code; null when all are blank."""
    return Derived(_address, tuple(text(source) if isinstance(source, str) else source for source in sources))


@dataclass(frozen=True)
class _Phones:
    kinds: tuple[str, ...]

    def __call__(self, *given: str | None) -> list[dict[str, Any]]:
        return numbers.phone_list(self.kinds, given)


def phones(**columns: str) -> Derived:
    """Telephone numbers by kind (``home="home_phone"``), in the order given; blank ones are left out."""
    return Derived(_Phones(tuple(columns)), tuple(text(column) for column in columns.values()))


def _work_phone(number: str | None) -> dict[str, Any] | None:
    return None if number is None else numbers.phone_list(("work",), (number,))[0]


def work_phone(source: str | Word) -> Derived:
    """The one number of a site."""
    return Derived(_work_phone, (text(source) if isinstance(source, str) else source,))


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


def many(part: str, element: Word | Mapping[str, Word]) -> Many:
    """A list with one value, or one object of named values, for each row of a part."""
    return Many(part, element if isinstance(element, Word) else Object(element))


@dataclass(frozen=True)
class OfMany(Word):
    """A function of a list and of other values."""

    make: Callable[..., Any]
    rows: Many
    sources: tuple[Word, ...] = ()

    def bind(self, at: Place) -> str:
        """The function applied."""
        return at.call(self.make, self.rows.bind(at), *(source.bind(at) for source in self.sources))

    def inner(self) -> tuple[Word, ...]:
        """The list and the other values."""
        return (self.rows, *self.sources)


def _only(found: list[Any]) -> Any:
    first = found[0] if found else None
    return first if all(value == first for value in found) else None


def only(part: str, element: Word) -> OfMany:
    """The value that all rows of a part have in common, else null."""
    return OfMany(_only, Many(part, element))


def _only_known(found: list[Any]) -> Any:
    known = {value for value in found if value is not None}
    return known.pop() if len(known) == 1 else None


def only_known(part: str, element: Word) -> OfMany:
    """The one value that rows of a part have, leaving out rows that have none; else null."""
    return OfMany(_only_known, Many(part, element))


def _last(found: list[Any]) -> Any:
    return found[-1] if found else None


def last(part: str, element: str | Word) -> OfMany:
    """The value of a part's last row, null when it has none."""
    return OfMany(_last, Many(part, _word(element)))


def in_order(part: str, element: Word) -> OfMany:
    """The values of a part's rows, sorted, without nulls."""
    return OfMany(_sorted, Many(part, element))


def _sorted(found: list[Any]) -> list[Any]:
    return found if len(found) == 1 and found[0] is not None else sorted(value for value in found if value is not None)
