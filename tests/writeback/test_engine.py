"""The engine's way with a command: from the inbox into the practice, once, and what it says of it."""

from __future__ import annotations

from typing import Any

import pytest

from agent.wire.commands import CommandReport
from agent.writeback.engine import tag_of
from tests.writeback.bench import BOOKING, Bench

PHONE: dict[str, Any] = {"email": "new@example.com"}


def end(report: CommandReport) -> tuple[str, str | None, str | None]:
    return report.state, report.reason_code, report.rule


EVERY_KIND: list[tuple[str, str | None, dict[str, Any]]] = [
    ("appointment.create", "p1", BOOKING),
    ("appointment.reschedule", "a1", {"start": "2026-03-04T10:00:00"}),
    ("appointment.cancel", "a1", {}),
    ("appointment.confirm", "a1", {"confirmation": "confirmed"}),
    ("appointment.check_in", "a1", {}),
    ("appointment.note", "a1", {"text": "late"}),
    ("patient.create", None, {"first_name": "A", "last_name": "B", "birth_date": "1990-01-01"}),
    ("patient.update_contact", "p1", PHONE),
    ("communication.create", "p1", {"mode": "phone", "text": "called"}),
    (
        "document.attach",
        "p1",
        {"category_id": "document_category", "description": "d", "extension": "txt", "content": "YQ=="},
    ),
    (
        "payment.post",
        "p1",
        {"amount": "10.00", "type_id": "payment_type", "splits": [{"amount": "10.00", "provider_id": "d1"}]},
    ),
    ("alert.create", "p1", {"text": "latex"}),
]


@pytest.mark.parametrize(("kind", "target", "payload"), EVERY_KIND, ids=[kind for kind, _, _ in EVERY_KIND])
def test_every_kind_is_written_once_read_back_and_told(bench: Bench, kind: str, target: str | None, payload: Any):
    command_id = bench.give(kind, target, payload)
    bench.run()
    assert bench.states(command_id) == ["received", "intended", "applied", "verified"]
    (effect,) = bench.effects(command_id)
    record = bench.told(command_id)[-1].record
    assert record is not None
    assert (record.resource, record.id) == (effect.resource, effect.id)
    assert record.version == bench.practice.version(effect.resource, effect.id)
    assert bench.audit.verify().broken_at is None


def test_a_command_of_support_is_handed_to_the_agent(bench: Bench):
    assert bench.do("agent.reconcile", None, {"repair": True}).state == "verified"
    assert bench.supported == [("agent.reconcile", {"repair": True})]


def test_a_command_of_support_that_is_not_as_documented_names_the_field(bench: Bench):
    assert end(bench.do("agent.reconcile", None, {"deep": True})) == ("rejected", "malformed", "payload.deep")
    assert bench.supported == []


@pytest.mark.parametrize(
    ("kind", "target", "payload", "rule"),
    [
        ("appointment.note", "a1", {}, "payload.text"),
        ("appointment.note", "a1", {"text": "x", "colour": 1}, "payload.colour"),
        ("appointment.note", None, {"text": "x"}, "target.id"),
        ("patient.create", "p1", {}, "target.id"),
        ("appointment.create", "p1", BOOKING | {"duration_minutes": 3}, "payload.duration_minutes"),
        ("appointment.create", "p1", BOOKING | {"start": "2026-02-30T10:00:00"}, "payload.start"),
        (
            "patient.create",
            None,
            {"first_name": "A", "last_name": "B", "birth_date": "1990-02-31"},
            "payload.birth_date",
        ),
    ],
)
def test_a_malformed_payload_names_the_field(bench: Bench, kind: str, target: str | None, payload: Any, rule: str):
    assert end(bench.do(kind, target, payload)) == ("rejected", "malformed", rule)


def test_a_target_of_another_resource_is_malformed(bench: Bench):
    report = bench.do("appointment.note", "p1", {"text": "x"}, resource="patient")
    assert end(report)[1:] == ("malformed", "target.resource")


def test_a_kind_that_nobody_knows_is_refused(bench: Bench):
    assert end(bench.do("tooth.pull", "p1")) == ("rejected", "kind_unknown", "kind")


def test_what_the_pms_refuses_is_told_with_its_own_numbers(bench: Bench):
    bench.channel.faults = ["refuse"]
    report = bench.do("patient.update_contact", "p1", PHONE)
    assert (end(report)[:2], report.sqlstate, report.native) == (("rejected", "pms_refused"), "23000", 1452)
    assert bench.effects("c1") == []


def test_a_change_of_the_front_desk_in_the_same_moment_is_a_conflict(bench: Bench):
    bench.channel.faults = ["desk_before"]
    assert end(bench.do("appointment.confirm", "a1"))[:2] == ("conflict", "changed_meanwhile")
    assert bench.practice.tables["appointment"]["a1"]["note"] == "the office's"


def test_a_change_of_the_front_desk_right_after_is_told(bench: Bench):
    bench.channel.faults = ["desk_after"]
    report = bench.do("patient.update_contact", "p1", PHONE)
    assert end(report)[:2] == ("verified", "overwritten_since")
    assert report.record is not None and report.record.version == bench.practice.version("patient", "p1")


def test_what_the_channel_cannot_store_is_refused_before_anything_is_written(bench: Bench):
    assert end(bench.do("appointment.note", "a1", {"text": "☃"}))[1] == "text_not_storable"
    assert bench.states("c1") == ["received", "rejected"]


# Time -----------------------------------------------------------------------------------------------------------------


def test_an_expired_command_is_never_written(bench: Bench):
    command_id = bench.give("patient.update_contact", "p1", PHONE, expires_in=60)
    bench.clock.advance(60)
    bench.run()
    assert end(bench.told(command_id)[-1])[:2] == ("expired", "expired")
    assert bench.told(command_id)[-1].retryable and bench.effects(command_id) == []


def test_commands_expire_by_the_clouds_clock_not_by_the_machines(bench: Bench):
    bench.clock.wrong = 86_400.0 * 400
    assert bench.do("patient.update_contact", "p1", PHONE, expires_in=600).state == "verified"
    bench.clock.wrong = -86_400.0 * 400
    command_id = bench.give("patient.update_contact", "p2", PHONE, expires_in=60)
    bench.clock.advance(61)
    bench.run()
    assert bench.states(command_id)[-1] == "expired"


def test_a_command_that_expires_while_it_is_looked_at_is_not_written(bench: Bench):
    command_id = bench.give("patient.update_contact", "p1", PHONE, expires_in=10)
    prepare = bench.channel.prepare

    def slow(task: Any) -> Any:
        bench.clock.advance(11)
        return prepare(task)

    bench.channel.prepare = slow
    bench.run()
    assert bench.states(command_id)[-1] == "expired" and bench.effects(command_id) == []


def test_after_the_clock_was_set_back_nothing_rests_until_the_old_time(bench: Bench):
    bench.clock.wrong = 86_400.0 * 30
    bench.channel.faults = ["not_now"]
    command_id = bench.give("patient.update_contact", "p1", PHONE)
    bench.run()
    bench.clock.wrong = 0.0
    bench.wait(10)
    assert bench.states(command_id)[-1] == "verified"


# Order ----------------------------------------------------------------------------------------------------------------


def test_commands_of_one_target_keep_their_order_while_other_targets_go_on(bench: Bench):
    bench.channel.faults = ["not_now"]
    first = bench.give("patient.update_contact", "p1", {"email": "first@example.com"})
    second = bench.give("patient.update_contact", "p1", {"email": "second@example.com"})
    other = bench.give("patient.update_contact", "p2", PHONE)
    bench.run()
    assert [bench.ended(one) for one in (first, second, other)] == [False, False, True]
    bench.wait(10)
    assert [effect.tag for effect in bench.practice.effects] == [tag_of(one) for one in (other, first, second)]
    assert bench.practice.tables["patient"]["p1"]["email"] == "second@example.com"


def test_not_now_backs_off_and_goes_on(bench: Bench):
    bench.channel.faults = ["not_now"] * 3
    command_id = bench.give("patient.update_contact", "p1", PHONE)
    bench.wait(4, 1)
    assert len(bench.channel.faults) == 2
    bench.wait(10, 1)
    assert len(bench.channel.faults) == 1
    bench.wait(60, 1)
    assert bench.states(command_id)[-1] == "verified" and len(bench.effects(command_id)) == 1


@pytest.mark.parametrize("fault", ["bug_before", "bug_after"])
def test_a_bug_in_a_channel_neither_loses_the_command_nor_stops_others(bench: Bench, fault: str):
    bench.channel.faults = [fault]
    first = bench.give("patient.update_contact", "p1", PHONE)
    other = bench.give("patient.update_contact", "p2", PHONE)
    bench.run()
    assert bench.problems == ["KeyError"] and bench.ended(other) and not bench.ended(first)
    bench.wait(180)
    assert bench.states(first)[-1] == "verified" and len(bench.effects(first)) == 1


def test_a_bug_while_reading_back_does_not_have_it_written_again(bench: Bench):
    bench.practice.settle = lambda *_: {}["bug"]
    command_id = bench.give("patient.update_contact", "p1", PHONE)
    bench.run()
    del bench.practice.settle
    bench.wait(120)
    assert bench.states(command_id) == ["received", "intended", "applied", "verified"]
    assert len(bench.effects(command_id)) == 1


def test_while_the_database_is_away_commands_stay_as_they_are(bench: Bench):
    bench.practice.away = True
    command_id = bench.give("patient.update_contact", "p1", PHONE)
    bench.wait(60)
    assert bench.states(command_id) == ["received"] and set(bench.problems) == {"connection_lost"}
    bench.practice.away = False
    bench.wait(10)
    assert bench.states(command_id)[-1] == "verified"


def test_while_reading_is_halted_commands_wait_and_say_so(bench: Bench):
    bench.practice.halted = "database_changed"
    command_id = bench.give("patient.update_contact", "p1", PHONE)
    bench.wait(60)
    assert [one.reason_code for one in bench.told(command_id)] == [None, "reading_halted"]
    bench.practice.halted = None
    bench.wait(10)
    assert bench.states(command_id)[-1] == "verified"


@pytest.mark.parametrize(
    ("state", "waits"), [("unreachable", True), ("refused", True), ("read_only", False), ("not_configured", False)]
)
def test_a_channel_that_cannot_be_used_keeps_commands_waiting_or_refuses_them(bench: Bench, state: Any, waits: bool):
    bench.channel.state = state
    command_id = bench.give("patient.update_contact", "p1", PHONE)
    bench.run()
    assert bench.told(command_id)[-1].reason_code == f"channel_{state}"
    assert bench.ended(command_id) is not waits
    bench.channel.state = "ready"
    bench.wait(120)
    assert bench.states(command_id)[-1] == ("verified" if waits else "rejected")
