"""The words in which canonical fields are declared: which columns a field needs and how its value is made of them.

A declaration should read like a sentence about the office's software. A plain string where a word is expected means the
column's value as it is. Nothing here touches a row or a database.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from agent.model.resources import Address, Phone
from agent.sources import money as amounts
from agent.sources import phones as numbers
from agent.sources import times, values
from agent.sources.codes import CodeTable
from agent.sources.doubt import readable
from agent.sources.words import (
    Code,
    Column,
    Const,
    Derived,
    FromLookup,
    Last,
    LookedUp,
    Many,
    Object,
    OfMany,
    Place,
    Word,
    Zone,
)

T = TypeVar("T")


def text(column: str, *, few: bool = False) -> Column:
    """Text, trimmed; empty is null."""
    return Column(column, values.text, few=few, quick=_quick_text)


def integer(column: str, *, few: bool = True) -> Column:
    """A whole number."""
    return Column(column, values.integer, few=few, family="number")


def flag(column: str) -> Column:
    """A boolean from 1/0 or Y/N."""
    return Column(column, values.flag, few=True)


def not_flag(column: str) -> Column:
    """A boolean from its opposite."""
    return Column(column, values.not_flag, few=True)


def yes_no(column: str) -> Column:
    """``yes``, ``no`` or ``unknown`` from Y or N."""
    return Column(column, values.yes_no, few=True)


def date(column: str, *, few: bool = True) -> Column:
    """A date; ``few`` unless records hardly ever share one (dates of birth)."""
    return Column(column, times.day, few=few, family="date", quick=_quick_date)


def date_of(column: str) -> Column:
    """The date part of a date and time."""
    return Column(column, times.day, family="date", quick=_quick_day)


def _quick_text(at: Place, cell: str, made: str) -> str:
    if at.hidden:
        return made
    # NUL, half a surrogate pair and endless text show in the canonical bytes: such a record is mapped carefully.
    return f"(({cell}.strip() or None) if type({cell}) is str else None if {cell} is None else {made})"


def _quick_email(_at: Place, cell: str, made: str) -> str:
    return f"(([one] if (one := {cell}.strip()) else []) if type({cell}) is str else {made})"


def _quick_emails(_at: Place, cell: str, made: str) -> str:
    one = f"[one] if (one := {cell}.strip()) else []"
    return f"(({one}) if type({cell}) is str and ',' not in {cell} and ';' not in {cell} else {made})"


def _quick_date(at: Place, cell: str, made: str) -> str:
    plain = f"{cell}[:4] in {at.use(times.YEARS)} and {cell}[4:] in {at.use(times.DAYS)}"
    return f"(({cell} if {plain} else {at.memo(times.day, cell)}) if {cell} else {made})"


def _quick_day(at: Place, cell: str, made: str) -> str:
    return f"({at.memo(times.day, f'{cell}[:10]')} if {cell} else {made})"


def _quick_time(at: Place, cell: str, _made: str) -> str:
    day, time = at.memo(times.day_itself, f"{cell}[:10]"), at.memo(times.time_of_day, f"{cell}[11:19]")
    return f"{day} + 'T' + {time}"


def _quick_time_unless_midnight(at: Place, cell: str, made: str) -> str:
    return f"({made} if {cell}[11:19] == '00:00:00' else {_quick_time(at, cell, made)})"


def _quick_number(_at: Place, cell: str, made: str) -> str:
    return f"(str({cell}) if {cell} and type({cell}) is int else {made})"


def local_time(column: str, *, few: bool = False) -> Column:
    """A local date and time; ``few`` where many records share one (the slots of a schedule)."""
    return Column(column, times.local_time, few=few, family="timestamp", empty=times.EMPTY, quick=_quick_time)


def time_unless_midnight(column: str) -> Column:
    """A local date and time of which midnight says that nothing was recorded."""
    return Column(
        column,
        times.time_unless_midnight,
        family="timestamp",
        empty=times.EMPTY,
        quick=_quick_time_unless_midnight,
    )


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
    return Column(column, values.one_email, quick=_quick_email)


def email_list(column: str) -> Column:
    """E-mail addresses separated by commas or semicolons."""
    return Column(column, values.email_list, quick=_quick_emails)


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
        return Column(column, values.numbered if zero_exists else values.reference, few=few, quick=_quick_number)
    return Column(column, Reference(prefix, none_if, zero_exists), few=few)


def key(column: str) -> Column:
    """The key of a part's row as an id."""
    return Column(column, values.row_id, quick=_quick_number)


def _word(source: str | Word) -> Word:
    return Column(source, readable, few=True) if isinstance(source, str) else source


def code(source: str | Word, table: CodeTable) -> Code:
    """A code, through a code table; one that the table does not know is unknown, with an issue."""
    return Code(_word(source), table)


def derived(make: Callable[..., Any], *sources: str | Word, few: bool = False, fresh: bool = False) -> Derived:
    """A function of several values, each a column or a word; ``fresh`` when it makes lists that are remembered."""
    return Derived(make, tuple(_word(source) for source in sources), few=few, fresh=fresh)


def sometimes(make: Callable[..., Any], *sources: str | Word) -> Derived:
    """The same for a field that only some records have: the function answers ``ABSENT`` for the others."""
    return Derived(make, tuple(_word(source) for source in sources), sometimes=True)


def looked_up(source: str | Word, name: str, column: str, make: Callable[[Any], Any] = values.text) -> LookedUp:
    """A column of a lookup's row, null when the key is null or has no row."""
    return LookedUp(_word(source), name, column, make)


def from_lookup(
    source: str | Word, name: str, make: Callable[[Sequence[tuple[Any, ...]]], Callable[[Any], Any]]
) -> FromLookup:
    """A function of a lookup as a whole and of one value."""
    return FromLookup(_word(source), name, make)


def zone(location: Word | None = None) -> Zone:
    """The IANA zone of a location; without one, the practice's."""
    return Zone(location or Const(None))


def _address(
    line_1: str | None, line_2: str | None, city: str | None, state: str | None, postal_code: str | None
) -> Address | None:
    if line_1 is line_2 is city is state is postal_code is None:
        return None
    found: Address = {  # type: ignore[typeddict-item]
        "city": city,
        "line_1": line_1,
        "line_2": line_2,
        "postal_code": postal_code,
        "state": state,
    }
    return found


def address(*sources: str | Word) -> Derived:
    """A postal address of five values: two lines, city, state, postal code; null when all are blank."""
    lines = tuple(text(source) if isinstance(source, str) else source for source in sources)
    return Derived(_address, lines, shows=True)


@dataclass(frozen=True)
class _Phones:
    kinds: tuple[numbers.Kind, ...]

    def __call__(self, *given: str | None) -> list[Phone]:
        return numbers.phone_list(self.kinds, given)


def phones(**columns: str) -> Derived:
    """Telephone numbers by kind (``home="home_phone"``), in the order given; blank ones are left out."""
    kinds = cast("tuple[numbers.Kind, ...]", tuple(columns))
    return Derived(_Phones(kinds), tuple(text(column) for column in columns.values()), shows=True)


def _work_phone(number: str | None) -> Phone | None:
    return None if number is None else numbers.phone_list(("work",), (number,))[0]


def work_phone(source: str | Word) -> Derived:
    """The one number of a site."""
    return Derived(_work_phone, (text(source) if isinstance(source, str) else source,), shows=True)


def many(part: str, element: Word | Mapping[str, Word]) -> Many:
    """A list with one value, or one object of named values, for each row of a part."""
    return Many(part, element if isinstance(element, Word) else Object(element))


def _only(found: list[T]) -> T | None:
    first = found[0] if found else None
    return first if all(value == first for value in found) else None


def only(part: str, element: Word) -> OfMany:
    """The value that all rows of a part have in common, else null."""
    return OfMany(_only, Many(part, element))


def _only_known(found: list[T]) -> T | None:
    known = {value for value in found if value is not None}
    return known.pop() if len(known) == 1 else None


def only_known(part: str, element: Word) -> OfMany:
    """The one value that rows of a part have, leaving out rows that have none; else null."""
    return OfMany(_only_known, Many(part, element))


def last(part: str, element: str | Word) -> Last:
    """The value of a part's last row, null when it has none."""
    return Last(part, _word(element))


def in_order(part: str, element: Word) -> OfMany:
    """The values of a part's rows, sorted, without nulls."""
    return OfMany(_sorted, Many(part, element))


def _sorted(found: list[T | None]) -> list[T]:
    known = [value for value in found if value is not None]
    return known if len(known) == 1 else sorted(cast("list[Any]", known))
