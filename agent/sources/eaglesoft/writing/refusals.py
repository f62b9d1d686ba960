"""The errors with which the channel says why nothing was written, or that nobody knows. Holds no patient data."""

from __future__ import annotations

from typing import Any

from agent.model.reasons import REASONS
from agent.model.writing import NotNow, OutcomeUnknown, WriteConflict, WriteRefused
from agent.wire.bridge import Fault
from agent.wire.writer import NotWritten

_READ_ONLY = frozenset({"read_only", "permission_denied"})
_REFUSED_LOGIN = frozenset({"login_refused", "authentication_refused"})
_LATER = frozenset(
    "database_unreachable database_lost database_busy statement_timeout locked not_open bridge_died bridge_hung "
    "bridge_resting connections_exhausted key_taken bridge_missing bridge_version driver_missing driver_wrong_bitness "
    "dsn_unknown database_unknown bridge_fault column_missing table_missing".split()
)
"""What may pass, or be put right by somebody while the command waits."""

_CONFLICTS = {"free": "double_booked", "new_person": "patient_exists"}
"""Name of the step -> what it means that it found what should not be there."""


def refused(code: str, **fields: Any) -> WriteRefused:
    """Nothing was written and never will be."""
    reason = REASONS[code]
    return WriteRefused(code, reason.title, reason.asks, **fields)


def conflict(code: str, **fields: Any) -> WriteConflict:
    """Nothing was written: the practice is not as expected."""
    reason = REASONS[code]
    return WriteConflict(code, reason.title, reason.asks, **fields)


def not_now(code: str, retry_after: float | None = None, **fields: Any) -> NotNow:
    """Nothing was written; later it may be."""
    reason = REASONS[code]
    return NotNow(code, reason.title, reason.asks, retry_after=retry_after, **fields)


def unknown(fault: Fault) -> OutcomeUnknown:
    """Nobody knows."""
    reason = REASONS["outcome_unknown"]
    return OutcomeUnknown("outcome_unknown", reason.title, reason.asks, **_facts(fault))


def not_written(outcome: NotWritten) -> WriteRefused | WriteConflict | NotNow:
    """Why a transaction was rolled back."""
    if outcome.fault is None:
        if outcome.step == "may_write":
            return refused("channel_read_only")
        return conflict(_CONFLICTS.get(outcome.step or "", "changed_meanwhile"), rule=outcome.step)
    code, facts = outcome.fault.code, _facts(outcome.fault)
    if code in _READ_ONLY:
        return refused("channel_read_only", **facts)
    if code in _REFUSED_LOGIN:
        return not_now("channel_refused", outcome.retry_after, **facts)
    if code in _LATER:
        return not_now("channel_unreachable", outcome.retry_after, fault=code, **facts)
    if code == "value_too_long":
        return refused("text_too_long", rule=outcome.step, **facts)
    return refused("pms_refused", rule=outcome.step, fault=code, **facts)


def is_read_only(outcome: NotWritten) -> bool:
    """Whether a look at the connection says that it may only read."""
    return outcome.fault.code in _READ_ONLY if outcome.fault is not None else outcome.step == "may_write"


def is_login(outcome: NotWritten) -> bool:
    """Whether it says that the login is not accepted."""
    return outcome.fault is not None and outcome.fault.code in _REFUSED_LOGIN


def _facts(fault: Fault) -> dict[str, Any]:
    return {"sqlstate": fault.sqlstate, "native": fault.native}
