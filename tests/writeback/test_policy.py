"""The office's policy: it can switch off, ask, switch on and limit; a file that cannot be read stops everything."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from agent.model.errors import Retry
from agent.writeback.policy import Hours, parse, within
from tests.writeback.bench import BOOKING, Bench

PHONE: dict[str, Any] = {"email": "new@example.com"}


def kind(name: str, setting: str) -> str:
    return f'[kinds."{name}"]\n{setting}\n'


def outcome(bench: Bench, policy: str, **changed: Any) -> tuple[str, str | None, str | None]:
    bench.policy = policy
    report = bench.do("appointment.create", "p1", BOOKING | changed)
    return report.state, report.reason_code, report.rule


def test_a_kind_that_is_off_is_refused(bench: Bench):
    off = kind("appointment.create", 'mode = "off"')
    assert outcome(bench, off) == ("rejected", "kind_off", "kind") and bench.practice.effects == []


def test_a_kind_that_the_policy_does_not_name_has_its_channels_default(bench: Bench):
    bench.channel.changes = {"appointment.create": {"default": "off"}}
    assert outcome(bench, "")[1] == "kind_off"
    assert outcome(bench, kind("appointment.create", 'mode = "on"'))[0] == "verified"


def test_the_policy_cannot_switch_on_what_the_channel_does_not_offer(bench: Bench):
    on = kind("appointment.create", 'mode = "on"')
    bench.channel.changes = {"appointment.create": {"offered": False}}
    assert outcome(bench, on) == ("rejected", "kind_not_offered", "kind")
    bench.channel.changes = {"appointment.create": {"offered": False, "reason": "needs_vendor_interface"}}
    assert outcome(bench, on)[1] == "needs_vendor_interface"


def test_what_is_asked_for_waits_until_somebody_approves_it(bench: Bench):
    ask = kind("appointment.create", 'mode = "ask"')
    assert outcome(bench, ask)[:2] == ("awaiting_approval", "approval_wanted")
    assert bench.practice.effects == []
    assert bench.inbox.decide("c1", "approve", "kim") == "awaiting_approval"
    bench.wait(10)
    assert bench.states("c1")[-1] == "verified"
    assert [(one.who, one.name) for one in bench.audit.entries("c1") if one.event == "approved"] == [("person", "kim")]


def test_what_is_asked_for_can_be_refused_by_a_person(bench: Bench):
    outcome(bench, kind("appointment.create", 'mode = "ask"'))
    assert bench.inbox.decide("c1", "reject", "kim") == "rejected"
    bench.wait(10)
    last = bench.told("c1")[-1]
    assert (last.reason_code, last.decided_by) == ("person_refused", "person") and bench.practice.effects == []


def test_what_a_person_refuses_in_the_moment_of_writing_is_not_written(bench: Bench):
    prepare = bench.channel.prepare

    def meanwhile(task: Any) -> Any:
        bench.inbox.decide("c1", "reject", "kim")
        return prepare(task)

    bench.channel.prepare = meanwhile
    assert outcome(bench, "")[:2] == ("rejected", "person_refused") and bench.practice.effects == []


def test_nobody_is_asked_to_approve_what_would_be_refused(bench: Bench):
    ask = kind("appointment.create", 'mode = "ask"')
    assert outcome(bench, ask, operatory_id="o1")[1] == "double_booked"


def test_what_was_approved_is_checked_again(bench: Bench):
    outcome(bench, kind("appointment.create", 'mode = "ask"'))
    bench.practice.edit("appointment", "a1", operatory_id="o2")
    bench.inbox.decide("c1", "approve", "kim")
    bench.wait(10)
    assert bench.told("c1")[-1].reason_code == "double_booked"


@pytest.mark.parametrize("wrong", [0.0, 7200.0, -7200.0])
def test_what_nobody_approves_expires_by_the_clouds_clock_and_is_told_once(bench: Bench, wrong: float):
    bench.clock.wrong = wrong
    bench.policy = kind("appointment.create", 'mode = "ask"')
    bench.give("appointment.create", "p1", BOOKING, expires_in=3600)
    bench.wait(3590, 100)
    assert bench.states("c1") == ["received", "awaiting_approval"]
    bench.wait(20)
    assert bench.states("c1") == ["received", "awaiting_approval", "expired"]


def test_while_the_policy_cannot_be_read_commands_wait(bench: Bench):
    assert outcome(bench, "kinds = nonsense")[:2] == ("received", "policy_invalid")
    bench.policy = ""
    bench.wait(10)
    assert bench.states("c1")[-1] == "verified"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("= 1", "line 1"),
        ("[bookings]\n", "bookings"),
        (kind("appointment.invent", 'mode = "on"'), "appointment.invent"),
        (kind("appointment.create", 'mode = "maybe"'), "mode"),
        ('[[booking.hours]]\ndays = ["mon"]\nfrom = "17:00"\nto = "08:00"\n', "booking.hours"),
        ('[[booking.hours]]\ndays = ["mon"]\nfrom = "08:00"\nto = "24:30"\n', "booking.hours"),
        ('[payments]\nmost = "10"\n', "payments.most"),
    ],
)
def test_a_policy_that_is_wrong_names_the_place(text: str, names: str):
    with pytest.raises(Retry) as caught:
        parse(text)
    assert caught.value.code == "policy_invalid" and names in caught.value.advice


@pytest.mark.parametrize(("limit", "hours"), [("per_hour", 1), ("per_day", 24)])
def test_the_limit_within_an_hour_or_a_day_is_kept(bench: Bench, limit: str, hours: int):
    bench.policy = kind("patient.update_contact", f"{limit} = 2")
    ends = [bench.do("patient.update_contact", "p1", PHONE, expires_in=900_000) for _ in range(3)]
    assert [(one.state, one.rule) for one in ends] == [("verified", None)] * 2 + [("rejected", limit)]
    assert ends[-1].reason_code == "limit_reached" and ends[-1].retryable
    assert bench.do("patient.update_contact", "p2", PHONE).rule == limit
    assert bench.do("alert.create", "p1", {"text": "x"}).state == "verified"
    bench.clock.advance(hours * 3600)
    assert bench.do("patient.update_contact", "p1", PHONE, expires_in=600).state == "verified"


def test_writing_again_after_a_lost_answer_does_not_count_twice(bench: Bench):
    bench.policy = kind("patient.update_contact", "per_hour = 1")
    bench.channel.faults = ["lose_before", "not_now"]
    assert bench.do("patient.update_contact", "p1", PHONE).state == "verified"


@pytest.mark.parametrize(
    ("setting", "changed", "rule"),
    [
        ('operatories = ["o2"]', {"operatory_id": "far"}, "booking.operatories"),
        ('appointment_types = ["check"]', {"appointment_type_id": "crown"}, "booking.appointment_types"),
        ('appointment_types = ["check"]', {}, "booking.appointment_types"),
        ("days_ahead = 7", {"start": "2026-03-10T10:00:00"}, "booking.days_ahead"),
    ],
)
def test_what_the_office_does_not_let_be_booked_is_refused(bench: Bench, setting: str, changed: Any, rule: str):
    policy = f"[booking]\n{setting}\n"
    assert outcome(bench, policy, **changed) == ("rejected", "not_allowed", rule)
    allowed = {"appointment_type_id": "check"} if "types" in setting else {}
    assert outcome(bench, policy, **allowed)[0] == "verified"


def test_an_operatory_that_may_not_be_booked_may_not_be_moved_to_either(bench: Bench):
    bench.policy = '[booking]\noperatories = ["o1"]\n'
    report = bench.do("appointment.reschedule", "a1", {"start": "2026-03-04T10:00:00", "operatory_id": "o2"})
    assert report.rule == "booking.operatories"


TUESDAY = '[[booking.hours]]\ndays = ["tue"]\nfrom = "08:00"\nto = "12:00"\n'


def test_a_visit_outside_the_hours_of_the_policy_is_refused(bench: Bench):
    assert outcome(bench, TUESDAY, start="2026-03-03T11:30:00") == ("rejected", "outside_hours", "start")
    assert outcome(bench, TUESDAY, start="2026-03-04T10:00:00")[1] == "outside_hours"
    assert outcome(bench, TUESDAY, start="2026-03-03T11:00:00")[0] == "verified"


def test_the_hours_of_the_office_hold_where_the_policy_names_none(bench: Bench):
    bench.hours = (Hours(days=("mon",), opens="08:00", closes="17:00"),)
    bench.restart()
    assert outcome(bench, "")[1] == "outside_hours"
    assert outcome(bench, "[booking]\nhours = []\n")[0] == "verified"


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        ("2026-03-03T08:00:00", "2026-03-04T00:00:00", True),
        ("2026-03-03T23:00:00", "2026-03-04T01:00:00", False),
        ("2026-03-03T07:59:59", "2026-03-03T09:00:00", False),
    ],
)
def test_hours_until_midnight_end_at_midnight(start: str, end: str, inside: bool):
    hours = (Hours(days=("tue",), opens="08:00", closes="24:00"),)
    assert within(hours, datetime.fromisoformat(start), datetime.fromisoformat(end)) is inside


def test_a_visit_ends_in_its_hours_to_the_second():
    hours = (Hours(days=("tue",), opens="08:00", closes="12:00"),)
    assert not within(hours, datetime(2026, 3, 3, 11, 0, 30), datetime(2026, 3, 3, 12, 0, 30))


def test_the_office_may_let_visits_overlap(bench: Bench):
    assert outcome(bench, "[booking]\nallow_double_booking = true\n", operatory_id="o1")[0] == "verified"
