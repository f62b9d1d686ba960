"""What Eaglesoft's codes mean."""

from __future__ import annotations

from agent.sources.codes import CodeTable

SEX = CodeTable("eaglesoft.sex", {"M": "male", "F": "female"})

MARITAL_STATUS = CodeTable(
    "eaglesoft.marital_status",
    {
        "S": "single",
        "M": "married",
        "C": "child",
        "D": "divorced",
        "W": "widowed",
        "X": "separated",
        "U": "unknown",
    },
)

PATIENT_STATUS = CodeTable("eaglesoft.patient_status", {"A": "active", "I": "inactive"})

CONFIRMATION = CodeTable(
    "eaglesoft.confirmation",
    {
        0: "unconfirmed",
        1: "confirmed",
        2: "attempted",  # e-mail sent
        3: "attempted",  # left message
        4: "attempted",  # no answer
        5: "attempted",  # phone busy
        6: "attempted",  # waiting for a call back
    },
)

CLASSIFICATION = CodeTable(
    "eaglesoft.classification",
    {
        1: "booked",  # on the schedule; how far it has got is in arrival status and times
        16: "cancelled",  # taken off the schedule
        32: "waitlist",
        64: "waitlist",
    },
)

ENTRY_KIND = CodeTable(
    "eaglesoft.transaction_type",
    {
        "S": "charge",  # service
        "C": "adjustment",  # credit
        "D": "adjustment",  # debit
        "A": "payment",  # on account
        "P": "payment",
        "I": "payment",  # by insurance
        "Y": "payment",
        "W": "payment",
    },
)

ENTRY_STATUS = CodeTable("eaglesoft.transaction_status", {"A": "active", "D": "deleted", "V": "voided"})

INSURANCE_PAYMENT = frozenset({"I"})
PATIENT_PAYMENT = frozenset({"A", "P"})

ROLES = (
    ("dentist", ("dentist", "orthodont")),
    ("hygienist", ("hygien",)),
    ("staff", ("staff", "office", "assistant", "admin")),
)
"""Role -> pieces of the office's own names of positions."""
