"""One command of every kind, as an integrator would queue it: each time another content, on a slot of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent.wire.payloads import WRITE_KINDS
from sandbox.practice.clerk import Clerk

NOT_OFFERED = {"eaglesoft": frozenset({"document.attach"}), "opendental": frozenset[str]()}
KINDS = [(pms, kind) for pms, without in NOT_OFFERED.items() for kind in WRITE_KINDS if kind not in without]
"""PMS and kind of all that can be written."""

_FAR = timedelta(days=150)
"""Nobody has booked anything so far ahead."""
_DAYS = 200
"""An office takes bookings for a year."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be queued."""

    kind: str
    target: dict[str, Any]
    payload: dict[str, Any]

    def request(self, expires_in: int = 86_400) -> dict[str, Any]:
        """The body of the call."""
        return {"kind": self.kind, "target": self.target, "payload": self.payload, "expires_in": expires_in}


class Orders:
    """Commands for a practice."""

    def __init__(self, desk: Clerk, codes: Mapping[str, Mapping[str, Any]]) -> None:
        """``codes``: the records of the resource ``code``, by id."""
        self._desk = desk
        self._codes = codes
        self._count = 0
        self._begin = (desk.now + _FAR).replace(hour=6, minute=0, second=0, microsecond=0)

    def of(self, kind: str) -> Order:
        """The next command of a kind."""
        self._count += 1
        number, desk = self._count, self._desk
        slot = self._begin + timedelta(days=number % _DAYS, hours=number // _DAYS * 2)
        if kind == "patient.create":
            name = "".join(chr(ord("a") + int(digit)) for digit in str(number))
            born = {"first_name": "Zora", "last_name": f"Quill{name}", "birth_date": "1990-02-03"}
            return Order(kind, {"resource": "patient", "id": None}, born)
        if kind.startswith("appointment.") and kind != "appointment.create":
            visit = desk.book(start=slot, chair=self._chair)  # type: ignore[attr-defined]
            return Order(kind, {"resource": "appointment", "id": str(visit.key)}, self._visit(kind, number, slot))
        person = desk.choose(desk.practice.patients, lambda one: one.status in ("A", 0) and one.deceased != "Y")
        assert person is not None
        # Ids are folded as Eaglesoft compares its keys.
        target = {"resource": "patient", "id": str(person.key).strip().upper()}
        return Order(kind, target, self._of_person(kind, number, slot))

    @property
    def _chair(self) -> int:
        return min(one.key for one in self._desk.practice.chairs.values() if not one.hidden)

    def _provider(self) -> str:
        return str(self._desk.provider()).strip()

    def _code(self, set_name: str) -> str:
        return min(key for key, one in self._codes.items() if one["set"] == set_name and one["active"])

    def _visit(self, kind: str, number: int, slot: datetime) -> dict[str, Any]:
        match kind:
            case "appointment.reschedule":
                return {"start": (slot + timedelta(hours=9)).isoformat(), "duration_minutes": 20}
            case "appointment.note":
                return {"text": f"Note {number}"}
            case "appointment.confirm":
                return {"confirmation": "confirmed"}
            case "appointment.cancel" if number % 2:
                return {"note": f"Cold {number}"}
            case _:
                return {}

    def _of_person(self, kind: str, number: int, slot: datetime) -> dict[str, Any]:
        match kind:
            case "appointment.create":
                booking = {"operatory_id": str(self._chair), "provider_ids": [self._provider()]}
                return booking | {"start": slot.isoformat(), "duration_minutes": 30, "note": f"Window {number}"}
            case "patient.update_contact":
                return {"phones": [{"type": "mobile", "number": f"+1212555{number % 10_000:04d}"}]}
            case "communication.create":
                return {"mode": "phone", "text": f"Call {number}"}
            case "payment.post":
                amount = f"{10 + number}.25"
                paid = {"amount": amount, "type_id": self._code("payment_type"), "note": f"Paid {number}"}
                if self._desk.eaglesoft is not None:
                    paid["splits"] = [{"amount": amount, "provider_id": self._provider()}]
                return paid
            case "document.attach":
                paper = {"category_id": self._code("document_category"), "description": f"Consent {number}"}
                return paper | {"extension": "pdf", "content": "JVBERi0xLjQK"}
            case _:
                return {"text": f"Alert {number}"}
