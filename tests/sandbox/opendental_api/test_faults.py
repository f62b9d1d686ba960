"""What a client sees is another thing than what was done."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest

from sandbox.opendental_api.faults import AnswerLost, ConnectionDropped, Delivery, Fault, NotRunning, Plan
from tests.sandbox.opendental_api.office import Office


class Faulted:
    """An office whose service has faults."""

    def __init__(self, *faults: Fault) -> None:
        self.office = Office()
        self.faulty = self.office.faulty
        self.faulty.plan = Plan(*faults)
        self.before = self.office.count("appointment")

    def book(self) -> Delivery:
        office = self.office
        body = {"PatNum": office.patient.key, "Op": office.chair.key, "AptDateTime": "2025-03-04 10:00:00"}
        headers = {"Authorization": office.keys.header, "Content-Type": "application/json"}
        return self.faulty.handle("POST", "/api/v1/appointments", {}, headers, orjson.dumps(body))

    @property
    def booked(self) -> int:
        return self.office.count("appointment") - self.before


def test_an_answer_is_lost_after_the_work():
    one = Faulted(Fault("lost"))
    with pytest.raises(AnswerLost):
        one.book()
    assert one.booked == 1
    assert one.book().answer.status == 201


def test_a_connection_is_dropped_before_the_work():
    one = Faulted(Fault("dropped"), Fault("refused"))
    with pytest.raises(ConnectionDropped):
        one.book()
    with pytest.raises(NotRunning):
        one.book()
    assert one.booked == 0


def test_a_slow_answer_says_how_slow():
    one = Faulted(Fault("slow", seconds=7))
    delivery = one.book()
    assert (delivery.after, delivery.answer.status, one.booked) == (7, 201, 1)


def test_work_lands_after_the_504():
    one = Faulted(Fault("late"))
    delivery = one.book()
    assert (delivery.answer.status, delivery.after, one.booked) == (504, 60, 0)
    one.office.desk.now += timedelta(seconds=89)
    assert one.faulty.land() == 0
    one.office.desk.now += timedelta(seconds=1)
    assert one.faulty.land() == 1
    assert (one.booked, one.faulty.waiting) == (1, 0)
    assert one.office.as_the_model_says()


def test_work_may_also_never_land():
    one = Faulted(Fault("never"))
    assert one.book().answer.status == 504
    assert (one.faulty.land(everything=True), one.booked) == (0, 0)


@pytest.mark.parametrize(("rows", "history"), [(0, 0), (1, 0), (2, 1), (50, 1)])
def test_a_service_that_dies_leaves_what_it_had_written(rows, history):
    one = Faulted(Fault("died", rows=rows, refusals=2))
    past = one.office.count("histappointment")
    with pytest.raises(AnswerLost):
        one.book()
    for _ in range(2):
        with pytest.raises(NotRunning):
            one.book()
    assert one.booked == min(rows, 1)
    assert one.office.count("histappointment") - past == history
    assert one.book().answer.status == 201
    assert one.office.as_the_model_says()


@pytest.mark.parametrize(("kind", "status"), [("throttled", 429), ("expired", 401), ("error", 500)])
def test_refusals_that_are_no_fault_of_the_request(kind, status):
    one = Faulted(Fault(kind, seconds=5))
    delivery = one.book()
    assert (delivery.answer.status, one.booked) == (status, 0)
    assert delivery.answer.headers.get("Retry-After") == ("5" if status == 429 else None)
    assert one.book().answer.status == 201


def test_faults_hit_the_requests_that_they_are_meant_for():
    one = Faulted(Fault("error", method="PUT"), Fault("error", path="/patients", times=-1))
    assert one.book().answer.status == 201
    plan = one.faulty.plan
    assert isinstance(plan, Plan)
    assert [plan("GET", "/api/v1/patients") is not None for _ in range(3)] == [True] * 3
    assert plan("PUT", "/api/v1/appointments/1") is not None
    assert plan("PUT", "/api/v1/appointments/1") is None
    plan.forget()
    assert plan("GET", "/api/v1/patients") is None
