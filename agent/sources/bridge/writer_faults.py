"""What a driver says of a statement that writes, as a code: keys taken, values refused, connections that only read.

Runs in the child; the driver's text is read here and goes no further. What is not special to writing is left to
``faults.py``.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.sources.bridge.faults import classify, sqlstate_of
from agent.wire.bridge import Fault

_SQLSTATES: Mapping[str, str] = {
    "23505": "key_taken",
    "22001": "value_too_long",
    "25006": "read_only",
}

_PHRASES: tuple[tuple[str, str], ...] = (
    ("(-193)", "key_taken"),  # SQL Anywhere: primary key not unique
    ("(-196)", "key_taken"),  # index not unique
    ("(-98)", "read_only"),  # authentication violation
    ("(-757)", "read_only"),  # modifications of a read-only database
    ("(-638)", "value_too_long"),  # right truncation of string data
    ("unique constraint", "key_taken"),
    ("duplicate entry", "key_taken"),
    ("readonly database", "read_only"),
    ("read-only transaction", "read_only"),
    ("authentication violation", "read_only"),
)
"""What drivers' texts contain, in lower case; the first that fits."""


def classify_write(error: Exception) -> Fault:
    """The fault of an exception of a statement of a transaction."""
    fault = classify(error)
    code = _SQLSTATES.get(fault.sqlstate or "") or _phrase(str(error.args[-1]).lower() if error.args else "")
    if code is None and fault.code in ("database_error", "statement_refused") and (fault.sqlstate or "")[:2] == "23":
        code = "constraint"
    return fault if code is None else Fault(code, fault.sqlstate, fault.native)


def commit_refused(error: Exception) -> bool:
    """Whether an error of the commit itself says that all was rolled back (a deadlock, a serialization failure)."""
    state = sqlstate_of(error) or ""
    return state.startswith("40") and state != "40003"


def _phrase(text: str) -> str | None:
    return next((code for phrase, code in _PHRASES if phrase in text), None)
