"""The writer bridge without a process: for simulation, over connections that are handed in.

The same core, the same frames, no ODBC, and a hook that may end the bridge or the agent at every point of a
transaction. Never used by the product itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agent.sources.bridge.writer_core import Hook, WriterCore
from agent.wire import writer as wire
from agent.wire.bridge import Done, Fault, SessionStatement
from agent.wire.envelope import request_frame


class BridgeEnded(Exception):
    """Raised by a hook: the bridge dies at this point, the agent lives on."""


class InProcessWriter:
    """Runs transactions on a DB-API connection in this process.

    ``hook`` is told the points of every transaction (see :data:`agent.sources.bridge.writer_core.Hook`). It may raise
    :class:`BridgeEnded`; whatever else it raises that is no ``Exception`` ends the agent and passes through, the
    transaction rolled back if it was not committed.
    """

    def __init__(
        self,
        connect: Callable[[], Any],
        session: tuple[SessionStatement, ...] = (),
        authentication: tuple[str, ...] = (),
        hook: Hook | None = None,
    ) -> None:
        self._core = WriterCore(lambda _request: connect(), hook)
        self._session = session
        self._authentication = authentication
        self._open = False

    def apply(self, request: wire.Apply, deadline: float) -> wire.Outcome:
        """Run the steps in one transaction; connects first when need be. Nothing here can outlast a deadline."""
        del deadline
        return self._run(request)

    def trial(self, request: wire.Trial, deadline: float) -> wire.Committed | wire.NotWritten:
        """Run the steps in a transaction that is rolled back; connects first when need be."""
        del deadline
        outcome = self._run(request)
        assert not isinstance(outcome, wire.Unknown)
        return outcome

    def close(self) -> None:
        """Disconnect; a later call opens again."""
        if self._open:
            self._open = False
            self._ask(wire.Close())

    def _run(self, request: wire.Apply | wire.Trial) -> wire.Outcome:
        if not self._open:
            for opening in (wire.Open("", self._session), wire.Authenticate(self._authentication)):
                reply = self._ask(opening)
                if isinstance(reply, Fault):
                    return wire.NotWritten(fault=reply)
            self._open = True
        try:
            reply = self._ask(request)
        except BaseException:
            self._open = False
            raise
        assert not isinstance(reply, Done)
        if isinstance(reply, Fault):
            self._open = False
            return wire.NotWritten(fault=reply)
        if not isinstance(reply, wire.Committed) and reply.fault is not None:
            # Whether the connection has survived is not known: a new one is made.
            self.close()
        return reply

    def _ask(self, request: wire.Request) -> wire.Reply | Fault:
        _number, parsed = wire.parse_request(request_frame(0, request))
        assert parsed is not None
        answer = self._core.answer(parsed, lambda: None)
        _number, reply = wire.parse_reply(wire.reply_frame(0, answer))
        assert reply is not None
        return reply
