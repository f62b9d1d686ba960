"""The raw floor: pyodbc fetching the same columns, by the same statements, in a process of its own.

Fetches range by range as it is told, so that floor and agent can take turns within the same second and meet the same
noise of the machine: the root's and each part's statement, ``fetchall``, rows dropped. The connection is the one that
the bridge makes (text as UTF-8 where the driver can), the cheapest way that we know of.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from agent.model.reading import Range
from agent.sources import statements
from agent.sources.bridge.process import connect
from agent.sources.dialect import Dialect, Draft
from agent.sources.layout import Layout
from agent.wire.bridge import Moment, Param
from benchmarks.cost import NOTHING, Cost, Meter
from benchmarks.subject import Target, reading

_MANY = 1_000_000
"""More rows than a range has."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched, and what that cost."""

    records: int = 0
    rows: int = 0
    """The root's and those of its parts."""
    cost: Cost = NOTHING

    def __add__(self, other: Fetched) -> Fetched:
        return Fetched(self.records + other.records, self.rows + other.rows, self.cost + other.cost)


class Floor:
    """The process that fetches."""

    def __init__(self, line: Connection) -> None:
        self._line = line

    def fetch(self, shape: str, within: Range) -> Fetched:
        """Fetch a range once."""
        self._line.send((shape, within))
        fetched: Fetched = self._line.recv()
        return fetched


@contextmanager
def floor(target: Target) -> Iterator[Floor]:
    """A process that is connected and waits."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(target, there), name="floor")
    process.start()
    there.close()
    try:
        here.recv()
        yield Floor(here)
    finally:
        here.close()
        process.join(30)


def _serve(target: Target, line: Connection) -> None:
    with reading(target) as (_, reader, _source):
        layouts = dict(reader.layouts)
    spoken = target.spoken
    connection = connect(target.opening())
    try:
        for statement in spoken.session:
            if statement.required:
                connection.execute(statement.sql)
        line.send(None)
        while True:
            shape, within = line.recv()
            line.send(_fetch(connection.cursor(), spoken, layouts[shape], within))
    except EOFError:
        return
    finally:
        connection.close()


def _fetch(cursor: Any, spoken: Dialect, layout: Layout, within: Range) -> Fetched:
    meter = Meter()
    roots = _run(cursor, spoken, statements.page(layout, within.after, within.upto, _MANY))
    rows = len(roots)
    for name in layout.parts:
        rows += len(_run(cursor, spoken, statements.part_page(layout, name, within.after, within.upto)))
    cursor.close()
    return Fetched(len(roots), rows, meter.lap())


def _run(cursor: Any, spoken: Dialect, draft: Draft) -> list[Any]:
    select = spoken.select(draft)
    values = tuple(map(_bound, select.params))
    fetched: list[Any] = (cursor.execute(select.sql, values) if values else cursor.execute(select.sql)).fetchall()
    return fetched


def _bound(param: Param) -> Any:
    assert not isinstance(param, Moment)
    return param
