"""A real cloud over TLS on loopback, an enrolled client, and an environment without proxies."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.cloud.client import CloudClient
from agent.cloud.identity import Identity
from agent.cloud.transport import Limits
from agent.wire.cloud import Enrolment, Problem
from sandbox.cloud.database import Database
from sandbox.cloud.server import Running, running
from sandbox.cloud.service import Cloud
from sandbox.cloud.tls import ServerTls, development_tls

QUICK = Limits(connect=5.0, silence=5.0, whole=10.0)


class Ticking:
    """A clock that stands still until it is moved; its time can be wrong."""

    def __init__(self) -> None:
        self.wrong = 0.0
        self.passed = 0.0

    def time(self) -> float:
        return datetime.now(UTC).timestamp() + self.wrong  # noqa: TID251  the server's Date header is the real time

    def monotonic(self) -> float:
        return self.passed


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ServerTls:
    return development_tls(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(tls: ServerTls) -> Iterator[Running]:
    cloud = Cloud(Database(), lambda: datetime.now(UTC), entropy=random.Random(3).randbytes)  # noqa: TID251
    with running(cloud, tls) as up:
        yield up
    cloud.close()


@pytest.fixture(scope="session")
def identity() -> Identity:
    return Identity.make()


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


Connect = Callable[..., CloudClient]


@pytest.fixture
def connect(server: Running, identity: Identity, clock: Ticking) -> Iterator[Connect]:
    """Makes clients of the server; they are closed at the end."""
    made: list[CloudClient] = []

    def make(
        agent_id: str | None = None, url: str | None = None, ca: Path | None = server.ca, **how: Any
    ) -> CloudClient:
        told: dict[str, Any] = {"limits": QUICK, "ca_file": ca, **how}
        client = CloudClient(url or server.url, told.pop("identity", identity), agent_id, clock, **told)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()


@pytest.fixture
def code(server: Running) -> str:
    """A fresh enrolment code."""
    invitation = server.cloud.invite(server.cloud.add_practice("Elm"))
    assert not isinstance(invitation, Problem)
    return invitation.code


@pytest.fixture
def enrolment(identity: Identity, code: str) -> Enrolment:
    return Enrolment(code=code, public_key=identity.public_jwk(), host="host-1", agent_version="1")


@pytest.fixture
def client(connect: Connect, enrolment: Enrolment) -> CloudClient:
    """A client of an enrolled agent."""
    return connect(connect().enrol(enrolment).agent_id)
