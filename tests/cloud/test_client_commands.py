"""The client's calls about commands, against a real cloud over TLS."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from agent.cloud.client import CloudClient
from agent.cloud.signatures import CommandKeys
from agent.cloud.transport import Limits
from agent.model.errors import NeedsPerson, Retry
from agent.wire.cloud import Enrolment, SessionRequest
from agent.wire.commands import CommandReport, CommandRequest, CommandStatus, Reports
from sandbox.cloud.database import Database
from sandbox.cloud.faults import Fault
from sandbox.cloud.server import Running, running
from sandbox.cloud.service import Cloud
from sandbox.cloud.signing import Signer, SigningKeys
from sandbox.cloud.tls import ServerTls
from tests.cloud.conftest import Connect

REQUEST = CommandRequest.model_validate(
    {"kind": "alert.create", "target": {"resource": "patient", "id": "P1"}, "payload": {"text": "x"}}
)
HASTY = Limits(connect=5.0, silence=0.5, whole=0.5)


@pytest.fixture
def server(tls: ServerTls) -> Iterator[Running]:
    """With a signer."""

    def now() -> datetime:
        return datetime.now(UTC)  # noqa: TID251  the server's Date header is the real time

    dice = random.Random(3)
    signer = Signer(SigningKeys.make(dice.randbytes), now)
    cloud = Cloud(Database(), now, entropy=dice.randbytes, signer=signer)
    with running(cloud, tls) as up:
        yield up
    cloud.close()


class Agent:
    """An enrolled agent in its session."""

    def __init__(self, connect: Connect, enrolment: Enrolment, server: Running, **how: Limits) -> None:
        enrolled = connect().enrol(enrolment)
        assert enrolled.command_keys is not None
        self.practice_id = enrolled.practice_id
        self.keys = CommandKeys.from_key_set(enrolled.command_keys, enrolled.practice_id)
        self.client: CloudClient = connect(enrolled.agent_id, **how)
        self.client.begin_session(SessionRequest(session="run-1", host="host-1", resume=None))
        self.server = server

    def queue(self, key: str = "k1") -> CommandStatus:
        answer = self.server.cloud.queue_command(self.practice_id, key, REQUEST)
        assert isinstance(answer, CommandStatus)
        return answer

    def until_it_waits(self) -> None:
        tick = threading.Event()
        while self.practice_id not in self.server.cloud.bell.listened_to():
            tick.wait(0.01)
        tick.wait(0.1)


@pytest.fixture
def agent(connect: Connect, enrolment: Enrolment, server: Running) -> Agent:
    return Agent(connect, enrolment, server)


def test_a_command_is_fetched_opened_and_reported(agent: Agent) -> None:
    queued = agent.queue()
    page = agent.client.commands("run-1", 20, agent.keys.version)
    command = agent.keys.open_command(page.deliveries[0].jws)
    assert (command.command_id, command.payload, page.key_set) == (queued.command_id, {"text": "x"}, None)
    at = page.cloud_time
    report = CommandReport(command_id=command.command_id, number=1, state="rejected", at=at, reason_code="inactive")
    reports = Reports(session="run-1", reports=[report])
    assert [agent.client.report(reports).accepted for _ in range(2)] == [1, 0]
    assert agent.client.commands("run-1", 0).deliveries == []


def test_a_wait_may_be_longer_than_an_answer_may_take(connect: Connect, enrolment: Enrolment, server: Running) -> None:
    agent = Agent(connect, enrolment, server, limits=HASTY)
    assert agent.client.commands("run-1", 1.0).deliveries == []
    with ThreadPoolExecutor(1) as pool:
        page = pool.submit(agent.client.commands, "run-1", 20)
        agent.until_it_waits()
        agent.queue()
        assert len(page.result(20).deliveries) == 1


def test_a_wait_can_be_broken_off_and_the_client_still_works(agent: Agent) -> None:
    for _ in range(2):
        with ThreadPoolExecutor(1) as pool:
            page = pool.submit(agent.client.commands, "run-1", 30)
            agent.until_it_waits()
            begun = time.monotonic()
            agent.client.interrupt()
            with pytest.raises(Retry):
                page.result(30)
            assert time.monotonic() - begun < 5
    agent.queue()
    assert len(agent.client.commands("run-1", 5).deliveries) == 1
    agent.client.check()


def test_an_older_session_is_told_so(agent: Agent) -> None:
    agent.client.begin_session(SessionRequest(session="run-2", host="host-1", resume=None))
    with pytest.raises(NeedsPerson) as caught:
        agent.client.commands("run-1", 20)
    assert caught.value.code == "superseded"
    with pytest.raises(NeedsPerson):
        agent.client.report(Reports(session="run-1", reports=[]))


def test_an_answer_that_is_lost_brings_the_command_again(agent: Agent) -> None:
    agent.queue()
    agent.server.faults.plan(Fault(kind="lost", path="/commands"))
    with pytest.raises(Retry):
        agent.client.commands("run-1", 5)
    assert [one.delivery_count for one in agent.client.commands("run-1", 5).deliveries] == [2]


@pytest.mark.parametrize("kind", ["delay", "twice"])
def test_a_long_poll_bears_a_slow_or_doubled_request(agent: Agent, kind: str) -> None:
    agent.server.faults.plan(Fault.model_validate({"kind": kind, "path": "/commands", "seconds": 0.2}))
    agent.queue()
    assert len(agent.client.commands("run-1", 5).deliveries) == 1
