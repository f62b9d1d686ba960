"""What is known of commands: their states with times, and the agent's last word. Reads only."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, exists, select

from agent.wire.cloud import Message
from agent.wire.commands import CommandReport, CommandStatus, CommandStep, State, Target
from sandbox.cloud.refusal import refuse
from sandbox.cloud.schema import command_steps, commands, ignored_reports

MAX_COMMANDS_PAGE = 200
"""Commands of a page at most."""

_C = commands.c
_TOLD = (
    _C.command_id,
    _C.queue_seq,
    _C.kind,
    _C.target,
    _C.target_id,
    _C.state,
    _C.ended,
    _C.report,
    _C.issued_at,
    _C.expires_at,
    _C.delivery_count,
    _C.retry_of,
)


class CommandStatusPage(Message):
    """``GET /v1/practices/{id}/commands``: a piece of the practice's commands, in the order of queueing."""

    commands: list[CommandStatus]
    """The commands."""
    next_after: int
    """``after`` of the next call."""
    more: bool
    """True when there is more to fetch at once."""


def see(db: Connection, practice_id: str, command_id: str) -> CommandStatus:
    """Everything that is known of a command; refuses when there is none."""
    row: Any = db.execute(select(*_TOLD).where(_C.practice_id == practice_id, _C.command_id == command_id)).first()
    if row is None:
        refuse(404, "command_unknown", "There is no such command")
    return _statuses(db, practice_id, [row])[0]


def page(db: Connection, practice_id: str, after: int, state: State | None, limit: int) -> CommandStatusPage:
    """The commands queued after a place, those in one state or all."""
    asked = select(*_TOLD).where(_C.practice_id == practice_id, _C.queue_seq > after)
    if state is not None:
        asked = asked.where(_C.state == state)
    rows: list[Any] = list(db.execute(asked.order_by(_C.queue_seq).limit(limit + 1)))
    found = _statuses(db, practice_id, rows[:limit])
    last = found[-1].queue_seq if found else after
    return CommandStatusPage(commands=found, next_after=last, more=len(rows) > limit)


def overdue(db: Connection, practice_id: str, now: str) -> bool:
    """Whether commands have expired that were never handed out, and are not ended yet."""
    mine = (_C.practice_id == practice_id, _C.ended.is_(False), _C.kept.is_(False))
    return bool(db.execute(select(exists().where(*mine, _C.delivery_count == 0, _C.expires_at <= now))).scalar())


def ignored(db: Connection, practice_id: str) -> dict[str, int]:
    """How many reports were ignored, by reason."""
    i = ignored_reports.c
    asked = select(i.reason, i["count"]).where(i.practice_id == practice_id)
    return {one[0]: one[1] for one in db.execute(asked)}


def _statuses(db: Connection, practice_id: str, rows: list[Any]) -> list[CommandStatus]:
    s = command_steps.c
    asked = select(s.command_id, s.state, s.at, s.reason_code).where(s.practice_id == practice_id)
    asked = asked.where(s.command_id.in_([row.command_id for row in rows])).order_by(s.command_id, s.number)
    steps: dict[str, list[CommandStep]] = {}
    for step in db.execute(asked) if rows else ():
        told = CommandStep(state=step.state, at=step.at, reason_code=step.reason_code)
        steps.setdefault(step.command_id, []).append(told)
    return [
        CommandStatus(
            command_id=row.command_id,
            queue_seq=row.queue_seq,
            kind=row.kind,
            target=Target(resource=row.target, id=row.target_id),
            state=row.state,
            final=row.ended,
            outcome=CommandReport.model_validate_json(row.report) if row.report is not None else None,
            steps=steps.get(row.command_id, []),
            issued_at=row.issued_at,
            expires_at=row.expires_at,
            delivery_count=row.delivery_count,
            retry_of=row.retry_of,
        )
        for row in rows
    ]
