"""Refusals by reason code: the text comes from the one list of reasons."""

from __future__ import annotations

from agent.model.reasons import REASONS
from agent.model.writing import WriteConflict, WriteRefused


def refusal(code: str, rule: str | None = None, conflicting: tuple[str, str] | None = None) -> Exception:
    """The error that ends a command with this reason. ``rule``: the field or rule that it is about; ``conflicting``:
    resource and id of the record that stands in the way.
    """
    reason = REASONS[code]
    kind = WriteConflict if reason.ends == "conflict" else WriteRefused
    resource, record_id = conflicting or (None, None)
    return kind(
        code,
        reason.title,
        reason.asks,
        rule=rule,
        conflicting_resource=resource,
        conflicting_id=record_id,
    )
