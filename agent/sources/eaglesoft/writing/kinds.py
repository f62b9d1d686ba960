"""What the channel offers, kind by kind: what is off unless the office turns it on, how far it is verified, and what is
assumed. Everything here was tried on stand-ins only, so everything says so.
"""

from __future__ import annotations

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

_OFFERED = (
    "appointment.create",
    "appointment.reschedule",
    "appointment.cancel",
    "appointment.confirm",
    "appointment.check_in",
    "appointment.note",
    "patient.create",
    "patient.update_contact",
    "communication.create",
    "payment.post",
    "alert.create",
)


def capabilities() -> tuple[Capability, ...]:
    """Every kind of write, offered or not."""
    offered = tuple(
        Capability(kind, True, "off", "stand-in", f"{UNVERIFIED}. Assumed: {assumed}." if assumed else UNVERIFIED)
        for kind in _OFFERED
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
