"""What the channel finds when the office has been at work in between, and what it leaves to a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from agent.model.writing import Task
from agent.sources.opendental.writing.finding import began
from tests.sources.opendental.offices import DAY, Office
from tests.sources.opendental.works import WORKS

API = 6


def done(practice: Office, kind: str) -> tuple[Task, int]:
    """A task that has been carried out some time ago, and the key of its record."""
    task = WORKS[kind].make(practice)
    applied = practice.channel.apply(task, practice.channel.prepare(task))
    practice.later(minutes=5)
    return task, int(applied.key[0])


def moved_by_the_office(practice: Office, visit: int, **columns) -> None:
    """The office changes an appointment in its program, which notes it in the history."""
    sets = ", ".join(f"{name} = ?" for name in columns)
    practice.run(
        f"UPDATE appointment SET {sets}, DateTStamp = ? WHERE AptNum = ?", *columns.values(), str(practice.now), visit
    )
    copied = "AptNum, PatNum, AptStatus, Pattern, Confirmed, Op, Note, ProvNum, ProvHyg, AptDateTime, DateTimeArrived"
    practice.run(
        f"INSERT INTO histappointment (HistDateTStamp, HistApptAction, ApptSource, {copied})"
        f" SELECT ?, 1, 0, {copied} FROM appointment WHERE AptNum = ?",
        *(str(practice.now), visit),
    )


@pytest.mark.parametrize(
    ("kind", "columns"),
    [
        ("appointment.create", {"AptDateTime": f"{DAY} 16:00:00"}),
        ("appointment.create", {"Note": "Changed by hand"}),
        ("appointment.reschedule", {"AptDateTime": f"{DAY} 16:00:00"}),
        ("appointment.cancel", {"AptStatus": 1, "Op": 2}),
        ("appointment.confirm", {"Confirmed": 0}),
        ("appointment.check_in", {"DateTimeArrived": "0001-01-01 00:00:00"}),
        ("appointment.note", {"Note": "Changed by hand"}),
    ],
)
def test_what_the_office_has_changed_since_is_known_by_the_history(practice: Office, kind: str, columns: dict):
    task, visit = done(practice, kind)
    moved_by_the_office(practice, visit, **columns)
    found = practice.channel.find(task)
    assert (found.result, found.key) == ("overwritten", (visit,))


@pytest.mark.parametrize("kind", ["appointment.create", "appointment.reschedule", "appointment.note"])
def test_an_appointment_that_the_office_has_deleted_since_was_written(practice: Office, kind: str):
    task, visit = done(practice, kind)
    practice.run("DELETE FROM appointment WHERE AptNum = ?", visit)
    assert practice.channel.find(task).result == "overwritten"


@pytest.mark.parametrize("kind", ["communication.create", "payment.post", "document.attach", "alert.create"])
def test_what_was_filed_and_edited_is_overwritten(practice: Office, kind: str):
    task, key = done(practice, kind)
    table = WORKS[kind].table
    text, number = {
        "commlog": ("Note", "CommlogNum"),
        "payment": ("PayNote", "PayNum"),
        "document": ("Description", "DocNum"),
        "popup": ("Description", "PopupNum"),
    }[table]
    practice.run(f"UPDATE {table} SET {text} = 'Edited ' || {text} WHERE {number} = ?", key)
    found = practice.channel.find(task)
    assert (found.result, found.key) == ("overwritten", (key,))


@pytest.mark.parametrize("kind", ["communication.create", "payment.post", "document.attach", "alert.create"])
def test_a_record_of_the_same_content_without_a_reference_is_left_to_a_person(practice: Office, kind: str):
    task, _key = done(practice, kind)
    table = WORKS[kind].table
    text = {"commlog": "Note", "payment": "PayNote"}.get(table, "Description")
    practice.run(f"UPDATE {table} SET {text} = REPLACE({text}, 'Ref {task.tag}', '')")
    assert practice.channel.find(task).result == "unclear"
    practice.run(f"UPDATE {table} SET {text} = {text} || 'Ref PA-OTHEROTHER'")
    assert practice.channel.find(task).result == "absent"


def test_a_pop_up_that_was_edited_leaves_its_former_text_behind(practice: Office):
    task, key = done(practice, "alert.create")
    practice.run("INSERT INTO popup SELECT 99, PatNum, Description, 0, 0, 0, DateTimeEntry, 1, ?, '' FROM popup", key)
    assert practice.channel.find(task).result == "applied"
    practice.run("UPDATE popup SET Description = 'By hand' WHERE PopupNum = ?", key)
    found = practice.channel.find(task)
    assert (found.result, found.key) == ("overwritten", (key,))


def test_a_visit_that_somebody_else_has_booked_there_is_not_ours(practice: Office):
    task = WORKS["appointment.create"].make(practice)
    booked = practice.book(11)
    assert practice.channel.find(task).result == "unclear"  # nothing tells who has made it
    moved_by_the_office(practice, booked, Note="By phone")
    practice.run("UPDATE histappointment SET HistApptAction = 0 WHERE AptNum = ?", booked)
    assert practice.channel.find(task).result == "absent"


def test_a_change_of_the_office_alone_is_not_ours(practice: Office):
    task = WORKS["appointment.reschedule"].make(practice)
    practice.later(minutes=1)
    moved_by_the_office(practice, practice.visit, AptDateTime=f"{DAY} 16:00:00")
    assert practice.channel.find(task).result == "absent"


def test_a_change_that_nothing_explains_is_left_to_a_person(practice: Office):
    task = WORKS["appointment.reschedule"].make(practice)
    visit = practice.visit
    practice.run("DELETE FROM histappointment")
    practice.later(minutes=1)
    practice.run(
        "UPDATE appointment SET AptDateTime = ?, DateTStamp = ? WHERE AptNum = ?",
        *(f"{DAY} 16:00:00", str(practice.now), visit),
    )
    assert practice.channel.find(task).result == "unclear"


def test_without_the_time_of_the_intent_an_older_write_may_be_meant(practice: Office):
    task, visit = done(practice, "appointment.reschedule")
    moved_by_the_office(practice, visit, AptDateTime=f"{DAY} 16:00:00")
    assert practice.channel.find(replace(task, intended_at=None, before=None)).result == "unclear"


def test_an_earlier_write_of_the_same_content_a_moment_ago_is_not_this_one(practice: Office):
    confirmed, other = {"confirmation": "confirmed"}, {"confirmation": "unconfirmed"}
    for payload in (confirmed, other):
        task = practice.task("appointment.confirm", practice.visit, **payload)
        practice.channel.apply(task, practice.channel.prepare(task))
        practice.later(seconds=1)
    task = practice.task("appointment.confirm", practice.visit, **confirmed)
    assert practice.channel.find(task).result == "absent"
    practice.channel.apply(task, practice.channel.prepare(task))
    practice.later(seconds=1)
    moved_by_the_office(practice, practice.visit, Confirmed=practice.code(2))  # as it was before the task
    assert practice.channel.find(task).result == "overwritten"


def test_an_appointment_that_nobody_has_touched_since_is_as_it_was(practice: Office):
    visit = practice.visit
    practice.later(minutes=10)
    task = replace(WORKS["appointment.reschedule"].make(practice), before=None)
    practice.run("DELETE FROM histappointment WHERE AptNum = ?", visit)
    assert practice.channel.find(task).result == "absent"


def test_a_namesake_entered_since_is_ours_when_everything_fits_or_the_log_says_so(practice: Office):
    task, key = done(practice, "patient.create")
    channel = type(practice.channel)(practice.wire, practice.reader)  # another life, which has not heard the answer
    assert channel.find(task).result == "applied"
    practice.run("UPDATE patient SET Email = 'other@example.org' WHERE PatNum = ?", key)
    assert channel.find(task).result == "overwritten"
    practice.run("UPDATE securitylog SET LogSource = 0")
    assert channel.find(task).result == "unclear"
    assert practice.channel.find(task).result == "overwritten"
    practice.run("UPDATE patient SET SecDateEntry = '2020-01-01' WHERE PatNum = ?", key)
    assert channel.find(task).result == "absent"


def changed_by_the_office(practice: Office, number: str) -> None:
    """The office gives somebody another number."""
    practice.run(
        "UPDATE patient SET WirelessPhone = ?, DateTStamp = ? WHERE PatNum = ?",
        *(number, str(practice.now), practice.patient),
    )


def test_contact_data_that_only_the_office_has_changed_are_not_ours(practice: Office):
    task = WORKS["patient.update_contact"].make(practice)
    practice.later(minutes=1)
    changed_by_the_office(practice, "(917)555-0100")
    assert practice.channel.find(task).result == "absent"
    assert practice.channel.find(replace(task, before=None)).result == "absent"
    assert practice.channel.find(replace(task, intended_at=None)).result == "unclear"


def test_contact_data_that_the_api_has_set_and_the_office_has_changed_are_left_to_a_person(practice: Office):
    before = practice.one("SELECT WirelessPhone FROM patient WHERE PatNum = ?", practice.patient)
    task, _key = done(practice, "patient.update_contact")
    for number in ("(917)555-0100", before):
        changed_by_the_office(practice, number)
        assert practice.channel.find(task).result == "unclear"
    practice.run("UPDATE patient SET DateTStamp = '2025-03-01 00:00:00'")
    assert practice.channel.find(task).result == "absent"


def test_a_record_that_moved_with_a_merger_is_found(practice: Office):
    task, key = done(practice, "communication.create")
    other = practice.one("SELECT MAX(PatNum) FROM patient")
    practice.run("UPDATE commlog SET PatNum = ? WHERE CommlogNum = ?", other, key)
    assert practice.channel.find(task).result == "absent"
    practice.run("INSERT INTO patientlink (PatNumFrom, PatNumTo, LinkType) VALUES (?, ?, 1)", practice.patient, other)
    assert practice.channel.find(task).result == "applied"


def test_where_the_clocks_go_back_an_effect_may_look_an_hour_older(practice: Office):
    task = WORKS["appointment.note"].make(practice)
    assert began(replace(task, intended_at=datetime(2025, 6, 2, 12, 0))) == "2025-06-02T11:59:58"
    assert began(replace(task, intended_at=datetime(2025, 11, 2, 1, 30))) == "2025-11-02T00:29:58"
    assert began(replace(task, intended_at=None)) is None
