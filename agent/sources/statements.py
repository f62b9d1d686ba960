"""Every SQL statement that a shape is read with, drafted once for all dialects.

Identifiers come from declarations only and are quoted; values are always parameters. Never runs anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from agent.model.reading import Key
from agent.sources.dialect import Draft, Point, Text
from agent.sources.layout import Layout
from agent.sources.shape import Audit, Lookup, Part, Stamp, Window
from agent.wire.bridge import Param, Select


@dataclass(frozen=True, slots=True)
class Slot:
    """Stands for a value of a key in a statement that is written once and used for many ranges."""

    index: int
    """Place in the values of ``after`` followed by those of ``upto``."""


Bound = Sequence[Param | Slot]
"""A key, or what stands for one."""

Condition = tuple[Text, tuple[Any, ...]]
"""A condition and the values of its question marks."""


def slots(after: Key | None, upto: Key | None) -> tuple[Bound | None, Bound | None]:
    """Slots in place of the keys of a range."""
    low = None if after is None else tuple(Slot(index) for index in range(len(after)))
    begin = 0 if after is None else len(after)
    return low, None if upto is None else tuple(Slot(begin + index) for index in range(len(upto)))


def filled(select: Select, values: Sequence[Param]) -> Select:
    """A statement with values in its slots."""
    params: tuple[Any, ...] = select.params
    given = tuple(values[param.index] if isinstance(param, Slot) else param for param in params)
    return Select(select.table, select.head, select.columns, select.tail, given, select.anchor)


def page(layout: Layout, after: Bound | None, upto: Bound | None, limit: int) -> Draft:
    """Root rows of a range in key order: ``limit`` + 1 of them, so that it shows whether there are more."""
    root = layout.shape.root
    conditions = [*_fixed(root.where), *_between(root.key, after, upto)]
    return _select(root.name, layout.root_columns, conditions, order=root.key, limit=limit + 1, anchor=len(root.key))


def part_page(layout: Layout, name: str, after: Bound | None, upto: Bound | None) -> Draft:
    """Rows of a part for the keys of a range, in the root's key order."""
    part = layout.shape.parts[name]
    conditions = [*_fixed(part.where), *_between(part.on, after, upto)]
    return _part_select(layout, name, part, conditions)


def rows(layout: Layout, keys: Sequence[Key]) -> Draft:
    """Root rows with these keys, committed."""
    root = layout.shape.root
    conditions = [*_fixed(root.where), _one_of(root.key, keys)]
    return _select(root.name, layout.root_columns, conditions, order=root.key, anchor=len(root.key), committed=True)


def part_rows(layout: Layout, name: str, keys: Sequence[Key]) -> Draft:
    """Rows of a part that belong to these keys, committed."""
    part = layout.shape.parts[name]
    conditions = [*_fixed(part.where), _one_of(part.on, keys)]
    return _part_select(layout, name, part, conditions, committed=True)


def keys(layout: Layout, after: Key | None, upto: Key | None, limit: int) -> Draft:
    """Keys of a range, in order."""
    root = layout.shape.root
    conditions = [*_fixed(root.where), *_between(root.key, after, upto)]
    return _select(root.name, root.key, conditions, order=root.key, limit=limit, anchor=len(root.key))


def glimpse(layout: Layout, window: Window, first: Param, end: Param) -> Draft:
    """Root rows whose window column lies in ``first <= column < end``."""
    root = layout.shape.root
    column = Point("identifier", window.column)
    conditions: list[Condition] = [
        *_fixed(root.where),
        ((column, " >= ?"), (first,)),
        ((column, " < ?"), (end,)),
    ]
    return _select(root.name, layout.root_columns, conditions, order=root.key, anchor=len(root.key))


def grown_audit(audit: Audit, after: int, limit: int) -> Draft:
    """Number and named key of audit rows after a number."""
    conditions: list[Condition] = [((Point("identifier", audit.grows_by), " > ?"), (after,))]
    return _select(
        audit.table, (audit.grows_by, *audit.names), conditions, order=(audit.grows_by,), limit=limit, anchor=1
    )


def grown_high_water(layout: Layout, after: int, limit: int) -> Draft:
    """Keys above a number."""
    root = layout.shape.root
    conditions: list[Condition] = [((Point("identifier", root.key[0]), " > ?"), (after,))]
    return _select(root.name, root.key, conditions, order=root.key, limit=limit, anchor=len(root.key))


def grown_stamp(layout: Layout, stamp: Stamp, at: Param, after: Key | None, limit: int) -> Draft:
    """Stamp and key of records stamped at or after a moment; with ``after``, those behind that key at that moment."""
    root = layout.shape.root
    column = Point("identifier", stamp.column)
    conditions: list[Condition] = [((column, " >= ?"), (at,))]
    if after is not None:
        beyond, values = _beyond(root.key, after)
        conditions.append((("(", column, " > ? OR ", *beyond, ")"), (at, *values)))
    names = (stamp.column, *root.key)
    return _select(root.name, names, conditions, order=names, limit=limit, anchor=len(names))


def greatest(table: str, column: str) -> Draft:
    """The greatest value of a column (the last one of its index)."""
    name = Point("identifier", column)
    conditions: list[Condition] = [((name, " IS NOT NULL"), ())]
    draft = _select(table, (column,), conditions, order=(), limit=1)
    return Draft(draft.table, draft.head, draft.columns, _before_limit(draft.tail, (" ORDER BY ", name, " DESC")))


def lookup(declared: Lookup, columns: Sequence[str] | None = None) -> Draft:
    """A lookup, whole, in key order: its key columns, then the others (or those of them that exist here)."""
    names = (*declared.key, *(declared.columns if columns is None else columns))
    names = tuple(dict.fromkeys(names))
    return _select(declared.table, names, _fixed(declared.where), order=declared.key, anchor=len(declared.key))


def plain(
    table: str,
    columns: Sequence[str],
    *,
    where: str | None = None,
    params: tuple[Param, ...] = (),
    order: Sequence[str] = (),
    limit: int | None = None,
) -> Draft:
    """A small read of one table, for what no shape covers (a preference, a signal). ``where`` is plain shared SQL."""
    conditions: list[Condition] = [] if where is None else [(("(", where, ")"), params)]
    return _select(table, columns, conditions, order=order, limit=limit)


def server(kind: str) -> Draft:
    """One value that the server tells of itself: ``now``, ``version`` or ``database``."""
    points = {"now": Point("now"), "version": Point("version"), "database": Point("database")}
    return Draft("", ("SELECT ",), (points[kind],), ())


# ---------------------------------------------------------------------------------------------------------------------


def _part_select(
    layout: Layout, name: str, part: Part, conditions: Iterable[Condition], committed: bool = False
) -> Draft:
    order = tuple(dict.fromkeys((*part.on, *part.order)))
    return _select(
        part.table, layout.part_columns[name], conditions, order=order, anchor=len(order), committed=committed
    )


def _select(
    table: str,
    columns: Sequence[str],
    conditions: Iterable[Condition],
    *,
    order: Sequence[str],
    limit: int | None = None,
    anchor: int = 0,
    committed: bool = False,
) -> Draft:
    tail: list[str | Point] = [" FROM ", Point("table", table)]
    if committed:
        tail.append(Point("committed"))
    params: list[Any] = []
    word = " WHERE "
    for text, values in conditions:
        tail += [word, *text]
        params += values
        word = " AND "
    if order:
        tail += [" ORDER BY ", *_list(order)]
    if limit is not None:
        tail.append(Point("limit", limit))
    return Draft(
        table=table,
        head=("SELECT", Point("top", limit), " ") if limit is not None else ("SELECT ",),
        columns=tuple(Point("identifier", column) for column in columns),
        tail=tuple(tail),
        params=tuple(params),
        anchor=anchor,
    )


def _before_limit(tail: Text, text: Text) -> Text:
    return (*tail[:-1], *text, tail[-1])


def _list(names: Sequence[str]) -> list[str | Point]:
    found: list[str | Point] = []
    for name in names:
        found += [", ", Point("identifier", name)] if found else [Point("identifier", name)]
    return found


def _fixed(where: str | None) -> list[Condition]:
    return [] if where is None else [(("(", where, ")"), ())]


def _between(columns: Sequence[str], after: Bound | None, upto: Bound | None) -> list[Condition]:
    found: list[Condition] = []
    if after is not None:
        found += _bounds(columns, after, ">")
    if upto is not None:
        found += _bounds(columns, upto, "<")
    return found


def _bounds(columns: Sequence[str], key: Bound, sign: str) -> list[Condition]:
    """``>``: keys after ``key``; ``<``: keys up to and including it."""
    first = Point("identifier", columns[0])
    if len(columns) == 1:
        return [((first, " > ?" if sign == ">" else " <= ?"), tuple(key))]
    # The first condition alone says what the second also says; an index can use it.
    text, values = _beyond(columns, key, sign, inclusive=sign == "<")
    return [((first, f" {sign}= ?"), (key[0],)), (("(", *text, ")"), values)]


def _beyond(columns: Sequence[str], key: Bound, sign: str = ">", inclusive: bool = False) -> Condition:
    """``a > ? OR (a = ? AND b > ?) ...``, without row values, which not every engine has."""
    text: list[str | Point] = []
    values: list[Param | Slot] = []
    for width in range(1, len(columns) + 1):
        text.append("(" if width == 1 else " OR (")
        for index, column in enumerate(columns[:width]):
            is_last = index == width - 1
            compare = (
                (f" {sign}= ?" if inclusive and width == len(columns) else f" {sign} ?") if is_last else " = ? AND "
            )
            text += [Point("identifier", column), compare]
            values.append(key[index])
        text.append(")")
    return tuple(text), tuple(values)


def _one_of(columns: Sequence[str], wanted: Sequence[Key]) -> Condition:
    if len(columns) == 1:
        return (Point("identifier", columns[0]), " IN (" + ", ".join("?" * len(wanted)) + ")"), tuple(
            k[0] for k in wanted
        )
    one = _each_equal(tuple(columns))
    text: list[str | Point] = ["("]
    for index in range(len(wanted)):
        text += [" OR ", *one] if index else one
    text.append(")")
    return tuple(text), tuple(value for key in wanted for value in key)


@lru_cache(maxsize=256)
def _each_equal(columns: tuple[str, ...]) -> Text:
    text: list[str | Point] = ["("]
    for index, column in enumerate(columns):
        text += [" AND " if index else "", Point("identifier", column), " = ?"]
    text.append(")")
    return tuple(text)
