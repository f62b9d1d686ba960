"""The channel against the served stand-in, with what can go wrong on the way and in the service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from agent.model.writing import NotNow, OutcomeUnknown
from agent.sources.opendental.writing.channel import OpenDentalChannel
from agent.sources.opendental.writing.exchange import HttpExchange
from sandbox.opendental_api.faults import Fault, Faulty, Plan
from sandbox.opendental_api.server import Served, serving
from tests.sources.opendental.offices import Office
from tests.sources.opendental.works import WORKS

KINDS = sorted(WORKS)


class Reached:
    """The practice, its served API and a channel over HTTP."""

    def __init__(self, practice: Office, served: Served, exchange: HttpExchange) -> None:
        self.practice = practice
        self.served = served
        self.channel = OpenDentalChannel(exchange, practice.reader)

    def goes_wrong(self, *faults: Fault) -> None:
        """What happens to the requests to come."""
        plan = self.served.service.plan
        assert isinstance(plan, Plan)
        plan.plan(*faults)


@pytest.fixture
def reached(practice: Office) -> Iterator[Reached]:
    service = practice.wire.service
    with (
        serving(Faulty(service, Plan(), lambda: practice.now)) as served,
        closing(HttpExchange(service.keys.developer, service.keys.customer, f"{served.url}/")) as exchange,
    ):
        yield Reached(practice, served, exchange)


def test_it_is_ready_and_says_when_it_is_not(reached: Reached):
    assert reached.channel.look().state == "ready"
    reached.served.stop()
    assert reached.channel.look().state == "unreachable"
    reached.served.start()
    reached.served.keys.enabled = False
    assert reached.channel.look().state == "refused"


@pytest.mark.parametrize("fault", ["lost", "dropped", "refused", "throttled", "expired", "error", "never", "late"])
@pytest.mark.parametrize("kind", ["appointment.create", "appointment.note", "patient.create", "payment.post"])
def test_whatever_goes_wrong_it_ends_with_one_effect(reached: Reached, kind: str, fault: str):
    work, channel, practice = WORKS[kind], reached.channel, reached.practice
    task = work.make(practice)
    plan = channel.prepare(task)
    reached.goes_wrong(Fault(fault, seconds=0, lands_after=30))
    with pytest.raises(NotNow if fault in ("throttled", "expired") else OutcomeUnknown):
        channel.apply(task, plan)
    practice.later(seconds=channel.settle_seconds)
    reached.served.service.land()
    done = fault in ("lost", "late")
    assert channel.find(task).result == ("applied" if done else "absent")
    if not done:
        channel.apply(task, plan)
    assert channel.find(task).result == "applied"
    assert practice.one(work.effect.format(tag=task.tag)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_service_that_dies_in_the_middle_leaves_no_second_effect(reached: Reached, kind: str):
    work, channel, practice = WORKS[kind], reached.channel, reached.practice
    task = work.make(practice)
    reached.goes_wrong(Fault("died", rows=1))
    with pytest.raises(OutcomeUnknown):
        channel.apply(task, channel.prepare(task))
    practice.later(seconds=channel.settle_seconds)
    found = channel.find(task)
    if found.result == "absent":
        channel.apply(task, channel.prepare(task))
        found = channel.find(task)
    # What is only there in part (a payment without its shares, a patient without a guarantor) a person must see.
    half = kind in ("payment.post", "patient.create")
    assert found.result == ("unclear" if half else "applied")
    assert practice.one(work.effect.format(tag=task.tag)) == 1
