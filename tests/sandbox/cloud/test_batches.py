"""Malformed batches: each is refused whole, with a code, and leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest
import zstandard

from agent.model.canonical import encode, version_of
from agent.wire.cloud import MAX_BATCH_BYTES, MAX_CONTENT_BYTES, Complete, Enrolled, Problem, Source, Upsert
from sandbox.cloud.service import Cloud
from tests.sandbox.cloud.sender import Sender, enrolled, frame_of, memory_cloud, upsert

Place = tuple[Cloud, Enrolled, Sender]


@pytest.fixture
def place() -> Place:
    cloud, _ = memory_cloud()
    agent, sender = enrolled(cloud), Sender()
    sender.begin(cloud, agent.agent_id)
    sender.add(upsert("L1", "a"))
    assert not isinstance(cloud.accept_batch(agent.agent_id, sender.batch(0, 0)), Problem)
    return cloud, agent, sender


def refused_whole(place: Place, body: bytes, code: str) -> None:
    cloud, agent, _ = place
    answer = cloud.accept_batch(agent.agent_id, body)
    assert isinstance(answer, Problem), answer
    assert answer.code == code
    assert set(cloud.held(agent.practice_id, "location")) == {"L1"}
    assert len(cloud.changes(agent.practice_id)[0]) == 1


def with_frame(place: Place, frame: bytes, count: int = 1) -> bytes:
    """The next batch, holding this frame whatever it is."""
    sender = place[2]
    sender.frames.append(frame)
    sender.counts.append(count)
    sender.links.append(b"")
    return sender.batch(1, 1)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"{}\n",
        b"[]\n",
        b"null\n",
        b"x" * 300_000,
        b'{"epoch":"x","session":"run-1","previous":"","chunks":[]}\n',
        b'{"epoch":1,"session":"run-1","previous":"00","chunks":[{"first_seq":2,"count":1,"size":1}]}\nx',
    ],
)
def test_a_body_without_a_valid_header_is_refused(place: Place, body: bytes) -> None:
    refused_whole(place, body, "bad_batch")


@pytest.mark.parametrize(
    "change",
    [
        {"size": 1},
        {"size": 10**9},
        {"size": -1},
        {"count": 0},
        {"count": -1},
        {"count": 3},
        {"count": 2**60},
        {"first_seq": 0},
        {"first_seq": -5},
        {"first_seq": 2**60},
    ],
)
def test_wrong_places_are_refused(place: Place, change: dict[str, int]) -> None:
    sender = place[2]
    sender.add(upsert("L2", "a"))
    chunk = sender.header(1, 1).chunks[0].model_copy(update=change)
    refused_whole(place, sender.batch(1, 1, chunks=[chunk]), "bad_batch")


def test_chunks_that_leave_numbers_out_are_refused(place: Place) -> None:
    sender = place[2]
    sender.add(upsert("L2", "a"))
    sender.add(upsert("L3", "a"))
    first, second = sender.header(1, 2).chunks
    moved = second.model_copy(update={"first_seq": second.first_seq + 1})
    refused_whole(place, sender.batch(1, 2, chunks=[first, moved]), "bad_batch")


def test_a_batch_without_chunks_is_refused(place: Place) -> None:
    refused_whole(place, place[2].batch(0, 0, chunks=[]), "bad_batch")


def test_a_body_longer_than_the_contract_allows_is_refused(place: Place) -> None:
    refused_whole(place, bytes(MAX_BATCH_BYTES + 1), "too_large")


def test_a_wrong_chain_asks_for_a_new_epoch(place: Place) -> None:
    sender = place[2]
    sender.add(upsert("L2", "a"))
    refused_whole(place, sender.batch(1, 1, previous="ab" * 32), "epoch_required")


GOOD = frame_of([upsert("L2", "a")])


@pytest.mark.parametrize(
    "frame",
    [
        GOOD[:-1],
        GOOD[: len(GOOD) // 2],
        GOOD + b"x",
        GOOD + GOOD,
        GOOD[:8] + bytes([GOOD[8] ^ 0xFF]) + GOOD[9:],
        b"not a frame",
        zstandard.ZstdCompressor().compress(b""),
        zstandard.ZstdCompressor().compress(b"{}"),
        zstandard.ZstdCompressor().compress(b"\xff\xfe\n\n"),
    ],
)
def test_damaged_frames_are_refused(place: Place, frame: bytes) -> None:
    refused_whole(place, with_frame(place, frame), "bad_batch")


def test_a_bomb_is_refused_without_being_unpacked(place: Place) -> None:
    bomb = zstandard.ZstdCompressor(level=19).compress(bytes(4 * MAX_CONTENT_BYTES))
    refused_whole(place, with_frame(place, bomb), "too_large")


def test_a_count_that_is_not_that_of_the_lines_is_refused(place: Place) -> None:
    refused_whole(place, with_frame(place, GOOD, count=2), "bad_batch")
    refused_whole(place, with_frame(place, frame_of([upsert("L2", "a")], count=2), count=1), "bad_batch")


@pytest.mark.parametrize(
    "said",
    [{"observed_at": "yesterday"}, {"observed_at": ""}, {"schema_version": -1}, {"schema_version": 2**60}],
)
def test_a_chunk_header_that_says_nonsense_is_refused(place: Place, said: dict[str, Any]) -> None:
    refused_whole(place, with_frame(place, frame_of([upsert("L2", "a")], **said)), "bad_batch")


def edited(edit: Callable[[dict[str, object]], object]) -> bytes:
    line = orjson.loads(upsert("L2", "a").model_dump_json())
    edit(line)
    return orjson.dumps(line)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b'{"op":"truncate"}',
        b'{"op":["upsert"]}',
        b'{"op":"upsert"}',
        b"[" * 5000,
        edited(lambda line: line.update(version="0" * 32)),
        edited(lambda line: line.update(id="")),
        edited(lambda line: line.update(id="a\0b")),
        edited(lambda line: line.update(id="x" * 513)),
        edited(lambda line: line.update(id=7)),
        edited(lambda line: line.update(resource="Location")),
        edited(lambda line: line.update(resource="../secrets")),
        edited(lambda line: line.update(data=["a"])),
        edited(lambda line: line.update(data=None)),
        edited(lambda line: line.update(mapping_version=-1)),
        edited(lambda line: line.update(source={"table": "t", "key": ["k"] * 17})),
        edited(lambda line: line.update(source=None)),
        Complete(resource="location", count=-1).model_dump_json().encode(),
    ],
)
def test_lines_that_are_no_changes_are_refused_with_their_whole_batch(place: Place, line: bytes) -> None:
    refused_whole(place, with_frame(place, frame_of([upsert("L3", "good"), line]), count=2), "bad_batch")


def test_a_record_nested_too_deep_is_refused(place: Place) -> None:
    value: object = "x"
    for _ in range(40):
        value = [value]
    data = {"name": value}
    deep = Upsert(
        resource="location",
        id="L2",
        version=version_of(encode(data)),
        mapping_version=1,
        source=Source(table="t", key=["L2"]),
        data=data,
    )
    refused_whole(place, with_frame(place, frame_of([deep])), "bad_batch")


def test_what_is_refused_names_nothing_of_the_content(place: Place) -> None:
    cloud, agent, _ = place
    secret = edited(lambda line: line.update(version="0" * 32, id="Zebulon-Quirke"))
    answer = cloud.accept_batch(agent.agent_id, with_frame(place, frame_of([secret])))
    assert isinstance(answer, Problem)
    assert "Zebulon" not in answer.model_dump_json()
