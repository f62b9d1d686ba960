"""Whether something has been done to an appointment, or one has been made.

An appointment's history keeps a copy of each state that the program has written, with who wrote it: it tells what was
done even when the office has changed or deleted the appointment since. Reads only, never guesses.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agent.model.writing import Finding, Task
from agent.sources.opendental.writing import texts
from agent.sources.opendental.writing.before import visit_as
from agent.sources.opendental.writing.requests import target
from agent.sources.opendental.writing.rows import API, BROKEN, CREATED, UNSCHEDULED, Rows, Trace, Visit

ABSENT = Finding("absent")
UNCLEAR = Finding("unclear")

Shows = Callable[[Visit], bool]
"""Whether an appointment is as the task asks."""


def applied(visit: int) -> Finding:
    """It is there, as asked."""
    return Finding("applied", "appointment", (visit,))


def overwritten(visit: int) -> Finding:
    """It was there."""
    return Finding("overwritten", "appointment", (visit,))


def as_asked(kind: str, body: Mapping[str, Any]) -> Shows:
    """What a request makes of an appointment."""
    if kind == "appointment.cancel":
        return lambda visit: visit.status in (UNSCHEDULED, BROKEN)
    if kind == "appointment.check_in":
        return lambda visit: visit.arrived is not None
    wanted: dict[str, Any] = {}
    for field, column in (
        ("Op", "operatory"),
        ("Pattern", "pattern"),
        ("ProvNum", "provider"),
        ("ProvHyg", "hygienist"),
        ("defNum", "confirmed"),
        ("AppointmentTypeNum", "type"),
    ):
        if field in body:
            wanted[column] = body[field]
    if "AptDateTime" in body:
        wanted["start"] = body["AptDateTime"].replace(" ", "T")
    away = "AptDateTime" in body  # what has no place on the book any more is not booked for then

    def shows(visit: Visit) -> bool:
        if away and visit.status in (UNSCHEDULED, BROKEN):
            return False
        return all(getattr(visit, column) == value for column, value in wanted.items())

    return shows


def find_change(rows: Rows, task: Task, shows: Shows, since: str | None) -> Finding:
    """A state that the task gives to an appointment that was there before."""
    number = target(task)
    booked = rows.visit(number)
    if booked is not None and shows(booked.visit):
        return applied(number)
    traces = rows.history(number, since)
    if any(trace.source == API and shows(trace.visit) for trace in _after_intent(task, traces, shows)):
        # Without the time of the intent it may be an earlier task's.
        return overwritten(number) if since is not None else UNCLEAR
    if booked is None or traces:
        return ABSENT  # whatever else was done to it is in the history, and this is not
    if since is not None and booked.stamp is not None and booked.stamp < since:
        return ABSENT
    if task.before is not None and visit_as(task.before, booked.visit, task.tag):
        return ABSENT
    return UNCLEAR


def _after_intent(task: Task, traces: Sequence[Trace], shows: Shows) -> Sequence[Trace]:
    """Without those that an earlier task may have left in the same seconds: what lies before the state that the intent
    was written in.
    """
    if task.before is None or task.intended_at is None:
        return traces
    intended = task.intended_at.replace(tzinfo=None, microsecond=0).isoformat()
    for position in range(len(traces), 0, -1):
        trace = traces[position - 1]
        early = trace.at is not None and trace.at <= intended
        if early and not shows(trace.visit) and visit_as(task.before, trace.visit, task.tag):
            return traces[position:]
    return traces


def find_note(rows: Rows, task: Task) -> Finding:
    """A line of an appointment's note."""
    number = target(task)
    booked = rows.visit(number)
    if booked is not None and task.tag in booked.visit.note:
        return applied(number)
    if any(task.tag in trace.visit.note for trace in rows.history(number, None)):
        return overwritten(number)
    return ABSENT


def find_new(rows: Rows, task: Task, body: Mapping[str, Any], shows: Shows, since: str | None) -> Finding:
    """An appointment that the task makes."""
    patients = rows.also(target(task))
    found = find_new_by_tag(rows, task, shows)
    if found is not None:
        return found
    for booked in rows.visits_at(int(body["Op"]), body["AptDateTime"].replace(" ", "T")):
        visit = booked.visit
        if visit.patient not in patients or texts.has_mark(visit.note):
            continue
        if since is not None and booked.entered is not None and booked.entered < since:
            continue
        if any(trace.action == CREATED for trace in rows.history(visit.number, None)):
            continue  # made with another note: by somebody else
        return UNCLEAR
    return ABSENT


def find_new_by_tag(rows: Rows, task: Task, shows: Shows) -> Finding | None:
    """The same, by its tag alone; None = nobody has ever written it."""
    patients = rows.also(target(task))
    tagged = rows.visits_tagged(patients, task.tag)
    if len(tagged) == 1:
        number = tagged[0].visit.number
        return applied(number) if shows(tagged[0].visit) else overwritten(number)
    if tagged:
        return UNCLEAR
    traces = rows.history_tagged(patients, task.tag)
    return overwritten(traces[-1].visit.number) if traces else None
