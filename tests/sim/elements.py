"""What is not real in the simulation: time, the way to the cloud, the way to the database, and sudden death.

Everything draws from one random generator, so that a run repeats exactly.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from agent.cloud.errors import from_problem
from agent.model.errors import Retry
from agent.wire.cloud import (
    BatchAccepted,
    BatchHeader,
    Problem,
    ReconcileRequest,
    ReconcileResponse,
    Session,
    SessionRequest,
)
from agent.wire.commands import CommandsPage, Reports, ReportsAccepted
from sandbox.cloud.service import Cloud


class Crash(BaseException):
    """The process dies here. Not an ``Exception``: nothing may catch it."""


class VirtualClock:
    """Time that moves only when it is told to; the wall clock may be wrong and may jump."""

    def __init__(self, start: float) -> None:
        self._monotonic = 1000.0
        self._wall = start
        self.cloud_wall = start

    def time(self) -> float:
        """Seconds since 1970, as the practice's server believes."""
        return self._wall

    def monotonic(self) -> float:
        """Seconds since some moment."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Time goes on."""
        self._monotonic += seconds
        self._wall += seconds
        self.cloud_wall += seconds

    def jump(self, seconds: float) -> None:
        """Somebody sets the server's clock."""
        self._wall += seconds

    def cloud_now(self) -> datetime:
        """The cloud's clock, which is right."""
        return datetime.fromtimestamp(self.cloud_wall, UTC)


class Fuse:
    """Counts down at every seam; at zero the process dies."""

    def __init__(self) -> None:
        self.left = -1

    def __call__(self, _seam: str = "") -> None:
        """A seam was reached."""
        if self.left > 0:
            self.left -= 1
            if self.left == 0:
                raise Crash


class Network:
    """The way to the cloud: answers get lost, come late or twice; the cloud stumbles."""

    def __init__(self, cloud: Cloud, agent_id: str, rng: random.Random, fuse: Fuse) -> None:
        self.cloud = cloud
        self.agent_id = agent_id
        self.rng = rng
        self.fuse = fuse
        self.trouble = 0.0
        """Chance that a call fails in some way."""
        self.offline = False
        self.delayed: list[Callable[[], object]] = []
        """Requests that are still under way and will arrive some time."""
        self.durable: dict[int, int] = {}
        """Epoch -> what the cloud has said it holds durably."""

    def begin_session(self, request: SessionRequest) -> Session:
        """``POST .../epochs``."""
        return self._call(lambda: self.cloud.begin_session(self.agent_id, request), Session)

    def send_batch(self, header: BatchHeader, frames: Sequence[bytes]) -> BatchAccepted:
        """``POST .../batches``."""
        body = b"".join([header.model_dump_json().encode(), b"\n", *frames])

        def deliver() -> BatchAccepted | Problem:
            answer = self.cloud.accept_batch(self.agent_id, body)
            if isinstance(answer, BatchAccepted):
                self.durable[header.epoch] = max(self.durable.get(header.epoch, 0), answer.acked_seq)
            return answer

        return self._call(deliver, BatchAccepted)

    def reconcile(self, request: ReconcileRequest) -> ReconcileResponse:
        """``POST .../reconciliations``."""
        return self._call(lambda: self.cloud.reconcile(self.agent_id, request), ReconcileResponse)

    def commands(self, session: str, wait: float, keys: int = 0) -> CommandsPage:
        """``GET .../commands``."""
        del wait
        return self._call(lambda: self.cloud.commands_for(self.agent_id, session, keys), CommandsPage)

    def report(self, reports: Reports) -> ReportsAccepted:
        """``POST .../commands/reports``."""
        return self._call(lambda: self.cloud.report_commands(self.agent_id, reports), ReportsAccepted)

    def settle(self) -> None:
        """What was under way arrives."""
        while self.delayed:
            self.delayed.pop(self.rng.randrange(len(self.delayed)))()

    def _call(self, call: Callable[[], Any], kind: type[Any]) -> Any:
        self.fuse("before the request")
        if self.offline:
            raise Retry("offline", "offline", "")
        if self.delayed and self.rng.random() < 0.3:
            self.settle()
        if self.rng.random() < self.trouble:
            match self.rng.randrange(6):
                case 0:
                    raise Retry("server_error", "500", "")
                case 1:
                    raise Retry("throttled", "429", "", retry_after=self.rng.uniform(0.1, 5))
                case 2:
                    if kind in (BatchAccepted, ReportsAccepted):
                        self.delayed.append(call)
                    raise Retry("timeout", "the request arrives later", "")
                case 3:
                    call()
                    raise Retry("timeout", "the answer was lost", "")
                case 4:
                    call()  # the request arrives twice
                case _:
                    raise Retry("bad_answer", "garbage", "")
        answer = call()
        self.fuse("before the answer")
        if isinstance(answer, Problem):
            raise from_problem(answer)
        assert isinstance(answer, kind)
        return answer


class Way:
    """The way to the database: every question may fail, the database may be away, the process may die in between."""

    _QUESTIONS = frozenset({"describe", "refresh", "scan", "rows", "digest", "glimpse", "growth", "hint"})

    def __init__(self, source: Any, rng: random.Random, fuse: Fuse) -> None:
        self._source = source
        self._rng = rng
        self._fuse = fuse
        self.away = False
        self.trouble = 0.0
        self.between: Callable[[], None] | None = None
        """Called after a question was answered and before anything is done with the answer."""

    def __getattr__(self, name: str) -> Any:
        """The source's own method, with trouble."""
        method = getattr(self._source, name)
        if name not in self._QUESTIONS:
            return method

        def asked(*values: Any, **named: Any) -> Any:
            self._fuse("before a question")
            if self.away:
                raise Retry("database_unreachable", "away", "")
            if self._rng.random() < self.trouble:
                raise Retry("bridge_died", "killed", "")
            answer = method(*values, **named)
            if self.between is not None:
                self.between()
            self._fuse("after a question")
            return answer

        return asked
