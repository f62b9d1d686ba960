"""The access matrix: every call of the route table with every right, and with what is no right at all."""

from __future__ import annotations

import itertools
import socket
import threading

import httpx
import orjson
import pytest

from agent.api.client import LocalAgent, read_address
from agent.api.server import CALLS, DOCUMENT_PATH, MAX_BODY
from agent.wire.local import RIGHTS, Right
from tests.api.stations import Service, serving, until

BODIES = {
    "pause": {"hours": 1},
    "begin_task": {"kind": "sync"},
    "decide": {"verdict": "approve", "name": "x"},
    "plan_settings": {"settings": {}},
    "change_settings": {"settings": {}},
}


def token(service: Service, right: Right) -> str:
    return (service.home / f"api-{right}.token").read_text()


def ask(service: Service, method: str, path: str, given: str | None, **more) -> httpx.Response:
    headers = more.pop("headers", {})
    if given is not None:
        headers = {"Authorization": f"Bearer {given}", **headers}
    url = f"http://127.0.0.1:{read_address(service.home).port}{path}"
    with httpx.Client(trust_env=False) as client:
        return client.request(method, url, headers=headers, timeout=30, **more)


def asked(service: Service, call, given: str | None, **more) -> httpx.Response:
    body = {"json": BODIES[call.name]} if call.name in BODIES else {}
    return ask(service, call.method, call.path.replace("{id}", "nothing"), given, **{**body, **more})


def is_refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status


@pytest.mark.parametrize(
    ("call", "right"), list(itertools.product(CALLS, RIGHTS)), ids=lambda one: getattr(one, "name", one)
)
def test_each_right_makes_its_calls_and_no_others(service: Service, call, right: Right):
    answer = asked(service, call, token(service, right))
    if RIGHTS.index(right) < RIGHTS.index(call.right):
        is_refused(answer, 403, "right_missing")
    else:
        assert answer.status_code not in (401, 403), answer.text
        assert answer.status_code < 500


@pytest.mark.parametrize("call", CALLS, ids=lambda one: one.name)
def test_nobody_passes_without_the_right_token_host_and_origin(service: Service, call):
    good = token(service, "change")
    port = read_address(service.home).port
    is_refused(asked(service, call, None), 401, "token_missing")
    for wrong in ("x", good[:-1], good + "x", good.swapcase()):
        is_refused(asked(service, call, wrong), 401, "token_refused")
    is_refused(asked(service, call, None, headers={"Authorization": f"Basic {good}"}), 401, "token_refused")
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", "127.0.0.1:1", f"[::1]:{port}", ""):
        is_refused(asked(service, call, good, headers={"Host": host}), 421, "host_refused")
    for origin in ("https://evil.example", "null", f"http://127.0.0.1:{port}"):
        is_refused(asked(service, call, good, headers={"Origin": origin}), 403, "origin_refused")
    is_refused(asked(service, call, good, headers={"Sec-Fetch-Site": "cross-site"}), 403, "origin_refused")


def test_localhost_is_the_same_machine(service: Service):
    port = read_address(service.home).port
    answer = ask(service, "GET", "/v1/version", token(service, "look"), headers={"Host": f"localhost:{port}"})
    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("kind", "right"),
    [("snapshot", "operate"), ("reconcile", "operate"), ("test_database", "change"), ("enrol", "change")],
)
def test_a_task_needs_the_right_of_its_kind(service: Service, kind: str, right: Right):
    for one in RIGHTS:
        answer = ask(service, "POST", "/v1/tasks", token(service, one), json={"kind": kind, "arguments": {"bad": 1}})
        if RIGHTS.index(one) < RIGHTS.index(right):
            is_refused(answer, 403, "right_missing")
        else:
            is_refused(answer, 409, "task_arguments_invalid")


def test_unmasking_needs_operate(service: Service):
    is_refused(ask(service, "GET", "/v1/writes/x?unmask=true", token(service, "look")), 403, "right_missing")
    assert ask(service, "GET", "/v1/writes/x?unmask=true", token(service, "operate")).status_code == 409


def test_every_use_of_more_than_looking_is_logged_without_data(service: Service):
    with LocalAgent(service.home) as client:
        before = client.events().last
        ask(service, "GET", "/v1/writes/Zebra?unmask=true", token(service, "operate"))
        ask(service, "GET", "/v1/discover", token(service, "change"))
        ask(service, "GET", "/v1/discover", token(service, "operate"))  # refused: not a use
        ask(service, "GET", "/v1/history", token(service, "change"))  # looking is nobody's business
        told = [(one.code, one.fields) for one in client.events(after=before).lines]
    assert told == [
        ("api_used", {"what": "write", "kind": "operate"}),
        ("api_used", {"what": "discover", "kind": "change"}),
    ]
    assert b"Zebra" not in (service.home / "events.jsonl").read_bytes()


def test_what_is_not_in_the_table_is_refused_and_only_told_to_those_with_a_token(service: Service):
    look = token(service, "look")
    is_refused(ask(service, "GET", "/v1/secrets", None), 401, "token_missing")
    for path in ("/v1/secrets", "/", "/v1/status/", "/docs", "/v1/../v1/statuss"):
        is_refused(ask(service, "GET", path, look), 404, "call_unknown")
    is_refused(ask(service, "DELETE", "/v1/status", look), 405, "method_refused")
    is_refused(ask(service, "OPTIONS", "/v1/status", look), 405, "method_refused")


def test_the_document_is_there_for_every_right_and_is_the_one_in_the_docs(service: Service):
    for right in RIGHTS:
        answer = ask(service, "GET", DOCUMENT_PATH, token(service, right))
        paths = {path: set(one) for path, one in answer.json()["paths"].items()}
        assert {(c.path, c.method.lower()) for c in CALLS} == {(p, m) for p, ms in paths.items() for m in ms}
    is_refused(ask(service, "GET", DOCUMENT_PATH, None), 401, "token_missing")


def test_bodies_are_bounded_and_must_be_json(service: Service):
    look = token(service, "look")
    large = orjson.dumps({"hours": 1, "x": "x" * MAX_BODY})
    as_json = {"Content-Type": "application/json"}
    is_refused(ask(service, "POST", "/v1/pause", look, content=large, headers=as_json), 413, "body_too_large")
    is_refused(ask(service, "POST", "/v1/pause", look, data={"hours": "1"}), 415, "body_type")
    is_refused(ask(service, "POST", "/v1/pause", look, content=b"{", headers=as_json), 422, "request_invalid")
    deep = b'{"kind":"sync","arguments":' + b'{"a":' * 20_000 + b"1" + b"}" * 20_001
    is_refused(ask(service, "POST", "/v1/tasks", look, content=deep, headers=as_json), 422, "request_invalid")


def test_a_refusal_never_repeats_what_was_sent(service: Service):
    look = token(service, "look")
    for answer in (
        ask(service, "POST", "/v1/pause", look, json={"hours": "Zebra"}),
        ask(service, "GET", "/v1/status?Zebra=1", look),
        ask(service, "GET", "/v1/status?after=Zebra", look),
        ask(service, "POST", "/v1/tasks", look, json={"kind": "sync", "arguments": {"Zebra": "Zebra"}}),
        ask(service, "GET", "/v1/Zebra", look),
    ):
        assert answer.status_code >= 400
        assert "Zebra" not in answer.text


def test_it_listens_on_the_loopback_address_alone(service: Service):
    port = read_address(service.home).port
    with socket.create_server(("127.0.0.2", port)):
        pass  # it would not be free if the server listened everywhere


def test_tokens_are_new_at_every_start_and_old_ones_are_worth_nothing(tmp_path):
    with serving(tmp_path / "home") as first:
        old = {right: token(first, right) for right in RIGHTS}
    assert sorted(file.name for file in (tmp_path / "home").glob("api*")) == []
    with serving(tmp_path / "home") as second:
        for right in RIGHTS:
            assert token(second, right) != old[right]
            is_refused(ask(second, "GET", "/v1/status", old[right]), 401, "token_refused")
    modes = {"look": 0o644, "operate": 0o640, "change": 0o600}
    with serving(tmp_path / "home") as third:
        found = {right: (third.home / f"api-{right}.token").stat().st_mode & 0o777 for right in RIGHTS}
    assert found == modes


def test_it_survives_clients_that_go_away(service: Service):
    port = read_address(service.home).port
    given = token(service, "look")
    head = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {given}\r\n"
    with LocalAgent(service.home) as client:
        last = client.events().last
    for rude in (
        f"GET /v1/events?after={last + 5}&wait=25 HTTP/1.1\r\n{head}\r\n",  # asks and does not wait
        f"POST /v1/pause HTTP/1.1\r\n{head}Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{{",
        "GET /v1/sta",
        "\x00\x01\x02\r\n\r\n",
        "",
    ):
        with socket.create_connection(("127.0.0.1", port)) as link:
            link.sendall(rude.encode("latin-1"))
    threads = threading.active_count()
    with LocalAgent(service.home) as client:
        for _ in range(20):
            assert client.version().api == 1
    until(lambda: not service.station.bell._waiting, "the end of the poll of who went away")
    assert threading.active_count() <= threads + 10
