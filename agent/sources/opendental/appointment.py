"""Open Dental's appointments. Planned work and notes, which share the table with visits, are left out."""

from __future__ import annotations

from typing import Any

from agent.sources.codes import code_text
from agent.sources.fields import (
    code,
    date_of,
    derived,
    flag,
    integer,
    last,
    local_time,
    looked_up,
    ref,
    stamp,
    text,
    time_unless_midnight,
    zone,
)
from agent.sources.opendental.codes import (
    APPOINTMENT_STATUS,
    ASAP_PRIORITY,
    ASAP_STATUS,
    CANCELLED,
    CONFIRMATION,
    CONFIRMATIONS,
    MISSED,
    definitions,
)
from agent.sources.opendental.reference import pattern_minutes
from agent.sources.shape import Audit, HighWater, Lookup, Part, Shape, Stamp, Table, Window
from agent.sources.times import after_minutes
from agent.sources.words import Same


def status(coded: str, seated: str | None, dismissed: str | None, arrived: str | None, broken: int | None) -> str:
    """Where a visit stands. Of a broken one the last row of its history tells whether it was missed or cancelled."""
    if coded == "booked":
        if seated is not None or dismissed is not None:
            return "in_chair"
        return "booked" if arrived is None else "arrived"
    if coded == "cancelled":
        return {MISSED: "no_show", CANCELLED: "cancelled"}.get(broken or 0, "unknown")
    return coded


def scheduled(status: str, moment: str | None) -> str | None:
    """What is on the unscheduled list keeps a time that means nothing."""
    return None if status == "waitlist" else moment


def providers(dentist: str | None, hygienist: str | None, hygiene: bool | None) -> list[str]:
    """The provider whose visit it is first."""
    if hygienist is None or dentist is None:
        only = dentist or hygienist
        return [] if only is None else [only]
    return [hygienist, dentist] if hygiene else [dentist, hygienist]


def confirmation_name(number: Any, name: str | None) -> str | None:
    """The office's name of a confirmation state; its number when the definition is gone; 0 is none."""
    coded = code_text(number)
    return None if coded is None or coded == "0" else name or coded


def sooner(priority: int | None, status: int | None) -> bool | None:
    """Whether the patient would come sooner."""
    if priority is None and status is None:
        return None
    return priority == ASAP_PRIORITY or status == ASAP_STATUS


appointment = Shape(
    "appointment",
    "appointment",
    Table("appointment", ("AptNum",), where="AptStatus NOT IN (6, 7, 8)"),
    {
        "patient_id": ref("PatNum"),
        "location_id": ref("ClinicNum", zero_exists=True, few=True),
        "operatory_id": ref("Op", few=True),
        "provider_ids": derived(providers, ref("ProvNum"), ref("ProvHyg"), flag("IsHygiene"), few=True, fresh=True),
        "appointment_type_id": ref("AppointmentTypeNum", few=True),
        "arrived_at": time_unless_midnight("DateTimeArrived"),
        "seated_at": time_unless_midnight("DateTimeSeated"),
        "dismissed_at": time_unless_midnight("DateTimeDismissed"),
        "status": derived(
            status,
            code("AptStatus", APPOINTMENT_STATUS),
            Same("seated_at"),
            Same("dismissed_at"),
            Same("arrived_at"),
            last("broken", integer("HistApptAction")),
        ),
        "status_raw": text("AptStatus", few=True),
        "duration_minutes": derived(pattern_minutes, text("Pattern", few=True), few=True),
        "start": derived(scheduled, Same("status"), local_time("AptDateTime")),
        "end": derived(after_minutes, Same("start"), Same("duration_minutes")),
        "time_zone": zone(Same("location_id")),
        "confirmation_raw": derived(
            confirmation_name, "Confirmed", looked_up("Confirmed", "definition", "ItemName"), few=True
        ),
        "confirmation": code(Same("confirmation_raw"), CONFIRMATION),
        "asap": derived(sooner, integer("Priority"), integer("AptStatus"), few=True),
        "is_new_patient": flag("IsNewPatient"),
        "note": text("Note"),
        "booked_on": date_of("SecDateTEntry"),
    },
    parts={"broken": Part("histappointment", on=("AptNum",), order=("HistApptNum",), where="HistApptAction IN (2, 3)")},
    lookups={"definition": Lookup("definition", ("DefNum",), ("ItemName",), where=definitions(CONFIRMATIONS))},
    hurry={
        "history": Audit("histappointment", grows_by="HistApptNum", names=("AptNum",)),
        "new": HighWater(),
        "stamp": Stamp("DateTStamp"),
        "days": Window("AptDateTime", back=7, ahead=90),
    },
    updated_at=stamp("DateTStamp"),
)
