"""Sessions, epochs and batches: who may send, from where, and in what order.

``docs/contract.md`` tells the rules in words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from agent.wire.cloud import CHAIN_START, BatchAccepted, BatchHeader, Complete, Position, Session, SessionRequest, chain
from sandbox.cloud.applying import Applier, Told, names_of
from sandbox.cloud.batches import Chunk
from sandbox.cloud.completing import DeleteLimit, complete
from sandbox.cloud.delivering import forget_receipts
from sandbox.cloud.enrolments import PLAIN, active_agent, lock_practice
from sandbox.cloud.names import instant, practice_of
from sandbox.cloud.refusal import refuse
from sandbox.cloud.schema import agents, chunks, epochs, practices, records, sessions

_INCARNATION_DIGITS = 9


def begin(db: Connection, agent_id: str, request: SessionRequest, now: datetime) -> Session:
    """Make this session the one that may send; resume the epoch or issue a new one."""
    practice_id = practice_of(agent_id)
    practice = lock_practice(db, practice_id)
    agent = active_agent(db, agent_id)
    if not PLAIN.fullmatch(request.session):
        refuse(422, "bad_request", "The session's name is not valid")
    if agent.host != request.host:
        refuse(409, "other_host", "This agent's identity is in use on another machine or home folder")
    if agent.session != request.session:
        _newest(db, practice_id, agent_id, request.session, now)
    current = _epoch(db, practice_id, practice.epoch)
    if current is not None and current.agent_id == agent_id:
        if request.resume is not None and _holds(db, practice_id, current, request.resume):
            return Session(epoch=current.epoch, resumed=True, acked_seq=current.acked_seq, chain=current.chain)
        if current.session == request.session and current.acked_seq == 0:
            return _fresh(db, practice_id, current.epoch)  # asked again: the answer was lost
    return _open(db, agent_id, request.session, practice.epoch + 1, now)


@dataclass(frozen=True, slots=True)
class Fit:
    """Where a batch fits onto what is held."""

    held: int
    """So many of its chunks are held already."""
    chains: list[str]
    """Chain value after each of its chunks."""


def locate(db: Connection, agent_id: str, header: BatchHeader, frames: list[bytes]) -> tuple[Row[Any], Fit]:
    """The practice's row, locked, and where the batch fits; refuses as ``superseded``, ``epoch_required``, ``gap``."""
    practice_id = practice_of(agent_id)
    practice = lock_practice(db, practice_id)
    agent = active_agent(db, agent_id)
    if agent.session != header.session:
        refuse(409, "superseded", "A newer session of this agent has begun")
    current = _epoch(db, practice_id, practice.epoch)
    if current is None or current.agent_id != agent_id or current.epoch != header.epoch:
        refuse(409, "epoch_required", "This epoch is not the current one: begin a session")
    if header.chunks[0].first_seq > current.acked_seq + 1:
        refuse(409, "gap", "Changes before this batch are missing", expected_seq=current.acked_seq + 1)
    value, chains = bytes.fromhex(header.previous), []
    for frame in frames:
        value = chain(value, frame)
        chains.append(value.hex())
    ends = [place.first_seq + place.count - 1 for place in header.chunks]
    held = sum(end <= current.acked_seq for end in ends)
    if held == len(frames):
        fits = _chain_at(db, practice_id, header.epoch, ends[-1]) == chains[-1]
    else:
        joint = chains[held - 1] if held else header.previous
        fits = header.chunks[held].first_seq == current.acked_seq + 1 and joint == current.chain
    if not fits:
        refuse(409, "epoch_required", "The batch does not follow what the cloud holds: begin a session")
    return practice, Fit(held, chains)


def take(applier: Applier, fit: Fit, header: BatchHeader, contents: list[Chunk], limit: DeleteLimit) -> BatchAccepted:
    """Apply the chunks that are not held yet (``contents``) and move the position behind them."""
    whose = {"practice_id": applier.practice_id, "epoch": header.epoch}
    rows = []
    for place, value, content in zip(header.chunks[fit.held :], fit.chains[fit.held :], contents, strict=True):
        rows.append(whose | {"last_seq": place.first_seq + place.count - 1, "chain": value})
        applier.prepare(names_of(content.lines))
        for seq, line in enumerate(content.lines, place.first_seq):
            told = Told(content.header, header.epoch, seq)
            if isinstance(line, Complete):
                complete(applier, line, told, limit)
            else:
                applier.apply(line, told)
    applier.flush()
    applier.db.execute(insert(chunks), rows)
    last = header.chunks[-1]
    reached = BatchAccepted(acked_seq=last.first_seq + last.count - 1, chain=fit.chains[-1])
    mine = (epochs.c.practice_id == applier.practice_id, epochs.c.epoch == header.epoch)
    applier.db.execute(update(epochs).where(*mine).values(acked_seq=reached.acked_seq, chain=reached.chain))
    return reached


def position(db: Connection, practice_id: str, epoch: int) -> BatchAccepted:
    """The cloud's position in an epoch."""
    row = _epoch(db, practice_id, epoch)
    if row is None:
        refuse(409, "epoch_required", "This epoch is not known: begin a session")
    return BatchAccepted(acked_seq=row.acked_seq, chain=row.chain)


def _newest(db: Connection, practice_id: str, agent_id: str, session: str, now: datetime) -> None:
    s = sessions.c
    mine = (s.practice_id == practice_id, s.agent_id == agent_id)
    if db.execute(select(s.session).where(*mine, s.session == session)).first() is not None:
        refuse(409, "superseded", "A newer session of this agent has begun")
    values = {"practice_id": practice_id, "agent_id": agent_id, "session": session, "started_at": instant(now)}
    db.execute(insert(sessions).values(values))
    whose = (agents.c.practice_id == practice_id, agents.c.agent_id == agent_id)
    db.execute(update(agents).where(*whose).values(session=session))


def _open(db: Connection, agent_id: str, session: str, epoch: int, now: datetime) -> Session:
    whose = {"practice_id": practice_of(agent_id), "epoch": epoch, "agent_id": agent_id, "session": session}
    db.execute(update(practices).where(practices.c.practice_id == whose["practice_id"]).values(epoch=epoch))
    db.execute(delete(chunks).where(chunks.c.practice_id == whose["practice_id"], chunks.c.epoch < epoch))
    start = {"opened_at": instant(now), "acked_seq": 0, "chain": CHAIN_START.hex()}
    db.execute(insert(epochs).values(whose | start))
    forget_receipts(db, practice_of(agent_id))
    return _fresh(db, practice_of(agent_id), epoch)


def _fresh(db: Connection, practice_id: str, epoch: int) -> Session:
    """A new epoch, with the last incarnation of every id that had more than one."""
    r = records.c
    asked = select(r.resource, r.record_id).where(r.practice_id == practice_id, r.record_id.like("%~%"))
    last: dict[tuple[str, str], int] = {}
    for resource, record_id in db.execute(asked):
        base, _, number = record_id.rpartition("~")
        if number.isdecimal() and len(number) < _INCARNATION_DIGITS:
            last[resource, base] = max(last.get((resource, base), 0), int(number))
    incarnations: dict[str, list[str]] = {}
    for (resource, base), newest in sorted(last.items()):
        incarnations.setdefault(resource, []).append(f"{base}~{newest}")
    begin_at = CHAIN_START.hex()
    return Session(epoch=epoch, resumed=False, acked_seq=0, chain=begin_at, incarnations=incarnations)


def _holds(db: Connection, practice_id: str, current: Row[Any], claim: Position) -> bool:
    """The claim is a place on the way by which the cloud came to its position."""
    if claim.epoch != current.epoch or not 0 <= claim.acked_seq <= current.acked_seq:
        return False
    if claim.acked_seq == current.acked_seq:
        return bool(claim.chain == current.chain)
    return _chain_at(db, practice_id, claim.epoch, claim.acked_seq) == claim.chain


def _chain_at(db: Connection, practice_id: str, epoch: int, seq: int) -> str | None:
    if seq == 0:
        return CHAIN_START.hex()
    c = chunks.c
    asked = select(c.chain).where(c.practice_id == practice_id, c.epoch == epoch, c.last_seq == seq)
    return db.execute(asked).scalar()


def _epoch(db: Connection, practice_id: str, epoch: int) -> Row[Any] | None:
    asked = select(epochs).where(epochs.c.practice_id == practice_id, epochs.c.epoch == epoch)
    return db.execute(asked).first()
