"""Write-backs as the local API tells them: patient data masked, unless somebody with the right asks otherwise."""

from __future__ import annotations

from typing import Literal

from agent.health.masking import mask
from agent.model.clock import iso_utc
from agent.model.errors import NeedsPerson, Terminal
from agent.model.reasons import REASONS
from agent.store.store import Store
from agent.wire.commands import FINAL
from agent.wire.inbox import Kept
from agent.wire.local import Decision, TrailLine, WriteDetail, WriteLine, WritesAnswer

Verdict = Literal["approve", "reject", "retry"]


def listed(store: Store, limit: int) -> WritesAnswer:
    """The newest, newest first."""
    return WritesAnswer(writes=[_line(kept) for kept in reversed(store.inbox.all(limit))])


def detail(store: Store, command_id: str, *, unmask: bool) -> WriteDetail:
    """Everything about one; raises ``Terminal("command_unknown")``."""
    kept = _known(store, command_id)
    payload = dict(kept.command.payload)
    return WriteDetail(
        **dict(_line(kept)),
        payload=payload if unmask else mask(payload),
        masked=not unmask,
        attempts=kept.attempts,
        trail=[
            TrailLine(at=iso_utc(one.at), event=one.event, who=one.name or one.who, detail=dict(one.detail))
            for one in store.audit.entries(command_id)
        ],
    )


def decide(store: Store, command_id: str, decision: Decision) -> WriteDetail:
    """A person's word on one; raises ``NeedsPerson("nothing_to_decide")``."""
    kept = _known(store, command_id)
    offered = decision.verdict in _offers(kept)
    if not offered or store.inbox.decide(command_id, decision.verdict, decision.name) is None:
        raise NeedsPerson(
            "nothing_to_decide",
            f"The command is {kept.state.replace('_', ' ')}: there is nothing to {decision.verdict}",
            "Look again: it has gone on meanwhile.",
        )
    return detail(store, command_id, unmask=False)


def _known(store: Store, command_id: str) -> Kept:
    kept = store.inbox.get(command_id)
    if kept is None:
        raise Terminal("command_unknown", "There is no such command here", "See `practice-agent writes`.")
    return kept


def _offers(kept: Kept) -> list[Verdict]:
    if kept.state == "needs_person":
        return ["approve", "reject", "retry"]
    if kept.state == "awaiting_approval" and not kept.approved:
        return ["approve", "reject"]
    return [] if kept.state in FINAL or kept.state in ("intended", "applied") else ["reject"]


def _line(kept: Kept) -> WriteLine:
    reason = REASONS.get(kept.reason or "")
    return WriteLine(
        id=kept.command.command_id,
        kind=kept.command.kind,
        state=kept.state,
        reason=kept.reason,
        title=None if reason is None else reason.title,
        asks=None if reason is None else reason.asks,
        received=iso_utc(kept.received),
        since=iso_utc(kept.changed),
        expires=iso_utc(kept.expires),
        may=list(_offers(kept)),
    )
