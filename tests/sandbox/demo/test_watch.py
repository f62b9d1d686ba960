"""What the watched desk says of its operations, against the whole practice before and after each."""

from __future__ import annotations

from random import Random

import pytest

from sandbox.demo.watch import ROTATION, Change, WatchedDesk, base
from sandbox.practice.build import Size, build
from sandbox.practice.desk import WEIGHTS
from sandbox.practice.engine import open_memory
from sandbox.practice.oracle import expected
from sandbox.practice.schema import Pms

SMALL = Size(patients=30, appointments=40, ledger=50, sites=2)


def desk_of(pms: Pms, seed: int) -> WatchedDesk:
    connection = open_memory(pms)
    return WatchedDesk(build(pms, connection, seed, SMALL, create=False), connection, Random(seed), lambda: 1.0)


def whole(desk: WatchedDesk) -> dict:
    found = expected(desk.practice)
    return {(resource, base(one)): data for resource, records in found.items() for one, data in records.items()}


@pytest.mark.parametrize("pms", ["eaglesoft", "opendental"])
def test_the_changes_told_are_exactly_those_that_the_practice_has_seen(pms: Pms):
    desk = desk_of(pms, 1)
    held = whole(desk)

    def took(operation: str, changes: list[Change]) -> None:
        for change in changes:
            assert held.get(change.name) == change.before, operation
            held.pop(change.name, None)
            if change.after is not None:
                held[change.name] = change.after
        assert held == whole(desk), operation

    desk.on_changes = took
    for name in WEIGHTS:
        desk.do(name)
    desk.work(60)


def test_a_patient_in_eaglesoft_is_seen_by_rotation_only_and_a_visit_by_its_audit_row():
    desk = desk_of("eaglesoft", 2)
    ways: dict[str, set[str]] = {}
    desk.on_changes = lambda operation, changes: ways.setdefault(operation, set()).update(one.way for one in changes)
    desk.do("rename_patient")
    desk.do("move")
    desk.do("post_payment")
    assert ways["rename_patient"] == {ROTATION}
    assert ways["move"] <= {"audit row"}
    assert ways["post_payment"] == {"new key"}


def test_a_patient_in_open_dental_bears_a_change_stamp():
    desk = desk_of("opendental", 2)
    ways: set[str] = set()
    desk.on_changes = lambda _, changes: ways.update(one.way for one in changes)
    desk.do("rename_patient")
    assert ways == {"change stamp"}


def test_it_takes_its_keys_where_others_who_write_take_theirs():
    assert desk_of("eaglesoft", 1).writer.serving
