"""What has grown since a cursor: audit rows, new keys, change stamps.

Late commits appear out of order, so a cursor that has reached the end is set back by the declared overlap; what is
named twice by it carries the same mark. Stamps are local times: when the clock is set back at the end of summer time,
the cursor follows the database's clock. Keeps nothing between two calls.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

from agent.model.reading import Growth, Key, Unreadable
from agent.sources import statements
from agent.sources.dialect import Dialect, Draft
from agent.sources.layout import Layout
from agent.sources.records import key_of
from agent.sources.shape import Audit, HighWater, Stamp

Ask = Callable[[Draft, int], tuple[list[list[Any]], float]]
"""Runs a draft that gives at most so many rows; the rows, and the seconds the engine was busy."""


def audit(ask: Ask, layout: Layout, declared: Audit, cursor: Any, limit: int) -> Growth:
    """Keys named by audit rows. The cursor is the last number seen, set back by the overlap at the end."""
    if cursor is None:
        return _present_end(ask, declared.table, declared.grows_by, declared.overlap)
    rows, busy = ask(statements.grown_audit(declared, int(cursor), limit + 1), limit + 1)
    named = [(int(row[0]), key_of(layout, row[1:])) for row in rows[:limit]]
    grown = _numbers(named, int(cursor), declared.overlap, len(rows) > limit, busy)
    # Some audit rows are about no record.
    about = [(key, mark) for key, mark in zip(grown.keys, grown.marks, strict=True) if "" not in key]
    return dataclasses.replace(grown, keys=[key for key, _ in about], marks=[mark for _, mark in about])


def high_water(ask: Ask, layout: Layout, declared: HighWater, cursor: Any, limit: int) -> Growth:
    """New keys. The cursor is the greatest key seen, set back by the overlap at the end."""
    if cursor is None:
        return _present_end(ask, layout.shape.root.name, layout.shape.root.key[0], declared.overlap)
    rows, busy = ask(statements.grown_high_water(layout, int(cursor), limit + 1), limit + 1)
    named = [(int(row[0]), key_of(layout, row)) for row in rows[:limit]]
    return _numbers(named, int(cursor), declared.overlap, len(rows) > limit, busy)


def stamps(ask: Ask, dialect: Dialect, layout: Layout, declared: Stamp, cursor: Any, limit: int) -> Growth:
    """Keys by change stamp. The cursor is a local time; while there is more, that time and the last key seen at it."""
    clock, busy = ask(statements.server("now"), 1)
    now = moment_of(clock[0][0])
    overlap = dt.timedelta(seconds=declared.overlap_seconds)
    if cursor is None:
        return Growth(keys=[], marks=[], cursor=(now - overlap).isoformat(), more=False, busy=busy)
    at, after = (cursor, None) if isinstance(cursor, str) else (cursor[0], tuple(cursor[1:]))
    rows, spent = ask(statements.grown_stamp(layout, declared, dialect.moment(at), after, limit + 1), limit + 1)
    more = len(rows) > limit
    seen = [(row[0], key_of(layout, row[1:])) for row in rows[:limit]]
    named = [(stamp, key) for stamp, key in seen if not isinstance(stamp, Unreadable)]
    following: Any
    if more:
        following = [named[-1][0], *named[-1][1]] if named else cursor
    else:
        reached = max(
            [moment_of(stamp) for stamp, _ in named],
            default=moment_of(at) + (overlap if after is None else dt.timedelta()),
        )
        following = (min(reached, now) - overlap).isoformat()
    return Growth(
        [key for _, key in named], [str(stamp) for stamp, _ in named], following, more and bool(named), busy + spent
    )


def _present_end(ask: Ask, table: str, column: str, overlap: int) -> Growth:
    rows, busy = ask(statements.greatest(table, column), 1)
    return Growth(keys=[], marks=[], cursor=(int(rows[0][0]) if rows else 0) - overlap, more=False, busy=busy)


def _numbers(named: list[tuple[int, Key]], cursor: int, overlap: int, more: bool, busy: float) -> Growth:
    last = named[-1][0] if named else cursor
    following = last if more or not named else last - overlap
    marks: list[int | str] = [number for number, _ in named]
    return Growth([key for _, key in named], marks, following, more, busy)


def moment_of(value: str) -> dt.datetime:
    """A local time as the bridge gives it (``T`` or a blank between date and time)."""
    return dt.datetime.fromisoformat(value).replace(tzinfo=None)
