"""Whether a task has been carried out, as the practice's database shows it: which way to look for each kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from agent.model.writing import Applied, Finding, Task, WriteRefused
from agent.sources.opendental.writing.files import KEPT, find_filed, find_filed_by_tag
from agent.sources.opendental.writing.persons import find_contact, find_patient
from agent.sources.opendental.writing.requests import Requests
from agent.sources.opendental.writing.rows import Rows
from agent.sources.opendental.writing.visits import (
    ABSENT,
    UNCLEAR,
    as_asked,
    find_change,
    find_new,
    find_new_by_tag,
    find_note,
)

SLACK = dt.timedelta(seconds=2)
"""The PMS may date an effect this much before the intent: clocks are read to the second."""

_NEAR = dt.timedelta(hours=3)


class Finder:
    """Looks for the effect of tasks."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self._requests = Requests(rows, looking=True)

    def find(self, task: Task, made: Applied | None = None) -> Finding:
        """By its tag, else by natural key and content. ``made``: what the PMS has just said that it made.

        Raises:
            Retry: the database cannot be read now.
        """
        if task.kind == "appointment.note":
            return find_note(self._rows, task)
        try:
            body = self._requests.of(task)[-1].body
        except WriteRefused as error:
            # What can never be asked was never asked, unless the office has set something else since.
            return UNCLEAR if error.code == "channel_not_configured" else ABSENT
        since = began(task)
        match task.kind:
            case "appointment.create":
                return find_new(self._rows, task, body, as_asked(task.kind, body), since)
            case "patient.create":
                return find_patient(self._rows, body, since, made)
            case "patient.update_contact":
                return find_contact(self._rows, task, body, since)
            case kind if kind in KEPT:
                return find_filed(self._rows, task, body, since)
            case kind:
                return find_change(self._rows, task, as_asked(kind, body), since)

    def by_tag(self, task: Task, body: Mapping[str, Any]) -> Finding | None:
        """By its tag alone, where it leaves one; None = nowhere. ``body``: of the last request."""
        if task.kind == "appointment.create":
            return find_new_by_tag(self._rows, task, as_asked(task.kind, body))
        if task.kind == "appointment.note":
            found = find_note(self._rows, task)
            return None if found.result == "absent" else found
        return find_filed_by_tag(self._rows, task, body) if task.kind in KEPT else None

    def noted(self, task: Task) -> bool:
        """Whether the note of a cancellation has been written."""
        return task.kind == "appointment.cancel" and find_note(self._rows, task).result != "absent"


def began(task: Task) -> str | None:
    """The earliest time that an effect can bear, by the practice's wall clock; None = not known."""
    if task.intended_at is None:
        return None
    at = task.intended_at.replace(tzinfo=None, microsecond=0)
    zone = ZoneInfo(task.zone)
    turned = (at - _NEAR).replace(tzinfo=zone).utcoffset() != (at + _NEAR).replace(tzinfo=zone).utcoffset()
    # Where the clocks are put back, an effect may look older than its intent by an hour.
    return (at - SLACK - (dt.timedelta(hours=1) if turned else dt.timedelta())).isoformat()
