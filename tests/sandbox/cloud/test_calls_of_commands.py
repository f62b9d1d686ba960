"""Commands over HTTP: who may ask, what is refused, and how a waiting agent is woken."""

from __future__ import annotations

import contextlib
import random
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from agent.wire.cloud import Problem
from agent.wire.commands import CommandRequest, CommandStatus
from sandbox.cloud.database import Database
from sandbox.cloud.names import hashed, instant, new_secret
from sandbox.cloud.schema import tokens
from sandbox.cloud.server import running
from sandbox.cloud.service import Cloud
from sandbox.cloud.signing import Signer, SigningKeys
from sandbox.cloud.tls import ServerTls, development_tls
from tests.sandbox.cloud.office import ALERT
from tests.sandbox.cloud.sender import Moment, Sender, enrolled

WAKE_SECONDS = 1.0
"""Far below the wait; what it really takes is measured in the benchmarks."""


class Desk:
    """A running cloud on a file, a second core on the same file, and a way to ask as agent and as integrator."""

    def __init__(self, url: str, trust: ssl.SSLContext, cloud: Cloud, other: Cloud, clock: Moment) -> None:
        limits = httpx.Limits(max_connections=200)
        self.http = httpx.Client(base_url=url, verify=trust, trust_env=False, limits=limits, timeout=40)
        self.cloud, self.other, self.clock = cloud, other, clock
        self.agent = enrolled(cloud)
        self.practice_id = self.agent.practice_id
        self.token = {"Authorization": f"Bearer {self.make_token()}"}
        self.reader, self.writer = self.key(may_write=False), self.key(may_write=True)
        Sender().begin(cloud, self.agent.agent_id)

    def make_token(self) -> str:
        """A token as the token call gives it; assertions have tests of their own."""
        secret = new_secret(self.agent.agent_id, random.Random().randbytes)
        row = {"practice_id": self.practice_id, "agent_id": self.agent.agent_id, "token_hash": hashed(secret)}
        with self.cloud._database.write() as db:
            db.execute(tokens.insert().values(**row, expires_at=instant(self.clock.now.replace(year=2099))))
        return secret

    def key(self, *, may_write: bool) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.cloud.add_reader_key(self.practice_id, 'test', may_write=may_write)}"}

    def queue(self, key: str = "k1", **said: Any) -> httpx.Response:
        headers = self.writer | {"Idempotency-Key": key}
        return self.http.post(f"/v1/practices/{self.practice_id}/commands", json=ALERT | said, headers=headers)

    def take(self, wait: float = 0, session: str = "run-1") -> httpx.Response:
        query = {"wait": wait, "session": session}
        return self.http.get(f"/v1/agents/{self.agent.agent_id}/commands", params=query, headers=self.token)

    def waiting(self) -> None:
        """Until an agent waits."""
        tick = threading.Event()
        while self.practice_id not in self.cloud.bell.listened_to():
            tick.wait(0.01)
        tick.wait(0.1)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ServerTls:
    return development_tls(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def desk(tls: ServerTls, tmp_path: Path) -> Iterator[Desk]:
    clock, url = Moment(), f"sqlite:///{tmp_path / 'cloud.db'}"
    keys = SigningKeys.make(random.Random(2).randbytes)
    cloud, other = (
        Cloud(Database(url), clock, entropy=random.Random(seed).randbytes, signer=Signer(keys, clock))
        for seed in (5, 6)
    )
    with running(cloud, tls) as server:
        place = Desk(server.url, ssl.create_default_context(cafile=str(tls.ca)), cloud, other, clock)
        with place.http:
            yield place
    cloud.close()
    other.close()


@pytest.fixture
def at_once() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(80) as pool:
        yield pool


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    assert told["code"] == code
    return told


def test_a_command_is_queued_seen_delivered_and_reported_over_http(desk: Desk) -> None:
    queued = desk.queue()
    assert queued.status_code == 200, queued.text
    command_id = queued.json()["command_id"]
    assert desk.queue().json() == queued.json()
    page = desk.take()
    assert page.headers["Cache-Control"] == "no-store"
    assert [one["delivery_count"] for one in page.json()["deliveries"]] == [1]
    report = {"command_id": command_id, "number": 1, "state": "rejected", "at": "2026-03-02T12:00:00Z"}
    reports = f"/v1/agents/{desk.agent.agent_id}/commands/reports"
    told = {"session": "run-1", "reports": [report | {"reason_code": "inactive", "rule": "operatory_id"}]}
    assert desk.http.post(reports, json=told, headers=desk.token).json() == {"accepted": 1, "over": []}
    assert desk.http.post(reports, json=told, headers=desk.token).json() == {"accepted": 0, "over": []}
    one = desk.http.get(f"/v1/practices/{desk.practice_id}/commands/{command_id}", headers=desk.reader).json()
    assert (one["state"], one["final"], one["outcome"]["rule"]) == ("rejected", True, "operatory_id")
    page = desk.http.get(f"/v1/practices/{desk.practice_id}/commands?state=rejected", headers=desk.reader)
    assert [one["command_id"] for one in page.json()["commands"]] == [command_id]


def test_a_key_that_may_only_read_queues_nothing(desk: Desk) -> None:
    path = f"/v1/practices/{desk.practice_id}/commands"
    answer = desk.http.post(path, json=ALERT, headers=desk.reader | {"Idempotency-Key": "k1"})
    problem(answer, 403, "read_only")
    assert desk.http.get(path, headers=desk.reader).json()["commands"] == []


def test_refusals_over_http_name_the_field(desk: Desk) -> None:
    path = f"/v1/practices/{desk.practice_id}/commands"
    problem(desk.http.post(path, json=ALERT, headers=desk.writer), 400, "idempotency_key_missing")
    assert problem(desk.queue(expires_in=1), 422, "bad_request")["field"] == "expires_in"
    assert problem(desk.queue(expected_version="Zebulon"), 422, "bad_request")["field"] == "expected_version"
    assert "field" not in problem(desk.queue(**{"Zebulon Quirke": 1}), 422, "bad_request")
    assert problem(desk.queue(payload={"text": ""}), 422, "bad_command")["field"] == "payload.text"
    assert desk.queue().status_code == 200
    problem(desk.queue(expires_in=99), 422, "idempotency_mismatch")
    for query in ("wait=31&session=run-1", "wait=x&session=run-1", "wait=1", "session=", "session=run-1&keys=-1"):
        answer = desk.http.get(f"/v1/agents/{desk.agent.agent_id}/commands?{query}", headers=desk.token)
        problem(answer, 400, "bad_request")
    problem(desk.http.get(f"{path}?state=lost", headers=desk.reader), 400, "bad_request")
    problem(desk.http.get(f"{path}/nobody", headers=desk.reader), 404, "command_unknown")
    problem(desk.take(session="run-0"), 409, "superseded")


def test_a_command_wakes_the_agent_that_waits(desk: Desk, at_once: ThreadPoolExecutor) -> None:
    page: Future[httpx.Response] = at_once.submit(desk.take, 30)
    desk.waiting()
    begun = time.monotonic()
    desk.queue()
    assert len(page.result(30).json()["deliveries"]) == 1
    assert time.monotonic() - begun < WAKE_SECONDS


def test_a_command_put_in_by_another_process_wakes_it_too(desk: Desk, at_once: ThreadPoolExecutor) -> None:
    page: Future[httpx.Response] = at_once.submit(desk.take, 30)
    desk.waiting()
    begun = time.monotonic()
    queued = desk.other.queue_command(desk.practice_id, "k1", CommandRequest.model_validate(ALERT))
    assert isinstance(queued, CommandStatus)
    assert len(page.result(30).json()["deliveries"]) == 1
    assert time.monotonic() - begun < 5


def test_a_wait_in_vain_ends_with_an_empty_page(desk: Desk) -> None:
    begun = time.monotonic()
    assert desk.take(0.3).json()["deliveries"] == []
    assert 0.3 <= time.monotonic() - begun < 5
    assert desk.take(0).json()["deliveries"] == []


def test_a_newer_session_ends_the_wait_of_the_older(desk: Desk, at_once: ThreadPoolExecutor) -> None:
    page = at_once.submit(desk.take, 30)
    desk.waiting()
    Sender(session="run-2").begin(desk.cloud, desk.agent.agent_id)
    problem(page.result(10), 409, "superseded")
    desk.queue()
    assert [one["delivery_count"] for one in desk.take(session="run-2").json()["deliveries"]] == [1]


def test_waiting_agents_hold_no_thread(desk: Desk, at_once: ThreadPoolExecutor) -> None:
    """More of them than the server has threads, and everybody else is still served."""
    pages = [at_once.submit(desk.take, 20) for _ in range(60)]
    desk.waiting()
    begun = time.monotonic()
    status = desk.http.get(f"/v1/practices/{desk.practice_id}/status", headers=desk.reader)
    assert status.status_code == 200
    desk.queue()
    counts = sorted(len(page.result(30).json()["deliveries"]) for page in pages)
    assert counts[-1] == 1
    assert time.monotonic() - begun < 19, "nobody waited to the end"


def test_what_is_delivered_to_an_agent_that_went_away_comes_again(desk: Desk) -> None:
    with pytest.raises(httpx.ReadTimeout):
        desk.http.get(
            f"/v1/agents/{desk.agent.agent_id}/commands?session=run-1&wait=20", headers=desk.token, timeout=0.5
        )
    desk.queue()
    assert len(desk.take(5).json()["deliveries"]) == 1


def test_a_server_that_stops_answers_those_who_wait(tls: ServerTls, at_once: ThreadPoolExecutor) -> None:
    clock = Moment()
    cloud = Cloud(Database(), clock, entropy=random.Random(5).randbytes)
    with running(cloud, tls) as server:
        place = Desk(server.url, ssl.create_default_context(cafile=str(tls.ca)), cloud, cloud, clock)
        page = at_once.submit(place.take, 30)
        place.waiting()
        begun = time.monotonic()
    assert time.monotonic() - begun < 10
    with contextlib.suppress(httpx.HTTPError):  # the connection may be closed first
        assert page.result(10).json()["deliveries"] == []
    place.http.close()
    assert not isinstance(cloud.practices(), Problem)
    cloud.close()
