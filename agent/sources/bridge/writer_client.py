"""The parent's side of the writer bridge: starts the child, hands it a transaction, and says what has become of it.

What ends before the child has said that it commits was certainly not written: the server rolls back what a connection
leaves behind. What ends after that and before the outcome is unknown. Never asks twice by itself, never hands a
driver's text on, never waits without an end.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Sequence

from agent.model.errors import AgentError
from agent.sources.bridge.child import COMMAND, NOT_FOUND, Child, Keeper
from agent.sources.bridge.limit import ConnectionLimit
from agent.wire import writer as wire
from agent.wire.bridge import Done, Fault
from agent.wire.frames import ProtocolError

OPEN_SECONDS = 30.0
"""How long connecting may take, session and authentication included."""

COMMIT_SECONDS = 30.0
"""How long a commit may take once it is sent: to give it up early makes its outcome unknown."""

_CLOSED = frozenset({"database_lost", "database_unreachable", "not_open", "authentication_refused"})


class ProcessWriter:
    """A writer bridge in a child process. One transaction at a time; may be used from several threads."""

    def __init__(
        self,
        opening: Callable[[], wire.Open],
        authenticating: Callable[[], wire.Authenticate | None] = lambda: None,
        limit: ConnectionLimit | None = None,
        *,
        command: Sequence[str] | None = None,
        clock: Callable[[], float] = time.monotonic,
        grace: float = 3.0,
        commit_seconds: float = COMMIT_SECONDS,
    ) -> None:
        self._opening = opening
        """Asked at every connect: logins may change."""
        self._authenticating = authenticating
        """Asked at every connect; None = the PMS wants none."""
        self._grace = grace
        """Seconds that a child has to answer once its request has been cancelled."""
        self._commit_seconds = commit_seconds
        self._keeper = Keeper(command or (*COMMAND, "--writer"), limit, clock, wire.is_hello)
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Process id of the child, while there is one."""
        return self._keeper.pid

    def apply(self, request: wire.Apply, deadline: float) -> wire.Outcome:
        """Run the steps in one transaction; connects first when need be."""
        with self._lock:
            return self._run(request, deadline)

    def trial(self, request: wire.Trial, deadline: float) -> wire.Committed | wire.NotWritten:
        """Run the steps in a transaction that is rolled back; connects first when need be."""
        with self._lock:
            outcome = self._run(request, deadline)
            assert not isinstance(outcome, wire.Unknown)
            return outcome

    def close(self) -> None:
        """Disconnect and end the child."""
        with self._lock:
            self._keeper.close(wire.Close())

    # ------------------------------------------------------------------------------------------------------------------

    def _run(self, request: wire.Apply | wire.Trial, deadline: float) -> wire.Outcome:
        try:
            child = self._keeper.child or self._keeper.start()
        except AgentError as error:
            return wire.NotWritten(fault=Fault(error.code), retry_after=error.retry_after)
        refused = None if self._keeper.connected else self._connect(child)
        if refused is not None:
            return refused
        reply = self._ask(child, request, deadline)
        if isinstance(reply, Done | Fault):
            return _not_done(reply)
        if not isinstance(reply, wire.Unknown):
            self._keeper.went_well()
        return reply

    def _connect(self, child: Child) -> wire.NotWritten | None:
        """Connect and authenticate; what it returns is why it could not."""
        requests: list[wire.Request] = [self._opening()]
        authentication = self._authenticating()
        requests += [] if authentication is None else [authentication]
        for request in requests:
            reply = self._ask(child, request, OPEN_SECONDS)
            if not isinstance(reply, Done):
                return _not_done(reply)
        self._keeper.connected = True
        return None

    def _ask(self, child: Child, request: wire.Request, deadline: float) -> wire.Reply | Fault:
        exchange = _Exchange(child, request, self._commit_seconds)
        try:
            reply = exchange.reply(deadline, self._grace)
        except (OSError, ProtocolError):
            reply = None
        if reply is None:
            fault = Fault("bridge_died" if child.ended else "bridge_hung")
            self._keeper.fail()
            # Only now that the child is gone is it certain what it has said.
            if exchange.may_have_committed():
                return wire.Unknown(fault)
            return wire.NotWritten(fault=fault, retry_after=self._keeper.rest)
        fault_met = reply if isinstance(reply, Fault) else getattr(reply, "fault", None)
        if fault_met is not None and (fault_met.code in _CLOSED or isinstance(reply, wire.Unknown)):
            self._keeper.connected = False
        if fault_met is not None and fault_met.code in NOT_FOUND:
            self._keeper.close(wire.Close())
        return reply


class _Exchange:
    """One request and what the child says to it: that it commits, and the outcome."""

    def __init__(self, child: Child, request: wire.Request, commit_seconds: float) -> None:
        self._child = child
        self._request = request
        self._commit_seconds = commit_seconds
        self._committing = False

    def reply(self, deadline: float, grace: float) -> wire.Reply | Fault | None:
        """The reply; None = none came, not even after the request was cancelled and ``grace`` seconds had passed."""
        self._child.send(self._request)
        reply = self._wait(deadline)
        if reply is None and not self._child.ended and not self._committing:
            self._child.cancel()
            reply = self._wait(grace)
        return reply

    def may_have_committed(self) -> bool:
        """Whether a child that has ended may have committed; reads what it said to the last."""
        with contextlib.suppress(ProtocolError):
            while not self._committing and (payload := self._child.next(0.0)) is not None:
                number, reply = wire.parse_reply(payload)
                self._committing |= number == self._child.number and reply is None
        return self._committing

    def _wait(self, deadline: float) -> wire.Reply | Fault | None:
        while (payload := self._child.next(max(deadline, 0.001))) is not None:
            number, reply = wire.parse_reply(payload)
            if number != self._child.number:
                raise ProtocolError("reply to another request")
            if reply is not None:
                return reply
            self._committing = True
            deadline = self._commit_seconds
        return None


def _not_done(reply: wire.Reply | Fault) -> wire.NotWritten:
    if isinstance(reply, wire.NotWritten):
        return reply
    return wire.NotWritten(fault=reply if isinstance(reply, Fault) else Fault("bridge_fault"))
