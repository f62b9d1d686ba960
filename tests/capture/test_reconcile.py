"""Reconcile: what both sides hold is counted, what differs is named, and only what is drift is repaired."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.model.canonical import segment_of
from tests.capture.cloud import PlainCloud, reconciled
from tests.capture.plain import Half, row


@pytest.fixture
def half(tmp_path: Path) -> Iterator[Half]:
    """A practice that is loaded."""
    made = Half(tmp_path)
    made.source.tables["patient"] = {(k,): row(f"name {k}") for k in "ABCDEFGH"}
    made.source.tables["appointment"] = {(n,): row(f"visit {n}") for n in range(1, 21)}
    made.settle()
    yield made
    made.store.close()


@pytest.fixture
def cloud(half: Half) -> PlainCloud:
    """A cloud that has taken everything."""
    made = PlainCloud(half)
    made.take()
    return made


def counts(found: object) -> tuple[int, int, int, int, int]:
    """matched, different, missing, extra, repaired."""
    return tuple(getattr(found, name) for name in ("matched", "different", "missing", "extra", "repaired"))


def test_what_both_sides_hold_alike_is_matched_with_one_question_each(half: Half, cloud: PlainCloud):
    found = reconciled(half, cloud)
    assert counts(found["patient"]) == (8, 0, 0, 0, 0)
    assert counts(found["appointment"]) == (20, 0, 0, 0, 0)
    assert [(one.resource, one.list_segments) for one in cloud.asked] == [("patient", []), ("appointment", [])]


def test_drift_is_told_by_kind_and_left_alone_unless_asked_to_repair(half: Half, cloud: PlainCloud):
    cloud.held["patient"]["A"] = "0" * 32
    del cloud.held["patient"]["B"]
    cloud.held["patient"]["Z"] = "1" * 32
    before = dict(cloud.held["patient"])
    for _ in range(2):
        assert counts(reconciled(half, cloud, "patient")["patient"]) == (6, 1, 1, 1, 0)
    assert cloud.held["patient"] == before


@pytest.mark.parametrize("resource", ["patient", "appointment"])
def test_repair_sends_what_differs_and_takes_away_what_is_too_much(half: Half, cloud: PlainCloud, resource: str):
    truth = dict(cloud.held[resource])
    first, second = list(truth)[:2]
    cloud.held[resource][first] = "0" * 32
    del cloud.held[resource][second]
    cloud.held[resource]["404"] = "1" * 32
    assert counts(reconciled(half, cloud, resource, repair=True)[resource])[1:] == (1, 1, 1, 3)
    assert cloud.held[resource] == truth
    assert counts(reconciled(half, cloud, resource)[resource])[1:] == (0, 0, 0, 0)


def test_a_change_that_capture_has_not_seen_yet_is_no_drift(half: Half, cloud: PlainCloud):
    rows = half.source.tables["appointment"]
    rows[(3,)] = row("moved")
    rows[(30,)] = row("booked")
    del rows[(7,)]
    assert counts(reconciled(half, cloud, "appointment")["appointment"]) == (20, 0, 0, 0, 0)
    assert set(cloud.held["appointment"]) == {str(n) for n in [*range(1, 21), 30] if n != 7}


def test_a_text_key_that_capture_has_not_seen_yet_is_no_drift(half: Half, cloud: PlainCloud):
    half.source.tables["patient"][("AB",)] = row("new")
    del half.source.tables["patient"][("C",)]
    assert counts(reconciled(half, cloud, "patient")["patient"]) == (8, 0, 0, 0, 0)


def test_a_record_that_comes_while_it_is_compared_is_neither_drift_nor_taken_away(half: Half, cloud: PlainCloud):
    cloud.held["appointment"]["1"] = "0" * 32  # something differs, so that members are compared
    wanted: list[int] = []

    def arrive(number: int) -> None:
        if number == 2:  # the first list of members: the practice was read before, the cloud will have it by the next
            segment = set(cloud.asked[-1].list_segments)
            wanted.append(next(n for n in range(100, 9000) if segment_of(str(n), 256) in segment))
            half.source.tables["appointment"][(wanted[0],)] = row("came meanwhile")
            half.capture.mark([("appointment", (wanted[0],))])

    cloud.before_answer = arrive
    found = reconciled(half, cloud, "appointment", repair=True)["appointment"]
    assert counts(found)[1:] == (1, 0, 0, 1)
    assert str(wanted[0]) in cloud.held["appointment"]


def test_a_record_that_goes_while_it_is_compared_is_no_drift(half: Half, cloud: PlainCloud):
    cloud.held["appointment"]["1"] = "0" * 32

    def leave(number: int) -> None:
        if number == 2:
            half.source.tables["appointment"].pop((1,))
            half.capture.mark([("appointment", (1,))])

    cloud.before_answer = leave
    assert counts(reconciled(half, cloud, "appointment")["appointment"])[1:] == (0, 0, 0, 0)
    assert "1" not in cloud.held["appointment"]


def test_a_reused_key_is_compared_under_its_present_holder_s_id(half: Half, cloud: PlainCloud):
    half.source.tables["patient"][("A",)] = row("another", birth="1999", entered="2026")
    half.settle()
    cloud.take()
    assert "A~2" in cloud.held["patient"]
    assert counts(reconciled(half, cloud, "patient")["patient"]) == (8, 0, 0, 0, 0)


def test_of_a_resource_that_cannot_be_read_nothing_is_said_and_nothing_repaired(half: Half, cloud: PlainCloud):
    half.source.broken.add("patient")
    half.capture.work.rotation.hasten("patient")
    half.settle()
    before = dict(cloud.held["patient"])
    found = reconciled(half, cloud, repair=True)
    assert set(found) == {"appointment"}
    assert cloud.held["patient"] == before


@pytest.mark.parametrize("halted", ["upgrade_in_progress", None])
def test_nothing_is_read_while_the_database_may_not_be_read(half: Half, cloud: PlainCloud, halted: str | None):
    if halted is None:
        half.source.database = "another"
    half.source.halted = halted
    half.settle()
    assert half.capture.work.guard.halted is not None
    asked = len(half.source.asked)
    with pytest.raises(AssertionError, match="does not end"):
        reconciled(half, cloud, repair=True)
    assert half.source.asked[asked:] == []
    half.source.halted, half.source.database = None, "one"
    half.clock.now += 120
    assert all(one.clean for one in reconciled(half, cloud).values())


def test_it_waits_for_a_first_load_that_still_runs(tmp_path: Path):
    half = Half(tmp_path)
    half.source.tables["appointment"] = {(n,): row(f"visit {n}") for n in range(1, 40)}
    half.capture.step()
    cloud = PlainCloud(half)
    assert counts(reconciled(half, cloud, "appointment")["appointment"]) == (39, 0, 0, 0, 0)
    half.store.close()
