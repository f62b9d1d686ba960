"""The cloud contract's pieces that both sides compute: change lines, chunks, chains."""

from __future__ import annotations

import hashlib

import orjson
import pytest
from pydantic import ValidationError

from agent.wire.cloud import (
    CHAIN_START,
    ChunkHeader,
    Complete,
    Delete,
    Source,
    Stale,
    Upsert,
    chain,
    encode_lines,
    parse_line,
)

SOURCE = Source(table="patient", key=[7])
LINES = [
    Upsert(resource="patient", id="7", version="aa", mapping_version=1, source=SOURCE, data={"last_name": None}),
    Delete(resource="patient", id="7", source=SOURCE),
    Stale(resource="patient", id="7", reason="invalid"),
    Complete(resource="patient", count=3),
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.op)
def test_a_line_arrives_as_it_was_sent(line: Upsert):
    assert parse_line(line.model_dump_json().encode()) == line


def test_what_a_newer_agent_adds_is_passed_over():
    sent = {**LINES[1].model_dump(), "why": "moved"}
    assert parse_line(orjson.dumps(sent)) == LINES[1]


@pytest.mark.parametrize(
    "line",
    [b"", b"7", b"[]", b"null", b"{}", b'{"op":"drop"}', b'{"op":"delete","id":"7"}', b'{"op":"delete"', b"\xff"],
)
def test_what_is_no_line_is_refused_as_a_value_that_is_wrong(line: bytes):
    with pytest.raises(ValueError, match=r"."):
        parse_line(line)


def test_a_chunk_is_its_header_and_a_line_for_every_change():
    header = ChunkHeader(
        pms="eaglesoft", pms_version=None, schema_version=1, observed_at="2026-03-02T09:00:00Z", count=2, cause="load"
    )
    content = encode_lines(header, [line.model_dump_json().encode() for line in LINES[:2]])
    first, *rest = content.split(b"\n")
    assert ChunkHeader.model_validate_json(first) == header
    assert [parse_line(line) for line in rest] == LINES[:2]


def test_a_chunk_of_another_version_of_the_contract_is_refused():
    with pytest.raises(ValidationError):
        ChunkHeader.model_validate(
            {
                "v": 2,
                "pms": "x",
                "pms_version": None,
                "schema_version": 1,
                "observed_at": "",
                "count": 0,
                "cause": "load",
            }
        )


def test_the_chain_is_as_the_contract_says_and_any_other_course_ends_elsewhere():
    value = CHAIN_START
    for frame in (b"one", b"two"):
        value = chain(value, frame)
    assert value == hashlib.sha256(hashlib.sha256(bytes(32) + b"one").digest() + b"two").digest()
    assert value != chain(chain(CHAIN_START, b"two"), b"one")
    assert value != chain(CHAIN_START, b"onetwo")
