"""From a bridge's JSON rows to records: keys, markers of unreadable values, parts beside their roots.

Pure. Never looks inside a value beyond the bridge's markers and the key.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from agent.model.reading import Key, KeyPart, Record, Row, Unreadable
from agent.sources.layout import Layout
from agent.wire.bridge import BYTES, UNREADABLE


def readable(rows: list[list[Any]], odd: bool) -> list[list[Any]]:
    """Rows with the bridge's markers turned into :class:`Unreadable`; in place."""
    if odd:
        for row in rows:
            for index, value in enumerate(row):
                if isinstance(value, dict):
                    row[index] = _marked(value)
    return rows


def key_of(layout: Layout, row: Row) -> Key:
    """The key that a row begins with. A part that cannot be read is empty: such a key is unusable."""
    return _keys(layout, [row])[0]


def _keys(layout: Layout, rows: Sequence[Row]) -> list[Key]:
    """The keys that rows begin with. Integer keys of one column, the usual ones, are not looked at twice."""
    width = layout.key_width
    if not layout.shape.root.integer_key:
        return [tuple([_text(value) for value in row[:width]]) for row in rows]
    if width == 1:
        return [(key,) if type(key := row[0]) is int else (_integer(key),) for row in rows]
    return [tuple([_integer(value) for value in row[:width]]) for row in rows]


def records_of(layout: Layout, roots: list[list[Any]], parts: Sequence[list[list[Any]]]) -> list[Record]:
    """Records in the order of their roots. Part rows of no root are left out."""
    keys = _keys(layout, roots)
    if not parts:
        return list(map(Record, keys, roots))
    grouped = [_grouped(layout, keys, rows) for rows in parts]
    if len(grouped) == 1:
        get = grouped[0].get
        return [Record(key, root, (tuple(get(key, ())),)) for key, root in zip(keys, roots, strict=True)]
    return [
        Record(key, root, tuple([tuple(group.get(key, ())) for group in grouped]))
        for key, root in zip(keys, roots, strict=True)
    ]


def _grouped(layout: Layout, keys: list[Key], rows: list[list[Any]]) -> dict[Key, list[Row]]:
    """Part rows by root key. They begin with the root's key; the database may have compared it regardless of case."""
    found: dict[Key, list[Row]] = {}
    if not rows:
        return found
    known = set(keys)
    folded: dict[Key, Key] | None = None
    for on, row in zip(_keys(layout, rows), rows, strict=True):
        if on not in known:
            if layout.shape.root.integer_key:
                continue
            if folded is None:
                folded = {_fold(key): key for key in reversed(keys)}
            on = folded.get(_fold(on), on)
            if on not in known:
                continue
        group = found.get(on)
        if group is None:
            found[on] = [row]
        else:
            group.append(row)
    return found


def _fold(key: Key) -> Key:
    return tuple(part.rstrip().casefold() if isinstance(part, str) else part for part in key)


def _integer(value: Any) -> KeyPart:
    if type(value) is int:
        return value
    try:
        return int(value)
    except (TypeError, ValueError):
        return ""


def _text(value: Any) -> KeyPart:
    if isinstance(value, str) or type(value) is int:
        return value
    return "" if value is None or isinstance(value, Unreadable) else str(value)


def _marked(value: dict[str, Any]) -> Any:
    if UNREADABLE in value:
        return Unreadable(value[UNREADABLE])
    try:
        return base64.b64decode(value[BYTES]).decode()
    except (KeyError, ValueError):
        return Unreadable("undecodable")
