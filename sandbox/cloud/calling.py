"""What a call of the contract is: path, who may, what goes in and out, and the function that answers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from agent.wire.cloud import Message, Problem
from sandbox.cloud.forms import NoQuery, Query
from sandbox.cloud.service import Cloud
from sandbox.cloud.waiting import Asked

JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"

SMALL = 64 * 1024
"""Bytes of most calls' bodies at most."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request, its form checked."""

    path: dict[str, str]
    """Values of the path's parameters."""
    query: Query
    """The call's query parameters."""
    message: Message | None
    """The call's message, if it has one."""
    body: bytes
    """The body as it came."""
    audiences: frozenset[str]
    """URLs by which the token endpoint may be named."""
    idempotency_key: str = ""
    """The header of that name."""


Answer = Message | bytes | Problem | None


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the contract."""

    method: str
    path: str
    name: str
    """Operation id."""
    summary: str
    who: Literal["anyone", "agent", "reader", "writer", "watcher", "fleet"]
    """Whose token it needs; ``writer`` = a reader whose key may also write; ``fleet`` = a key made for the fleet;
    ``watcher`` = that one or the practice's own."""
    answer: Callable[[Cloud, Incoming], Answer]
    takes: type[Message] | None = None
    """Message in the body."""
    gives: type[Message] | None = None
    """Message of the answer."""
    query: type[Query] = NoQuery
    body_type: str = JSON_TYPE
    limit: int = SMALL
    """Bytes of the body at most."""
    status: int = 200
    """Status of success."""
    refusals: tuple[str, ...] = ()
    """Codes with which it refuses, beside those of all calls."""
    waits: Callable[[Incoming], Asked] | None = None
    """A long poll: what is waited for, in the place of ``answer``."""
    keyed: bool = False
    """It needs the header ``Idempotency-Key``."""
