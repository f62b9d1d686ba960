"""Whether a patient has been made, or the ways to reach one have been changed. Reads only, never guesses.

The API has no room for a tag here. So a new patient is known by names, birthday and day of entry, and a change by the
row's change stamp and the program's log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.model.writing import Applied, Finding, Task
from agent.sources.opendental.writing import texts
from agent.sources.opendental.writing.before import PHONES, columns_of, kept
from agent.sources.opendental.writing.requests import target
from agent.sources.opendental.writing.rows import (
    PATIENT_EDITED,
    PATIENT_ENTERED,
    Person,
    Rows,
    folded,
    moment,
    number,
    plain,
)
from agent.sources.opendental.writing.visits import ABSENT, UNCLEAR

_NUMBERS = {
    "Gender": {"Male": 0, "Female": 1, "Unknown": 2},
    "TxtMsgOk": {"Unknown": 0, "Yes": 1, "No": 2},
}


def person_shows(person: Person, body: Mapping[str, Any]) -> bool:
    """Whether a patient is as a request asks."""
    return all(_same(field, person[field], asked) for field, asked in body.items())


def _same(field: str, raw: Any, asked: str | int) -> bool:
    if isinstance(asked, int):
        return number(raw) == asked
    if field in PHONES:
        return texts.same_number(plain(raw), asked)
    if field in _NUMBERS:
        return number(raw) == _NUMBERS[field][asked]
    if field == "Birthdate":
        return (moment(raw) or "")[:10] == asked
    if field in ("LName", "FName"):
        return folded(raw) == folded(asked)
    return plain(raw).strip() == asked


def find_patient(rows: Rows, body: Mapping[str, Any], since: str | None, made: Applied | None) -> Finding:
    """A patient that the task enters. ``made``: the one that the PMS says it has made."""
    if made is not None:
        there = rows.person(int(made.key[0]))
        return Finding("applied" if there and person_shows(there, body) else "overwritten", "patient", made.key)
    found = rows.namesakes(body["FName"], body["LName"], body["Birthdate"])
    day = None if since is None else since[:10]
    entered = [(moment(person["SecDateEntry"]), person) for person in found]
    found = [person for at, person in entered if day is None or at is None or at[:10] >= day]
    if not found:
        return ABSENT
    only = found[0]
    told = day is not None and moment(only["SecDateEntry"]) is not None
    whole = number(only["Guarantor"]) != 0  # which the program sets in a second step
    if len(found) > 1 or not (told and whole):
        return UNCLEAR
    patient = number(only["PatNum"])
    if person_shows(only, body):
        return Finding("applied", "patient", (patient,))
    ours = since is not None and rows.by_api(patient, PATIENT_ENTERED, since)
    return Finding("overwritten", "patient", (patient,)) if ours else UNCLEAR


def find_contact(rows: Rows, task: Task, body: Mapping[str, Any], since: str | None) -> Finding:
    """Ways to reach a patient that the task sets."""
    person = rows.person(target(task))
    if person is None:
        return ABSENT
    if person_shows(person, body):
        return Finding("applied", "patient", (target(task),))
    stamp = moment(person["DateTStamp"])
    if since is not None and stamp is not None and stamp < since:
        return ABSENT
    if since is not None and not rows.by_api(target(task), PATIENT_EDITED, since):
        return ABSENT  # whatever has been changed, the office has changed it
    untouched = since is None and task.before is not None and _untouched(task.before, person, body)
    return ABSENT if untouched else UNCLEAR


def _untouched(before: Mapping[str, Any], person: Person, body: Mapping[str, Any]) -> bool:
    """Whether the columns that the task sets are all as they were."""
    was = columns_of(before)
    return all(column in was and was[column] == kept(column, person) for column in body)
