"""Write-backs of a scripted office, in several states. Invented people."""

from __future__ import annotations

from typing import Any

from agent.model.clock import iso_utc
from agent.model.reasons import REASONS
from agent.wire.local import TrailLine, WriteDetail, WriteLine

NOW = 1_772_550_000.0


def _line(id_: str, kind: str, state: str, minutes: float, reason: str | None = None, may: Any = ()) -> WriteLine:
    told = REASONS[reason] if reason else None
    return WriteLine(
        id=id_,
        kind=kind,
        state=state,
        reason=reason,
        title=told.title if told else None,
        asks=told.asks if told else None,
        received=iso_utc(NOW - 60 * minutes),
        since=iso_utc(NOW - 60 * minutes + 20),
        expires=iso_utc(NOW + 86_400),
        may=list(may),
    )


WRITES = [
    _line("w9", "payment.post", "awaiting_approval", 12, None, ("approve", "reject")),
    _line("w8", "appointment.create", "needs_person", 26, "outcome_unknown", ("approve", "retry", "reject")),
    _line("w7", "appointment.confirm", "verified", 41),
    _line("w6", "patient.update_contact", "verified", 55),
    _line("w5", "appointment.reschedule", "conflict", 63, "version_changed"),
    _line("w4", "appointment.create", "conflict", 70, "double_booked"),
    _line("w3", "communication.create", "verified", 95),
    _line("w2", "appointment.check_in", "verified", 130),
]

CLEAR = {"patient_id": "p-10442", "amount": "120.00", "method": "card", "note": "Ada Quillfeather, copay"}
MASKED = {"patient_id": "p-•••", "amount": "•••", "method": "card", "note": "•••"}


def detail_of(command_id: str, *, masked: bool) -> WriteDetail:
    """One of them."""
    line = next(one for one in WRITES if one.id == command_id)
    received = line.received
    trail = [
        TrailLine(at=received, event="received", who="agent"),
        TrailLine(at=line.since, event=line.state, who="agent"),
    ]
    return WriteDetail(**line.model_dump(), payload=MASKED if masked else CLEAR, masked=masked, attempts=1, trail=trail)
