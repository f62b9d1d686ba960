"""The few forms of statements that a transaction is made of, drafted once for all engines.

Identifiers are quoted points, values are parameters. A change carries what it expects to find: the values before of
every column that it sets. Never runs anything.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from agent.sources.dialect import Point
from agent.sources.eaglesoft.writing.engines import DraftStep
from agent.wire.bridge import Moment
from agent.wire.writer import Value

Text = tuple[str | Point, ...]


def insert(name: str, table: str, values: Mapping[str, Value], gives: str | None = None) -> DraftStep:
    """A new row; ``gives``: the key column, left out, whose value the engine gives."""
    text: list[str | Point] = ["INSERT INTO ", Point("table", table), " (", *_listed(list(values)), ") VALUES ("]
    text += [", ".join("?" * len(values)), ")"]
    return DraftStep(name, tuple(text), tuple(values.values()), gives=gives)


def update(
    name: str, table: str, values: Mapping[str, Value], where: Mapping[str, Value], rows: int | None = 1
) -> DraftStep:
    """New values in the rows that are as expected."""
    text: list[str | Point] = ["UPDATE ", Point("table", table), " SET "]
    for index, column in enumerate(values):
        text += [", " if index else "", Point("identifier", column), " = ?"]
    condition, params = _equal(where)
    return DraftStep(name, (*text, *condition), (*values.values(), *params), rows)


def delete(name: str, table: str, where: Mapping[str, Value], rows: int | None) -> DraftStep:
    """So many rows less."""
    condition, params = _equal(where)
    return DraftStep(name, ("DELETE FROM ", Point("table", table), *condition), params, rows)


def none_there(name: str, table: str, column: str, condition: Text, params: Sequence[Value]) -> DraftStep:
    """A look: no row is like that."""
    text: Text = ("SELECT ", Point("identifier", column), " FROM ", Point("table", table), " WHERE ", *condition)
    return DraftStep(name, text, tuple(params), rows=0)


def equal_to(columns: Sequence[str]) -> Text:
    """Every column equal to a parameter."""
    text: list[str | Point] = []
    for column in columns:
        text += [" AND " if text else "", _column(column), " = ?"]
    return tuple(text)


def next_number(name: str, table: str, column: str) -> DraftStep:
    """The number after the greatest; only for columns that are unique, so that nobody else can have it too."""
    text: Text = ("SELECT COALESCE(MAX(", Point("identifier", column), "), 0) + 1 FROM ", Point("table", table))
    return DraftStep(name, text, made=True)


def overlap(chair: Value, start: str, end: str, besides: Value | None) -> DraftStep:
    """A look: nothing is on this chair in this time, visit or block, but for the appointment ``besides``.

    What began more than a day before is not looked at: so the look is a short range of the index of start times.
    """
    column = _column
    begin = (dt.datetime.fromisoformat(start) - dt.timedelta(days=1)).isoformat()
    condition: list[str | Point] = [column("start_time"), " > ? AND ", column("start_time"), " < ? AND "]
    condition += [column("location_id"), " = ? AND (", column("end_time"), " > ? OR ("]
    condition += [column("end_time"), " IS NULL AND ", column("start_time"), " >= ?)) AND ("]
    condition += [column("classification"), " IN (1, 2) OR ", column("classification"), " IS NULL)"]
    params: list[Value] = [Moment(begin), Moment(end), chair, Moment(start), Moment(start)]
    if besides is not None:
        condition += [" AND ", column("appointment_id"), " <> ?"]
        params.append(besides)
    return none_there("free", "appointment", "appointment_id", tuple(condition), params)


def _column(name: str) -> Point:
    return Point("identifier", name)


def _equal(where: Mapping[str, Value]) -> tuple[Text, tuple[Value, ...]]:
    """Every column as given, null included."""
    text: list[str | Point] = []
    for column, value in where.items():
        text += [" AND " if text else " WHERE ", _column(column), " IS NULL" if value is None else " = ?"]
    return tuple(text), tuple(value for value in where.values() if value is not None)


def _listed(names: list[str]) -> list[str | Point]:
    found: list[str | Point] = []
    for name in names:
        found += [", ", _column(name)] if found else [_column(name)]
    return found
