"""What a call of the local API is: its place, its right, its messages and who answers it. The tables of calls are in
``look_calls``, ``operate_calls`` and ``change_calls``; server and OpenAPI document are made from them.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import ConfigDict

from agent.api.gate import includes
from agent.api.ports import Agent
from agent.api.refusals import Refused
from agent.api.waiting import Bell
from agent.wire.cloud import Message
from agent.wire.local import Right

M = TypeVar("M", bound=Message)


class Query(Message):
    """Base of what may stand behind the question mark."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class NoQuery(Query):
    """Nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that passed the gate and has the call's right."""

    agent: Agent
    bell: Bell
    call: str
    right: Right
    """That of the token."""
    path: dict[str, str]
    """Values of the path's names."""
    query_given: Message
    body_given: Message | None

    def query(self, kind: type[M]) -> M:
        """What stood behind the question mark."""
        assert isinstance(self.query_given, kind)
        return self.query_given

    def body(self, kind: type[M]) -> M:
        """What was sent."""
        assert isinstance(self.body_given, kind)
        return self.body_given

    def may(self, right: Right) -> None:
        """What is asked for needs this right; raises :class:`Refused`."""
        if not includes(self.right, right):
            raise Refused("right_missing")

    def need(self, right: Right) -> None:
        """The same for what does something, or shows what is hidden: logged like a call's own right."""
        self.may(right)
        if right != "look":
            self.agent.used(self.call, right)


Answer = Callable[[Asked], Awaitable[Message]]


@dataclass(frozen=True, slots=True)
class Call:
    """One call."""

    name: str
    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    right: Right
    """The least; a call may need more for some of what it can do (:meth:`Asked.need`)."""
    summary: str
    answer: Answer
    gives: type[Message]
    takes: type[Message] | None = None
    query: type[Query] = NoQuery
    status: int = 200
    refusals: tuple[str, ...] = ()
    """Codes of its own."""
    more: str = ""
    """Words about rights beyond its own."""
