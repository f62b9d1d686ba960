"""The bridge protocol: what is written is what is read, and what is no message is refused."""

from __future__ import annotations

import io

import orjson
import pytest

from agent.wire import bridge as wire
from agent.wire import frames
from agent.wire.envelope import cancel_frame, request_frame

SELECT = wire.Select("t", "SELECT ", ('"a"', '"b"'), " FROM t WHERE a > ?", (1, "x", None, wire.LastKey(0)), 1)

REQUESTS = [
    wire.Open("DSN=x", (wire.SessionStatement("SET x"), wire.SessionStatement("SET y", required=False)), 7),
    wire.Page(SELECT, (wire.PartSelects(SELECT, SELECT),), 10, "digest"),
    wire.Query(SELECT, 5),
    wire.Glimpse(SELECT, 5),
    wire.Catalogue("PPM", ("a", "b")),
    wire.Info(),
    wire.Close(),
]


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda r: r.op)
def test_a_request_arrives_as_it_was_sent(request_: wire.Request) -> None:
    assert wire.parse_request(request_frame(3, request_)) == (3, request_)


def test_a_moment_arrives_as_a_moment() -> None:
    sent = wire.Query(wire.Select("t", "", (), "", (wire.Moment("2026-01-01T00:00:00"),)), 1)
    assert wire.parse_request(request_frame(1, sent)) == (1, sent)


def test_a_cancellation_names_the_request() -> None:
    assert wire.parse_request(cancel_frame(9)) == (9, None)


def test_rows_travel_serialised_once() -> None:
    rows = orjson.Fragment(b'[[1,"a"],[2,null]]')
    sent = wire.PageReply(rows, [orjson.Fragment(b"[]")], 2, "00", last=True, overflow=False, odd=False, busy=0.5)
    number, reply = wire.parse_reply(wire.reply_frame(4, sent), "page")
    assert number == 4
    assert reply == wire.PageReply([[1, "a"], [2, None]], [[]], 2, "00", last=True, overflow=False, odd=False, busy=0.5)


def test_a_catalogue_and_a_fault_arrive_as_they_were_sent() -> None:
    table = wire.TableInfo((wire.ColumnInfo("a", "text", nullable=True),), (("a", "b"),))
    sent = wire.CatalogueReply({"t": table, "u": None}, 0.1)
    assert wire.parse_reply(wire.reply_frame(1, sent), "catalogue") == (1, sent)
    fault = wire.Fault("locked", "40001", -306, "t")
    assert wire.parse_reply(wire.reply_frame(1, fault), "page") == (1, fault)


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"nonsense", b'{"id":1,"op":"drop","body":{}}', b'{"id":1,"op":"page"}']
)
def test_what_is_no_request_is_refused(payload: bytes) -> None:
    with pytest.raises(frames.ProtocolError):
        wire.parse_request(payload)


@pytest.mark.parametrize("payload", [b"", b"7", b'{"id":1}', b'{"id":1,"ok":{"unknown":1}}'])
def test_what_is_no_reply_is_refused(payload: bytes) -> None:
    with pytest.raises(frames.ProtocolError):
        wire.parse_reply(payload, "query")


def test_frames_follow_one_another_until_the_stream_ends() -> None:
    stream = io.BytesIO()
    frames.write_frame(stream, b"one")
    frames.write_frame(stream, b"")
    stream.seek(0)
    assert [frames.read_frame(stream) for _ in range(3)] == [b"one", b"", None]


@pytest.mark.parametrize("raw", [b"\0\0", b"\0\0\0\5abc", b"\xff\xff\xff\xff"])
def test_a_cut_or_oversized_frame_is_refused(raw: bytes) -> None:
    with pytest.raises(frames.ProtocolError):
        frames.read_frame(io.BytesIO(raw))


def test_a_frame_beyond_the_limit_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "MAX_FRAME", 10)
    with pytest.raises(frames.ProtocolError):
        frames.write_frame(io.BytesIO(), b"x" * 11)


def test_a_connection_string_does_not_show() -> None:
    assert "secret" not in repr(wire.Open("PWD=secret"))
