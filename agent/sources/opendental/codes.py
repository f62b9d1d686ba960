"""What Open Dental's numbers mean, and what offices call their confirmation states."""

from __future__ import annotations

from agent.sources.codes import CodeTable

SEX = CodeTable("opendental.gender", {0: "male", 1: "female", 2: "unknown", 3: "other"})

MARITAL_STATUS = CodeTable("opendental.position", {0: "single", 1: "married", 2: "child", 3: "widowed", 4: "divorced"})

PATIENT_STATUS = CodeTable(
    "opendental.patient_status",
    {
        0: "active",
        1: "active",  # not a patient: only pays or holds a policy
        2: "inactive",
        3: "archived",
        4: "deleted",
        5: "deceased",
        6: "prospective",
    },
)

NON_PATIENT = 1

TEXTS_ALLOWED = CodeTable("opendental.yes_no", {0: "unknown", 1: "yes", 2: "no"})

APPOINTMENT_STATUS = CodeTable(
    "opendental.appointment_status",
    {
        1: "booked",  # scheduled; how far it has got is in the times
        2: "completed",
        3: "waitlist",  # unscheduled list
        4: "booked",  # ASAP, in older versions; now a priority
        5: "cancelled",  # broken; the history tells whether it was missed or cancelled
    },
)

ASAP_STATUS = 4
ASAP_PRIORITY = 1

MISSED = 2
CANCELLED = 3

CONFIRMATION = CodeTable(
    "opendental.confirmation",
    {
        "appointment confirmed": "confirmed",
        "confirmed": "confirmed",
        "confirmed by phone": "confirmed",
        "confirmed by text": "confirmed",
        "confirmed by email": "confirmed",
        "unconfirmed": "unconfirmed",
        "not called": "unconfirmed",
        "not confirmed": "unconfirmed",
        "unassigned": "unconfirmed",
        "left message": "attempted",
        "left msg": "attempted",
        "e-mailed": "attempted",
        "emailed": "attempted",
        "texted": "attempted",
        "sent": "attempted",
        "called": "attempted",
        "no answer": "attempted",
        "attempted": "attempted",
        "left voicemail": "attempted",
    },
)

ADJUSTMENT_TYPES = 1
CONFIRMATIONS = 2
PAYMENT_TYPES = 10
DOCUMENT_CATEGORIES = 18
COMMUNICATION_TYPES = 27
SPECIALTIES = 35
"""Categories of definitions."""


def definitions(category: int) -> str:
    """The condition that picks one category of definitions."""
    return f"Category = {category}"
