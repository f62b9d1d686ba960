"""The guard: which database this is, whether it may be read, which shapes can be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.capture.guard import LOOK_EVERY, Guard, keyed, same_database
from tests.capture.plain import APPOINTMENT, PATIENT, Half

OLD = "a b c d"


@pytest.fixture
def half(tmp_path: Path) -> Iterator[Half]:
    """A practice whose database has a fingerprint of several rows."""
    made = Half(tmp_path)
    made.source.database = OLD
    yield made
    made.store.close()


@pytest.fixture
def guard(half: Half) -> Guard:
    """A guard that has seen the database once."""
    made = Guard(half.source, half.store, half.clock)
    made.look(1)
    assert made.halted is None
    return made


@pytest.mark.parametrize(
    ("known", "found", "same"),
    [
        (OLD, OLD, True),
        (OLD, "a b c x", True),
        (OLD, "a b x y", True),
        (OLD, "a x y z", False),
        (OLD, "w x y z", False),
        (OLD, "a b c d e f g h", True),
        ("a", "a b c d", True),
        ("", OLD, True),
        (OLD, "", True),
    ],
)
def test_old_rows_are_edited_now_and_then_but_never_most_of_them_at_once(known: str, found: str, same: bool):
    assert same_database(known, found) is same


def test_a_fingerprint_follows_a_database_that_slowly_becomes_another(half: Half, guard: Guard):
    for now in ("a b c w", "a b x w", "a y x w", "z y x w"):
        half.source.database = now
        guard.look(1)
        assert guard.halted is None


def test_what_is_kept_of_the_database_tells_nothing_without_the_key(half: Half, guard: Guard):
    key = half.store.digest_key
    assert guard.description is not None
    assert guard.description.database == half.store.mark("database") == keyed(OLD, key)
    assert not set(keyed(OLD, key).split()) & {*OLD.split(), *keyed(OLD, bytes(32)).split()}
    half.source.database = "w x y z"
    guard.look(1)
    (hold,) = half.store.holds()
    assert hold.detail == {"known": keyed(OLD, key), "found": keyed("w x y z", key)}


def test_a_hold_is_asked_for_once_however_often_one_looks(half: Half, guard: Guard):
    half.source.database = "w x y z"
    for _ in range(3):
        assert guard.look(1) is False
    assert len(half.store.holds()) == 1
    again = Guard(half.source, half.store, half.clock)  # after a restart
    again.look(1)
    assert again.halted == "database_changed" and len(half.store.holds()) == 1


def test_what_a_person_accepted_is_remembered_and_told_once(half: Half, guard: Guard):
    half.source.database = "w x y z"
    guard.look(1)
    half.clock.now += 5
    half.store.accept(half.store.holds()[0].id)
    half.clock.now += 5
    assert guard.look(1) is True
    assert guard.look(1) is False
    assert guard.halted is None
    half.source.database = OLD
    guard.look(1)
    assert guard.halted == "database_changed"


def test_marks_that_fell_are_told_by_name_and_number_and_new_ones_are_taken_up(half: Half, guard: Guard):
    half.source.marks = {"log": 50}
    guard.look(1)
    half.source.marks = {"log": 49, "other": 1}
    guard.look(1)
    assert guard.halted == "database_restored"
    (hold,) = half.store.holds()
    assert hold.detail == {"mark": "log", "known": 50, "found": 49}
    half.clock.now += 1
    half.store.accept(hold.id)
    half.clock.now += 1
    assert guard.look(1) is True
    assert half.store.mark("high_marks") == {"log": 49, "other": 1}


def test_a_mark_that_this_database_does_not_show_has_not_fallen(half: Half, guard: Guard):
    half.source.marks = {"log": 50}
    guard.look(1)
    half.source.marks = {}
    guard.look(1)
    assert guard.halted is None
    assert half.store.mark("high_marks") == {"log": 50}


def test_while_the_pms_halts_work_nothing_is_learned_of_the_database(half: Half, guard: Guard):
    half.source.halted, half.source.database = "upgrade_in_progress", ""
    guard.look(1)
    assert guard.halted == "upgrade_in_progress"
    assert half.store.mark("database") == keyed(OLD, half.store.digest_key)
    half.source.halted, half.source.database = None, OLD
    guard.look(1)
    assert guard.halted is None


def test_a_shape_that_the_source_stops_is_told_and_the_others_go_on(half: Half, guard: Guard):
    half.source.shapes = (replace(PATIENT, stopped="column_missing:patient.name"), APPOINTMENT)
    guard.look(1)
    assert set(guard.shapes) == {"appointment"}
    assert guard.stopped == {"patient": "column_missing:patient.name"}
    half.source.shapes = (PATIENT, APPOINTMENT)
    guard.look(1)
    assert set(guard.shapes) == {"patient", "appointment"} and guard.stopped == {}


def test_a_shape_that_failed_is_left_alone_until_the_next_look_but_one(half: Half, guard: Guard):
    guard.suspend("patient", "type_changed")
    guard.look(1)
    assert set(guard.shapes) == {"appointment"} and guard.stopped == {"patient": "type_changed"}
    half.clock.now += LOOK_EVERY
    guard.look(1)
    assert set(guard.shapes) == {"patient", "appointment"} and guard.stopped == {}
