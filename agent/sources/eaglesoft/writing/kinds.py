"""What the channel offers, kind by kind: what is off unless the office turns it on, how far it is verified, and what is
assumed. Everything here was tried on stand-ins only, so everything says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from agent.model.writing import Capability

UNVERIFIED = "unverified on a real Eaglesoft"

ASSUMPTIONS = {
    "appointment.cancel": (
        "A called-off or missed visit keeps its row, chair and time, gets classification 16 and the reason in "
        "deletion_note; no counter of cancelled or failed visits is moved"
    ),
    "patient.create": (
        "Any free five-character patient_id will do; a new patient is his own guarantor, active, and stands in "
        "used_patients"
    ),
    "payment.post": (
        "A payment is a header of type A and a detail per split, all negative, not applied to charges; balances and "
        "ageing are left to Eaglesoft, which offers to update the account; the note of type A tells of it"
    ),
    "alert.create": (
        "An alert is a row of alert (alert_type 0, not in the list to choose from) with a row of patient_alerts"
    ),
}
"""Kind -> what is assumed of Eaglesoft beyond what public sources agree on."""

SHARED_ASSUMPTIONS = (
    "appt_log takes action R for every change of a visit, and the command's tag behind the patient's name",
    "arrival_status 1 means arrived",
    "attempted confirmations are stored as 3, a message was left",
    "keys that the engine does not give are the next number, guarded by the key's uniqueness",
)
"""What is assumed for every kind that needs it."""

WRITTEN: Mapping[str, tuple[str, str]] = {
    "appointment.create": (
        "rows of appointment, appointment_provider, appt_log; the slot on the chair must be free of visits and blocks",
        "the tag in appointment.description or in appt_log; else patient, chair, time, providers and author",
    ),
    "appointment.reschedule": (
        "start_time, end_time, location_id; the rows of appointment_provider; a row of appt_log; the slot must be free",
        "the tag in appt_log, and where the visit is",
    ),
    "appointment.cancel": (
        "classification, deletion_note; a row of appt_log",
        "the tag in appt_log, and the classification",
    ),
    "appointment.confirm": (
        "confirmation_status, date_confirmed; a row of appt_log",
        "the tag in appt_log, and the status",
    ),
    "appointment.check_in": (
        "arrival_status, arrival_time; a row of appt_log",
        "the tag in appt_log, and the time",
    ),
    "appointment.note": (
        "appointment_notes, a line more; a row of appt_log",
        "the tag in appt_log, and the line",
    ),
    "patient.create": (
        "rows of patient, used_patients, patient_site_providers; nobody of that name and birth date may be there",
        "the key, which is made from the tag",
    ),
    "patient.update_contact": (
        "columns of patient: numbers in digits, address as a whole",
        "the columns: as asked, as before, or neither, which a person must settle",
    ),
    "communication.create": (
        "a row of operatory_notes, of the type named or of the office's first with the letter G",
        "the tag in operatory_notes.description",
    ),
    "payment.post": (
        "a row of transactions_header and one of transactions_detail for each split; a note that tells of it",
        "the tag in transactions_header.description or in the note",
    ),
    "alert.create": (
        "a row of patient_alerts, and of alert where the list does not have the text",
        "the text",
    ),
}
"""Kind -> what is written in one transaction, and by what it is found again."""


def capabilities() -> tuple[Capability, ...]:
    """Every kind of write, offered or not."""
    offered = tuple(
        Capability(kind, True, "off", "stand-in", f"{UNVERIFIED}. Assumed: {assumed}." if assumed else UNVERIFIED)
        for kind in WRITTEN
        for assumed in (ASSUMPTIONS.get(kind),)
    )
    document = Capability(
        "document.attach",
        False,
        "off",
        "declared",
        "Documents are files that only the vendor's own interface can make",
        "needs_vendor_interface",
    )
    return (*offered, document)
