"""Serves the local API on loopback, in a thread of its own: binds first, then says the port, then takes requests.

Never listens anywhere but on 127.0.0.1; touches no signal; logs nothing. Stops within seconds, also while clients wait.
"""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Callable

import uvicorn

from agent.api.ports import Agent
from agent.api.server import build_app
from agent.api.waiting import Bell
from agent.model.errors import Retry
from agent.wire.local import RIGHTS, Right

_UP_SECONDS = 30.0
_DOWN_SECONDS = 10.0


class Serving:
    """A server that is up until it is closed."""

    def __init__(self, agent: Agent, bell: Bell) -> None:
        """Binds and begins to serve; the tokens are new.

        Raises:
            Retry: ``api_not_up``.
        """
        self.tokens: dict[Right, str] = {right: secrets.token_urlsafe(32) for right in RIGHTS}
        self._bell = bell
        try:
            listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        except OSError as error:
            raise _not_up(error.errno) from None
        self.port: int = listener.getsockname()[1]
        up = threading.Event()
        config = uvicorn.Config(
            build_app(agent, bell, self.tokens, self.port),
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=2,
            limit_concurrency=64,
            backlog=64,
        )
        self._server = _Server(config, up.set, bell.stop)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [listener]}, name="local-api", daemon=True
        )
        self._thread.start()
        if not up.wait(_UP_SECONDS):
            self.close()
            raise _not_up(None)

    def close(self) -> None:
        """Answer those who wait, and stop."""
        self._bell.stop()
        self._server.should_exit = True
        self._thread.join(_DOWN_SECONDS)

    @property
    def alive(self) -> bool:
        """Whether it serves."""
        return self._thread.is_alive()


class _Server(uvicorn.Server):
    """uvicorn, saying when it is up, and waking those who wait before it waits for them."""

    def __init__(self, config: uvicorn.Config, up: Callable[[], None], down: Callable[[], None]) -> None:
        super().__init__(config)
        self._up, self._down = up, down

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say it when requests are taken."""
        await super().startup(sockets)
        self._up()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Answer those who wait first."""
        self._down()
        await super().shutdown(sockets)


def _not_up(errno: int | None) -> Retry:
    return Retry(
        "api_not_up",
        "The agent cannot listen on this machine",
        "Window and tray stay blind until it is started again; something on this machine keeps it from 127.0.0.1.",
        errno=errno,
    )
