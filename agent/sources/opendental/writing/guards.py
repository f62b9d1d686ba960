"""What is looked at in the moment before a request is sent, so that the window in which the office may change something
is as narrow as can be. Reads only; raises, or lets pass.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from agent.model.writing import Task
from agent.sources.opendental.writing.before import person_as, visit_as
from agent.sources.opendental.writing.refusals import conflict, refused
from agent.sources.opendental.writing.requests import Request, target
from agent.sources.opendental.writing.rows import (
    BROKEN,
    LONGEST_PATTERN,
    MINUTES_PER_LETTER,
    UNSCHEDULED,
    Booked,
    Rows,
    Visit,
)


class Guards:
    """The last look."""

    def __init__(self, rows: Rows, double_booking: Callable[[], bool]) -> None:
        """``double_booking``: whether the office lets appointments overlap."""
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
            raise conflict("patient_exists", conflicting_resource="patient", conflicting_id=str(person["PatNum"]))

    def _free(self, body: Mapping[str, Any], moved: Visit | None) -> None:
        """No other appointment in that operatory at that time."""
        if self._double_booking():
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
                raise conflict(
                    "double_booked", conflicting_resource="appointment", conflicting_id=str(other.visit.number)
                )


def _end(booked: Booked) -> dt.datetime:
    assert booked.visit.start is not None
    return dt.datetime.fromisoformat(booked.visit.start) + dt.timedelta(minutes=booked.visit.minutes)
