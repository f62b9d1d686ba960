"""The HTTP layer: who may ask, what form a request has, how large it may be. Spoken to over real TLS."""

from __future__ import annotations

import random
import ssl
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson
import pytest
from joserfc import jwk, jwt

from agent.wire.cloud import (
    BATCH_TYPE,
    BUNDLE_TYPE,
    MAX_BATCH_BYTES,
    MAX_BUNDLE_BYTES,
    Enrolled,
    Enrolment,
    Message,
    Problem,
)
from sandbox.cloud.calls import CALLS
from sandbox.cloud.database import Database
from sandbox.cloud.server import Running, running
from sandbox.cloud.service import Cloud
from sandbox.cloud.tls import development_tls
from tests.sandbox.cloud.sender import Moment, Sender, complete, delete, upsert

KEY = jwk.ECKey.generate_key("P-384")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class Place:
    """A running cloud, two enrolled agents, and means to ask as either."""

    def __init__(self, server: Running, http: httpx.Client, clock: Moment) -> None:
        self.server, self.http, self.clock = server, http, clock
        self.agent, self.other = self.enrol("Elm"), self.enrol("Oak")

    def enrol(self, name: str) -> Enrolled:
        invitation = self.server.cloud.invite(self.server.cloud.add_practice(name))
        assert not isinstance(invitation, Problem)
        request = Enrolment(
            code=invitation.code, public_key=KEY.as_dict(private=False), host="host-1", agent_version="1"
        )
        answer = self.server.cloud.enrol(request)
        assert isinstance(answer, Enrolled)
        return answer

    def assertion(self, agent_id: str, key: jwk.ECKey = KEY, alg: str = "ES384", **said: Any) -> str:
        now = int(self.clock.now.timestamp())
        claims = {
            "iss": agent_id,
            "sub": agent_id,
            "aud": f"{self.server.url}/oauth2/token",
            "iat": now,
            "exp": now + 300,
            "jti": uuid.uuid4().hex,
        } | said
        return jwt.encode({"alg": alg}, claims, key, algorithms=[alg])

    def ask_token(self, assertion: str) -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion,
        }
        return self.http.post("/oauth2/token", data=form)

    def bearer(self, agent: Enrolled) -> dict[str, str]:
        answer = self.ask_token(self.assertion(agent.agent_id))
        assert answer.status_code == 200, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def reader(self, agent: Enrolled) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.server.cloud.add_reader_key(agent.practice_id, 'test')}"}

    def fill(self, *lines: Message) -> None:
        sender = Sender()
        sender.begin(self.server.cloud, self.agent.agent_id)
        sender.add(*lines)
        assert not isinstance(self.server.cloud.accept_batch(self.agent.agent_id, sender.batch(0, 0)), Problem)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    tls = development_tls(tmp_path_factory.mktemp("tls"))
    clock = Moment()
    clock.now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    cloud = Cloud(Database(), clock, entropy=random.Random(5).randbytes)
    trust = ssl.create_default_context(cafile=str(tls.ca))
    with running(cloud, tls) as server, httpx.Client(base_url=server.url, verify=trust, trust_env=False) as http:
        yield Place(server, http, clock)
    cloud.close()


def refused(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer.text
    problem: dict[str, Any] = answer.json()
    assert problem["code"] == code, problem
    assert problem["status"] == status
    return problem


def test_every_call_of_agents_and_readers_needs_its_own_token(place: Place) -> None:
    wrong = [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": f"Bearer {place.agent.agent_id}.{'0' * 32}"},
        {"Authorization": "Bearer " + "x" * 5000},
    ]
    for call in CALLS:
        if call.who == "anyone":
            continue
        names = {"bundle": "b", "command_id": "c", "resource": "location", "record_id": "L1"}
        path = call.path.format(agent_id=place.agent.agent_id, practice_id=place.agent.practice_id, **names)
        kind = {"Content-Type": call.body_type}
        for headers in wrong:
            answer = place.http.request(call.method, path, headers=headers | kind)
            assert answer.status_code == 401, (call.name, headers)
        others = place.bearer(place.other) if call.who == "agent" else place.reader(place.other)
        refused(place.http.request(call.method, path, headers=others | kind), 403, "forbidden")
        swapped = place.reader(place.agent) if call.who == "agent" else place.bearer(place.agent)
        assert place.http.request(call.method, path, headers=swapped | kind).status_code == 401


def test_a_bundle_is_a_zip_file_of_a_limited_size(place: Place) -> None:
    path = f"/v1/agents/{place.agent.agent_id}/diagnostics/PA-0000-0001"
    headers = place.bearer(place.agent)
    refused(
        place.http.put(path, content=b"{}", headers=headers | {"Content-Type": "application/json"}), 415, "bad_request"
    )
    zipped = headers | {"Content-Type": BUNDLE_TYPE}
    refused(place.http.put(path, content=b"{}", headers=zipped), 422, "bad_bundle")
    refused(place.http.put(path, content=bytes(MAX_BUNDLE_BYTES + 1), headers=zipped), 413, "too_large")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"aud": "https://elsewhere/oauth2/token"}, "assertion_refused"),
        ({"aud": None}, "assertion_refused"),
        ({"aud": [7]}, "assertion_refused"),
        ({"iss": "somebody"}, "assertion_refused"),
        ({"jti": None}, "assertion_refused"),
        ({"exp": "soon"}, "assertion_refused"),
        ({"exp": 1}, "assertion_expired"),
        ({"exp": 2**40}, "assertion_early"),
        ({"iat": 2**40}, "assertion_early"),
        ({"sub": "p000000000.a00000000000"}, "agent_unknown"),
        ({"sub": 7}, "assertion_refused"),
        ({"sub": "a\0b"}, "assertion_refused"),
    ],
)
def test_an_assertion_must_be_exactly_right(place: Place, said: dict[str, Any], code: str) -> None:
    assertion = place.assertion(place.agent.agent_id, **said)
    assert refused(place.ask_token(assertion), 401, code)["error"] == "invalid_client"


def test_an_assertion_serves_once(place: Place) -> None:
    assertion = place.assertion(place.agent.agent_id)
    assert place.ask_token(assertion).status_code == 200
    refused(place.ask_token(assertion), 401, "assertion_replayed")
    place.clock.go(minutes=4)
    refused(place.ask_token(assertion), 401, "assertion_replayed")
    place.clock.go(minutes=10)
    refused(place.ask_token(assertion), 401, "assertion_expired")


def test_an_assertion_of_another_key_or_algorithm_is_refused(place: Place) -> None:
    agent_id = place.agent.agent_id
    foreign = place.assertion(agent_id, key=jwk.ECKey.generate_key("P-384"))
    refused(place.ask_token(foreign), 401, "assertion_refused")
    other = place.assertion(agent_id, key=jwk.ECKey.generate_key("P-256"), alg="ES256")
    refused(place.ask_token(other), 401, "assertion_refused")
    head, body, _ = place.assertion(agent_id).split(".")
    for text in (f"eyJhbGciOiJub25lIn0.{body}.", f"{head}.{body}.", f"{head}.{body}.AAAA", "a.b.c", "", "x" * 9000):
        refused(place.ask_token(text), 401, "assertion_refused")


def test_a_token_ends_and_ends_at_once_when_unenrolled(place: Place) -> None:
    third = place.enrol("Ash")
    headers = place.bearer(third)
    beat = {"sent_at": "x", "agent_version": "1", "status": {}}
    assert place.http.put(f"/v1/agents/{third.agent_id}/heartbeat", json=beat, headers=headers).status_code == 200
    place.clock.go(minutes=16)
    refused(place.http.put(f"/v1/agents/{third.agent_id}/heartbeat", json=beat, headers=headers), 401, "token_refused")
    headers = place.bearer(third)
    assert place.http.delete(f"/v1/enrolments/{third.agent_id}", headers=headers).status_code == 204
    refused(place.http.put(f"/v1/agents/{third.agent_id}/heartbeat", json=beat, headers=headers), 401, "token_refused")
    refused(place.ask_token(place.assertion(third.agent_id)), 401, "agent_unknown")


def test_bodies_that_are_not_messages_are_refused(place: Place) -> None:
    path = f"/v1/agents/{place.agent.agent_id}/epochs"
    headers = place.bearer(place.agent) | {"Content-Type": "application/json"}
    for body in (b"", b"{", b"[]", b"7", b'{"session":7}', b"\xff", b"[" * 10_000, b'{"session":"a\\u0000"}'):
        refused(place.http.post(path, content=body, headers=headers), 422, "bad_request")
    odd = {"session": "a\0b", "host": "host-1", "resume": None}
    refused(place.http.post(path, content=orjson.dumps(odd), headers=headers), 422, "bad_request")
    refused(place.http.post(path, content=b"{}", headers=headers | {"Content-Type": "text/plain"}), 415, "bad_request")
    packed = headers | {"Content-Encoding": "gzip"}
    refused(place.http.post(path, content=b"{}", headers=packed), 415, "bad_request")


def test_bodies_that_are_too_large_are_not_read(place: Place) -> None:
    bearer = place.bearer(place.agent)
    path = f"/v1/agents/{place.agent.agent_id}/batches"
    headers = bearer | {"Content-Type": BATCH_TYPE}

    def endless() -> Iterator[bytes]:
        for _ in range(MAX_BATCH_BYTES // 65_536 + 2):
            yield bytes(65_536)

    refused(place.http.post(path, content=bytes(MAX_BATCH_BYTES + 1), headers=headers), 413, "too_large")
    refused(place.http.post(path, content=endless(), headers=headers), 413, "too_large")
    beat = {"sent_at": "x", "agent_version": "1", "status": {"deep": orjson.Fragment(b"[" * 99 + b"]" * 99)}}
    told = bearer | {"Content-Type": "application/json"}
    answer = place.http.put(f"/v1/agents/{place.agent.agent_id}/heartbeat", content=orjson.dumps(beat), headers=told)
    refused(answer, 422, "bad_request")


def test_paths_and_methods_that_are_none_are_refused(place: Place) -> None:
    refused(place.http.get("/"), 404, "not_found")
    refused(place.http.get("/v1/enrolments"), 405, "method_not_allowed")
    refused(place.http.get("/__faults/x"), 404, "not_found")


def test_a_reader_pages_through_the_feed_and_the_state(place: Place) -> None:
    place.fill(upsert("L1", "a"), upsert("a/b ~2", "b"), delete("L1"), upsert("L3", "c"), complete(count=2))
    base, headers = f"/v1/practices/{place.agent.practice_id}", place.reader(place.agent)

    def get(path: str, **query: Any) -> dict[str, Any]:
        answer = place.http.get(base + path, params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    seen, after, more = [], 0, True
    while more:
        page = get("/changes", after=after, limit=3)
        seen += [(one["op"], one["id"]) for one in page["changes"]]
        after, more = page["next_after"], page["more"]
    assert seen == [("upsert", "L1"), ("upsert", "a/b ~2"), ("delete", "L1"), ("upsert", "L3")]
    first = get("/location", limit=1)
    second = get("/location", limit=1, cursor=first["next_cursor"])
    assert [first["records"][0]["id"], second["records"][0]["id"]] == ["a/b ~2", "L3"]
    assert second["next_cursor"] is None
    assert len(get("/location", include_deleted=True)["records"]) == 3
    assert get("/location/a%2Fb%20~2")["content"]["data"]["name"] == "b"
    assert get("/location/L1")["deleted"] is True
    assert get("/status")["feed_seq"] == 4
    assert get("/totals", first_day="2026-01-01", last_day="2026-12-31") == {"ledger": [], "appointments": []}
    refused(place.http.get(f"{base}/location/nobody", headers=headers), 404, "record_unknown")
    for query in ("changes?after=-1", "changes?after=x", "changes?limit=0", "changes?limit=5000", "totals"):
        refused(place.http.get(f"{base}/{query}", headers=headers), 400, "bad_request")
    refused(place.http.get(f"{base}/location?cursor=%00", headers=headers), 400, "bad_request")
    refused(place.http.get(f"{base}/location?updated_since=never", headers=headers), 400, "bad_request")


def test_answers_are_never_kept_by_caches(place: Place) -> None:
    answer = place.http.get(f"/v1/practices/{place.agent.practice_id}/status", headers=place.reader(place.agent))
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_fault_inside_tells_nothing_of_itself(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("Zebulon Quirke")

    monkeypatch.setattr(place.server.cloud, "status", broken)
    answer = place.http.get(f"/v1/practices/{place.agent.practice_id}/status", headers=place.reader(place.agent))
    refused(answer, 500, "internal_error")
    assert "Zebulon" not in answer.text


def test_faults_are_planned_seen_and_forgotten_from_this_machine(place: Place) -> None:
    planned = place.http.post("/__faults", json={"kind": "throttle", "path": "openapi", "times": 2, "seconds": 9})
    assert planned.json()[0]["times"] == 2
    answer = place.http.get("/openapi.json")
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "9")
    assert place.http.get("/__faults").json()[0]["times"] == 1
    assert place.http.delete("/__faults").json() == []
    assert place.http.get("/openapi.json").status_code == 200
    assert place.http.post("/__faults", json={"kind": "earthquake"}).status_code == 422
