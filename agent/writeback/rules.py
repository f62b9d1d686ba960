"""Rules that hold whatever the PMS: checked in the agent, before anything is written.

Each refusal names the field or rule, and the record that stands in the way. What only one PMS cares about (lengths,
steps, required links) is its channel's business.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import phonenumbers

from agent.wire.commands import Command
from agent.wire.payloads import (
    AppointmentCancel,
    AppointmentCheckIn,
    AppointmentConfirm,
    AppointmentCreate,
    AppointmentNote,
    AppointmentReschedule,
    CommunicationCreate,
    DocumentAttach,
    PatientCreate,
    PatientUpdateContact,
    Payload,
    PaymentPost,
    PhoneNumber,
)
from agent.writeback.policy import Hours, Policy, within
from agent.writeback.ports import Practice, Seen
from agent.writeback.refusing import refusal
from agent.writeback.resolving import Resolved

_REGION = "US"
_EMAIL = re.compile(r"[^@\s,;<>()\"]+@[^@\s,;<>()\"]+\.[^@\s,;<>()\"]{2,}")
_GONE = frozenset({"deleted", "deceased"})
_BOOKABLE = frozenset({"active", "prospective", "unknown"})
_TAKEN = frozenset({"booked", "arrived", "in_chair", "completed", "unknown"})
_MAGIC: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "jpg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "doc": (b"\xd0\xcf\x11\xe0",),
    "docx": (b"PK\x03\x04",),
}


class Rules:
    """The rules, with the practice and the office's policy at hand."""

    def __init__(self, practice: Practice, policy: Policy, office_hours: Sequence[Hours], zone: str) -> None:
        """``office_hours`` hold where the policy names no hours; ``zone`` where a place has none of its own."""
        self._practice = practice
        self._policy = policy
        self._hours = policy.booking.hours if policy.booking.hours is not None else tuple(office_hours)
        self._zone = zone

    def check(self, command: Command, payload: Payload, resolved: Resolved) -> None:
        """All rules for a command.

        Raises:
            WriteRefused | WriteConflict: one is broken.
            Retry: the database cannot be read now.
        """
        target = resolved.target
        if command.expected_version is not None and target is not None and target.version != command.expected_version:
            raise refusal("version_changed", "expected_version", (command.target.resource, target.id))
        self._active(resolved)
        if target is not None and command.target.resource == "patient":
            self._patient(target, booking=isinstance(payload, AppointmentCreate))
        if command.kind.startswith("appointment."):
            self._visit(payload, resolved)
        else:
            self._other(payload, resolved)

    def _visit(self, payload: Payload, resolved: Resolved) -> None:
        target = resolved.target
        match payload:
            case AppointmentCreate():
                self._booking(payload, resolved, payload.operatory_id, payload.duration_minutes, None)
            case AppointmentReschedule():
                self._status(target, "booked", "waitlist")
                assert target is not None
                place = payload.operatory_id or target.data.get("operatory_id")
                minutes = payload.duration_minutes or target.data.get("duration_minutes") or 0
                self._booking(payload, resolved, place, minutes, target)
            case AppointmentCancel() | AppointmentConfirm() | AppointmentCheckIn():
                self._status(target, "booked")
                if isinstance(payload, AppointmentConfirm) and payload.code_id is not None:
                    self._code(resolved, payload.code_id, "confirmation_status", "code_id")
            case AppointmentNote():
                self._status(target, "booked", "arrived", "in_chair", "completed", "waitlist", "unknown")
            case _:
                pass

    def _other(self, payload: Payload, resolved: Resolved) -> None:
        match payload:
            case PatientCreate():
                self._reachable(payload.phones, payload.email)
                if payload.birth_date > self._practice.now().date().isoformat():
                    raise refusal("malformed", "birth_date")
            case PatientUpdateContact():
                if not payload.given or (payload.given == {"phones"} and not payload.phones):
                    raise refusal("nothing_to_do")
                self._reachable(payload.phones, payload.email)
            case CommunicationCreate():
                if payload.type_id is not None:
                    self._code(resolved, payload.type_id, "communication_type", "type_id")
            case DocumentAttach():
                self._code(resolved, payload.category_id, "document_category", "category_id")
                self._document(payload)
            case PaymentPost():
                self._code(resolved, payload.type_id, "payment_type", "type_id")
                self._payment(payload)
            case _:
                pass

    # What is named ---------------------------------------------------------------------------------------------------

    @staticmethod
    def _active(resolved: Resolved) -> None:
        for (resource, record_id), record in resolved.named.items():
            staff = resource == "provider" and record.data.get("role") == "staff"
            gone = resource == "patient" and record.data.get("status") in _GONE
            if record.data.get("active") is False or staff or gone:
                raise refusal("inactive", resolved.rules[(resource, record_id)], (resource, record_id))

    @staticmethod
    def _patient(patient: Seen, *, booking: bool) -> None:
        status = patient.data.get("status")
        if status in _GONE or patient.data.get("merged_into") or (booking and status not in _BOOKABLE):
            raise refusal("inactive", "target", ("patient", patient.id))

    @staticmethod
    def _status(target: Seen | None, *allowed: str) -> None:
        assert target is not None
        if target.data.get("status") not in allowed:
            raise refusal("not_booked", "target", ("appointment", target.id))

    @staticmethod
    def _code(resolved: Resolved, record_id: str, wanted: str, rule: str) -> None:
        if resolved.record("code", record_id).data.get("set") != wanted:
            raise refusal("reference_unknown", rule)

    # Visits ----------------------------------------------------------------------------------------------------------

    def _booking(
        self,
        payload: AppointmentCreate | AppointmentReschedule,
        resolved: Resolved,
        operatory: str | None,
        minutes: int,
        moved: Seen | None,
    ) -> None:
        """A visit that is to lie at a time and place; ``moved``: the appointment that it is, if there is one."""
        booking = self._policy.booking
        if operatory is not None and booking.operatories and operatory not in booking.operatories:
            raise refusal("not_allowed", "booking.operatories")
        kind = payload.appointment_type_id if isinstance(payload, AppointmentCreate) else None
        if (
            isinstance(payload, AppointmentCreate)
            and booking.appointment_types
            and kind not in booking.appointment_types
        ):
            raise refusal("not_allowed", "booking.appointment_types")
        start = self._moment(payload.start, self.zone(resolved, moved))
        end = start + timedelta(minutes=minutes)
        if (start.date() - self._practice.now().date()).days > booking.days_ahead:
            raise refusal("not_allowed", "booking.days_ahead")
        if not within(self._hours, start, end):
            raise refusal("outside_hours", "start")
        if operatory is not None and not booking.allow_double_booking:
            self._free(operatory, start, end, moved)

    def zone(self, resolved: Resolved, appointment: Seen | None) -> str:
        """The zone of the place where a visit is."""
        if appointment is not None and appointment.data.get("time_zone"):
            return str(appointment.data["time_zone"])
        for (resource, _), record in resolved.named.items():
            place = record.data.get("location_id") if resource == "operatory" else None
            if place:
                seen = self._practice.look("location", [place]).get(place)
                if seen is not None and seen.data.get("time_zone"):
                    return str(seen.data["time_zone"])
        return self._zone

    def _moment(self, text: str, zone: str) -> datetime:
        """A local time that exists, once, and is not past."""
        try:
            start = datetime.fromisoformat(text)
        except ValueError:
            raise refusal("malformed", "start") from None
        early, late = (start.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
        if early.utcoffset() != late.utcoffset():
            skipped = (early.utcoffset() or timedelta()) < (late.utcoffset() or timedelta())
            raise refusal("time_does_not_exist" if skipped else "time_ambiguous", "start")
        there = self._practice.now().replace(tzinfo=ZoneInfo(self._zone)).astimezone(ZoneInfo(zone))
        if start <= there.replace(tzinfo=None):
            raise refusal("in_the_past", "start")
        return start

    def _free(self, operatory: str, start: datetime, end: datetime, moved: Seen | None) -> None:
        first = (start - timedelta(days=1)).date().isoformat()
        for other in self._practice.day("appointment", first, end.date().isoformat()):
            data = other.data
            if data.get("operatory_id") != operatory or data.get("status") not in _TAKEN:
                continue
            if (moved is not None and other.id == moved.id) or not data.get("start"):
                continue
            begins = datetime.fromisoformat(data["start"])
            ends = datetime.fromisoformat(data["end"]) if data.get("end") else begins + timedelta(minutes=1)
            if begins < end and start < ends:
                raise refusal("double_booked", "start", ("appointment", other.id))

    # People, documents, money ----------------------------------------------------------------------------------------

    @staticmethod
    def _reachable(phones: Sequence[PhoneNumber], email: str | None) -> None:
        if len({phone.type for phone in phones}) != len(phones):
            raise refusal("malformed", "phones")
        for phone in phones:
            if phone.number is None:
                continue
            try:
                parsed = phonenumbers.parse(phone.number, _REGION)
            except phonenumbers.NumberParseException:
                raise refusal("phone_invalid", f"phones.{phone.type}") from None
            if not phonenumbers.is_possible_number(parsed):
                raise refusal("phone_invalid", f"phones.{phone.type}")
        if email is not None and not _EMAIL.fullmatch(email):
            raise refusal("email_invalid", "email")

    def _document(self, payload: DocumentAttach) -> None:
        if len(payload.content) * 3 / 4 > self._policy.documents.max_mb * 1_000_000:
            raise refusal("document_too_large", "content")
        try:
            content = base64.b64decode(payload.content, validate=True)
        except ValueError:
            raise refusal("malformed", "content") from None
        marks = _MAGIC.get(payload.extension)
        if not content or (marks is not None and not content.startswith(marks)):
            raise refusal("document_type_refused", "content")

    def _payment(self, payload: PaymentPost) -> None:
        amount = Decimal(payload.amount)
        if amount <= 0:
            raise refusal("amount_invalid", "amount")
        if amount > Decimal(self._policy.payments.most):
            raise refusal("not_allowed", "payments.most")
        if payload.splits and sum(Decimal(split.amount) for split in payload.splits) != amount:
            raise refusal("splits_do_not_sum", "splits")
        if any(Decimal(split.amount) <= 0 for split in payload.splits):
            raise refusal("amount_invalid", "splits.amount")
        if payload.day is not None and payload.day > self._practice.now().date().isoformat():
            raise refusal("malformed", "day")
