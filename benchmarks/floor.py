"""The raw floor: pyodbc fetching the same columns, by the same statements, in a process of its own.

Keyset pages of the size of a fence, the root's and each part's statement, ``fetchall``, rows dropped. The connection is
the one that the bridge makes (text as UTF-8 where the driver can), the cheapest way that we know of.
"""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import Any

from agent.capture.pace import TARGET_RECORDS
from agent.model.reading import Key
from agent.sources import statements
from agent.sources.bridge.process import connect
from agent.sources.dialect import Dialect
from agent.sources.layout import Layout
from agent.wire.bridge import Moment, Param
from benchmarks.cost import Cost, Meter
from benchmarks.subject import Target, reading


@dataclass(frozen=True, slots=True)
class Scanned:
    """One scan of a shape."""

    records: int
    rows: int
    """Rows fetched: the root's and those of its parts."""
    cost: Cost


def scan(target: Target, shapes: tuple[str, ...]) -> dict[str, Scanned]:
    """Fetch every record of these shapes once; run it in a process of its own."""
    with reading(target) as (_, reader, _source):
        layouts = dict(reader.layouts)
    connection = connect(target.opening())
    try:
        for statement in target.spoken.session:
            if statement.required:
                connection.execute(statement.sql)
        gc.collect()
        return {shape: _scan(connection, target.spoken, layouts[shape]) for shape in shapes}
    finally:
        connection.close()


def _scan(connection: Any, spoken: Dialect, layout: Layout) -> Scanned:
    meter = Meter()
    cursor = connection.cursor()
    width = layout.key_width
    after: Key | None = None
    records = rows = 0
    more = True
    while more:
        found = _run(cursor, spoken, statements.page(layout, after, None, TARGET_RECORDS - 1))
        more = len(found) == TARGET_RECORDS
        if not found:
            break
        upto: Key = tuple(found[-1][:width])
        records += len(found)
        rows += len(found)
        for name in layout.parts:
            rows += len(_run(cursor, spoken, statements.part_page(layout, name, after, upto)))
        after = upto
    cursor.close()
    return Scanned(records, rows, meter.lap())


def _run(cursor: Any, spoken: Dialect, draft: Any) -> list[Any]:
    select = spoken.select(draft)
    values = tuple(map(_bound, select.params))
    fetched: list[Any] = (cursor.execute(select.sql, values) if values else cursor.execute(select.sql)).fetchall()
    return fetched


def _bound(param: Param) -> Any:
    assert not isinstance(param, Moment)
    return param
