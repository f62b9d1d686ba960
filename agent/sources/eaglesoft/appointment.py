"""Eaglesoft's appointments: visits on the schedule and those taken off it; blocks of the schedule are left out."""

from __future__ import annotations

from typing import Any

from agent.sources.eaglesoft.codes import CLASSIFICATION, CONFIRMATION
from agent.sources.fields import (
    code,
    date_of,
    derived,
    in_order,
    integer,
    local_time,
    looked_up,
    ref,
    text,
    zone,
)
from agent.sources.shape import Audit, HighWater, Lookup, Part, Shape, Table, Window
from agent.sources.times import minutes_between
from agent.sources.values import reference
from agent.sources.words import Same

WALKED_OUT = 4
"""Arrival status of a visit that is over."""


def status(classified: str, arrival: int | None, arrived: str | None, seated: str | None, dismissed: str | None) -> str:
    """Where a visit stands: the classification, and on the schedule the furthest that the visit has got."""
    if classified != "booked":
        return classified
    if dismissed is not None or arrival == WALKED_OUT:
        return "completed"
    if seated is not None:
        return "in_chair"
    return "booked" if arrived is None else "arrived"


def codes(classification: str | None, arrival: str | None) -> str:
    """Both codes as the PMS has them."""
    return f"{classification or ''}/{arrival or ''}"


def scheduled(status: str, moment: str | None) -> str | None:
    """Waiting lists keep a time that means nothing."""
    return None if status == "waitlist" else moment


def sooner(wish: Any) -> bool | None:
    """Whether the patient would come sooner."""
    return None if wish is None else wish in (1, "Y", "1")


def chair(number: Any) -> str | None:
    """The chair; -1 is none."""
    return None if number in (-1, "-1") else reference(number)


appointment = Shape(
    "appointment",
    "appointment",
    Table("appointment", ("appointment_id",), where="(classification IS NULL OR classification <> 2)"),
    {
        "patient_id": ref("patient_id"),
        "location_id": looked_up("location_id", "chairs", "practice_id", reference),
        "operatory_id": derived(chair, "location_id", few=True),
        "provider_ids": in_order("providers", ref("provider_id", few=True)),
        "appointment_type_id": ref("appointment_type_id", few=True),
        "arrived_at": local_time("arrival_time"),
        "seated_at": local_time("inchair_time"),
        "dismissed_at": local_time("walkout_time"),
        "status": derived(
            status,
            code("classification", CLASSIFICATION),
            integer("arrival_status"),
            Same("arrived_at"),
            Same("seated_at"),
            Same("dismissed_at"),
        ),
        "status_raw": derived(codes, text("classification", few=True), text("arrival_status", few=True), few=True),
        "start": derived(scheduled, Same("status"), local_time("start_time")),
        "end": derived(scheduled, Same("status"), local_time("end_time")),
        "duration_minutes": derived(minutes_between, Same("start"), Same("end")),
        "time_zone": zone(Same("location_id")),
        "confirmation": code("confirmation_status", CONFIRMATION),
        "confirmation_raw": text("confirmation_status", few=True),
        "asap": derived(sooner, "sooner_if_possible", few=True),
        "note": text("appointment_notes"),
        "booked_on": date_of("date_appointed"),
    },
    parts={"providers": Part("appointment_provider", on=("appointment_id",), order=("provider_id",))},
    lookups={"chairs": Lookup("chairs", ("chair_num",), ("practice_id",))},
    hurry={
        "days": Window("start_time", back=7, ahead=90),
        "log": Audit("appt_log", grows_by="appt_log_id", names=("appt_id",)),
        "new": HighWater(),
    },
)
