"""What is looked at in the moment before a request is sent, so that the window in which the office may change something
is as narrow as can be. Reads only; raises, or lets pass.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from agent.model.writing import Task
from agent.sources.opendental.writing import texts
from agent.sources.opendental.writing.persons import columns_of, kept
from agent.sources.opendental.writing.refusals import conflict, refused
from agent.sources.opendental.writing.requests import Request, target
from agent.sources.opendental.writing.rows import (
    BROKEN,
    LONGEST_PATTERN,
    MINUTES_PER_LETTER,
    UNSCHEDULED,
    Booked,
    Person,
    Rows,
    Visit,
)


class Guards:
    """The last look."""

    def __init__(self, rows: Rows, double_booking: bool) -> None:
        """``double_booking``: the office lets appointments overlap."""
        self._rows = rows
        self._double_booking = double_booking

    def check(self, task: Task, request: Request) -> None:
        """Whether the request may be sent now.

        Raises:
            WriteRefused: the target is gone, or not in a state to be written.
            WriteConflict: the practice has changed since the intent was written, or the slot is taken.
        """
        visit: Visit | None = None
        if task.kind == "patient.create":
            self._no_namesake(request.body)
        elif task.kind == "patient.update_contact":
            person = self._rows.person(target(task))
            if person is None:
                raise refused("target_unknown")
            if not person_as(task.before, person):
                raise conflict("changed_meanwhile")
        elif task.kind.startswith("appointment.") and task.target is not None and task.kind != "appointment.create":
            booked = self._rows.visit(target(task))
            if booked is None:
                raise refused("target_unknown")
            visit = booked.visit
            if not visit_as(task.before, visit, task.tag):
                raise conflict("changed_meanwhile")
            if task.kind == "appointment.cancel" and visit.status in (UNSCHEDULED, BROKEN):
                raise refused("not_booked")
        if "AptDateTime" in request.body:
            self._free(request.body, visit)

    def _no_namesake(self, body: Mapping[str, Any]) -> None:
        for person in self._rows.namesakes(body["FName"], body["LName"], body["Birthdate"]):
            raise conflict("patient_exists", conflicting="patient", conflicting_key=str(person["PatNum"]))

    def _free(self, body: Mapping[str, Any], moved: Visit | None) -> None:
        """No other appointment in that operatory at that time."""
        if self._double_booking:
            return
        operatory = int(body["Op"]) if "Op" in body else moved.operatory if moved else 0
        pattern = body.get("Pattern", moved.pattern if moved else "")
        begin = dt.datetime.fromisoformat(body["AptDateTime"])
        end = begin + dt.timedelta(minutes=len(pattern) * MINUTES_PER_LETTER)
        earliest = begin - dt.timedelta(minutes=LONGEST_PATTERN * MINUTES_PER_LETTER)
        for other in self._rows.visits_between(operatory, earliest.isoformat(), end.isoformat()):
            if moved is not None and other.visit.number == moved.number:
                continue
            if _end(other) > begin:
                raise conflict("double_booked", conflicting="appointment", conflicting_key=str(other.visit.number))


def _end(booked: Booked) -> dt.datetime:
    assert booked.visit.start is not None
    return dt.datetime.fromisoformat(booked.visit.start) + dt.timedelta(minutes=booked.visit.minutes)


def visit_as(before: Mapping[str, Any] | None, visit: Visit, tag: str) -> bool:
    """Whether an appointment is as its canonical data of before say; nothing is known of what they do not hold."""
    if before is None:
        return True
    note_before, note_now = texts.without_mark(before.get("note") or ""), texts.without_mark(visit.note)
    now = {
        "status_raw": str(visit.status),
        "duration_minutes": visit.minutes or None,
        "operatory_id": str(visit.operatory) if visit.operatory else None,
        "start": None if visit.status == UNSCHEDULED else visit.start,
        "arrived_at": visit.arrived,
        "appointment_type_id": str(visit.type) if visit.type else None,
    }
    if any(field in before and before[field] != value for field, value in now.items()):
        return False
    providers = {str(number) for number in (visit.provider, visit.hygienist) if number}
    if "provider_ids" in before and set(before["provider_ids"]) != providers:
        return False
    # Our own line, of an earlier step of the same task, is no change of the office's.
    return "note" not in before or tag in visit.note or note_before == note_now


def person_as(before: Mapping[str, Any] | None, person: Person) -> bool:
    """Whether a patient can be reached as the canonical data of before say."""
    return all(kept(column, person) == value for column, value in columns_of(before or {}).items())
