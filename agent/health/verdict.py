"""The one line: does it work, and if not, since when? Judged from the status document and nothing else.

Healthy means that what changes in the practice is acknowledged by the cloud, not that a process is alive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agent.health.write_side import WRITE_SIDE

State = Literal["working", "partly_working", "not_working", "not_running"]

STALE_SECONDS = 900.0
"""A change that has waited this long for the cloud says that nothing gets through."""

_WRITES = frozenset(one.code for one in WRITE_SIDE)
_PARTIAL = _WRITES | {"schema_changed", "table_missing", "column_missing", "permission_denied", "mass_delete"}
"""Errors that keep back one resource and leave the others alone, or write-backs and leave reading alone."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The one line."""

    state: State
    since: str | None
    """Since when it is not so, UTC, ISO 8601; None = it works, or nobody knows."""
    reason: str
    """Why, in words; empty when there is nothing to say."""


def judge(presence: str, document: Mapping[str, Any] | None) -> Verdict:
    """``presence``: running, starting, silent or stopped; ``document``: what the agent said last."""
    at = None if document is None else document.get("at")
    if presence == "stopped":
        return Verdict("not_running", at, "" if document else "No agent has worked here yet")
    if presence == "starting" or document is None:
        return Verdict("not_working", None, "The agent has just been started")
    if presence == "silent":
        return Verdict("not_working", at, "The agent's process is there but has stopped answering")
    errors = [one for one in document["warnings"] if one["severity"] == "error"]
    if errors:
        partly = all(one["code"] in _PARTIAL for one in errors)
        since = min(one["since"] for one in errors)
        return Verdict("partly_working" if partly else "not_working", since, errors[0]["title"])
    waits = document["waiting"]["oldest_seconds"]
    if waits is not None and waits > STALE_SECONDS:
        return Verdict("not_working", document["last_delivery"], "Changes wait and the cloud acknowledges nothing")
    return Verdict("working", None, _going_on(document))


def keeps_back(document: Mapping[str, Any]) -> bool:
    """Whether a running agent keeps back changes of any resource; a write-back that waits for a person does not."""
    errors = {one["code"] for one in document["warnings"] if one["severity"] == "error"}
    return bool(errors - _WRITES) or judge("running", document).state == "not_working"


def _going_on(document: Mapping[str, Any]) -> str:
    resources = document["resources"]
    loaded = sum(1 for one in resources if one["loaded"])
    if document["epoch"] == 0:
        return "It has not begun to send yet"
    if loaded < len(resources):
        return f"First load: {loaded} of {len(resources)} resources are complete"
    return ""
