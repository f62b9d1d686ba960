"""The rules that hold whatever the PMS: each refusal names its rule and what stands in the way."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import pytest

from tests.writeback.bench import BOOKING, Bench

Case = tuple[str, str | None, dict[str, Any], str, str, str]

PATIENT: dict[str, Any] = {"first_name": "A", "last_name": "B", "birth_date": "1990-01-01"}
PAYMENT: dict[str, Any] = {
    "amount": "30.00",
    "type_id": "payment_type",
    "splits": [{"amount": "10.00", "provider_id": "d1"}, {"amount": "20.00", "provider_id": "d2", "patient_id": "p2"}],
}
DOCUMENT: dict[str, Any] = {
    "category_id": "document_category",
    "description": "Letter",
    "extension": "pdf",
    "content": base64.b64encode(b"%PDF-1.7 ...").decode(),
}
CALL: dict[str, Any] = {"mode": "phone", "text": "called"}


def phone(number: str | None, kind: str = "home") -> dict[str, Any]:
    return {"type": kind, "number": number}


def split(amount: str, **more: str) -> dict[str, Any]:
    return {"amount": amount, "provider_id": "d1"} | more


def contents(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


CASES: list[Case] = [
    # kind, target, payload, state, reason, rule
    ("appointment.create", "nobody", BOOKING, "rejected", "target_unknown", "target"),
    ("appointment.create", "p1", BOOKING | {"operatory_id": "x"}, "rejected", "reference_unknown", "operatory_id"),
    (
        "appointment.create",
        "p1",
        BOOKING | {"provider_ids": ["d1", "x"]},
        "rejected",
        "reference_unknown",
        "provider_ids",
    ),
    (
        "appointment.create",
        "p1",
        BOOKING | {"appointment_type_id": "x"},
        "rejected",
        "reference_unknown",
        "appointment_type_id",
    ),
    ("appointment.create", "p1", BOOKING | {"operatory_id": "shut"}, "rejected", "inactive", "operatory_id"),
    ("appointment.create", "p1", BOOKING | {"provider_ids": ["retired"]}, "rejected", "inactive", "provider_ids"),
    ("appointment.create", "p1", BOOKING | {"provider_ids": ["d1", "desk"]}, "rejected", "inactive", "provider_ids"),
    ("appointment.create", "gone", BOOKING, "rejected", "inactive", "target"),
    ("appointment.create", "former", BOOKING, "rejected", "inactive", "target"),
    ("appointment.create", "merged", BOOKING, "rejected", "inactive", "target"),
    ("appointment.create", "p1", BOOKING | {"operatory_id": "o1"}, "conflict", "double_booked", "start"),
    ("appointment.create", "p1", BOOKING | {"start": "2026-03-02T08:59:00"}, "rejected", "in_the_past", "start"),
    (
        "appointment.create",
        "p1",
        BOOKING | {"start": "2026-03-08T02:30:00"},
        "rejected",
        "time_does_not_exist",
        "start",
    ),
    ("appointment.create", "p1", BOOKING | {"start": "2026-11-01T01:30:00"}, "rejected", "time_ambiguous", "start"),
    ("appointment.reschedule", "done", {"start": "2026-03-04T10:00:00"}, "rejected", "not_booked", "target"),
    ("appointment.reschedule", "a1", {"start": "2026-03-03T13:30:00"}, "conflict", "double_booked", "start"),
    ("appointment.cancel", "done", {}, "rejected", "not_booked", "target"),
    ("appointment.confirm", "away", {}, "rejected", "not_booked", "target"),
    ("appointment.confirm", "a1", {"code_id": "payment_type"}, "rejected", "reference_unknown", "code_id"),
    ("appointment.check_in", "done", {}, "rejected", "not_booked", "target"),
    ("appointment.note", "away", {"text": "x"}, "rejected", "not_booked", "target"),
    ("patient.create", None, PATIENT | {"birth_date": "2026-03-03"}, "rejected", "malformed", "birth_date"),
    ("patient.create", None, PATIENT | {"phones": [phone("12")]}, "rejected", "phone_invalid", "phones.home"),
    ("patient.create", None, PATIENT | {"provider_id": "retired"}, "rejected", "inactive", "provider_id"),
    ("patient.update_contact", "gone", {"email": "a@example.com"}, "rejected", "inactive", "target"),
    ("patient.update_contact", "p1", {"phones": [phone("call me")]}, "rejected", "phone_invalid", "phones.home"),
    ("patient.update_contact", "p1", {"phones": [phone("2125550123")] * 2}, "rejected", "malformed", "phones"),
    ("patient.update_contact", "p1", {"email": "a@b"}, "rejected", "email_invalid", "email"),
    ("patient.update_contact", "p1", {"email": "a@example.com, b@example.com"}, "rejected", "email_invalid", "email"),
    ("communication.create", "p1", CALL | {"type_id": "document_category"}, "rejected", "reference_unknown", "type_id"),
    (
        "document.attach",
        "p1",
        DOCUMENT | {"category_id": "payment_type"},
        "rejected",
        "reference_unknown",
        "category_id",
    ),
    ("document.attach", "p1", DOCUMENT | {"extension": "png"}, "rejected", "document_type_refused", "content"),
    ("document.attach", "p1", DOCUMENT | {"content": ""}, "rejected", "document_type_refused", "content"),
    ("document.attach", "p1", DOCUMENT | {"content": "é==="}, "rejected", "malformed", "content"),
    ("document.attach", "p1", DOCUMENT | {"content": "JVBERi0"}, "rejected", "malformed", "content"),
    ("payment.post", "p1", PAYMENT | {"amount": "31.00"}, "rejected", "splits_do_not_sum", "splits"),
    ("payment.post", "p1", PAYMENT | {"amount": "0.00", "splits": []}, "rejected", "amount_invalid", "amount"),
    (
        "payment.post",
        "p1",
        PAYMENT | {"splits": [split("30.00"), split("0.00")]},
        "rejected",
        "amount_invalid",
        "splits.amount",
    ),
    (
        "payment.post",
        "p1",
        PAYMENT | {"splits": [split("30.00", patient_id="gone")]},
        "rejected",
        "inactive",
        "splits.patient_id",
    ),
    ("payment.post", "p1", PAYMENT | {"amount": "10000.01", "splits": []}, "rejected", "not_allowed", "payments.most"),
    ("payment.post", "p1", PAYMENT | {"type_id": "document_category"}, "rejected", "reference_unknown", "type_id"),
    ("payment.post", "p1", PAYMENT | {"day": "2026-03-03"}, "rejected", "malformed", "day"),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{one[0]}-{one[4]}-{one[5]}" for one in CASES])
def test_a_broken_rule_is_named_and_nothing_is_written(bench: Bench, case: Case):
    kind, target, payload, state, reason, rule = case
    report = bench.do(kind, target, payload)
    assert (report.state, report.reason_code, report.rule) == (state, reason, rule)
    assert bench.practice.effects == [] and "intended" not in bench.states(report.command_id)


def test_a_command_that_sets_nothing_is_refused(bench: Bench):
    nothing: tuple[dict[str, Any], ...] = ({}, {"phones": []})
    for payload in nothing:
        assert bench.do("patient.update_contact", "p1", payload).reason_code == "nothing_to_do"


GOOD: list[tuple[str, str | None, dict[str, Any]]] = [
    ("patient.create", None, PATIENT | {"phones": [phone("(212) 555-0123"), phone("+44 20 7946 0958", "mobile")]}),
    ("patient.update_contact", "p1", {"phones": [phone(None)]}),
    ("patient.update_contact", "p1", {"email": None}),
    ("patient.update_contact", "former", {"email": "first.last+tag@mail.example.com"}),
    ("document.attach", "p1", DOCUMENT),
    ("document.attach", "p1", DOCUMENT | {"extension": "txt", "content": contents(b"hello")}),
    ("document.attach", "p1", DOCUMENT | {"extension": "jpg", "content": contents(b"\xff\xd8\xff\xe0")}),
    ("document.attach", "p1", DOCUMENT | {"extension": "docx", "content": contents(b"PK\x03\x04")}),
    ("payment.post", "p1", PAYMENT),
    ("payment.post", "p1", PAYMENT | {"splits": []}),
    ("appointment.confirm", "a1", {"code_id": "confirmation_status"}),
    ("appointment.note", "done", {"text": "x"}),
    ("appointment.create", "p1", BOOKING | {"operatory_id": "o1", "start": "2026-03-03T09:00:00"}),
    ("appointment.create", "p1", BOOKING | {"operatory_id": "o1", "start": "2026-03-03T11:00:00"}),
]


@pytest.mark.parametrize(("kind", "target", "payload"), GOOD)
def test_what_breaks_no_rule_is_written(bench: Bench, kind: str, target: str | None, payload: Any):
    assert bench.do(kind, target, payload).state == "verified"


def test_a_double_booking_names_the_visit_that_is_there(bench: Bench):
    report = bench.do("appointment.create", "p2", BOOKING | {"operatory_id": "o1", "start": "2026-03-03T10:59:00"})
    assert report.conflicting is not None
    assert (report.conflicting.resource, report.conflicting.id) == ("appointment", "a1")


@pytest.mark.parametrize("status", ["cancelled", "missed", "waitlist"])
def test_a_visit_that_does_not_take_place_takes_no_room(bench: Bench, status: str):
    bench.practice.edit("appointment", "a1", status=status)
    assert bench.do("appointment.create", "p2", BOOKING | {"operatory_id": "o1"}).state == "verified"


def test_a_visit_from_the_evening_before_takes_room_after_midnight(bench: Bench):
    bench.practice.edit("appointment", "a1", start="2026-03-03T23:30:00", end="2026-03-04T00:30:00")
    late = {"operatory_id": "o1", "start": "2026-03-04T00:15:00"}
    assert bench.do("appointment.create", "p2", BOOKING | late).reason_code == "double_booked"


def test_a_visit_may_be_moved_onto_its_own_time(bench: Bench):
    assert bench.do("appointment.reschedule", "a1", {"start": "2026-03-03T10:30:00"}).state == "verified"


def test_a_visit_that_is_moved_keeps_its_length_unless_it_is_told_otherwise(bench: Bench):
    move = {"start": "2026-03-03T13:30:00"}
    assert bench.do("appointment.reschedule", "a1", move).reason_code == "double_booked"
    assert bench.do("appointment.reschedule", "a1", move | {"duration_minutes": 30}).state == "verified"


def test_another_version_than_expected_is_a_conflict(bench: Bench):
    version = bench.practice.version("appointment", "a1")
    bench.practice.edit("appointment", "a1", note="the office's")
    report = bench.do("appointment.confirm", "a1", {}, expected_version=version)
    assert (report.state, report.reason_code, report.rule) == ("conflict", "version_changed", "expected_version")
    assert report.conflicting is not None and report.conflicting.id == "a1"
    now = bench.practice.version("appointment", "a1")
    assert bench.do("appointment.confirm", "a1", {}, expected_version=now).state == "verified"


@pytest.mark.parametrize("start", ["2026-03-08T02:30:00", "2026-11-01T01:30:00"])
def test_clocks_that_are_not_changed_skip_and_repeat_nothing(bench: Bench, start: str):
    """The operatory is in Arizona."""
    assert bench.do("appointment.create", "p1", BOOKING | {"operatory_id": "far", "start": start}).state == "verified"


def test_a_visit_that_is_moved_lies_in_its_own_zone(bench: Bench):
    bench.practice.edit("appointment", "a1", time_zone="America/Phoenix")
    assert bench.do("appointment.reschedule", "a1", {"start": "2026-03-08T02:30:00"}).state == "verified"


def test_the_past_is_what_is_past_at_the_place_of_the_visit(bench: Bench):
    """It is nine in New York, and seven in Arizona."""
    eight = BOOKING | {"start": "2026-03-02T08:00:00"}
    assert bench.do("appointment.create", "p1", eight).reason_code == "in_the_past"
    assert bench.do("appointment.create", "p1", eight | {"operatory_id": "far"}).state == "verified"


def test_a_payment_of_today_is_of_the_practices_today(bench: Bench):
    bench.practice.moved = timedelta(hours=-10)
    assert bench.do("payment.post", "p1", PAYMENT | {"day": "2026-03-02"}).rule == "day"
    assert bench.do("payment.post", "p1", PAYMENT | {"day": "2026-03-01"}).state == "verified"


def test_a_document_that_the_office_finds_too_large_is_refused(bench: Bench):
    bench.policy = "[documents]\nmax_mb = 0.001\n"
    large = DOCUMENT | {"content": contents(b"%PDF-" + bytes(1000))}
    report = bench.do("document.attach", "p1", large)
    assert (report.reason_code, report.rule) == ("document_too_large", "content")


def test_the_office_may_set_the_largest_payment(bench: Bench):
    bench.policy = '[payments]\nmost = "29.99"\n'
    assert bench.do("payment.post", "p1", PAYMENT).rule == "payments.most"
