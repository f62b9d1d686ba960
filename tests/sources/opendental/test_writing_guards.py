"""The last look before a request: taken slots, changed records, people who are there already."""

from __future__ import annotations

import pytest

from agent.model.writing import NotNow, WriteConflict, WriteRefused
from agent.sources.opendental.writing.channel import OpenDentalChannel
from tests.sources.opendental.offices import DAY, Office
from tests.sources.opendental.works import WORKS


@pytest.mark.parametrize(("kind", "hour"), [("appointment.create", 11), ("appointment.reschedule", 14)])
def test_a_slot_that_was_taken_in_the_last_moment_is_a_conflict(practice: Office, kind: str, hour: int):
    task = WORKS[kind].make(practice)
    plan = practice.channel.prepare(task)
    other = practice.book(hour)
    with pytest.raises(WriteConflict) as caught:
        practice.channel.apply(task, plan)
    assert caught.value.code == "double_booked"
    assert caught.value.fields == {"conflicting_resource": "appointment", "conflicting_id": str(other)}
    assert practice.wire.sent == []


def test_visits_that_only_touch_are_none(practice: Office):
    practice.run("UPDATE appointment SET AptDateTime = ? WHERE AptNum = ?", f"{DAY} 11:40:00", practice.visit)
    before, other_chair = practice.book(10), practice.book(11, chair=2)
    practice.run("UPDATE appointment SET Pattern = ? WHERE AptNum = ?", "X" * 12, before)
    task = WORKS["appointment.create"].make(practice)
    practice.channel.apply(task, practice.channel.prepare(task))
    assert other_chair


def test_a_long_visit_that_began_hours_ago_is_in_the_way(practice: Office):
    practice.run("UPDATE appointment SET Pattern = ? WHERE AptNum = ?", "X" * 25, practice.visit)
    task = WORKS["appointment.create"].make(practice)
    with pytest.raises(WriteConflict):
        practice.channel.apply(task, practice.channel.prepare(task))


def test_what_is_cancelled_is_in_nobodys_way(practice: Office):
    task = WORKS["appointment.create"].make(practice)
    practice.run("UPDATE appointment SET AptStatus = 5 WHERE AptNum = ?", practice.book(11))
    practice.channel.apply(task, practice.channel.prepare(task))


def test_an_office_may_let_visits_overlap(practice: Office):
    channel = OpenDentalChannel(practice.wire, practice.reader, double_booking=lambda: True)
    task = WORKS["appointment.create"].make(practice)
    practice.book(11)
    channel.apply(task, channel.prepare(task))


@pytest.mark.parametrize(
    "column",
    [
        "Pattern = 'XX'",
        "Op = 2",
        "Note = 'Changed'",
        "AptStatus = 5",
        "ProvNum = 2",
        "AptDateTime = '2031-09-11 09:00'",
    ],
)
def test_an_appointment_that_changed_in_the_last_moment_is_a_conflict(practice: Office, column: str):
    task = WORKS["appointment.reschedule"].make(practice)
    plan = practice.channel.prepare(task)
    practice.run(f"UPDATE appointment SET {column} WHERE AptNum = ?", practice.visit)
    with pytest.raises(WriteConflict) as caught:
        practice.channel.apply(task, plan)
    assert caught.value.code == "changed_meanwhile"
    assert practice.wire.sent == []


@pytest.mark.parametrize("column", ["HmPhone = '1'", "Email = 'x@example.org'", "City = 'Elsewhere'", "TxtMsgOk = 2"])
def test_a_patient_who_changed_in_the_last_moment_is_a_conflict(practice: Office, column: str):
    task = WORKS["patient.update_contact"].make(practice)
    plan = practice.channel.prepare(task)
    practice.run(f"UPDATE patient SET {column} WHERE PatNum = ?", practice.patient)
    with pytest.raises(WriteConflict) as caught:
        practice.channel.apply(task, plan)
    assert caught.value.code == "changed_meanwhile"


@pytest.mark.parametrize(("column", "text"), [("Email", "\0"), ("City", "Al\0bany\0"), ("HmPhone", "\0")])
def test_what_canonical_data_leave_out_is_no_change(practice: Office, column: str, text: str):
    practice.run(f"UPDATE patient SET {column} = ? WHERE PatNum = ?", text, practice.patient)
    task = WORKS["patient.update_contact"].make(practice)
    practice.channel.apply(task, practice.channel.prepare(task))


def test_what_is_gone_is_unknown(practice: Office):
    task = WORKS["appointment.note"].make(practice)
    plan = practice.channel.prepare(task)
    practice.run("DELETE FROM appointment WHERE AptNum = ?", practice.visit)
    with pytest.raises(WriteRefused) as caught:
        practice.channel.apply(task, plan)
    assert caught.value.code == "target_unknown"


def test_a_visit_that_is_off_the_book_cannot_be_cancelled_again(practice: Office):
    practice.run("UPDATE appointment SET AptStatus = 3, Op = 0 WHERE AptNum = ?", practice.visit)
    task = practice.task("appointment.cancel", practice.one("SELECT MAX(AptNum) FROM appointment"))
    assert practice.channel.find(task).result == "applied"
    with pytest.raises(WriteRefused) as caught:
        practice.channel.apply(task, practice.channel.prepare(task))
    assert caught.value.code == "not_booked"


def test_a_person_who_is_there_is_a_conflict_whatever_the_case_of_the_name(practice: Office):
    practice.run(
        "UPDATE patient SET FName = 'ZORA ', LName = 'Quill', Birthdate = '1990-05-17' WHERE PatNum = ?",
        practice.patient,
    )
    task = WORKS["patient.create"].make(practice)
    with pytest.raises(WriteConflict) as caught:
        practice.channel.apply(task, practice.channel.prepare(task))
    assert caught.value.code == "patient_exists"


def test_a_database_that_cannot_be_read_leaves_everything_for_later(practice: Office):
    task = WORKS["alert.create"].make(practice)
    plan = practice.channel.prepare(task)
    practice.run("ALTER TABLE popup RENAME TO popup_away")
    with pytest.raises(NotNow):
        practice.channel.apply(task, plan)
    assert practice.wire.sent == []
