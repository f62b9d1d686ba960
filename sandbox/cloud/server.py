"""The cloud behind TLS: binds, says where, serves until it is told to stop. No plain HTTP, TLS 1.2 or later."""

from __future__ import annotations

import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import uvicorn

from agent.model.errors import NeedsPerson
from sandbox.cloud.faults import FaultInjector, Faults, FaultyProtocol
from sandbox.cloud.http import build_app
from sandbox.cloud.service import Cloud
from sandbox.cloud.tls import ServerTls


@dataclass(frozen=True, slots=True)
class Place:
    """Where to serve."""

    host: str = "127.0.0.1"
    """Address to bind."""
    port: int = 0
    """Port to bind; 0 = any free one."""
    public_url: str | None = None
    """The address by which agents know this cloud, when it is another one."""


@dataclass(frozen=True, slots=True)
class Running:
    """A cloud that serves in this process."""

    url: str
    """Its address."""
    ca: Path | None
    """The CA that signed its certificate, for clients."""
    cloud: Cloud
    """The core, for direct questions."""
    faults: Faults
    """What should go wrong."""


def serve(
    cloud: Cloud,
    tls: ServerTls,
    place: Place,
    *,
    faults: Faults | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM; ``ready`` is called with the address once requests are taken."""
    listener, url = _bind(place)
    _server(cloud, tls, place, faults, lambda: ready(url) if ready is not None else None).run(sockets=[listener])


@contextmanager
def running(cloud: Cloud, tls: ServerTls, place: Place | None = None) -> Iterator[Running]:
    """Serve in a thread of this process, with faults that can be planned; stops at the end of the block."""
    where, faults, up = place if place is not None else Place(), Faults(), threading.Event()
    listener, url = _bind(where)
    server = _server(cloud, tls, where, faults, up.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="cloud")
    thread.start()
    try:
        if not up.wait(30):
            raise NeedsPerson("cloud_not_up", "The cloud did not start", "See its output.")
        yield Running(url, tls.ca, cloud, faults)
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(30)


def write_ready_file(path: Path, url: str, ca: Path | None) -> None:
    """Say where the cloud is, in one line of JSON; the file is there whole or not at all."""
    told = {"url": url, "ca": str(ca.resolve()) if ca is not None else None, "pid": os.getpid()}
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.write_bytes(orjson.dumps(told) + b"\n")
    fresh.replace(path)


class _Server(uvicorn.Server):
    """uvicorn, saying when it is up."""

    def __init__(self, config: uvicorn.Config, up: Callable[[], None], down: Callable[[], None]) -> None:
        super().__init__(config)
        self._up, self._down = up, down

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say it when requests are taken."""
        await super().startup(sockets)
        self._up()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer the agents that wait, before what is under way is waited for."""
        self._down()
        await super().shutdown(sockets)


def _bind(place: Place) -> tuple[socket.socket, str]:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    try:
        listener = socket.create_server((place.host, place.port), family=family, backlog=128)
    except OSError as error:
        advice = "Choose another --port or end what uses it."
        raise NeedsPerson("address_in_use", "The address cannot be bound", advice, errno=error.errno) from None
    host = f"[{place.host}]" if family == socket.AF_INET6 else place.host
    return listener, f"https://{'127.0.0.1' if host == '0.0.0.0' else host}:{listener.getsockname()[1]}"  # noqa: S104


def _server(cloud: Cloud, tls: ServerTls, place: Place, faults: Faults | None, up: Callable[[], None]) -> _Server:
    app: Any = build_app(cloud, place.public_url)
    down = app.state.waiting.stop
    if faults is not None:
        app = FaultInjector(app, faults)
    config = uvicorn.Config(
        app,
        http=FaultyProtocol if faults is not None else "h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ssl_certfile=str(tls.certificate),
        ssl_keyfile=str(tls.key),
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,  # what is under way takes less; idle TLS clients never answer the farewell
        limit_concurrency=2000,  # agents that wait for commands count as well
        backlog=128,
    )
    config.load()
    if config.ssl is None:
        raise NeedsPerson("tls_missing", "The cloud needs a certificate", "Give --cert and --key, or --dev-tls.")
    config.ssl.minimum_version = ssl.TLSVersion.TLSv1_2
    return _Server(config, up, down)
