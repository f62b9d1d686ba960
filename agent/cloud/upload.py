"""Upload: what waits in the outbox goes to the cloud, in order, until the cloud says that it holds it.

A worker of step functions. It begins a session at every start, which either resumes the epoch where the cloud stands
or begins a new one; then it sends the oldest chunks and lets them go when they are acknowledged. It never retries by
itself: an error of the kind ``Retry`` makes the host wait and call again, and sending again is harmless.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import zstandard

from agent.model.clock import Clock
from agent.model.errors import AgentError, Retry
from agent.model.state import Pending, Place
from agent.wire.cloud import (
    MAX_BATCH_BYTES,
    MAX_CONTENT_BYTES,
    MAX_HEADER_BYTES,
    BatchAccepted,
    BatchHeader,
    ChunkPlace,
    Position,
    Session,
    SessionRequest,
)

_BATCH_BYTES = MAX_BATCH_BYTES // 4
_BATCH_CONTENT_BYTES = MAX_CONTENT_BYTES // 2
_BATCH_CHUNKS = MAX_HEADER_BYTES // 128
_IDLE_SECONDS = 1.0


class Outbox(Protocol):
    """What upload needs of the outbox."""

    @property
    def place(self) -> Place:
        """Epoch and numbers."""

    def pending(self, limit_bytes: int) -> list[Pending]:
        """The oldest chunks that wait."""

    def knows(self, seq: int, link: bytes) -> bool:
        """Whether this is a place in our own course."""

    def acknowledge(self, seq: int, link: bytes) -> None:
        """The cloud holds everything up to here."""


class Cloud(Protocol):
    """What upload needs of the cloud."""

    def begin_session(self, request: SessionRequest) -> Session:
        """Begin a session."""

    def send_batch(self, header: BatchHeader, frames: Sequence[bytes]) -> BatchAccepted:
        """Send chunks."""


BeginEpoch = Callable[[int, dict[str, dict[str, int]]], None]


class Upload:
    """The upload worker."""

    def __init__(
        self,
        outbox: Outbox,
        begin_epoch: BeginEpoch,
        cloud: Cloud,
        clock: Clock,
        *,
        session: str,
        host: str,
        report: Callable[..., None],
    ) -> None:
        """``session``: random name of this run; ``host``: hash of machine and home folder."""
        self._outbox = outbox
        self._begin_epoch = begin_epoch
        self._cloud = cloud
        self._clock = clock
        self._session = session
        self._host = host
        self._report = report
        self._ready = False
        self._afresh = False
        self._renewed = False

    @property
    def session(self) -> str:
        """Name of the session; it may change when it had to be claimed once more."""
        return self._session

    @property
    def connected(self) -> bool:
        """True when the cloud has accepted our session and nothing has gone wrong since."""
        return self._ready

    def step(self) -> float:
        """Begin a session or send one batch; returns the seconds to wait before the next step."""
        if not self._ready or self._afresh:
            self._begin()
            return 0.0
        chunks = _one_batch(self._outbox.pending(_BATCH_BYTES))
        if not chunks:
            return _IDLE_SECONDS
        place = self._outbox.place
        header = BatchHeader(
            epoch=place.epoch,
            session=self._session,
            previous=place.acked_chain.hex(),
            chunks=[ChunkPlace(first_seq=c.first_seq, count=c.count, size=len(c.frame)) for c in chunks],
        )
        try:
            accepted = self._cloud.send_batch(header, [c.frame for c in chunks])
        except AgentError as error:
            if error.code in ("gap", "epoch_required"):
                self._ready = False
                self._afresh = error.code == "epoch_required"
                return 0.0
            if error.code == "superseded" and not self._renewed:
                # A request of an earlier run may have arrived late. Claim the place once more, and only once: a copy of
                # this agent does the same, and one of the two must end up refused.
                self._renewed = True
                self._session += "-again"
                self._ready = False
                return 0.0
            if not isinstance(error, Retry):
                self._ready = False
            raise
        self._take(accepted.acked_seq, bytes.fromhex(accepted.chain))
        self._report("delivered", changes=sum(c.count for c in chunks), seq=accepted.acked_seq)
        return 0.0

    def afresh(self) -> None:
        """Ask for a new epoch at the next step: everything is sent again."""
        self._afresh = True
        self._ready = False

    def _begin(self) -> None:
        place = self._outbox.place
        resume = None
        if place.epoch and not self._afresh:
            resume = Position(epoch=place.epoch, acked_seq=place.acked_seq, chain=place.acked_chain.hex())
        answer = self._cloud.begin_session(SessionRequest(session=self._session, host=self._host, resume=resume))
        link = bytes.fromhex(answer.chain)
        if answer.resumed and self._outbox.knows(answer.acked_seq, link):
            if answer.acked_seq != place.acked_seq:
                self._outbox.acknowledge(answer.acked_seq, link)
            self._ready = True
            return
        if answer.resumed:
            # The cloud holds what this store has never numbered: the store was restored from an older copy.
            self._afresh = True
            self._report("store_restored", epoch=place.epoch)
            return
        self._begin_epoch(answer.epoch, _incarnations(answer.incarnations))
        self._report("epoch_begun", epoch=answer.epoch)
        self._afresh = False
        self._ready = True

    def _take(self, seq: int, link: bytes) -> None:
        if not self._outbox.knows(seq, link):
            self._ready = False
            raise Retry(
                "bad_answer", "The cloud acknowledged what was not sent", "The session is begun again.", seq=seq
            )
        self._outbox.acknowledge(seq, link)


def _one_batch(chunks: list[Pending]) -> list[Pending]:
    """The first of these chunks, as many as a batch may hold: after a time offline there are thousands of tiny ones,
    and some unpack to far more than they are long.
    """
    fitting: list[Pending] = []
    content = 0
    for one in chunks[:_BATCH_CHUNKS]:
        content += zstandard.frame_content_size(one.frame)
        if fitting and content > _BATCH_CONTENT_BYTES:
            break
        fitting.append(one)
    return fitting


def _incarnations(ids: dict[str, list[str]]) -> dict[str, dict[str, int]]:
    """Resource -> base id -> highest incarnation (shapes whose keys are reusable bear their resource's name)."""
    found: dict[str, dict[str, int]] = {}
    for resource, of_resource in ids.items():
        for record_id in of_resource:
            base, _, number = record_id.rpartition("~")
            if base and number.isdigit():
                known = found.setdefault(resource, {})
                known[base] = max(known.get(base, 1), int(number))
    return found
