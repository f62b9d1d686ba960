"""The canonical encoding of a record and the version hash over it.

Two records are the same exactly when their canonical bytes are the same; the cloud recomputes the hash from what it
received, so the encoding is part of the contract: JSON, UTF-8, keys sorted, no white space, no floating point numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

SCHEMA_VERSION = 1
"""Version of the canonical model (``docs/model.md``); raised when a field changes its meaning."""

_VERSION_BYTES = 16


def encode(data: Mapping[str, Any]) -> bytes:
    """Canonical bytes of a record's data."""
    return orjson.dumps(data, option=orjson.OPT_SORT_KEYS)


def version_of(canonical: bytes) -> str:
    """Version of a record: BLAKE2b-128 of its canonical bytes, in hex."""
    return hashlib.blake2b(canonical, digest_size=_VERSION_BYTES).hexdigest()


def segment_of(record_id: str, segments: int) -> int:
    """The reconcile segment (0 .. segments-1) that an id belongs to: a hash of the id, so that segments are even."""
    return int.from_bytes(hashlib.blake2b(record_id.encode(), digest_size=4).digest(), "big") % segments


def member_digest(record_id: str, version: str) -> int:
    """A record's share in its segment's digest; a segment's digest is the sum of its members' shares mod 2**128.

    A sum does not depend on the order in which records are visited, so neither side has to sort.
    """
    return int.from_bytes(hashlib.blake2b(f"{record_id}\0{version}".encode(), digest_size=16).digest(), "big")


SEGMENT_MODULUS = 1 << 128
"""Segment digests are sums of :func:`member_digest` modulo this."""
