"""One write of each kind, and where its effect is to be seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agent.model.writing import Task
from tests.sources.opendental.offices import DAY, Office


@dataclass(frozen=True)
class Work:
    """A kind of write."""

    make: Callable[[Office], Task]
    table: str
    """Where it makes a row or changes one."""
    effect: str
    """Query of one number: how often its effect is there; ``{tag}`` is the command's."""


def _create(office: Office) -> Task:
    keys = {("operatory", "o"): 1, ("provider", "p"): 1, ("provider", "h"): 3}
    return office.task(
        "appointment.create",
        office.patient,
        keys,
        operatory_id="o",
        provider_ids=["p"],
        start=f"{DAY}T11:00:00",
        duration_minutes=40,
        note="Prefers the window",
    )


def _reschedule(office: Office) -> Task:
    return office.task("appointment.reschedule", office.visit, start=f"{DAY}T14:00:00", duration_minutes=20)


def _cancel(office: Office) -> Task:
    return office.task("appointment.cancel", office.visit, note="Has a cold")


def _confirm(office: Office) -> Task:
    return office.task("appointment.confirm", office.visit)


def _check_in(office: Office) -> Task:
    return office.task("appointment.check_in", office.visit)


def _note(office: Office) -> Task:
    return office.task("appointment.note", office.visit, text="Brings the forms\nand a friend")


def _patient(office: Office) -> Task:
    return office.task(
        "patient.create",
        None,
        first_name="Zora",
        last_name="Quill",
        birth_date="1990-05-17",
        sex="female",
        phones=[{"type": "mobile", "number": "212 555 0134"}],
        email="zora@example.org",
        address={"line_1": "1 Elm St", "city": "Ithaca", "state": "NY", "postal_code": "14850"},
    )


def _contact(office: Office) -> Task:
    phones = [{"type": "mobile", "number": "+1 646 555 0199"}, {"type": "work", "number": None}]
    return office.task("patient.update_contact", office.patient, phones=phones, sms_consent=True)


def _communication(office: Office) -> Task:
    return office.task("communication.create", office.patient, mode="in_person", text="Asked for a late time")


def _document(office: Office) -> Task:
    return office.task(
        "document.attach",
        office.patient,
        {("code", "d"): office.code(18)},
        category_id="d",
        description="Consent",
        extension="pdf",
        content="JVBERi0xLjQK",
    )


def _payment(office: Office) -> Task:
    keys = {("code", "t"): office.code(10)}
    return office.task("payment.post", office.patient, keys, amount="120.50", type_id="t", reference="4711")


def _alert(office: Office) -> Task:
    return office.task("alert.create", office.patient, text="Ask for the new card")


WORKS = {
    "appointment.create": Work(_create, "appointment", "SELECT COUNT(*) FROM appointment WHERE Note LIKE '%{tag}%'"),
    "appointment.reschedule": Work(
        _reschedule,
        "appointment",
        f"SELECT COUNT(*) FROM appointment WHERE AptDateTime = '{DAY} 14:00:00' AND Pattern = 'XXXX'",
    ),
    "appointment.cancel": Work(
        _cancel,
        "appointment",
        "SELECT COUNT(*) FROM appointment WHERE AptStatus = 3 AND Op = 0 AND Note LIKE '%cold Ref {tag}'",
    ),
    "appointment.confirm": Work(
        _confirm,
        "appointment",
        f"SELECT COUNT(*) FROM appointment WHERE AptDateTime = '{DAY} 09:00:00' AND Confirmed = (SELECT ValueString"
        " FROM preference WHERE PrefName = 'ApptEConfirmStatusAccepted')",
    ),
    "appointment.check_in": Work(
        _check_in,
        "appointment",
        f"SELECT COUNT(*) FROM appointment WHERE AptDateTime = '{DAY} 09:00:00' AND DateTimeArrived > '2025-01-01'",
    ),
    "appointment.note": Work(
        _note,
        "appointment",
        "SELECT SUM((LENGTH(Note) - LENGTH(REPLACE(Note, '{tag}', ''))) / LENGTH('{tag}')) FROM appointment",
    ),
    "patient.create": Work(_patient, "patient", "SELECT COUNT(*) FROM patient WHERE LName = 'Quill'"),
    "patient.update_contact": Work(
        _contact,
        "patient",
        "SELECT COUNT(*) FROM patient WHERE WirelessPhone = '(646)555-0199' AND WkPhone = '' AND TxtMsgOk = 1",
    ),
    "communication.create": Work(
        _communication, "commlog", "SELECT COUNT(*) FROM commlog WHERE Mode_ = 4 AND Note LIKE '%{tag}'"
    ),
    "document.attach": Work(
        _document, "document", "SELECT COUNT(*) FROM document WHERE Description = 'Consent Ref {tag}'"
    ),
    "payment.post": Work(
        _payment, "payment", "SELECT COUNT(*) FROM payment WHERE PayAmt = 120.5 AND PayNote LIKE '%{tag}'"
    ),
    "alert.create": Work(_alert, "popup", "SELECT COUNT(*) FROM popup WHERE Description LIKE '%card Ref {tag}'"),
}
