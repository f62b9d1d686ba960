"""A command as the agent keeps it: what the store and the write-back engine hand each other. Never sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agent.model.reading import Key
from agent.wire.commands import Command, State

Who = Literal["cloud", "agent", "policy", "person"]


@dataclass(frozen=True, slots=True)
class Intent:
    """Written before anything is: after a crash it tells what may have happened."""

    before: Mapping[str, Any] | None
    """The target's canonical data just before the first attempt."""
    at: str
    """The practice's wall clock then, ISO 8601."""
    lost: float | None = None
    """When an answer was last lost, or the agent found itself restarted (seconds since 1970); None = it is not known
    to be unknown."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A command in the inbox."""

    command: Command
    state: State
    received: float
    """When it was put in, seconds since 1970."""
    expires: float
    """When it must not be applied any more, by the cloud's clock (seconds since 1970)."""
    look_first: bool
    """True when an earlier life of the agent may have applied it."""
    attempts: int = 0
    """How many times it was begun."""
    not_before: float = 0.0
    """Rest until then (seconds since 1970)."""
    approved: bool = False
    """A person has approved it."""
    reason: str | None = None
    """What it waits for, or why it ended as it did."""
    intent: Intent | None = None
    made: tuple[str, Key] | None = None
    """Once it was applied: resource and key of the record made or changed."""
    changed: float = 0.0
    """When it came into its state."""
    outcome: Mapping[str, Any] = field(default_factory=dict)
    """The last report's further fields: rule, conflicting, record, sqlstate, native, decided_by."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A line of the audit trail."""

    number: int
    at: float
    event: str
    """What happened: ``received``, ``refused``, ``intended``, ``applied``, ``verified``, ``approved``, ..."""
    who: Who
    name: str | None
    """Name of the person's account, where a person decided."""
    command_id: str
    kind: str
    detail: Mapping[str, Any]
    """Reason, rule, attempt; never the payload."""
