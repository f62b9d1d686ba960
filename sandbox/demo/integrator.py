"""Who builds on the cloud: reads its records, chooses what to ask the practice for, queues that, waits for its end.

Knows the cloud's contract alone. Everything that is asked for is chosen from what the cloud holds.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent.model.errors import NeedsPerson
from agent.model.reasons import REASONS, Reason
from sandbox.demo.cloud_reader import CloudReader

_LOOK_SECONDS = 0.02
_SUNDAY = 6
_MINUTES = 30
_HELD = frozenset({"needs_person", "awaiting_approval"})

Data = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """How a command ended."""

    status: Data
    """As the cloud gives it."""
    milliseconds: float
    """From the moment it was queued until its end was seen at the cloud."""

    @property
    def state(self) -> str:
        """The state in which it is."""
        return str(self.status["state"])

    @property
    def reason(self) -> Reason | None:
        """Why, where there is a reason."""
        outcome = self.status["outcome"]
        code = None if outcome is None else outcome["reason_code"]
        return None if code is None else REASONS[code]

    @property
    def record(self) -> Data | None:
        """Resource, id and version of what was made or changed."""
        outcome = self.status["outcome"]
        return None if outcome is None else outcome["record"]


class Integrator:
    """Queues commands and follows them."""

    def __init__(self, reader: CloudReader, monotonic: Callable[[], float], pause: Callable[[float], None]) -> None:
        self.reader = reader
        self._monotonic = monotonic
        self._pause = pause

    def ask(self, kind: str, target: tuple[str, str], payload: Data, patience: float, **more: Any) -> Told:
        """Queue a command and wait until it has ended, or somebody in the office must act.

        Raises:
            NeedsPerson: that took longer than ``patience`` seconds.
        """
        begun = self._monotonic()
        status = self.queue(kind, target, payload, **more)
        while not (status["final"] or status["state"] in _HELD):
            if self._monotonic() > begun + patience:
                raise NeedsPerson("demo_stuck", f"The demo waited too long for {kind}", f"It is {status['state']}.")
            self._pause(_LOOK_SECONDS)
            status = self.reader.command(status["command_id"])
        return Told(status, (self._monotonic() - begun) * 1000)

    def queue(
        self, kind: str, target: tuple[str, str], payload: Data, key: str | None = None, version: str | None = None
    ) -> Data:
        """Queue a command; ``key``: its Idempotency-Key, ``version``: the target's, on which the decision is based."""
        resource, record_id = target
        asked = {"kind": kind, "target": {"resource": resource, "id": record_id}, "payload": payload}
        if version is not None:
            asked["expected_version"] = version
        return self.reader.queue(asked, key or uuid.uuid4().hex)


class Choice:
    """What can be asked for, from the records that the cloud holds."""

    def __init__(self, reader: CloudReader, now: datetime) -> None:
        """``now``: the practice's wall clock."""
        self._now = now
        self._reader = reader
        self._visits = dict(reader.records("appointment"))
        people = reader.records("patient")
        self.patients = sorted(
            one for one, data in people if data["status"] == "active" and not data.get("merged_into")
        )
        """Those who may be treated."""
        providers = reader.records("provider")
        self.dentist = min(one for one, data in providers if data["role"] == "dentist" and data["active"])
        """Somebody who can be booked."""
        chairs = reader.records("operatory")
        self.chair = min(one for one, data in chairs if data.get("active") is not False)
        """Where."""

    def code(self, wanted: str) -> str:
        """The first of the office's codes of a set that is in use."""
        found = self._reader.records("code")
        return min(one for one, data in found if data["set"] == wanted and data.get("active") is not False)

    def free_day(self, ahead: int) -> datetime:
        """Ten o'clock of the first day, so many days from now or later, on which nobody is booked in the chair."""
        taken = {data["start"][:10] for data in self._visits.values() if data["start"] and self._here(data)}
        day = (self._now + timedelta(days=ahead)).replace(hour=10, minute=0, second=0)
        while day.date().isoformat() in taken or day.weekday() == _SUNDAY:
            day += timedelta(days=1)
        return day

    def booked(self) -> list[str]:
        """Visits to come that nobody has confirmed, the next ones first."""
        soon = (self._now + timedelta(days=1)).isoformat()
        some = [
            (data["start"], one)
            for one, data in self._visits.items()
            if data["status"] == "booked" and data["confirmation"] == "unconfirmed" and (data["start"] or "") > soon
            if data["end"] and data["provider_ids"] and data["patient_id"] in self.patients
        ]
        return [one for _, one in sorted(some)]

    def visit(self, start: datetime) -> Data:
        """What a booking at this time says."""
        return {
            "operatory_id": self.chair,
            "provider_ids": [self.dentist],
            "start": start.isoformat(),
            "duration_minutes": _MINUTES,
            "note": "Booked online",
        }

    def _here(self, visit: Data) -> bool:
        return bool(visit["operatory_id"] == self.chair)


def document() -> str:
    """A small file, as a command carries it."""
    return base64.b64encode(b"%PDF-1.4\n%%EOF\n").decode()
