"""Rows as JSON bytes and as digests, serialised once.

Runs in the 32-bit child too: orjson and the standard library only. Never keeps a row.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import orjson

from agent.wire.bridge import BYTES, MAX_TEXT, UNREADABLE

SqlRow = tuple[Any, ...]

_PLAIN = (int, float, bool, Decimal, bytes, bytearray, dt.date, dt.time, uuid.UUID)
_SIZE = 16


def marker(reason: str) -> dict[str, str]:
    """What stands in a row for a value that cannot be handed over."""
    return {UNREADABLE: reason}


def encode(rows: Sequence[SqlRow]) -> tuple[bytes, bool]:
    """Rows as a JSON array of arrays, and whether some value became a marker object.

    Raises ``orjson.JSONEncodeError`` on a value that has no JSON form; see :func:`cleaned`.
    """
    odd = False

    def default(value: Any) -> Any:
        """What orjson does not know. Called for every amount, so that a few ticks here are a share of a whole scan."""
        if type(value) is Decimal:
            text = str(value)
            return format(value, "f") if "E" in text else text
        nonlocal odd
        if isinstance(value, bytes | bytearray):
            odd = True
            return {BYTES: base64.b64encode(value).decode()}
        raise TypeError

    data = orjson.dumps(rows, default=default)
    if len(data) > MAX_TEXT and any(isinstance(v, str) and len(v) > MAX_TEXT for row in rows for v in row):
        data = orjson.dumps([tuple(map(_shortened, row)) for row in rows], default=default)
        odd = True
    return data, odd


def cleaned(value: Any) -> Any:
    """A value that :func:`encode` can serialise: itself, or a marker."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return marker("undecodable")
        return value
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    if value is None or isinstance(value, _PLAIN):
        return value
    return marker("out_of_range")


def row_digest(row: SqlRow) -> str:
    """Digest of one row, hex."""
    return hashlib.blake2b(encode([row])[0], digest_size=_SIZE).hexdigest()


def page_digest(tables: Iterable[EncodedRows]) -> str:
    """Digest of a page from the digests of its tables, hex."""
    return hashlib.blake2b(b"".join(table.digest() for table in tables), digest_size=_SIZE).hexdigest()


class EncodedRows:
    """Rows of one statement: hashed as they come and, if wanted, kept as JSON."""

    def __init__(self, keep: bool) -> None:
        self.count = 0
        """Rows added."""
        self.size = 0
        """Bytes of JSON."""
        self.odd = False
        """Whether some value became a marker object."""
        self.last: SqlRow | None = None
        """The last row added."""
        self._keep = keep
        self._pieces: list[bytes] = []
        self._hash = hashlib.blake2b(digest_size=_SIZE)

    def add(self, rows: Sequence[SqlRow]) -> None:
        """Append rows. Digest and JSON do not depend on how rows are divided into calls."""
        if not rows:
            return
        data, odd = encode(rows)
        inner = memoryview(data)[1:-1]
        if self.count:
            self._hash.update(b",")
        self._hash.update(inner)
        if self._keep:
            self._pieces.append(bytes(inner))
        self.count += len(rows)
        self.size += len(data)
        self.odd |= odd
        self.last = rows[-1]

    def digest(self) -> bytes:
        """BLAKE2b-128 of the rows' JSON."""
        return self._hash.digest()

    def json(self) -> orjson.Fragment:
        """The rows as a JSON array, to be embedded in a reply as it is."""
        return orjson.Fragment(b"[" + b",".join(self._pieces) + b"]")


def _shortened(value: Any) -> Any:
    return marker("too_long") if isinstance(value, str) and len(value) > MAX_TEXT else value
