"""What the wire hands over becomes one of our errors, with a remedy and without a word that came over the wire."""

from __future__ import annotations

import socket
import ssl
from typing import Any

import httpx
import pytest

from agent.cloud.errors import from_answer, from_transport, retry_after
from agent.health.catalogue import explain
from agent.model.errors import AgentError, NeedsPerson, Retry, Terminal
from agent.wire.cloud import Problem

NOW = 1_772_000_000.0
SECRET = "<h1>Xylophandra Quizzenberg</h1>"


def answer(status: int, body: bytes = SECRET.encode(), **headers: str) -> AgentError:
    return from_answer(httpx.Response(status, headers=headers), body, NOW)


def problem(code: str, status: int, **fields: Any) -> bytes:
    return Problem(title=SECRET, status=status, code=code, **fields).model_dump_json().encode()


def caused(error: httpx.HTTPError, *causes: BaseException) -> httpx.HTTPError:
    last: BaseException = error
    for cause in causes:
        last.__cause__ = cause
        last = cause
    return error


def untrusted(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, SECRET)
    error.verify_code = code
    return error


@pytest.mark.parametrize(
    ("error", "proxied", "kind", "code"),
    [
        (httpx.ConnectError(SECRET), False, Retry, "offline"),
        (httpx.ConnectError(SECRET), True, Retry, "proxy_failed"),
        (caused(httpx.ConnectError(SECRET), OSError(), socket.gaierror(-2, SECRET)), False, Retry, "dns_failed"),
        (caused(httpx.ConnectError(SECRET), ssl.SSLError(1, SECRET)), False, Retry, "tls_failed"),
        (caused(httpx.ConnectError(SECRET), untrusted(19)), False, NeedsPerson, "tls_untrusted"),
        (caused(httpx.ConnectError(SECRET), untrusted(10)), False, NeedsPerson, "tls_expired"),
        (httpx.ConnectTimeout(SECRET), False, Retry, "timeout"),
        (httpx.ReadTimeout(SECRET), False, Retry, "timeout"),
        (httpx.RemoteProtocolError(SECRET), False, Retry, "bad_answer"),
        (httpx.ReadError(SECRET), False, Retry, "connection_lost"),
        (httpx.ProxyError(SECRET), True, Retry, "proxy_failed"),
    ],
)
def test_what_goes_wrong_on_the_way(error: httpx.HTTPError, proxied: bool, kind: type[AgentError], code: str):
    found = from_transport(error, proxied)
    assert (type(found), found.code) == (kind, code)
    assert "Quizzenberg" not in str([found, found.title, found.advice, found.fields])


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (401, b"", NeedsPerson, "token_refused"),
        (401, problem("agent_replaced", 401), NeedsPerson, "agent_replaced"),
        (404, SECRET.encode(), Retry, "bad_answer"),
        (404, problem("agent_unknown", 404), NeedsPerson, "agent_unknown"),
        (407, b"", Retry, "proxy_login_wanted"),
        (408, b"", Retry, "timeout"),
        (409, problem("gap", 409, expected_seq=7), Retry, "gap"),
        (409, problem("epoch_required", 409), Retry, "epoch_required"),
        (418, problem("never_heard_of", 418), Terminal, "refused"),
        (422, problem("bad_batch", 422), Terminal, "bad_batch"),
        (429, b"", Retry, "throttled"),
        (302, SECRET.encode(), Retry, "bad_answer"),
        (500, SECRET.encode(), Retry, "server_error"),
        (503, problem("never_heard_of", 503), Retry, "server_error"),
    ],
)
def test_what_an_answer_means(status: int, body: bytes, kind: type[AgentError], code: str):
    found = answer(status, body)
    assert (type(found), found.code) == (kind, code)
    assert "Quizzenberg" not in str([found, found.title, found.advice, found.fields])


@pytest.mark.parametrize("code", ["offline", "gap", "bad_answer", "tls_untrusted", "throttled", "refused"])
def test_every_one_is_in_the_catalogue(code: str):
    assert explain(code).title


def test_where_to_go_on_comes_with_a_gap():
    assert answer(409, problem("gap", 409, expected_seq=7)).fields["expected_seq"] == 7


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("999999999999999999", 86400.0),
        ("Wed, 25 Feb 2026 06:14:20 GMT", 60.0),
        ("Wed, 25 Feb 2026 06:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
    ],
)
def test_a_wait_is_told_in_seconds_or_as_a_date_and_is_a_day_at_most(header: str | None, seconds: float | None):
    assert retry_after(header, NOW) == seconds
    if header is not None and seconds is not None:
        assert answer(429, b"", **{"Retry-After": header}).retry_after == seconds
