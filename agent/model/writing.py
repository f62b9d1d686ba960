"""Writing into a practice: the words that the write-back engine, the channels and the store share.

A *channel* is the way in which one PMS takes writes: its own local API, or SQL over a writer bridge. It knows the PMS;
it does not know commands' signatures, policies, retries or the cloud. The engine hands it a :class:`Task`, everything
in it checked and resolved to the PMS's own keys, and asks for one of three things: what exactly would be done
(``prepare``), do it (``apply``), and has it been done (``find``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from agent.model.errors import AgentError, Retry, Terminal
from agent.model.reading import Key

Mode = Literal["off", "ask", "on"]
"""What an office allows of a kind: nothing, with a person's approval of each, or by itself."""

ChannelState = Literal["ready", "not_configured", "read_only", "unreachable", "refused"]
"""``read_only``: the PMS lets this login read only; ``refused``: it does not accept our key or login."""


@dataclass(frozen=True, slots=True)
class Capability:
    """What a channel offers for one kind of write."""

    kind: str
    offered: bool
    """False: the PMS has no door for it; ``reason`` says why."""
    default: Mode
    """What holds where the office's policy says nothing."""
    verified: Literal["real", "stand-in", "declared"]
    """How far it has been tried: on the real PMS, on a faithful stand-in, or not at all."""
    note: str = ""
    """What to know about it, for people: limits, named assumptions."""
    reason: str | None = None
    """Reason code with which it is refused when it is not offered."""


@dataclass(frozen=True, slots=True)
class ChannelFacts:
    """How a channel stands now."""

    name: str
    """As people call it: ``Open Dental API Service``."""
    state: ChannelState
    detail: str = ""
    """In words; no patient data, no secrets."""


@dataclass(frozen=True, slots=True)
class Task:
    """A command, checked and resolved: what a channel needs to carry it out."""

    command_id: str
    kind: str
    payload: Any
    """The kind's payload (``agent.wire.payloads``)."""
    tag: str
    """Short mark, made from the command's id, that the channel leaves on what it creates wherever the PMS has room for
    it, and by which it finds that again: ``PA-`` and ten characters of base32."""
    target: Key | None
    """Key of the target in the PMS; None for ``patient.create``."""
    before: Mapping[str, Any] | None
    """The target's canonical data as it was when the intent was written; None = not known any more."""
    keys: Mapping[tuple[str, str], Key]
    """(resource, canonical id) -> key in the PMS, for every id in the payload."""
    now: datetime
    """The practice's wall clock, by the database."""
    zone: str
    """IANA zone of the place where the visit is."""
    intended_at: datetime | None
    """The practice's wall clock when the first intent was written; an effect cannot be older. None = not known."""

    def key(self, resource: str, record_id: str) -> Key:
        """Key of a record that the payload names."""
        return self.keys[(resource, record_id)]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a channel would do."""

    shown: Mapping[str, Any]
    """The exact request or statements, for a rehearsal; holds patient data."""
    content: Any
    """The same in the channel's own form."""


@dataclass(frozen=True, slots=True)
class Applied:
    """The PMS has taken a write."""

    resource: str
    """Resource of the record that was made or changed."""
    key: Key
    """Its key."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Whether a task has been carried out, as the practice's database shows it."""

    result: Literal["applied", "absent", "overwritten", "unclear"]
    """``applied``: its effect is there, exactly as asked; ``absent``: it certainly is not; ``overwritten``: it was
    carried out (its tag or trace is there), but what it set has been changed since; ``unclear``: a person must look."""
    resource: str | None = None
    key: Key | None = None
    """The record that was made or changed."""


class WriteRefused(Terminal):
    """The PMS or a rule says no; nothing was written. ``code`` is a reason code of :mod:`agent.model.reasons`."""


class WriteConflict(Terminal):
    """The practice is not as the command expects; nothing was written."""


class NotNow(Retry):
    """Certainly nothing was written; the same may succeed later."""


class OutcomeUnknown(AgentError):
    """It may or may not have been written: look before anything else."""


class Channel(Protocol):
    """How one PMS takes writes. Must never write outside :meth:`apply`, and never more than one task at a time."""

    @property
    def name(self) -> str:
        """As people call it."""

    @property
    def settle_seconds(self) -> float:
        """After a lost answer: how long the effect may still appear."""

    def capabilities(self) -> Sequence[Capability]:
        """Every kind of write, offered or not."""

    def look(self) -> ChannelFacts:
        """Whether it can be used now; asks the PMS without writing."""

    def prepare(self, task: Task) -> Plan:
        """What would be done; no effect.

        Raises:
            WriteRefused: this PMS cannot take it (a field, a length, a form).
        """

    def apply(self, task: Task, plan: Plan) -> Applied:
        """Do it, once.

        Raises:
            WriteRefused: certainly nothing was written, and never will be.
            WriteConflict: certainly nothing was written: the practice has changed.
            NotNow: certainly nothing was written; later it may be.
            OutcomeUnknown: nobody knows.
        """

    def trial(self, task: Task, plan: Plan) -> None:
        """Do it and take it back, where the PMS can: the surest rehearsal. Only ever at an operator's wish: it locks
        what it touches for a moment, and may use up keys.

        Raises:
            WriteRefused: it would be refused; ``no_trial``: this PMS cannot take back what it was given.
            WriteConflict: the practice is not as the task expects.
            NotNow: it cannot be tried now.
        """

    def find(self, task: Task) -> Finding:
        """Whether the task has been carried out: by its tag, else by natural key and content. Reads only.

        Raises:
            Retry: the database cannot be read now.
        """


@dataclass(frozen=True, slots=True)
class Settlement:
    """The end of a write, to be stored in one transaction with the change that was read back."""

    command_id: str
    state: Literal["verified", "rejected", "conflict", "expired"]
    reason: str | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    """More for the report: rule, conflicting, sqlstate, native, decided_by."""
    resource: str | None = None
    record_id: str | None = None
    version: str | None = None
