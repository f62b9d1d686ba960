"""Practices, enrolment codes, agents: who may feed a practice. One agent at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from joserfc import jwk
from joserfc.errors import JoseError
from sqlalchemy import Connection, Row, delete, insert, select, update

from agent.wire.cloud import Enrolled, Enrolment, Message
from agent.wire.commands import KeySet
from sandbox.cloud.fleet_schema import FLEET
from sandbox.cloud.names import (
    Entropy,
    hashed,
    instant,
    new_agent_id,
    new_code,
    new_practice_id,
    new_secret,
    normal_code,
    practice_of,
)
from sandbox.cloud.refusal import refuse
from sandbox.cloud.schema import agents, invitations, practices, reader_keys, sessions, tokens

PLAIN = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
"""Names that the outside gives: no control characters, not endless."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """A fresh enrolment code."""

    practice_id: str
    code: str
    expires_at: str


class Practice(Message):
    """A practice of this cloud."""

    practice_id: str
    """Id."""
    name: str
    """Name, for people."""
    epoch: int
    """Newest epoch issued; 0 = nothing was ever sent."""
    feed_seq: int
    """Last number given in its feed."""
    agent_id: str | None
    """The agent that feeds it now."""


def lock_practice(db: Connection, practice_id: str) -> Row[Any]:
    """The practice's row, held until the transaction ends; refuses when there is none."""
    row = db.execute(select(practices).where(practices.c.practice_id == practice_id).with_for_update()).first()
    if row is None:
        refuse(404, "practice_unknown", "There is no such practice")
    return row


def add_practice(db: Connection, name: str, now: datetime, entropy: Entropy) -> str:
    """A new practice; its id."""
    practice_id = new_practice_id(entropy)
    db.execute(
        insert(practices).values(
            practice_id=practice_id, name=name, created_at=instant(now), feed_seq=0, epoch=0, hold=0
        )
    )
    return practice_id


def find_practice(db: Connection, name: str) -> str | None:
    """The id of the practice with this id or name."""
    p = practices.c
    return db.execute(select(p.practice_id).where((p.practice_id == name) | (p.name == name))).scalars().first()


def list_practices(db: Connection) -> list[Practice]:
    """All practices, by name."""
    p, a = practices.c, agents.c
    joined = practices.outerjoin(agents, (a.practice_id == p.practice_id) & (a.state == "active"))
    asked = select(p.practice_id, p.name, p.epoch, p.feed_seq, a.agent_id).select_from(joined).order_by(p.name)
    return [Practice.model_validate(row._asdict()) for row in db.execute(asked)]


def invite(db: Connection, practice_id: str, lasts: timedelta, now: datetime, entropy: Entropy) -> Invitation:
    """A one-time code with which one agent may enrol for the practice."""
    lock_practice(db, practice_id)
    code, ends = new_code(practice_id, entropy), instant(now + lasts)
    db.execute(
        insert(invitations).values(
            practice_id=practice_id, code_hash=hashed(code), created_at=instant(now), expires_at=ends
        )
    )
    return Invitation(practice_id, code, ends)


def enrol(
    db: Connection, request: Enrolment, now: datetime, entropy: Entropy, command_keys: KeySet | None = None
) -> Enrolled:
    """Exchange a code and a public key for an agent id. Repeated with the same key, it answers the same."""
    keys = command_keys.model_dump(mode="json") if command_keys is not None else None
    code = normal_code(request.code)
    practice_id = practice_of(code)
    public_key, thumbprint = _public_key(request.public_key)
    if not PLAIN.fullmatch(request.host) or not PLAIN.fullmatch(request.agent_version):
        refuse(422, "bad_request", "Host or version is not valid")
    practice = db.execute(select(practices).where(practices.c.practice_id == practice_id).with_for_update()).first()
    i = invitations.c
    mine = (i.practice_id == practice_id, i.code_hash == hashed(code))
    invitation = db.execute(select(invitations).where(*mine)).first()
    if practice is None or invitation is None:
        refuse(404, "code_unknown", "This enrolment code is not known")
    if invitation.used_at is not None:
        a = agents.c
        same = (a.practice_id == practice_id, a.agent_id == invitation.agent_id, a.state == "active")
        before = db.execute(select(agents).where(*same)).first()
        if before is not None and before.thumbprint == thumbprint and before.host == request.host:
            return Enrolled(
                agent_id=before.agent_id, practice_id=practice_id, practice_name=practice.name, command_keys=keys
            )
        refuse(409, "code_used", "This enrolment code was used before")
    if invitation.expires_at <= instant(now):
        refuse(410, "code_expired", "This enrolment code has expired")
    active = (agents.c.practice_id == practice_id, agents.c.state == "active")
    if db.execute(select(agents.c.agent_id).where(*active)).first() is not None:
        if not request.takeover:
            refuse(409, "already_enrolled", "Another agent is enrolled for this practice")
        db.execute(update(agents).where(*active).values(state="replaced"))
        db.execute(delete(tokens).where(tokens.c.practice_id == practice_id))
    agent_id = new_agent_id(practice_id, entropy)
    db.execute(
        insert(agents).values(
            practice_id=practice_id,
            agent_id=agent_id,
            public_key=public_key,
            thumbprint=thumbprint,
            host=request.host,
            agent_version=request.agent_version,
            state="active",
            enrolled_at=instant(now),
        )
    )
    db.execute(update(invitations).where(*mine).values(used_at=instant(now), agent_id=agent_id))
    return Enrolled(agent_id=agent_id, practice_id=practice_id, practice_name=practice.name, command_keys=keys)


def unenrol(db: Connection, agent_id: str) -> None:
    """The agent feeds the practice no more; what was fed stays. Repeated, it changes nothing."""
    practice_id = practice_of(agent_id)
    lock_practice(db, practice_id)
    for table in (tokens, sessions):
        db.execute(delete(table).where(table.c.practice_id == practice_id, table.c.agent_id == agent_id))
    mine = (agents.c.practice_id == practice_id, agents.c.agent_id == agent_id)
    db.execute(update(agents).where(*mine, agents.c.state == "active").values(state="unenrolled", session=None))


def active_agent(db: Connection, agent_id: str) -> Row[Any]:
    """The agent's row; refuses when it is not the one that feeds the practice."""
    mine = (agents.c.practice_id == practice_of(agent_id), agents.c.agent_id == agent_id)
    row = db.execute(select(agents).where(*mine)).first()
    if row is None or row.state == "unenrolled":
        refuse(401, "agent_unknown", "This agent is not enrolled")
    if row.state != "active":
        refuse(401, "agent_replaced", "Another agent has taken this practice over")
    return row


def add_reader_key(
    db: Connection, practice_id: str, label: str, now: datetime, entropy: Entropy, *, may_write: bool = False
) -> str:
    """A key with which the practice's data can be read, and commands queued if it may write; shown once.

    For ``FLEET`` it opens how all practices fare, and no practice's data.
    """
    if practice_id != FLEET:
        lock_practice(db, practice_id)
    secret = new_secret(practice_id, entropy)
    values = {"practice_id": practice_id, "key_hash": hashed(secret), "label": label, "created_at": instant(now)}
    db.execute(insert(reader_keys).values(**values, may_write=may_write))
    return secret


@dataclass(frozen=True, slots=True)
class ReaderKey:
    """What a key is good for."""

    practice_id: str
    """The practice that it opens; ``FLEET`` = how all of them fare, and no data."""
    may_write: bool
    """It may also queue commands."""


def check_reader(db: Connection, secret: str) -> ReaderKey:
    """What a reader's key is good for."""
    k = reader_keys.c
    asked = select(k.practice_id, k.may_write).where(k.practice_id == practice_of(secret), k.key_hash == hashed(secret))
    row = db.execute(asked).first()
    if row is None:
        refuse(401, "key_unknown", "This key is not known")
    return ReaderKey(row.practice_id, row.may_write)


def _public_key(given: dict[str, Any]) -> tuple[str, str]:
    """A JWK as it is kept, and its thumbprint; only the public half of a P-384 key is taken."""
    wanted = {name: str(given.get(name)) for name in ("kty", "crv", "x", "y")}
    if wanted["kty"] != "EC" or wanted["crv"] != "P-384" or "d" in given:
        refuse(422, "bad_key", "The public key is not the public half of a P-384 key")
    try:
        return orjson.dumps(wanted).decode(), jwk.ECKey.import_key(dict(wanted)).thumbprint()
    except (JoseError, ValueError, TypeError):
        refuse(422, "bad_key", "The public key is not the public half of a P-384 key")
