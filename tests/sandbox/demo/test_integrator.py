"""What the demo's integrator asks for, and how it follows a command."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from agent.model.errors import NeedsPerson
from agent.wire.payloads import PAYLOADS
from agent.writeback.policy import parse
from sandbox.demo import writing
from sandbox.demo.integrator import Choice, Integrator

NOW = datetime(2025, 3, 3, 9, 0)  # a Monday


def visit(start: str | None, status: str = "booked", chair: str = "1", **more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"start": start, "end": start, "status": status, "operatory_id": chair}
    found |= {"confirmation": "unconfirmed", "provider_ids": ["D1"], "patient_id": "P1"}
    return found | more


class Cloud:
    """Stands where the cloud is read."""

    def __init__(self, visits: dict[str, dict[str, Any]], states: list[str] | None = None) -> None:
        self.held: dict[str, dict[str, dict[str, Any]]] = {
            "appointment": visits,
            "patient": {"P2": {"status": "active"}, "P1": {"status": "active"}, "P0": {"status": "deleted"}},
            "provider": {"H1": {"role": "hygienist", "active": True}, "D1": {"role": "dentist", "active": True}},
            "operatory": {"0": {"active": False}, "1": {"active": None}},
            "code": {
                "b": {"set": "payment_type", "active": True},
                "a": {"set": "payment_type", "active": False},
                "c": {"set": "document_category"},
            },
        }
        self.states = states or []
        self.keys: list[str] = []

    def records(self, resource: str) -> Iterator[tuple[str, dict[str, Any]]]:
        yield from self.held[resource].items()

    def queue(self, request: dict[str, Any], idempotency_key: str) -> dict[str, Any]:
        self.keys.append(idempotency_key)
        return self.command("c1")

    def command(self, command_id: str) -> dict[str, Any]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        report = {"reason_code": "double_booked", "record": None}
        outcome = report if state == "conflict" else None
        return {"command_id": command_id, "state": state, "final": state == "conflict", "outcome": outcome}


def choice(**visits: dict[str, Any]) -> Choice:
    return Choice(Cloud(visits), NOW)


def test_only_people_chairs_and_codes_in_use_are_chosen():
    found = choice()
    assert (found.patients, found.dentist, found.chair) == (["P1", "P2"], "D1", "1")
    assert (found.code("payment_type"), found.code("document_category")) == ("b", "c")


def test_a_free_day_has_nobody_in_the_chair_and_is_no_sunday():
    elsewhere, here = visit("2025-03-10T09:00:00", chair="2"), visit("2025-03-15T16:00:00", status="cancelled")
    found = choice(a=elsewhere, b=here)
    assert found.free_day(7) == datetime(2025, 3, 10, 10, 0)
    assert found.free_day(12) == datetime(2025, 3, 17, 10, 0)  # a Saturday with somebody, then a Sunday


def test_visits_to_come_are_chosen_in_their_order():
    found = choice(
        late=visit("2025-05-02T09:00:00"),
        soon=visit("2025-03-05T09:00:00"),
        today=visit("2025-03-03T11:00:00"),
        sure=visit("2025-03-06T09:00:00", confirmation="confirmed"),
        gone=visit("2025-03-06T09:00:00", patient_id="P0"),
        off=visit("2025-03-06T09:00:00", status="cancelled"),
        listed=visit(None),
    )
    assert found.booked() == ["soon", "late"]


def test_a_command_is_followed_until_its_end_and_timed():
    moments = iter([1.0, 1.1, 1.2, 1.75])
    by = Integrator(Cloud({}, ["queued", "intended", "conflict"]), lambda: next(moments), lambda _: None)
    told = by.ask("appointment.create", ("patient", "P1"), {}, 10)
    assert (told.state, round(told.milliseconds), told.record) == ("conflict", 750, None)
    assert told.reason is not None
    assert told.reason.code == "double_booked"


def test_who_must_act_is_not_waited_for_and_what_takes_too_long_is_said():
    by = Integrator(Cloud({}, ["needs_person"]), lambda: 0.0, lambda _: None)
    assert by.ask("appointment.create", ("patient", "P1"), {}, 10).state == "needs_person"
    moments = iter([0.0, 5.0, 11.0])
    slow = Integrator(Cloud({}, ["queued"]), lambda: next(moments), lambda _: None)
    with pytest.raises(NeedsPerson) as caught:
        slow.ask("appointment.create", ("patient", "P1"), {}, 10)
    assert caught.value.code == "demo_stuck"


@pytest.mark.parametrize("pms", ["eaglesoft", "opendental"])
def test_the_office_s_policy_switches_on_what_is_shown_and_nothing_else(pms: str):
    policy = parse(writing.policy(pms))
    on = {kind for kind in PAYLOADS if policy.of(kind).mode == "on"}
    assert on == set(writing.kinds(pms))
    assert policy.of(writing.OFF).mode == "off"
    assert policy.booking.hours == ()
