"""What the agent keeps between steps: fences with what was sent, loads, holds, and the unit in which it is written.

Shared words of capture, upload and the store. A :class:`Commit` is everything that one step learned; the store writes
it in one transaction, which is what makes "a checkpoint never passes a change that is not durable" true.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from agent.model.reading import Key, Range
from agent.model.writing import Settlement

Cause = Literal["load", "change", "remap", "repair", "control"]


class Entry(NamedTuple):
    """What is known of one record."""

    digest: bytes
    """Keyed digest of the record as it was last read (16 bytes)."""
    version: bytes
    """Version last sent (16 bytes); empty = the record is not in the feed."""
    incarnation: int = 1
    """Which holder of the key this is (keys may be reused)."""
    identity: tuple[bytes, ...] = ()
    """Keyed digests of what tells one holder from another; an empty one is unknown."""


@dataclass(slots=True)
class Fence:
    """A range of a shape's keys, and what it looked like when it was last read."""

    id: int
    shape: str
    within: Range
    digest: bytes
    """Digest of the range as last read; empty = look inside at the next visit."""
    salt: bytes
    """The shape's salt when the range was last mapped."""
    rows: int
    """Records last seen in it."""
    checked: float
    """When it was last compared, seconds since 1970; 0 = at once."""


@dataclass(frozen=True, slots=True)
class NewFence:
    """A fence to be written."""

    within: Range
    digest: bytes
    salt: bytes
    entries: dict[Key, Entry]
    unread: bool = False
    """True for the rest of a range that has been read in part: it is to be read at once."""


@dataclass(slots=True)
class ShapeState:
    """How far a shape has got."""

    shape: str
    resource: str
    loaded: bool
    """True once the first load of this epoch has passed over all of it."""
    after: Key | None
    """First load: the last key passed."""
    count: int
    """Records known."""


@dataclass(frozen=True, slots=True)
class Former:
    """A reused key's earlier holder."""

    incarnation: int
    identity: tuple[bytes, ...]
    """Empty = unknown (learned from the cloud after the store was lost)."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Work that waits for a person's decision."""

    id: int
    kind: Literal["mass_delete", "database_changed", "database_restored"]
    shape: str | None
    detail: dict[str, Any]
    """Counts and fingerprints; never patient data."""
    created: float
    decision: Literal["open", "accepted", "withdrawn"]


@dataclass(slots=True)
class Commit:
    """Everything one step learned; written in one transaction or not at all."""

    epoch: int
    """The epoch in which the step was planned; the store refuses it when another has begun."""
    cause: Cause = "change"
    lines: list[bytes] = field(default_factory=list)
    """Change lines, in order."""
    observed_at: str = ""
    """When the records were read, UTC, ISO 8601."""
    fences: list[tuple[int | None, str, list[NewFence]]] = field(default_factory=list)
    """(fence replaced, shape, what takes its place); no fence replaced = put at the end."""
    entries: dict[int, dict[Key, Entry]] = field(default_factory=dict)
    """Fence -> all its entries, rewritten. The fence's digest is forgotten: it was that of what was known before, and
    if the records went back to what they were, it would hide that."""
    checked: dict[int, float] = field(default_factory=dict)
    """Fence -> time of a comparison that found nothing."""
    states: list[ShapeState] = field(default_factory=list)
    cursors: dict[str, Any] = field(default_factory=dict)
    """Accelerator -> JSON cursor."""
    dirty: list[tuple[str, Key]] = field(default_factory=list)
    """Keys to be re-read."""
    clean: list[tuple[str, Key]] = field(default_factory=list)
    """Keys that have been re-read."""
    former: dict[tuple[str, str], Former | None] = field(default_factory=dict)
    """(shape, base id) -> the holder that was deleted; None = forget."""
    quarantine: list[tuple[str, Key, str]] = field(default_factory=list)
    """(shape, key, reason) of records that cannot be sent."""
    release: list[tuple[str, Key]] = field(default_factory=list)
    """(shape, key) that can be sent again."""
    hold: tuple[str, str | None, dict[str, Any]] | None = None
    """(kind, shape, detail) of work that must wait for a person."""
    withdrawn: list[tuple[str, str | None]] = field(default_factory=list)
    """(kind, shape) of holds whose cause is gone: nobody needs to decide them any more."""
    marks: dict[str, Any] = field(default_factory=dict)
    """Facts about the database (fingerprint, high marks)."""
    settle: list[Settlement] = field(default_factory=list)
    """Write-backs that are over: their changes were read back in this step."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A chunk that waits for the cloud's acknowledgement."""

    first_seq: int
    count: int
    frame: bytes
    """The zstd frame, as sent."""
    created: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where the outbox stands."""

    epoch: int
    """0 = none yet."""
    next_seq: int
    """Number that the next change will get."""
    acked_seq: int
    acked_chain: bytes
    """Chain value at ``acked_seq``."""
