"""What an answer of the API means. Looks at its status and at the key in it; never passes on its text."""

from __future__ import annotations

from agent.model.writing import Applied, NotNow, OutcomeUnknown, WriteConflict, WriteRefused
from agent.sources.opendental.writing.exchange import Answer
from agent.sources.opendental.writing.refusals import conflict, not_now, refused, unknown
from agent.sources.opendental.writing.requests import Request

LONGEST_WAIT = 3_600.0
"""Seconds that we let the other side make us wait."""


def applied(answer: Answer, request: Request) -> Applied | None:
    """What was made or changed; None = it was made, but the answer does not say under which key.

    Raises:
        WriteRefused, WriteConflict, NotNow, OutcomeUnknown: as :class:`agent.model.writing.Channel` says.
    """
    if answer.status not in (200, 201):
        raise error_of(answer.status, answer.headers.get("retry-after"))
    if request.number:
        return Applied(request.resource, (request.number,))
    number = _key(answer, request.key)
    return Applied(request.resource, (number,)) if number else None


def error_of(status: int, retry_after: str | None = None) -> WriteRefused | WriteConflict | NotNow | OutcomeUnknown:
    """What any other status means."""
    told = str(status)
    match status:
        case 401 | 403:
            return not_now("channel_refused", sqlstate=told)
        case 404:
            return refused("target_unknown", sqlstate=told)
        case 409:
            return conflict("changed_meanwhile", sqlstate=told)
        case 413:
            return refused("document_too_large", sqlstate=told)
        case 429:
            return not_now("channel_unreachable", _seconds(retry_after), sqlstate=told)
        case _ if 300 <= status < 400:
            return not_now("channel_unreachable", sqlstate=told)  # nothing of the PMS's: it never sends one elsewhere
        case _ if 400 <= status < 500:
            return refused("pms_refused", sqlstate=told)
        case _:
            # Also 504: the API gives up waiting after 60 seconds; what it has begun may still be done.
            return unknown(sqlstate=told)


def _seconds(value: str | None) -> float | None:
    return min(float(value), LONGEST_WAIT) if value is not None and value.strip().isdecimal() else None


def _key(answer: Answer, field: str) -> int:
    """From the object, else from the address of what was made."""
    if isinstance(answer.body, dict):
        value = str(answer.body.get(field, ""))
        if value.isdecimal():
            return int(value)
    last = answer.headers.get("location", "").rstrip("/").rpartition("/")[2]
    return int(last) if last.isdecimal() else 0
