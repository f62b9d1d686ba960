"""The codes with which each PMS says where a visit stands, who a person is and what a ledger line is.

What the writers' programs do when somebody clicks; the oracle has tables of its own.
"""

from __future__ import annotations

from typing import Literal

from sandbox.practice.model import Appointment, Practice

Stage = Literal["booked", "arrived", "seated", "completed", "cancelled", "no_show", "waitlist"]

_EAGLESOFT: dict[str, tuple[int, int]] = {
    "booked": (1, 0),
    "arrived": (1, 1),
    "seated": (1, 2),
    "completed": (1, 4),
    "cancelled": (16, 0),
    "no_show": (16, 0),
    "waitlist": (32, 0),
}
_OPEN_DENTAL = {"booked": 1, "arrived": 1, "seated": 1, "completed": 2, "cancelled": 5, "no_show": 5, "waitlist": 3}

SEXES: dict[str, tuple[str | int, ...]] = {"eaglesoft": ("M", "F"), "opendental": (0, 1, 0, 1, 0, 1, 2, 3)}
MARITAL: dict[str, tuple[str | int, ...]] = {"eaglesoft": tuple("SMDWXU"), "opendental": (0, 1, 3, 4)}
CHILD: dict[str, str | int] = {"eaglesoft": "C", "opendental": 2}
SMS: dict[str, tuple[str | int | None, ...]] = {"eaglesoft": ("Y", "Y", "N", None, ""), "opendental": (1, 1, 2, 0)}


def set_stage(practice: Practice, appointment: Appointment, stage: Stage) -> None:
    """Give an appointment the codes of a stage; times, chair and audit rows are the caller's."""
    if practice.pms == "eaglesoft":
        appointment.status, appointment.arrival = _EAGLESOFT[stage]
        if stage == "waitlist" and appointment.key % 2:
            appointment.status = 64
    else:
        appointment.status = _OPEN_DENTAL[stage]


def bookable(practice: Practice, appointment: Appointment) -> bool:
    """True for a visit that is on the schedule and still to come or under way."""
    if practice.pms == "eaglesoft":
        return appointment.status == 1 and appointment.arrival != 4 and appointment.dismissed is None
    return appointment.status == 1


def is_visit(practice: Practice, appointment: Appointment) -> bool:
    """False for blocks, planned work and notes that only share the table with visits."""
    if practice.pms == "eaglesoft":
        return appointment.status != 2
    return appointment.status not in (6, 7, 8)


def active_patient(practice: Practice) -> str | int:
    """The status code of an active patient."""
    return "A" if practice.pms == "eaglesoft" else 0


def credit(practice: Practice, cents: int) -> int:
    """A payment of so many cents, with the sign that the PMS stores."""
    return -cents if practice.pms == "eaglesoft" else cents
