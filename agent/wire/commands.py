"""The command part of the cloud contract, version 1: how a write-back is asked for, delivered, and answered.

A *command* asks for one effect in the practice. Whoever builds on the cloud queues it (:class:`CommandRequest`); a
signer that is a process apart signs it (a compact JWS, ES384, whose payload is a :class:`Command`); the agent fetches
it by long poll, keeps it durably, says so, applies it and reports each step (:class:`CommandReport`). Order is first
in, first out per target, by ``queue_seq``.

The cloud delivers a command again until the agent has reported that it keeps it. ``delivery_count`` above 1 with no
record of it on the agent's side means that an earlier life of the agent may have applied it: the agent looks in the
practice before it does anything.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from agent.wire.cloud import Message
from agent.wire.payloads import RecordId

State = Literal[
    "queued",
    "received",
    "awaiting_approval",
    "intended",
    "applied",
    "verified",
    "rejected",
    "conflict",
    "expired",
    "needs_person",
]
"""``queued``: the cloud has it; ``received``: the agent keeps it durably; ``awaiting_approval``: the office's policy
wants a person to approve it; ``intended``: the agent is about to write, or does not know yet whether it has;
``applied``: the PMS has taken it; ``verified``: it was read back; ``needs_person``: open, somebody in the office must
decide."""

FINAL: frozenset[State] = frozenset({"verified", "rejected", "conflict", "expired"})
"""A command ends in exactly one of these."""


class Target(Message):
    """What a command is about; commands with the same target are applied in the order in which they were queued."""

    resource: Literal["appointment", "patient", "agent"]
    """Resource name; ``agent`` for support's commands."""
    id: RecordId | None = None
    """Canonical id; null for ``patient.create`` and for the agent."""


class CommandRequest(Message):
    """``POST /v1/practices/{id}/commands`` with an ``Idempotency-Key``: queue a command."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: str
    """What to do; ``practice-agent capabilities`` says what an office offers."""
    target: Target
    """On what."""
    payload: dict[str, Any] = Field(default_factory=dict)
    """Fields of the kind."""
    expected_version: str | None = Field(default=None, pattern=r"^[0-9a-f]{32}$")
    """Version of the target that the decision was based on; another one in the practice is a conflict."""
    expires_in: int = Field(default=86_400, ge=30, le=30 * 86_400)
    """Seconds after which it must not be applied any more."""
    retry_of: str | None = None
    """The command, ended without effect, in whose place this one is."""


class Command(Message):
    """What is signed: the payload of a command's JWS."""

    v: Literal[1] = 1
    """Contract version."""
    command_id: str
    """Its name, given by the cloud."""
    practice_id: str
    """The practice that it is for; an agent refuses another's."""
    queue_seq: int
    """Its place among the practice's commands; rises."""
    kind: str
    """What to do."""
    target: Target
    """On what."""
    payload: dict[str, Any]
    """Fields of the kind."""
    expected_version: str | None = None
    """Version of the target that the decision was based on."""
    issued_at: str
    """When it was queued, UTC, ISO 8601."""
    expires_at: str
    """When it must not be applied any more, by the cloud's clock; UTC, ISO 8601."""
    retry_of: str | None = None
    """The command, ended without effect, in whose place this one is."""


class Delivery(Message):
    """A command on its way to the agent."""

    jws: str
    """Compact JWS; its payload is a :class:`Command`."""
    delivery_count: int
    """How many times it was handed out, this one included."""


class CommandsPage(Message):
    """Response of ``GET /v1/agents/{id}/commands?wait=&session=``."""

    deliveries: list[Delivery]
    """Commands that the agent has not said to keep yet, in order; empty when the wait was in vain."""
    cloud_time: str
    """The cloud's clock, UTC, ISO 8601."""
    key_set: str | None = None
    """The newest :class:`KeySet` as a compact JWS, signed with a key that the agent knew before."""


class KeySet(Message):
    """The keys that commands may be signed with, from now on; handed over signed by one of those before."""

    version: int
    """Rises with every rotation; an older one is ignored."""
    practice_id: str = ""
    """The practice that it is for; empty = every practice of this cloud."""
    keys: list[dict[str, Any]]
    """Public JWKs with ``kid``."""


class CreatedRecord(Message):
    """The record that a command made or changed."""

    resource: str
    """Resource name."""
    id: str
    """Canonical id."""
    version: str | None = None
    """Version read back; null where the resource is not in the feed."""


class CommandReport(Message):
    """How a command stands, as the agent says."""

    command_id: str
    """Which."""
    number: int
    """Rises with every report about the command; the cloud keeps the newest."""
    state: State
    """Its state since ``at``."""
    at: str
    """When it came into that state, UTC, ISO 8601."""
    reason_code: str | None = None
    """Why, as ``docs/writes.md`` lists it."""
    retryable: bool = False
    """True when a new command of the same content may succeed."""
    rule: str | None = None
    """The field or rule that the reason is about."""
    conflicting: CreatedRecord | None = None
    """The record that stands in the way."""
    sqlstate: str | None = None
    """SQLSTATE or HTTP status of the PMS's refusal."""
    native: int | None = None
    """The PMS's own error number."""
    record: CreatedRecord | None = None
    """What was made or changed."""
    decided_by: Literal["agent", "person"] = "agent"
    """Who decided: the agent by its rules, or a person in the office."""


class Reports(Message):
    """``POST /v1/agents/{id}/commands/reports``: what has become of commands; may be sent again."""

    session: str
    """The session that reports."""
    reports: list[CommandReport] = Field(max_length=500)
    """In order."""


class CommandOver(Message):
    """A command that has ended."""

    command_id: str
    """Which."""
    state: State
    """How."""


class ReportsAccepted(Message):
    """Response to reports."""

    accepted: int
    """How many were new."""
    over: list[CommandOver] = Field(default_factory=list)
    """Of the commands that were reported as open, those that had ended before: they must not be carried out. An agent
    whose data was restored from a copy learns so what became of them.
    """


class CommandStep(Message):
    """A state that a command was in."""

    state: State
    """The state."""
    at: str
    """Since when, UTC."""
    reason_code: str | None = None
    """Why."""


class CommandStatus(Message):
    """``GET /v1/practices/{id}/commands/{command_id}``: everything that is known of a command."""

    command_id: str
    """Its name."""
    queue_seq: int
    """Its place."""
    kind: str
    """What it asks for."""
    target: Target
    """On what."""
    state: State
    """Its state now."""
    final: bool
    """True when nothing will change any more."""
    outcome: CommandReport | None
    """The agent's newest report."""
    steps: list[CommandStep]
    """All states with their times, the oldest first."""
    issued_at: str
    """When it was queued."""
    expires_at: str
    """When it must not be applied any more."""
    delivery_count: int
    """How many times it was handed to the agent."""
    retry_of: str | None = None
    """The command in whose place it is."""
