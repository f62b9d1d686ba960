"""What is asked of the PMS's API for each kind of write. Looks up what the office has set; writes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from agent.model.writing import Task
from agent.sources.opendental.codes import CONFIRMATIONS
from agent.sources.opendental.writing import texts
from agent.sources.opendental.writing.refusals import refused
from agent.sources.opendental.writing.rows import (
    ASAP,
    BROKEN,
    COMPLETE,
    LONGEST_PATTERN,
    MINUTES_PER_LETTER,
    UNSCHEDULED,
    Booked,
    Rows,
)
from agent.wire import payloads

LONGEST_BODY = 16_800_000
"""Characters that the API takes in one request."""

ARRIVAL_SETTABLE = (25, 2, 10)
PAYMENT_TYPE_SETTABLE = (23, 1, 27)
"""Versions of the PMS from which on its API takes these fields."""

ARRIVING = "AppointmentTimeArrivedTrigger"
ATTEMPTED = "ApptEConfirmStatusSent"
CONFIRMED = "ApptEConfirmStatusAccepted"
BREAKING = "BrokenApptProcedure"
PAYING = "ApiPaymentType"
"""Settings of the office."""

CHARTS_MISSED = frozenset({1, 3})
"""Values of the setting for broken visits under which a missed one can be charted."""

SOON = 300
"""Seconds: an arrival within them of now is noted as now."""

_PHONES = {"home": "HmPhone", "work": "WkPhone", "mobile": "WirelessPhone"}
_SEXES = {"male": "Male", "female": "Female", "unknown": "Unknown"}
_MODES = {"phone": "Phone", "email": "Email", "text": "Text", "mail": "Mail", "in_person": "In Person", "other": "None"}
_STATE = re.compile(r"[A-Z]{2}|")
_ZIP = re.compile(r"\d{5}(-?\d{4})?|[A-Z]\d[A-Z] \d[A-Z]\d|")


@dataclass(frozen=True, slots=True)
class Request:
    """One call of the API."""

    method: Literal["POST", "PUT"]
    path: str
    body: Mapping[str, Any]
    resource: str
    """Resource of the record that it makes or changes."""
    key: str = ""
    """Field of the answer that holds the key of what it makes; empty = it changes ``number``."""
    number: int = 0
    """Key of what it changes."""

    @property
    def shown(self) -> dict[str, Any]:
        """For people: as it is sent, but for a file's content."""
        body = dict(self.body)
        if "rawBase64" in body:
            body["rawBase64"] = f"({len(body['rawBase64'])} characters)"
        return {"method": self.method, "path": f"/{self.path}", "body": body}


class Requests:
    """Makes them."""

    def __init__(self, rows: Rows, *, looking: bool = False) -> None:
        """``looking``: only to know what has been asked; then it does not matter how the target is now."""
        self._rows = rows
        self._looking = looking
        self._makers: dict[str, Callable[[Task], tuple[Request, ...]]] = {
            "appointment.create": self._create,
            "appointment.reschedule": self._reschedule,
            "appointment.cancel": self._cancel,
            "appointment.confirm": self._confirm,
            "appointment.check_in": self._check_in,
            "appointment.note": self._note,
            "patient.create": self._patient,
            "patient.update_contact": self._contact,
            "communication.create": self._communication,
            "document.attach": self._document,
            "payment.post": self._payment,
            "alert.create": self._alert,
        }

    def of(self, task: Task) -> tuple[Request, ...]:
        """What is asked, in order.

        Raises:
            WriteRefused: the PMS cannot keep it, or the office has not set up what it takes.
            Retry: the database cannot be read now.
        """
        return self._makers[task.kind](task)

    # --- appointments -------------------------------------------------------------------------------------------------

    def _create(self, task: Task) -> tuple[Request, ...]:
        payload: payloads.AppointmentCreate = task.payload
        operatory = _number(task, "operatory", payload.operatory_id)
        body: dict[str, Any] = {
            "PatNum": target(task),
            "Op": operatory,
            "AptDateTime": _start(payload.start),
            "AptStatus": "Scheduled",
            "Pattern": _pattern(payload.duration_minutes),
            **self._providers(task, payload.provider_ids),
            "Note": texts.note(payload.note or "", "note", task.tag),
        }
        if clinic := self._rows.clinic_of(operatory):
            body["ClinicNum"] = clinic
        if payload.appointment_type_id is not None:
            body["AppointmentTypeNum"] = _number(task, "appointment_type", payload.appointment_type_id)
        return (Request("POST", "appointments", body, "appointment", key="AptNum"),)

    def _reschedule(self, task: Task) -> tuple[Request, ...]:
        payload: payloads.AppointmentReschedule = task.payload
        body: dict[str, Any] = {"AptDateTime": _start(payload.start)}
        if not self._looking:
            body.update(self._back_on_the_book(task, payload))
        if payload.operatory_id is not None:
            body["Op"] = operatory = _number(task, "operatory", payload.operatory_id)
            if clinic := self._rows.clinic_of(operatory):
                body["ClinicNum"] = clinic
        if payload.duration_minutes is not None:
            body["Pattern"] = _pattern(payload.duration_minutes)
        if payload.provider_ids is not None:
            body.update(self._providers(task, payload.provider_ids))
        return (self._change(task, "", body),)

    def _back_on_the_book(self, task: Task, payload: payloads.AppointmentReschedule) -> dict[str, Any]:
        """What a visit needs besides a time when it has none now."""
        visit = self._booked(task).visit
        if visit.status == COMPLETE:
            raise refused("not_booked")
        if visit.status not in (UNSCHEDULED, BROKEN):
            return {}
        if payload.operatory_id is None and not visit.operatory:
            raise refused("value_not_storable", rule="operatory_id")
        return {"AptStatus": "Scheduled", "Op": visit.operatory}

    def _cancel(self, task: Task) -> tuple[Request, ...]:
        payload: payloads.AppointmentCancel = task.payload
        self._on_the_book(task)
        body = {"sendToUnscheduledList": "true"}
        if payload.reason == "missed":
            if not self._looking and self._rows.preferred_number(BREAKING) not in CHARTS_MISSED:
                raise refused("value_not_storable", rule="reason")
            body = {"sendToUnscheduledList": "false", "breakType": "Missed"}  # stays where it was, as missed
        breaking = self._change(task, "/Break", body)
        if payload.note is None:
            return (breaking,)
        return (self._change(task, "/Note", {"Note": texts.note(payload.note, "note", task.tag)}), breaking)

    def _confirm(self, task: Task) -> tuple[Request, ...]:
        payload: payloads.AppointmentConfirm = task.payload
        if payload.code_id is not None:
            status = _number(task, "code", payload.code_id)
        elif payload.confirmation == "unconfirmed":
            status = self._rows.first_definition(CONFIRMATIONS)
        else:
            status = self._rows.preferred_number(CONFIRMED if payload.confirmation == "confirmed" else ATTEMPTED)
        if not status:
            raise refused("channel_not_configured", rule="confirmation")
        return (self._change(task, "/Confirm", {"defNum": status}),)

    def _check_in(self, task: Task) -> tuple[Request, ...]:
        payload: payloads.AppointmentCheckIn = task.payload
        self._on_the_book(task)
        trigger = self._rows.preferred_number(ARRIVING)
        now = (task.intended_at or task.now).replace(tzinfo=None)
        arrived = now if payload.arrived_at is None else datetime.fromisoformat(payload.arrived_at)
        if self._looking or (trigger and abs((now - arrived).total_seconds()) <= SOON):
            return (self._change(task, "/Confirm", {"defNum": trigger}),)
        if self._rows.version() < ARRIVAL_SETTABLE:
            raise refused("value_not_storable" if trigger else "channel_not_configured", rule="arrived_at")
        start = self._booked(task).visit.start
        if start is None or start[:10] != arrived.date().isoformat():
            raise refused("value_not_storable", rule="arrived_at")  # the API takes a time of the visit's own day
        return (self._change(task, "", {"DateTimeArrived": arrived.strftime("%H:%M:%S")}),)

    def _note(self, task: Task) -> tuple[Request, ...]:
        payload: payloads.AppointmentNote = task.payload
        added = texts.note(payload.text, "text", task.tag)
        before = "" if self._looking else self._booked(task).visit.note
        if len(before.encode()) + len(added.encode()) + 2 > texts.LONG:
            raise refused("text_too_long", rule="text")
        return (self._change(task, "/Note", {"Note": added}),)

    def _change(self, task: Task, verb: str, body: Mapping[str, Any]) -> Request:
        number = target(task)
        return Request("PUT", f"appointments/{number}{verb}", body, "appointment", number=number)

    def _booked(self, task: Task) -> Booked:
        found = self._rows.visit(target(task))
        if found is None:
            raise refused("target_unknown")
        return found

    def _on_the_book(self, task: Task) -> None:
        """Cancelling and arriving are for booked visits; whether one is cancelled already is looked at later."""
        if not self._looking and self._booked(task).visit.status in (COMPLETE, ASAP):
            raise refused("not_booked")

    def _providers(self, task: Task, ids: list[str]) -> dict[str, Any]:
        """A visit has a dentist and, maybe, a hygienist, whose visit it then may be."""
        numbers = [_number(task, "provider", record_id) for record_id in ids]
        if len(numbers) > 2:
            raise refused("value_not_storable", rule="provider_ids")
        first, second = numbers[0], numbers[1] if len(numbers) == 2 else 0
        hygiene = bool(second) and self._rows.is_secondary(first) and not self._rows.is_secondary(second)
        dentist, hygienist = (second, first) if hygiene else (first, second)
        return {"ProvNum": dentist, "ProvHyg": hygienist, "IsHygiene": "true" if hygiene else "false"}

    # --- patients -----------------------------------------------------------------------------------------------------

    def _patient(self, task: Task) -> tuple[Request, ...]:
        payload: payloads.PatientCreate = task.payload
        if payload.sex not in _SEXES:
            raise refused("value_not_storable", rule="sex")
        body: dict[str, Any] = {
            "LName": texts.line(payload.last_name, texts.SHORT, "last_name"),
            "FName": texts.line(payload.first_name, texts.SHORT, "first_name"),
            "Birthdate": payload.birth_date,
            "Gender": _SEXES[payload.sex],
        }
        for field, value in (("MiddleI", payload.middle_name), ("Preferred", payload.preferred_name)):
            if value is not None:
                body[field] = texts.line(value, texts.SHORT, "middle_name" if field == "MiddleI" else "preferred_name")
        body.update(_phones(payload.phones))
        if payload.email is not None:
            body["Email"] = texts.line(payload.email, texts.SHORT, "email")
        if payload.address is not None:
            body.update({field: value for field, value in _address(payload.address).items() if value})
        if payload.provider_id is not None:
            body["PriProv"] = _number(task, "provider", payload.provider_id)
        if payload.location_id is not None:
            body["ClinicNum"] = 0 if payload.location_id == "0" else _number(task, "location", payload.location_id)
        return (Request("POST", "patients", body, "patient", key="PatNum"),)

    def _contact(self, task: Task) -> tuple[Request, ...]:
        payload: payloads.PatientUpdateContact = task.payload
        body: dict[str, Any] = dict(_phones(payload.phones))
        if "email" in payload.given:
            body["Email"] = texts.line(payload.email, texts.SHORT, "email")
        if "address" in payload.given:
            body.update(_address(payload.address or payloads.PostalAddress()))
        if "sms_consent" in payload.given:
            body["TxtMsgOk"] = {True: "Yes", False: "No", None: "Unknown"}[payload.sms_consent]
        if not body:
            raise refused("nothing_to_do")
        number = target(task)
        return (Request("PUT", f"patients/{number}", body, "patient", number=number),)

    # --- what is filed with a patient ---------------------------------------------------------------------------------

    def _communication(self, task: Task) -> tuple[Request, ...]:
        payload: payloads.CommunicationCreate = task.payload
        body: dict[str, Any] = {
            "PatNum": target(task),
            "Note": texts.note(payload.text, "text", task.tag),
            "Mode_": _MODES[payload.mode],
            "SentOrReceived": payload.direction.capitalize(),
        }
        if payload.type_id is not None:
            body["CommType"] = _number(task, "code", payload.type_id)
        if payload.at is not None:
            body["CommDateTime"] = payload.at.replace("T", " ")
        return (Request("POST", "commlogs", body, "communication", key="CommlogNum"),)

    def _document(self, task: Task) -> tuple[Request, ...]:
        payload: payloads.DocumentAttach = task.payload
        title = texts.line(payload.description, texts.TITLE - len(texts.mark(task.tag)) - 1, "description")
        if len(payload.content) > LONGEST_BODY - 2_000:
            raise refused("document_too_large", rule="content")
        body: dict[str, Any] = {
            "PatNum": target(task),
            "rawBase64": payload.content,
            "extension": f".{payload.extension}",
            "DocCategory": _number(task, "code", payload.category_id),
            "Description": f"{title} {texts.mark(task.tag)}",
        }
        if payload.day is not None:
            body["DateCreated"] = f"{payload.day} 00:00:00"
        return (Request("POST", "documents/Upload", body, "document", key="DocNum"),)

    def _payment(self, task: Task) -> tuple[Request, ...]:
        payload: payloads.PaymentPost = task.payload
        if payload.splits:
            raise refused("value_not_storable", rule="splits")
        kind = _number(task, "code", payload.type_id)
        if self._rows.version() < PAYMENT_TYPE_SETTABLE and kind != self._rows.preferred_number(PAYING):
            raise refused("value_not_storable", rule="type_id")
        body: dict[str, Any] = {
            "PatNum": target(task),
            "PayAmt": payload.amount,
            "PayType": kind,
            "PayNote": texts.note(payload.note or "", "note", task.tag),
        }
        if payload.day is not None:
            body["PayDate"] = payload.day
        if payload.reference is not None:
            body["CheckNum"] = texts.line(payload.reference, 25, "reference")
        return (Request("POST", "payments", body, "ledger_entry", key="PayNum"),)

    def _alert(self, task: Task) -> tuple[Request, ...]:
        payload: payloads.AlertCreate = task.payload
        body = {
            "PatNum": target(task),
            "Description": texts.note(payload.text, "text", task.tag),
            "PopupLevel": "Patient",
        }
        return (Request("POST", "popups", body, "alert", key="PopupNum"),)


def target(task: Task) -> int:
    """Number of the record that the task is about."""
    assert task.target is not None
    return int(task.target[0])


def _number(task: Task, resource: str, record_id: str) -> int:
    return int(task.key(resource, record_id)[0])


def _start(local: str) -> str:
    if local[17:] != "00" or int(local[14:16]) % MINUTES_PER_LETTER:
        raise refused("time_not_on_grid", rule="start")
    return local.replace("T", " ")


def _pattern(minutes: int) -> str:
    """Provider's time throughout."""
    letters, rest = divmod(minutes, MINUTES_PER_LETTER)
    if rest or not 1 <= letters <= LONGEST_PATTERN:
        raise refused("time_not_on_grid", rule="duration_minutes")
    return "X" * letters


def _phones(phones: list[payloads.PhoneNumber]) -> dict[str, str]:
    return {_PHONES[phone.type]: texts.phone(phone.number, "phones") for phone in phones}


def _address(address: payloads.PostalAddress) -> dict[str, str]:
    body = {
        "Address": texts.line(address.line_1, texts.SHORT, "address.line_1"),
        "Address2": texts.line(address.line_2, texts.SHORT, "address.line_2"),
        "City": texts.line(address.city, texts.SHORT, "address.city"),
        "State": texts.line(address.state, texts.SHORT, "address.state"),
        "Zip": texts.line(address.postal_code, texts.SHORT, "address.postal_code"),
    }
    if not _STATE.fullmatch(body["State"]):
        raise refused("value_not_storable", rule="address.state")
    if not _ZIP.fullmatch(body["Zip"]):
        raise refused("value_not_storable", rule="address.postal_code")
    return body
