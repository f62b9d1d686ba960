"""Open Dental's clinics, the practice itself, providers, operatories and appointment types."""

from __future__ import annotations

from agent.sources.fields import (
    address,
    derived,
    flag,
    integer,
    looked_up,
    not_flag,
    ref,
    text,
    work_phone,
    zone,
)
from agent.sources.opendental.codes import SPECIALTIES, definitions
from agent.sources.shape import Lookup, Shape, Table
from agent.sources.words import Const

PRACTICE = "0"
"""Id of the practice itself: what clinic number 0 refers to."""

MINUTES_PER_LETTER = 5


def role(secondary: bool | None, not_a_person: bool | None) -> str:
    """Hygienists are marked as secondary; whoever is no person (a clinic, a lab) does nothing."""
    if secondary:
        return "hygienist"
    return "unknown" if not_a_person else "dentist"


def is_active(hidden: bool | None, status: int | None) -> bool | None:
    """Neither hidden nor deleted (status 1)."""
    if hidden is None and status is None:
        return None
    return not hidden and status != 1


def pattern_minutes(pattern: str | None) -> int | None:
    """Length of a time pattern: a letter for every five minutes."""
    return len(pattern) * MINUTES_PER_LETTER if pattern else None


location = Shape(
    "location",
    "location",
    Table("clinic", ("ClinicNum",)),
    {
        "name": text("Description"),
        "short_name": text("Abbr"),
        "address": address("Address", "Address2", "City", "State", "Zip"),
        "phone": work_phone("Phone"),
        "time_zone": zone(ref("ClinicNum", zero_exists=True, few=True)),
        "active": not_flag("IsHidden"),
    },
    small=True,
)

practice = Shape(
    "location.practice",
    "location",
    Table("preference", ("PrefNum",), where="PrefName = 'PracticeTitle'"),
    {
        "name": text("ValueString"),
        "address": address(
            looked_up(Const("PracticeAddress"), "preference", "ValueString"),
            looked_up(Const("PracticeAddress2"), "preference", "ValueString"),
            looked_up(Const("PracticeCity"), "preference", "ValueString"),
            looked_up(Const("PracticeST"), "preference", "ValueString"),
            looked_up(Const("PracticeZip"), "preference", "ValueString"),
        ),
        "phone": work_phone(looked_up(Const("PracticePhone"), "preference", "ValueString")),
        "time_zone": zone(Const(PRACTICE)),
        "active": Const(True),
    },
    lookups={
        "preference": Lookup(
            "preference",
            ("PrefName",),
            ("ValueString",),
            where="PrefName IN ('PracticeAddress', 'PracticeAddress2', 'PracticeCity', 'PracticeST', 'PracticeZip', "
            "'PracticePhone')",
        )
    },
    fixed_id=PRACTICE,
    small=True,
)

provider = Shape(
    "provider",
    "provider",
    Table("provider", ("ProvNum",)),
    {
        "first_name": text("FName"),
        "last_name": text("LName"),
        "short_name": text("Abbr"),
        "role": derived(role, flag("IsSecondary"), flag("IsNotPerson")),
        "role_raw": text("IsSecondary"),
        "specialty_raw": looked_up("Specialty", "definition", "ItemName"),
        "npi": text("NationalProvID"),
        "active": derived(is_active, flag("IsHidden"), integer("ProvStatus")),
    },
    lookups={"definition": Lookup("definition", ("DefNum",), ("ItemName",), where=definitions(SPECIALTIES))},
    small=True,
)

operatory = Shape(
    "operatory",
    "operatory",
    Table("operatory", ("OperatoryNum",)),
    {
        "name": text("OpName"),
        "short_name": text("Abbrev"),
        "location_id": ref("ClinicNum", zero_exists=True, few=True),
        "is_hygiene": flag("IsHygiene"),
        "active": not_flag("IsHidden"),
    },
    small=True,
)

appointment_type = Shape(
    "appointment_type",
    "appointment_type",
    Table("appointmenttype", ("AppointmentTypeNum",)),
    {
        "name": text("AppointmentTypeName"),
        "duration_minutes": derived(pattern_minutes, text("Pattern")),
        "active": not_flag("IsHidden"),
    },
    small=True,
)
