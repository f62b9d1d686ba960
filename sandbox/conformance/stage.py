"""What the rules are checked with: an enrolled agent, an integrator's keys, and a way to let time pass."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from agent.wire.cloud import Enrolled
from agent.wire.commands import CommandStatus
from sandbox.conformance.agent import Agent
from sandbox.conformance.caller import Answer, Caller
from sandbox.conformance.rules import broken

T = TypeVar("T")

ALERT: dict[str, Any] = {
    "kind": "alert.create",
    "target": {"resource": "patient", "id": "conformance-1"},
    "payload": {"text": "conformance"},
}
"""A command that any cloud takes."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time, as the suite knows it."""

    now: Callable[[], datetime]
    """The time, aware."""
    wait: Callable[[float], None]
    """Lets so many seconds pass."""


class Stage:
    """The cloud under test, as an agent and an integrator see it."""

    def __init__(
        self, caller: Caller, clock: Clock, codes: list[str], write_key: str, read_key: str | None = None
    ) -> None:
        """``codes``: fresh enrolment codes of one practice, two at least; ``read_key``: a key that may not write."""
        self.caller, self.clock = caller, clock
        self.codes, self.write_key, self.read_key = codes, write_key, read_key
        self.run = uuid.uuid4().hex[:8]
        """Part of every id that this run makes."""
        self._agent: Agent | None = None
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="conformance")

    @property
    def agent(self) -> Agent:
        """The practice's agent; enrolled with the first code when it is first needed."""
        if self._agent is None:
            fresh = self.new_agent()
            answer = fresh.enrol(self.codes[0])
            if answer.status == 409:  # an earlier run has left its agent
                answer = fresh.enrol(self.codes[0], takeover=True)
            fresh.enrolled = answer.message(Enrolled)
            self._agent = fresh
        return self._agent

    @agent.setter
    def agent(self, agent: Agent) -> None:
        self._agent = agent

    def new_agent(self) -> Agent:
        """An agent that is not enrolled yet."""
        return Agent(self.caller, self.clock.now)

    def id(self, name: str) -> str:
        """A record's id of this run."""
        return f"{name}-{self.run}"

    # -- as an integrator

    def read(self, call: str, key: str | None = None, **query: Any) -> Answer:
        """A reader's call."""
        path = f"/v1/practices/{self.agent.practice_id}/{call}"
        return self.caller.ask("GET", path, token=key or self.write_key, query=query)

    def feed_end(self) -> int:
        """The number of the feed's last entry."""
        after, more = 0, True
        while more:
            page = self.read("changes", after=after, limit=1000).json()
            after, more = page["next_after"], page["more"]
        return int(after)

    def feed(self, after: int, limit: int = 1000) -> list[dict[str, Any]]:
        """The feed's entries after a number, about records of this run."""
        found: list[dict[str, Any]] = []
        more = True
        while more:
            page = self.read("changes", after=after, limit=limit).json()
            found += page["changes"]
            if page["more"] and page["next_after"] <= after:
                broken("next_after that rises from page to page")
            after, more = page["next_after"], page["more"]
        return [one for one in found if str(one["id"]).endswith(self.run)]

    def ops(self, after: int) -> list[tuple[str, str]]:
        """Kind and name of the feed's entries after a number, about records of this run."""
        return [(one["op"], str(one["id"]).removesuffix(f"-{self.run}")) for one in self.feed(after)]

    def state(self, resource: str, **query: Any) -> dict[str, dict[str, Any]]:
        """The whole current state of a resource."""
        found: dict[str, dict[str, Any]] = {}
        cursor: str | None = None
        while True:
            page = self.read(resource, **query, **({"cursor": cursor} if cursor else {})).json()
            found.update({one["id"]: one for one in page["records"]})
            cursor = page["next_cursor"]
            if cursor is None:
                return found

    def queue(self, key: str | None = None, *, token: str | None = None, **said: Any) -> Answer:
        """Ask for a command; ``said`` overrides its fields."""
        path = f"/v1/practices/{self.agent.practice_id}/commands"
        headers = {"Idempotency-Key": key if key is not None else uuid.uuid4().hex}
        return self.caller.ask("POST", path, ALERT | said, token=token or self.write_key, headers=headers)

    def queued(self, **said: Any) -> str:
        """Queue a command; its id."""
        return self.queue(**said).message(CommandStatus).command_id

    def status(self, command_id: str) -> CommandStatus:
        """How a command stands."""
        return self.read(f"commands/{command_id}").message(CommandStatus)

    def aside(self, work: Callable[[], T]) -> Future[T]:
        """Do something in a thread of its own."""
        return self._pool.submit(work)

    def close(self) -> None:
        """End threads and connections."""
        self._pool.shutdown(wait=True)
        self.caller.close()
