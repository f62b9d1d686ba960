"""The bridge without a process: for simulation, over connections that are handed in.

The same core, the same frames, no ODBC. Never used by the product itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from agent.sources.bridge.core import BridgeCore
from agent.sources.bridge.errors import error_of
from agent.wire import bridge as wire
from agent.wire.envelope import request_frame


class InProcessBridge:
    """Runs requests on a DB-API connection in this process."""

    def __init__(
        self,
        connect: Callable[[], Any],
        session: tuple[wire.SessionStatement, ...] = (),
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._core = BridgeCore(lambda _request: connect(), clock)
        self._session = session
        self._open = False

    def call(self, request: wire.Request, deadline: float) -> wire.Reply:
        """The reply to a request; connects first when need be. Nothing here can outlast a deadline."""
        del deadline
        if not self._open:
            self._ask(wire.Open("", self._session))
            self._open = True
        return self._ask(request)

    def close(self) -> None:
        """Disconnect; a later call opens again."""
        if self._open:
            self._open = False
            self._ask(wire.Close())

    def _ask(self, request: wire.Request) -> wire.Reply:
        _number, parsed = wire.parse_request(request_frame(0, request))
        assert parsed is not None
        answer = self._core.answer(parsed)
        _number, reply = wire.parse_reply(wire.reply_frame(0, answer), request.op)
        if isinstance(reply, wire.Fault):
            if reply.code in ("database_lost", "database_unreachable", "not_open"):
                self._open = False
            raise error_of(reply)
        return reply
