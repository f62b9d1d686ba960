"""Reading a batch: header, chain, frames, lines. Pure: bytes in, checked changes out; knows no database.

Whatever is wrong is refused as ``bad_batch`` with a sentence that quotes nothing of the content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

import zstandard
from pydantic import ValidationError

from agent.model.canonical import encode, version_of
from agent.wire.cloud import (
    MAX_BATCH_BYTES,
    MAX_CONTENT_BYTES,
    MAX_HEADER_BYTES,
    BatchHeader,
    ChangeLine,
    ChunkHeader,
    Complete,
    Delete,
    Stale,
    Upsert,
    parse_line,
)
from sandbox.cloud.refusal import refuse

MAX_LINE_BYTES = 8 * 1024 * 1024
"""A change line is at most this long."""

MAX_DEPTH = 16
"""Objects and lists in a record are nested at most so deep."""

MAX_NUMBER = 1 << 53
"""Numbers of changes and epochs are below this."""

_RESOURCE = re.compile(r"[a-z][a-z0-9_]{0,63}")
_ID = re.compile(r"[^\x00-\x1f\x7f]{1,512}")
_HASH = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A chunk's content, checked."""

    header: ChunkHeader
    lines: list[ChangeLine]


def read_batch(body: bytes) -> tuple[BatchHeader, list[bytes]]:
    """Header and frames of a batch; their places are contiguous and their sizes fill the body exactly."""
    if len(body) > MAX_BATCH_BYTES:
        refuse(413, "too_large", "The batch is longer than the contract allows")
    end = body.find(b"\n", 0, MAX_HEADER_BYTES)
    if end < 0:
        _bad("the header line is missing or too long")
    try:
        header = BatchHeader.model_validate_json(body[:end])
    except ValidationError:
        _bad("the header is not one")
    if not header.chunks or not _HASH.fullmatch(header.previous) or not 0 < header.epoch < MAX_NUMBER:
        _bad("the header's fields are not valid")
    frames: list[bytes] = []
    at, number = end + 1, header.chunks[0].first_seq
    for place in header.chunks:
        if place.count < 1 or place.size < 1 or not 0 < place.first_seq == number < MAX_NUMBER:
            _bad("the chunks are not contiguous")
        frames.append(body[at : at + place.size])
        at, number = at + place.size, number + place.count
    if at != len(body) or number > MAX_NUMBER:
        _bad("the chunks' sizes do not fill the body")
    return header, frames


def read_chunks(frames: list[bytes], counts: list[int]) -> Iterator[Chunk]:
    """The contents of frames, each line checked; refuses whatever is not as the contract says."""
    budget = MAX_CONTENT_BYTES
    for frame, count in zip(frames, counts, strict=True):
        content = _unpack(frame, budget)
        budget -= len(content)
        yield _read_chunk(content, count)


def _unpack(frame: bytes, budget: int) -> bytes:
    """One whole zstd frame, never longer than ``budget``."""
    decompressor = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj()
    parts: list[bytes] = []
    try:
        for at in range(0, len(frame), 1024):  # a block of a bomb expands by a bounded factor; stop between blocks
            part = decompressor.decompress(frame[at : at + 1024])
            budget -= len(part)
            if budget < 0:
                refuse(413, "too_large", "The batch's content is longer than the contract allows")
            parts.append(part)
            if decompressor.eof and at + 1024 < len(frame):
                _bad("a frame is followed by something else")
    except zstandard.ZstdError:
        _bad("a frame is damaged")
    if not decompressor.eof or decompressor.unused_data:
        _bad("a frame is cut short or too long")
    return b"".join(parts)


def _read_chunk(content: bytes, count: int) -> Chunk:
    first, *raw = content.split(b"\n")
    try:
        header = ChunkHeader.model_validate_json(first)
        datetime.fromisoformat(header.observed_at)
    except ValueError:
        _bad("a chunk's header is not one")
    if not header.count == count == len(raw):
        _bad("a chunk does not hold as many changes as it says")
    if len(header.observed_at) > 40 or not 0 <= header.schema_version < MAX_NUMBER:
        _bad("a chunk's header is not one")
    return Chunk(header, [_read_line(line) for line in raw])


def _read_line(raw: bytes) -> ChangeLine:
    if len(raw) > MAX_LINE_BYTES:
        _bad("a line is too long")
    try:
        line = parse_line(raw)
        if not _RESOURCE.fullmatch(line.resource):
            _bad("a resource's name is not valid")
        if isinstance(line, Complete):
            if not 0 <= line.count < MAX_NUMBER:
                _bad("a count is not valid")
        elif not _ID.fullmatch(line.id):
            _bad("an id is not valid")
        if isinstance(line, Stale) and len(line.reason) > 200:
            _bad("a reason is too long")
        if isinstance(line, Upsert | Delete) and len(line.source.key) > 16:
            _bad("a source key is not valid")
        if isinstance(line, Upsert):
            if nesting(line.data) > MAX_DEPTH or nesting(line.derived) > MAX_DEPTH:
                _bad("a record is nested too deep")
            if not 0 <= line.mapping_version < MAX_NUMBER or version_of(encode(line.data)) != line.version:
                _bad("a version is not that of its data")
        return line
    except (ValueError, TypeError, RecursionError):  # orjson's errors are of these types
        _bad("a line is not a change")


def nesting(value: Any) -> int:
    """How deep objects and lists are nested, level by level, without recursion."""
    depth, level = 0, [value]
    while level and depth <= MAX_DEPTH:
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        depth, level = depth + 1, below
    return depth


def _bad(sentence: str) -> NoReturn:
    refuse(422, "bad_batch", f"Not a valid batch: {sentence}")
