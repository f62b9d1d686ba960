"""Reads a statement whose rows hold a value that the driver cannot convert.

Drivers fail on a whole row when one value is bad: text that is no text, a date that no calendar has. Then the statement
is read again in columns: those that can be read together, the bad ones alone and row by row, so that one bad value
costs one value. Rows may change between two of these reads; their identifying columns are compared, and after a change
all begins anew. Never hands over a row that was not one row in the database.
"""

from __future__ import annotations

import dataclasses
import decimal
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from agent.sources.bridge.encoding import SqlRow, cleaned, marker
from agent.sources.bridge.faults import Refused, sqlstate_of
from agent.wire.bridge import Fault, Select

Execute = Callable[[Select], Any]
"""Runs a statement; the cursor to fetch from."""

_ATTEMPTS = 3

_CONVERSION = (ValueError, OverflowError, decimal.InvalidOperation, orjson.JSONEncodeError)


def is_conversion(error: Exception) -> bool:
    """Whether an error says that a value could not be converted (and not that the statement failed)."""
    if isinstance(error, _CONVERSION):
        return True
    state = sqlstate_of(error)
    return (state is not None and state.startswith("22")) or "decode to UTF-8" in str(error)


def read_carefully(execute: Execute, select: Select, cap: int | None) -> list[SqlRow]:
    """At most ``cap`` rows of a statement (None = all), with markers in place of values that cannot be read."""
    for _ in range(_ATTEMPTS):
        rows = _attempt(execute, select, cap)
        if rows is not None:
            return rows
    raise Refused(Fault("unstable", table=select.table))


def _attempt(execute: Execute, select: Select, cap: int | None) -> list[SqlRow] | None:
    """Rows, or None when they changed while they were being read."""
    anchor = tuple(range(select.anchor))
    keys = _together(execute, select, anchor, cap) if anchor else None
    count = None if keys is None else len(keys)
    everything = tuple(range(len(select.columns)))
    # Without readable identifying columns each column is read alone and only the number of rows can be compared.
    pending = [everything[len(anchor) :]] if keys is not None else [(index,) for index in everything]
    values: dict[int, Sequence[Any]] = {}
    if keys is not None:
        values = {index: [key[index] for key in keys] for index in anchor}
        pending = [group for group in pending if group]
    while pending:
        group = pending.pop()
        names = (*anchor, *group) if keys is not None else group
        rows = _together(execute, select, names, cap)
        if rows is None and len(group) > 1:
            half = len(group) // 2
            pending += [group[:half], group[half:]]
            continue
        if rows is None:
            rows = _one_by_one(execute, select, names, cap)
        count = len(rows) if count is None else count
        if len(rows) != count or (keys is not None and not _same(rows, keys)):
            return None
        for place, index in enumerate(group, start=len(names) - len(group)):
            values[index] = [row[place] for row in rows]
    return list(zip(*(values[index] for index in everything), strict=True))


def _same(rows: list[SqlRow], keys: list[SqlRow]) -> bool:
    """Whether rows begin with these keys; a row that could not be read has none to compare."""
    return all(row[0] is _UNKNOWN or row[: len(key)] == key for row, key in zip(rows, keys, strict=True))


_UNKNOWN = object()


def _together(execute: Execute, select: Select, indexes: Sequence[int], cap: int | None) -> list[SqlRow] | None:
    """Rows of some columns; None when a value among them cannot be converted."""
    cursor = execute(_narrowed(select, indexes))
    try:
        rows = cursor.fetchall() if cap is None else cursor.fetchmany(cap)
    except Exception as error:
        if is_conversion(error):
            return None
        raise
    return [tuple(map(cleaned, row)) for row in rows]


def _one_by_one(execute: Execute, select: Select, indexes: Sequence[int], cap: int | None) -> list[SqlRow]:
    """Rows of some columns, the last of which is bad in some of them."""
    cursor = execute(_narrowed(select, indexes))
    found: list[SqlRow] = []
    while cap is None or len(found) < cap:
        try:
            row = cursor.fetchone()
        except Exception as error:
            if not is_conversion(error):
                raise
            undecodable = isinstance(error, UnicodeError) or "decode to UTF-8" in str(error)
            found.append((*[_UNKNOWN] * (len(indexes) - 1), marker("undecodable" if undecodable else "out_of_range")))
            continue
        if row is None:
            break
        found.append(tuple(map(cleaned, row)))
    return found


def _narrowed(select: Select, indexes: Sequence[int]) -> Select:
    return dataclasses.replace(select, columns=tuple(select.columns[index] for index in indexes))
