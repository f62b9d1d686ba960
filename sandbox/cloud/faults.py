"""Faults on purpose, for tests and the demo: a middleware that is there only when it is asked for.

Each fault names what goes wrong, for which paths and how often. ``lost`` lets the cloud do the work and loses the
answer: the case that idempotence exists for.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from uvicorn.protocols.http.h11_impl import H11Protocol

Scope = MutableMapping[str, Any]
Messages = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Messages]]
Send = Callable[[Messages], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CONTROL_PATH = "/__faults"
"""Here faults are planned (POST a :class:`Fault`), seen (GET) and forgotten (DELETE), from this machine only."""

_GARBAGE = b"<html><body>Please sign in to the guest network</body></html>"


class Fault(BaseModel):
    """Something that goes wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: Literal["cut", "error", "throttle", "garbage", "half", "lost", "delay", "twice"]
    """cut: no answer, the connection breaks; error: ``status``; throttle: 429 with Retry-After; garbage: another page;
    half: the answer breaks off; lost: done, but the connection breaks before the answer; delay: ``seconds`` late;
    twice: the request arrives two times."""
    path: str = ""
    """Only paths that hold this text."""
    times: int = Field(default=1, ge=-1)
    """How many requests; -1 = until it is forgotten."""
    status: int = Field(default=500, ge=400, le=599)
    """For ``error``."""
    seconds: float = Field(default=1.0, ge=0.0, le=600.0)
    """For ``delay``, and what ``throttle`` asks to wait."""


class Faults:
    """The faults planned; may be planned and forgotten from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[tuple[Fault, int]] = []

    def plan(self, fault: Fault) -> None:
        """Let this go wrong from now on."""
        with self._lock:
            self._planned.append((fault, fault.times))

    def forget(self) -> None:
        """From now on nothing goes wrong."""
        with self._lock:
            self._planned.clear()

    def planned(self) -> list[Fault]:
        """What is still to go wrong."""
        with self._lock:
            return [fault.model_copy(update={"times": left}) for fault, left in self._planned]

    def take(self, path: str) -> Fault | None:
        """What goes wrong with a request to this path, counted."""
        with self._lock:
            for at, (fault, left) in enumerate(self._planned):
                if fault.path in path:
                    if left == 1:
                        del self._planned[at]
                    elif left > 1:
                        self._planned[at] = (fault, left - 1)
                    return fault
        return None


class FaultyProtocol(H11Protocol):
    """uvicorn's HTTP protocol, with the means to break the connection handed to the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Put a way to break this connection into every request's scope."""
        super().connection_made(transport)
        app = self.app

        async def breakable(scope: Scope, receive: Receive, send: Send) -> None:
            scope["break"] = transport.abort
            await app(scope, receive, send)

        self.app = breakable


class FaultInjector:
    """The middleware."""

    def __init__(self, app: App, faults: Faults) -> None:
        self._app = app
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or let it go wrong."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == CONTROL_PATH:
            await self._control(scope, receive, send)
        elif (fault := self._faults.take(scope["path"])) is None:
            await self._app(scope, receive, send)
        else:
            await self._fail(fault, scope, receive, send)

    async def _fail(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        if fault.kind == "cut":
            scope["break"]()
        elif fault.kind == "error":
            await _answer(send, fault.status, b'{"code":"injected","title":"A fault on purpose","status":500}')
        elif fault.kind == "throttle":
            await _answer(send, 429, b"", (b"retry-after", str(int(fault.seconds)).encode()))
        elif fault.kind == "garbage":
            await _answer(send, 200, _GARBAGE)
        elif fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
            await self._app(scope, _replay(body, receive), send)
        else:
            answer = await self._work(scope, body, receive)
            if fault.kind == "twice":
                answer = await self._work(scope, body, receive)
                for message in answer:
                    await send(message)
            elif fault.kind == "half":
                await send(answer[0])
                content = b"".join(message.get("body", b"") for message in answer[1:])
                await send({"type": "http.response.body", "body": content[: len(content) // 2], "more_body": True})
                scope["break"]()
            else:
                scope["break"]()

    async def _work(self, scope: Scope, body: bytes, receive: Receive) -> list[Messages]:
        answer: list[Messages] = []

        async def keep(message: Messages) -> None:
            answer.append(message)

        await self._app(dict(scope), _replay(body, receive), keep)
        return answer

    async def _control(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        body = await _read(receive)
        if client is None or client[0] not in {"127.0.0.1", "::1"}:
            await _answer(send, 404, b"{}")
            return
        try:
            if scope["method"] == "POST":
                self._faults.plan(Fault.model_validate_json(body))
            elif scope["method"] == "DELETE":
                self._faults.forget()
        except ValidationError:
            await _answer(send, 422, b"{}")
            return
        planned = [fault.model_dump() for fault in self._faults.planned()]
        await _answer(send, 200, orjson.dumps(planned))


async def _read(receive: Receive) -> bytes:
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body once more; after it, what really comes."""
    messages: list[Messages] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Messages:
        return messages.pop(0) if messages else await receive()

    return replayed


async def _answer(send: Send, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
    kind = b"text/html" if body == _GARBAGE else b"application/json"
    lines = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), *headers]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})
