"""Handing commands to the agent, again and again until it says that it keeps them.

A delivery is counted durably before it is answered, so that a count of 1 means that no earlier life of the agent can
have seen the command. ``docs/contract.md`` tells the rules in words.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, exists, func, insert, select, update

from agent.wire.commands import Delivery
from sandbox.cloud.enrolments import active_agent, lock_practice
from sandbox.cloud.names import instant, practice_of
from sandbox.cloud.refusal import refuse
from sandbox.cloud.schema import command_steps, commands

PAGE_COMMANDS = 100
"""Commands handed out at a time, at most."""

PAGE_BYTES = 24 * 1024 * 1024
"""Signed commands handed out at a time are at most this long together (one may be longer alone)."""

_C = commands.c


def newest_session(db: Connection, agent_id: str, session: str) -> None:
    """Refuses when this is not the session that may send and fetch."""
    if active_agent(db, agent_id).session != session:
        refuse(409, "superseded", "A newer session of this agent has begun")


def waits(db: Connection, practice_id: str) -> bool:
    """Whether there is anything to hand out."""
    mine = (_C.practice_id == practice_id, _C.ended.is_(False), _C.kept.is_(False))
    return bool(db.execute(select(exists().where(*mine))).scalar())


def waiting_practices(db: Connection, practice_ids: list[str]) -> set[str]:
    """Those of the practices that have something to hand out."""
    asked = select(_C.practice_id).distinct().where(_C.practice_id.in_(practice_ids))
    return set(db.execute(asked.where(_C.ended.is_(False), _C.kept.is_(False))).scalars())


def deliver(db: Connection, agent_id: str, session: str, now: datetime) -> list[Delivery]:
    """The commands that the agent does not keep yet, the first ones first, each counted as handed out once more."""
    practice_id = practice_of(agent_id)
    lock_practice(db, practice_id)
    newest_session(db, agent_id, session)
    expire(db, practice_id, now)
    mine = (_C.practice_id == practice_id, _C.ended.is_(False), _C.kept.is_(False))
    asked = select(_C.command_id, func.length(_C.jws)).where(*mine).order_by(_C.queue_seq).limit(PAGE_COMMANDS)
    chosen: list[str] = []
    room = PAGE_BYTES
    for command_id, size in db.execute(asked):
        room -= size
        if chosen and room < 0:
            break
        chosen.append(command_id)
    if not chosen:
        return []
    these = (_C.practice_id == practice_id, _C.command_id.in_(chosen))
    db.execute(update(commands).where(*these).values(delivery_count=_C.delivery_count + 1))
    found = db.execute(select(_C.jws, _C.delivery_count).where(*these).order_by(_C.queue_seq))
    return [Delivery(jws=jws, delivery_count=count) for jws, count in found]


def expire(db: Connection, practice_id: str, now: datetime) -> None:
    """End what has expired without ever having been handed out. Of the rest only the agent knows.

    The practice's row must be held.
    """
    moment = instant(now)
    mine = (_C.practice_id == practice_id, _C.ended.is_(False), _C.kept.is_(False))
    asked = select(_C.command_id, _C.expires_at).where(*mine, _C.delivery_count == 0, _C.expires_at <= moment)
    gone = db.execute(asked).all()
    if not gone:
        return
    these = (_C.practice_id == practice_id, _C.command_id.in_([one.command_id for one in gone]))
    db.execute(update(commands).where(*these).values(state="expired", ended=True))
    step = {"practice_id": practice_id, "number": 2, "state": "expired", "reason_code": "expired", "told_at": moment}
    db.execute(insert(command_steps), [{**step, "command_id": one.command_id, "at": one.expires_at} for one in gone])


def forget_receipts(db: Connection, practice_id: str) -> None:
    """A new epoch: the agent's store may be another one, so all that has not ended is handed out again.

    Its reports may be numbered afresh.
    """
    mine = (_C.practice_id == practice_id, _C.ended.is_(False), _C.delivery_count > 0)
    db.execute(update(commands).where(*mine).values(kept=False, report_number=0))
