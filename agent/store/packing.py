"""How fences, keys and entries are laid out inside their sealed blobs.

Entries are packed by column (keys, digests, versions), because a fence holds about a thousand of them and most steps
touch them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgpack

from agent.model.reading import Key, Range
from agent.model.state import Entry

_DIGEST = 16
_NOT_SENT = bytes(_DIGEST)


def pack_key(key: Key | None) -> bytes:
    """A key as bytes."""
    return bytes(msgpack.packb(key))


def unpack_key(packed: bytes) -> Key | None:
    """The key again."""
    key = msgpack.unpackb(packed)
    return None if key is None else tuple(key)


def pack_bounds(within: Range) -> bytes:
    """A range as bytes."""
    return bytes(msgpack.packb([within.after, within.upto]))


def unpack_bounds(packed: bytes) -> Range:
    """The range again."""
    after, upto = msgpack.unpackb(packed)
    return Range(None if after is None else tuple(after), None if upto is None else tuple(upto))


def pack_entries(entries: dict[Key, Entry]) -> bytes:
    """Entries as bytes."""
    known: Iterable[Entry] = entries.values()
    extras = {i: [e.incarnation, *e.identity] for i, e in enumerate(known) if e.identity or e.incarnation != 1}
    columns = [
        [key[0] if len(key) == 1 else key for key in entries],
        b"".join([e[0] for e in entries.values()]),
        b"".join([e[1] or _NOT_SENT for e in entries.values()]),
        extras,
    ]
    return bytes(msgpack.packb(columns))


def unpack_entries(packed: bytes) -> dict[Key, Entry]:
    """The entries again."""
    keys, digests, versions, extras = msgpack.unpackb(packed, strict_map_key=False)
    entries: dict[Key, Entry] = {}
    for i, key in enumerate(keys):
        at = i * _DIGEST
        version = versions[at : at + _DIGEST]
        extra: list[Any] = extras.get(i, (1,))
        entries[tuple(key) if isinstance(key, list) else (key,)] = Entry(
            digests[at : at + _DIGEST], b"" if version == _NOT_SENT else version, extra[0], tuple(extra[1:])
        )
    return entries
