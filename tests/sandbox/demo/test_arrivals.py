"""Matching what arrives with what was committed."""

from __future__ import annotations

from typing import Any

from sandbox.demo.arrivals import Arrivals, delay, delays
from sandbox.demo.watch import ROTATION, Change, Content

NAME = ("patient", "0001")


def change(before: Content, after: Content, at: float, way: str = ROTATION) -> Change:
    return Change(NAME, before, after, at, way)


def entry(seq: int, data: Content, epoch: int = 1, record_id: str = "0001") -> dict[str, Any]:
    op = "delete" if data is None else "upsert"
    found: dict[str, Any] = {"epoch": epoch, "seq": seq, "op": op, "resource": "patient", "id": record_id}
    return found if data is None else found | {"data": data}


A, B, C = {"name": "a"}, {"name": "b"}, {"name": "c"}


def test_a_change_takes_from_its_commit_until_it_is_seen():
    arrivals = Arrivals()
    arrivals.expect([change(A, B, 10.0)])
    assert arrivals.waiting() == 1
    assert arrivals.take(entry(1, B), 12.5).seconds == 2.5
    assert arrivals.waiting() == 0


def test_of_two_states_that_arrive_as_one_the_first_commit_counts():
    arrivals = Arrivals()
    arrivals.expect([change(A, B, 10.0), change(B, C, 11.0)])
    assert arrivals.take(entry(1, C), 12.0).seconds == 2.0
    assert arrivals.waiting() == 0


def test_a_state_that_arrives_late_leaves_the_newer_one_waiting():
    arrivals = Arrivals()
    arrivals.expect([change(A, B, 10.0), change(B, C, 11.0)])
    arrivals.take(entry(1, B), 12.0)
    assert arrivals.waiting() == 1
    assert arrivals.take(entry(2, C), 13.0).seconds == 2.0


def test_what_was_taken_back_before_it_was_seen_is_not_waited_for_and_does_not_count():
    arrivals = Arrivals()
    arrivals.expect([change(A, B, 10.0), change(B, A, 11.0)])
    assert arrivals.waiting() == 0
    arrivals.expect([change(A, C, 20.0)])
    assert arrivals.take(entry(1, C), 21.0).seconds == 1.0


def test_deletes_and_records_that_bear_an_incarnation_are_matched_too():
    arrivals = Arrivals()
    arrivals.expect([change(A, None, 10.0), change(None, B, 11.0)])
    assert arrivals.take(entry(1, None), 12.0).seconds == 2.0
    assert arrivals.take(entry(2, B, record_id="0001~2"), 12.0).seconds == 1.0


def test_only_what_was_committed_by_a_moment_is_waited_for():
    arrivals = Arrivals()
    arrivals.expect([change(A, B, 10.0)])
    assert arrivals.waiting(9.0) == 0
    assert arrivals.waiting(10.0) == 1


def test_what_nothing_explains_is_a_stranger():
    arrivals = Arrivals()
    assert arrivals.take(entry(1, A), 1.0).seconds is None
    assert arrivals.strangers == 1


def test_a_repetition_is_disorder_and_a_new_epoch_is_not():
    arrivals = Arrivals()
    arrivals.pass_over(entry(1, A))
    arrivals.pass_over(entry(2, A))
    arrivals.pass_over(entry(1, A, epoch=2))
    assert arrivals.disorder == 0
    arrivals.pass_over(entry(1, A, epoch=2))
    assert arrivals.disorder == 1


def test_delays_are_told_apart_by_what_can_see_a_change():
    arrivals = Arrivals()
    arrivals.expect([change(A, B, 0.0)])
    arrivals.take(entry(1, B), 4.0)
    arrivals.expect([change(B, C, 5.0, "audit row")])
    arrivals.take(entry(2, C), 6.0)
    found = delays(arrivals.arrived)
    assert (found["told early"].median, found["rotation only"].median) == (1.0, 4.0)


def test_the_median_and_the_99th_percentile_are_of_values_that_occurred():
    found = delay([float(number) for number in range(1, 101)])
    assert found is not None
    assert (found.count, found.median, found.worst_percent) == (100, 50.0, 99.0)
    assert delay([]) is None


def test_what_somebody_else_has_written_is_the_new_beginning_once_it_is_forgotten():
    arrivals = Arrivals()
    arrivals.expect([change(A, B, 10.0)])
    arrivals.take(entry(1, B), 11.0)
    assert arrivals.take(entry(2, C), 12.0).seconds is None
    arrivals.forget()
    arrivals.expect([change(C, B, 13.0)])
    assert arrivals.waiting() == 1
