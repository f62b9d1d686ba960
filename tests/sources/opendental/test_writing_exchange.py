"""Requests over HTTP: certainly not sent, or sent with the answer lost, are told apart."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import httpx
import pytest

from agent.model.errors import Terminal
from agent.model.writing import NotNow, OutcomeUnknown
from agent.sources.opendental.writing.exchange import LONGEST_ANSWER, Answer, Cascade, HttpExchange

OK = b'HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nX-One: Two\r\nContent-Length: 9\r\n\r\n{"A": 12}'


@contextmanager
def listening(answer: bytes, seen: list[bytes]) -> Iterator[str]:
    """A server for one request, which answers these bytes and closes."""

    def serve() -> None:
        link, _ = server.accept()
        with link:
            request = link.recv(65_536)
            while request.endswith(b"\r\n\r\n") and b"ontent-Length: 0" not in request and b"POST" in request:
                request += link.recv(65_536)
            seen.append(request)
            link.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/api/v1/"
        thread.join(5)


def test_a_request_and_its_answer():
    seen: list[bytes] = []
    with listening(OK, seen) as url, closing(HttpExchange("dev", "cust", url)) as exchange:
        answer = exchange.send("POST", "commlogs", {"Note": "ü"})
    assert (answer.status, answer.headers["x-one"], answer.body) == (201, "Two", {"A": 12})
    head, _, body = seen[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api/v1/commlogs HTTP/1.1")
    assert b"Authorization: ODFHIR dev/cust" in head
    assert b"Content-Type: application/json" in head
    assert body == '{"Note":"ü"}'.encode()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{", b"nonsense\r\n\r\n"])
def test_an_answer_that_breaks_off_leaves_the_outcome_unknown(answer: bytes):
    with (
        listening(answer, []) as url,
        closing(HttpExchange("dev", "cust", url)) as exchange,
        pytest.raises(OutcomeUnknown),
    ):
        exchange.send("POST", "commlogs", {})


def test_nobody_there_is_certainly_not_sent():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    url = f"http://127.0.0.1:{port}/api/v1/"
    with closing(HttpExchange("dev", "cust", url)) as exchange, pytest.raises(NotNow) as caught:
        exchange.send("POST", "commlogs", {})
    assert caught.value.code == "channel_unreachable"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectTimeout, NotNow),
        (httpx.ConnectError, NotNow),
        (httpx.ReadTimeout, OutcomeUnknown),
        (httpx.WriteError, OutcomeUnknown),
        (httpx.RemoteProtocolError, OutcomeUnknown),
    ],
)
def test_when_it_broke_tells_whether_it_was_sent(error: type[httpx.HTTPError], kind: type[Exception]):
    def broken(_request: httpx.Request) -> httpx.Response:
        raise error("told by the driver")

    transport = httpx.MockTransport(broken)
    with closing(HttpExchange("dev", "cust", transport=transport)) as exchange, pytest.raises(kind) as caught:
        exchange.send("PUT", "appointments/1/Note", {})
    assert "driver" not in str(caught.value)


def test_what_is_no_json_is_no_body():
    for content in (b"<html>", b"", b"1" * (LONGEST_ANSWER + 1)):
        transport = httpx.MockTransport(lambda _request, content=content: httpx.Response(200, content=content))
        with closing(HttpExchange("dev", "cust", transport=transport)) as exchange:
            assert exchange.send("GET", "preferences").body is None


def test_a_redirect_is_not_followed():
    asked: list[str] = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(307, headers={"Location": "http://127.0.0.1:9/"})

    with closing(HttpExchange("dev", "cust", transport=httpx.MockTransport(elsewhere))) as exchange:
        assert exchange.send("POST", "commlogs", {}).status == 307
    assert asked == ["http://localhost:30223/api/v1/commlogs"]


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with listening(OK, []) as url, closing(HttpExchange("dev", "cust", url)) as exchange:
        assert exchange.send("GET", "preferences").status == 201


@pytest.mark.parametrize("url", ["ftp://localhost/", "http://8.8.8.8/api/v1/", "http://me:pw@localhost/", "nonsense"])
def test_an_address_outside_the_practice_is_refused(url: str):
    with pytest.raises(Terminal) as caught:
        HttpExchange("dev", "cust", url)
    assert caught.value.code == "channel_address_invalid"


@pytest.mark.parametrize("key", ["", "with space", "two\nlines", "a/b"])
def test_a_key_that_is_none_is_refused_and_not_repeated(key: str):
    with pytest.raises(Terminal) as caught:
        HttpExchange(key, "cust")
    assert caught.value.code == "channel_key_invalid"
    assert "cust" not in str(caught.value) and "cust" not in repr(HttpExchange("dev", "cust"))


class Way:
    """A way that answers, or breaks."""

    def __init__(self, outcome: Answer | Exception) -> None:
        self.outcome = outcome
        self.asked = 0

    def send(self, method, path, body=None) -> Answer:
        self.asked += 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def test_another_way_is_taken_only_when_nothing_was_sent():
    away, lost = Way(NotNow("channel_unreachable", "", "")), Way(OutcomeUnknown("outcome_unknown", "", ""))
    there = Way(Answer(200))
    assert Cascade([away, there]).send("POST", "commlogs", {}).status == 200
    with pytest.raises(OutcomeUnknown):
        Cascade([lost, there]).send("POST", "commlogs", {})
    assert there.asked == 1
    with pytest.raises(NotNow):
        Cascade([away, away]).send("POST", "commlogs", {})
