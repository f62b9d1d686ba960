"""The cloud contract, version 1: what the agent and the cloud say to each other.

Batches
-------
What capture makes is stored and sent in *chunks*. A chunk is a zstd frame of JSON lines: a :class:`ChunkHeader`, then
one line per change. The changes of a chunk are numbered ``first_seq, first_seq + 1, ...`` within an epoch, so lines
carry no number and a chunk can be kept sealed as it will be sent. A *batch* is an uncompressed JSON line
(:class:`BatchHeader`) followed by the frames of its chunks, one after the other.

Chunks are chained: ``chain(n) = SHA-256(chain(n-1) || frame(n))``, beginning with :data:`CHAIN_START` in each epoch.
The cloud keeps the chain value at its acknowledged position; a batch whose chain does not arrive at that value comes
from a store that took another course (restored from a copy), and is answered with ``epoch_required``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field

CHAIN_START = bytes(32)
"""The chain value before the first chunk of an epoch."""

BATCH_TYPE = "application/vnd.practice-agent.batch"
"""Content type of a batch."""

MAX_BATCH_BYTES = 8 * 1024 * 1024
"""A batch's body is at most this long."""

BUNDLE_TYPE = "application/zip"
"""Content type of a diagnostics bundle."""

MAX_BUNDLE_BYTES = 8 * 1024 * 1024
"""A diagnostics bundle is at most this long."""

MAX_HEADER_BYTES = 256 * 1024
"""A batch's first line is at most this long: it bounds the number of chunks."""

MAX_CONTENT_BYTES = 64 * 1024 * 1024
"""The chunks of a batch hold at most this much, uncompressed."""


def chain(previous: bytes, frame: bytes) -> bytes:
    """The chain value after a chunk."""
    return hashlib.sha256(previous + frame).digest()


class Message(BaseModel):
    """Base of all messages: immutable; unknown fields are ignored, so that either side may be newer."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class ChunkHeader(Message):
    """First line of a chunk."""

    v: Literal[1] = 1
    """Contract version."""
    pms: str
    """Which PMS the changes were read from."""
    pms_version: str | None
    """Its version."""
    schema_version: int
    """Version of the canonical model."""
    observed_at: str
    """When the agent read the records, UTC, ISO 8601."""
    count: int
    """Number of change lines."""
    cause: Literal["load", "change", "remap", "repair", "control"]
    """Why: first load; a change in the practice; a changed mapping or code table; a repair after reconcile; control
    lines only."""


class Source(Message):
    """Where a record comes from."""

    table: str
    """Root table."""
    key: list[int | str]
    """Key in that table."""


class FieldIssue(Message):
    """A field that could not be read or mapped as it should."""

    field: str
    """Name of the canonical field."""
    code: str
    """What is wrong with it."""


class Upsert(Message):
    """The latest state of a record."""

    op: Literal["upsert"] = "upsert"
    """Kind of line."""
    resource: str
    """Resource name."""
    id: str
    """Canonical id: 1 to 512 characters, none of them a control character."""
    version: str
    """Hash of ``data``'s canonical bytes; the cloud checks it."""
    mapping_version: int
    """Version of the mapping that made ``data``."""
    source: Source
    """Where the record comes from."""
    source_updated_at: str | None = None
    """The PMS's own change stamp, local time, if it has one."""
    data: dict[str, Any]
    """Canonical fields."""
    derived: dict[str, Any] | None = None
    """Fields derived from others (UTC times); not part of the version."""
    issues: list[FieldIssue] = Field(default_factory=list)
    """What could not be read or mapped."""


class Delete(Message):
    """A record that is gone from the practice."""

    op: Literal["delete"] = "delete"
    """Kind of line."""
    resource: str
    """Resource name."""
    id: str
    """Canonical id."""
    source: Source
    """Where the record came from."""


class Stale(Message):
    """A record that can no longer be read as a whole; what the cloud holds of it is old."""

    op: Literal["stale"] = "stale"
    """Kind of line."""
    resource: str
    """Resource name."""
    id: str
    """Canonical id."""
    reason: str
    """Why, as a code."""


class Complete(Message):
    """A resource's first load in this epoch is complete: ids not seen in this epoch are gone."""

    op: Literal["complete"] = "complete"
    """Kind of line."""
    resource: str
    """Resource name."""
    count: int
    """Records that the agent holds for it."""


class ChunkPlace(Message):
    """Where a chunk stands in its epoch and in the batch's body."""

    first_seq: int
    """Number of its first change."""
    count: int
    """Number of its changes."""
    size: int
    """Bytes of its frame."""


class BatchHeader(Message):
    """First line of a batch."""

    epoch: int
    """Epoch that the numbers belong to."""
    session: str
    """The session that sends (see :class:`SessionRequest`)."""
    previous: str
    """Chain value before the first chunk, hex."""
    chunks: list[ChunkPlace]
    """The chunks, in order and without gaps."""


class BatchAccepted(Message):
    """The cloud holds everything up to here, durably."""

    acked_seq: int
    """Number of the last change held."""
    chain: str
    """Chain value at that place, hex."""


class Enrolment(Message):
    """Request: a one-time code and the agent's public key."""

    code: str
    """One-time code."""
    public_key: dict[str, Any]
    """JWK of the agent's ES384 key."""
    host: str
    """Hash of the machine and home folder: tells a restart from a copy."""
    agent_version: str
    """Version of the program."""
    takeover: bool = False
    """Replace the practice's present agent (a server was replaced)."""


class Enrolled(Message):
    """Response to an enrolment."""

    agent_id: str
    """The agent's id: subject of its tokens."""
    practice_id: str
    """The practice it feeds."""
    practice_name: str
    """For people to see that the code was the right one."""
    command_keys: dict[str, Any] | None = None
    """The keys that commands are signed with (a :class:`agent.wire.commands.KeySet`); null = the cloud sends none."""


class Token(Message):
    """Response of ``/oauth2/token``."""

    access_token: str
    """Bearer token."""
    token_type: Literal["Bearer"] = "Bearer"
    """Always Bearer."""
    expires_in: int
    """Seconds."""


class Position(Message):
    """Where an agent believes the cloud to be."""

    epoch: int
    """Epoch."""
    acked_seq: int
    """Last change that it knows to be acknowledged."""
    chain: str
    """Chain value there, hex."""


class SessionRequest(Message):
    """``POST .../epochs``: sent at every start. Resumes the epoch or begins a new one."""

    session: str
    """Random name of this run of the agent."""
    host: str
    """Hash of the machine and home folder."""
    resume: Position | None
    """The position to go on from; None = the store is new or was rebuilt: a new epoch, please."""


class Session(Message):
    """Response: the session is the only one that may send from now on."""

    epoch: int
    """The epoch to send in; when it is not the one asked for, everything must be sent again."""
    resumed: bool
    """True when the epoch asked for goes on."""
    acked_seq: int
    """Last change held in that epoch."""
    chain: str
    """Chain value there, hex."""
    incarnations: dict[str, list[str]] = Field(default_factory=dict)
    """With a new epoch: per resource, the ids the cloud holds whose last incarnation suffix (``~2``) must go on to be
    counted from, deleted ones included; so that a rebuilt store does not give a reused key its first holder's id."""


class Problem(Message):
    """Body of every error response (RFC 9457)."""

    code: str
    """Stable code: ``gap``, ``epoch_required``, ``superseded``, ``other_host``, ``bad_batch``, ``code_unknown``, ..."""
    title: str
    """What is wrong, for people."""
    status: int
    """HTTP status."""
    expected_seq: int | None = None
    """With ``gap``: the number expected next."""
    field: str | None = None
    """The field that is wrong, where it is one: its name, never its value."""


class Heartbeat(Message):
    """``PUT .../heartbeat``: the agent is alive, and how it fares."""

    sent_at: str
    """UTC, ISO 8601, by the agent's clock."""
    agent_version: str
    """Version of the program."""
    status: dict[str, Any]
    """The status document (``practice-agent status --json``); holds no patient data."""


class HeartbeatAccepted(Message):
    """Response to a heartbeat."""

    received_at: str
    """The cloud's clock, UTC, ISO 8601: from it the agent knows how wrong its own is."""


class ReconcileRequest(Message):
    """``POST .../reconciliations``: digests of all segments of a resource, as of ``seq``."""

    resource: str
    """Resource."""
    epoch: int
    """Epoch of ``seq``."""
    seq: int
    """The cloud must have acknowledged up to here."""
    segments: list[tuple[int, str]]
    """Per segment: number of records, digest (hex)."""
    list_segments: list[int] = Field(default_factory=list)
    """Segments whose ids and versions are wanted (``segments`` then gives only their number)."""


class ReconcileResponse(Message):
    """Where the two sides differ, or the members of the segments asked for."""

    differing: list[int]
    """Segments whose count or digest differs."""
    members: dict[str, str] = Field(default_factory=dict)
    """Id -> version of the members of ``list_segments``."""


class BundleAccepted(Message):
    """The cloud holds a diagnostics bundle, durably."""

    received_at: str
    """By the cloud's clock, UTC, ISO 8601."""
    size: int
    """Bytes."""
    sha256: str
    """Of the bytes that it holds, hex."""


ChangeLine = Upsert | Delete | Stale | Complete


def parse_line(line: bytes) -> ChangeLine:
    """One change line of a chunk; raises ``ValueError`` when it is not one."""
    raw = orjson.loads(line)
    kinds: dict[str, type[Upsert] | type[Delete] | type[Stale] | type[Complete]] = {
        "upsert": Upsert,
        "delete": Delete,
        "stale": Stale,
        "complete": Complete,
    }
    kind = kinds.get(raw.get("op", "")) if isinstance(raw, dict) else None
    if kind is None:
        raise ValueError("not a change line")
    return kind.model_validate(raw)


def encode_lines(header: ChunkHeader, lines: Iterable[bytes]) -> bytes:
    """The uncompressed content of a chunk (it is sent as one zstd frame)."""
    return b"\n".join([header.model_dump_json().encode(), *lines])
