"""A small sender for tests of the cloud: numbers, chains and frames changes as an agent does; keeps what it sent."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import zstandard
from joserfc import jwk

from agent.model.canonical import encode, version_of
from agent.wire.cloud import (
    CHAIN_START,
    BatchHeader,
    ChunkHeader,
    ChunkPlace,
    Complete,
    Delete,
    Enrolled,
    Enrolment,
    Message,
    Position,
    Session,
    SessionRequest,
    Source,
    Stale,
    Upsert,
    chain,
    encode_lines,
)
from sandbox.cloud.alarms_seal import Seal
from sandbox.cloud.database import Database
from sandbox.cloud.enrolments import Invitation
from sandbox.cloud.service import Cloud
from sandbox.cloud.signing import Signer, SignerLimits, SigningKeys

PUBLIC_KEY: dict[str, Any] = jwk.ECKey.generate_key("P-384").as_dict(private=False)


class Moment:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def go(self, **how: float) -> None:
        """Let time pass."""
        self.now += timedelta(**how)


def memory_cloud(url: str = "sqlite://", limits: SignerLimits | None = None) -> tuple[Cloud, Moment]:
    """A cloud with a clock and a signer of its own; ids and keys are the same at every run."""
    clock, entropy = Moment(), random.Random(7).randbytes
    signer = Signer(SigningKeys.make(random.Random(8).randbytes), clock, limits=limits)
    return Cloud(Database(url), clock, entropy=entropy, signer=signer, seal=Seal(bytes(32))), clock


def enrolled(cloud: Cloud, name: str = "Elm", host: str = "host-1") -> Enrolled:
    """A practice with an agent."""
    invitation = cloud.invite(cloud.find_practice(name) or cloud.add_practice(name))
    assert isinstance(invitation, Invitation)
    answer = cloud.enrol(Enrolment(code=invitation.code, public_key=PUBLIC_KEY, host=host, agent_version="1"))
    assert isinstance(answer, Enrolled), answer
    return answer


def upsert(record_id: str, name: str, resource: str = "location", **fields: Any) -> Upsert:
    """A change of an invented record."""
    data = {"name": name, "time_zone": "UTC", **fields}
    return Upsert(
        resource=resource,
        id=record_id,
        version=version_of(encode(data)),
        mapping_version=1,
        source=Source(table="places", key=[record_id]),
        data=data,
    )


def delete(record_id: str, resource: str = "location") -> Delete:
    """A record that is gone."""
    return Delete(resource=resource, id=record_id, source=Source(table="places", key=[record_id]))


def stale(record_id: str, resource: str = "location") -> Stale:
    """A record that cannot be read any more."""
    return Stale(resource=resource, id=record_id, reason="undecodable")


def complete(resource: str = "location", count: int = 0) -> Complete:
    """The end of a load."""
    return Complete(resource=resource, count=count)


def frame_of(lines: Sequence[Message | bytes], observed_at: str = "2026-03-02T11:59:58Z", **said: Any) -> bytes:
    """A chunk's frame; ``said`` overrides its header's fields."""
    header = ChunkHeader(
        **{
            "pms": "invented",
            "pms_version": "9.1",
            "schema_version": 1,
            "observed_at": observed_at,
            "count": len(lines),
            "cause": "change",
            **said,
        }
    )
    raw = [line if isinstance(line, bytes) else line.model_dump_json().encode() for line in lines]
    return zstandard.ZstdCompressor().compress(encode_lines(header, raw))


@dataclass
class Sender:
    """An agent's outgoing side: chunks of one epoch, in order, and the chain value after each."""

    session: str = "run-1"
    host: str = "host-1"
    epoch: int = 0
    frames: list[bytes] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    links: list[bytes] = field(default_factory=lambda: [CHAIN_START])

    def begin(self, cloud: Cloud, agent_id: str, resume: Position | None = None) -> Session:
        """Begin a session; a new epoch starts the chunks afresh."""
        request = SessionRequest(session=self.session, host=self.host, resume=resume)
        answer = cloud.begin_session(agent_id, request)
        assert isinstance(answer, Session), answer
        if not answer.resumed:
            self.epoch, self.frames, self.counts, self.links = answer.epoch, [], [], [CHAIN_START]
        return answer

    def add(self, *lines: Message | bytes) -> int:
        """Put changes into a chunk of their own; its number."""
        frame = frame_of(lines)
        self.frames.append(frame)
        self.counts.append(len(lines))
        self.links.append(chain(self.links[-1], frame))
        return len(self.frames) - 1

    def end(self, chunk: int) -> int:
        """Number of the last change before a chunk."""
        return sum(self.counts[:chunk])

    def position(self, chunks: int) -> Position:
        """The place after so many chunks."""
        return Position(epoch=self.epoch, acked_seq=self.end(chunks), chain=self.links[chunks].hex())

    def header(self, first: int, last: int) -> BatchHeader:
        """The header of a batch of the chunks first..last."""
        places = [
            ChunkPlace(first_seq=self.end(n) + 1, count=self.counts[n], size=len(self.frames[n]))
            for n in range(first, last + 1)
        ]
        return BatchHeader(epoch=self.epoch, session=self.session, previous=self.links[first].hex(), chunks=places)

    def batch(self, first: int, last: int, **said: Any) -> bytes:
        """A batch of the chunks first..last; ``said`` overrides its header's fields."""
        header = self.header(first, last).model_copy(update=said)
        return header.model_dump_json().encode() + b"\n" + b"".join(self.frames[first : last + 1])
