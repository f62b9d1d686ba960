"""The parent's side of the bridge: starts the child, asks it, and is rid of it when it hangs.

A request that outlasts its deadline is cancelled; a child that does not answer even then is killed, and started again
after a pause that rises with every failure. Never hands a driver's text on, never waits without an end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import orjson

from agent.sources.bridge.child import COMMAND, NOT_FOUND, Child, Keeper
from agent.sources.bridge.errors import error_of
from agent.sources.bridge.limit import ConnectionLimit
from agent.wire import bridge as wire
from agent.wire.frames import ProtocolError

OPEN_SECONDS = 30.0
"""How long connecting may take, session statements included."""

_CLOSED = frozenset({"database_lost", "database_unreachable", "not_open"})


class ProcessBridge:
    """A bridge in a child process. One request at a time; may be used from several threads."""

    def __init__(
        self,
        opening: Callable[[], wire.Open],
        limit: ConnectionLimit | None = None,
        *,
        command: Sequence[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        grace: float = 3.0,
    ) -> None:
        self._opening = opening
        """Asked at every connect: logins may change."""
        self._grace = grace
        """Seconds that a child has to answer once its request has been cancelled."""
        self._keeper = Keeper(command or COMMAND, limit, clock, _is_hello)
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Process id of the child, while there is one."""
        return self._keeper.pid

    def call(self, request: wire.Request, deadline: float) -> wire.Reply:
        """The reply to a request, within ``deadline`` seconds plus the time to start and connect if need be.

        Raises :class:`agent.model.errors.AgentError`; a connection lost is opened again by the next call.
        """
        with self._lock:
            child = self._keeper.child or self._keeper.start()
            if not self._keeper.connected:
                self._ask(child, self._opening(), OPEN_SECONDS)
                self._keeper.connected = True
            reply = self._ask(child, request, deadline)
            self._keeper.went_well()
            return reply

    def close(self) -> None:
        """Disconnect and end the child."""
        with self._lock:
            self._keeper.close(wire.Close())

    def _ask(self, child: Child, request: wire.Request, deadline: float) -> wire.Reply:
        try:
            reply = _reply(child, request, deadline, self._grace)
        except (OSError, ProtocolError):
            reply = None
        if reply is None:
            hung = not child.ended
            self._keeper.fail()
            raise error_of(wire.Fault("bridge_hung" if hung else "bridge_died"), retry_after=self._keeper.rest)
        if isinstance(reply, wire.Fault):
            if reply.code in _CLOSED:
                self._keeper.connected = False
            if reply.code in NOT_FOUND:
                self._keeper.close(wire.Close())
            raise error_of(reply)
        return reply


def _reply(child: Child, request: wire.Request, deadline: float, grace: float) -> wire.Reply | wire.Fault | None:
    """The reply; None = none came, not even after the request was cancelled and ``grace`` seconds had passed."""
    child.send(request)
    payload = child.next(deadline)
    if payload is None and not child.ended:
        child.cancel()
        payload = child.next(grace)
    if payload is None:
        return None
    number, reply = wire.parse_reply(payload, request.op)
    if number != child.number:
        raise ProtocolError("reply to another request")
    return reply


def _is_hello(payload: bytes) -> bool:
    try:
        return wire.Hello.parse(orjson.loads(payload)).protocol == wire.PROTOCOL
    except (KeyError, TypeError, ValueError):
        return False
