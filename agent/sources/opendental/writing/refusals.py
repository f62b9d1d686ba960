"""The channel's errors, worded as :mod:`agent.model.reasons` says; never in the PMS's words, which may quote data."""

from __future__ import annotations

from typing import TypeVar

from agent.model.errors import AgentError
from agent.model.reasons import REASONS
from agent.model.writing import NotNow, OutcomeUnknown, WriteConflict, WriteRefused

E = TypeVar("E", bound=AgentError)


def refused(code: str, **fields: str | int | None) -> WriteRefused:
    """Nothing was written and never will be."""
    return _worded(WriteRefused, code, fields)


def conflict(code: str, **fields: str | int | None) -> WriteConflict:
    """Nothing was written: the practice is not as expected."""
    return _worded(WriteConflict, code, fields)


def not_now(code: str, retry_after: float | None = None, **fields: str | int | None) -> NotNow:
    """Nothing was written; it may be later (``retry_after``: seconds that the other side asked for)."""
    return _worded(NotNow, code, fields, retry_after)


def unknown(**fields: str | int | None) -> OutcomeUnknown:
    """It may have been written."""
    return _worded(OutcomeUnknown, "outcome_unknown", fields)


def _worded(kind: type[E], code: str, fields: dict[str, str | int | None], retry_after: float | None = None) -> E:
    reason = REASONS[code]
    return kind(code, reason.title, reason.asks, retry_after=retry_after, **fields)
