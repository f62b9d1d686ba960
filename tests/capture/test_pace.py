"""The governor: statements stay short, the engine rests, and neither kind of work starves the other."""

from __future__ import annotations

from random import Random

import pytest

from agent.capture.pace import Pace, PaceSettings

SETTINGS = PaceSettings(statement_seconds=0.030, least=64, most=1024, step=64)


def test_a_statement_that_took_too_long_halves_the_next_one_down_to_the_least():
    pace = Pace(SETTINGS)
    seen = []
    for _ in range(6):
        seen.append(pace.limit("patient"))
        pace.worked("patient", 0.031, 0.0, 0.05)
    assert seen == [512, 256, 128, 64, 64, 64]
    assert pace.limit("appointment") == 512


def test_short_statements_grow_step_by_step_up_to_the_most():
    pace = Pace(SETTINGS)
    for _ in range(20):
        pace.worked("patient", 0.001, 0.0, 0.05)
    assert pace.limit("patient") == 1024
    pace.worked("patient", 0.020, 0.0, 0.05)
    assert pace.limit("patient") == 1024


def test_a_statement_that_is_just_long_enough_changes_nothing():
    pace = Pace(SETTINGS)
    pace.worked("patient", 0.020, 0.0, 0.05)
    assert pace.limit("patient") == 512


def test_the_engine_rests_in_proportion_to_its_work():
    pace = Pace(SETTINGS)
    pace.worked("patient", 0.010, 100.0, 0.05)
    assert pace.unhurried_at() == pytest.approx(100.19)
    pace.worked("patient", 0.010, 200.0, 1.0)
    assert pace.unhurried_at() == pytest.approx(200.0)


def test_what_was_done_is_counted_for_people():
    pace = Pace(SETTINGS)
    pace.worked("patient", 0.010, 0.0, 0.5)
    pace.hurried(0.025, 0.0, 0.5)
    assert pace.busy_total == pytest.approx(0.035)
    assert pace.longest == 0.025


@pytest.mark.parametrize("duty", [0.05, 0.25, 1.0])
@pytest.mark.parametrize("seed", range(8))
def test_whatever_there_is_to_do_the_duty_holds_and_both_kinds_get_their_half(seed: int, duty: float):
    rng = Random(seed)
    lengths = rng.choice(((0.0005, 0.04), (0.03,), (0.002, 0.01, 0.02)))
    pace, now, busy = Pace(SETTINGS), 0.0, {True: 0.0, False: 0.0}
    for _ in range(500):
        seconds = rng.choice(lengths)
        due = {True: pace.hurried_at(urgent=rng.random() < 0.5), False: pace.unhurried_at()}
        hurried = rng.random() < 0.5 if max(due.values()) <= now else min(due, key=lambda kind: due[kind])
        now = max(now, due[hurried]) + seconds
        if hurried:
            pace.hurried(seconds, now, duty)
        else:
            pace.worked("patient", seconds, now, duty)
        busy[hurried] += seconds
    # What was done last has not been rested for yet; hurried work may use its half of twenty seconds at once.
    assert sum(busy.values()) <= duty * now + min(0.5, 10 * duty) + 4 * max(lengths)
    assert min(busy.values()) + min(0.5, 10 * duty) >= 0.4 * duty * now


def test_after_a_quiet_while_hurried_work_need_not_rest_between_its_pieces():
    pace, now = Pace(SETTINGS), 100.0
    for _ in range(10):
        assert pace.hurried_at(urgent=False) <= now
        now += 0.030
        pace.hurried(0.030, now, 0.05)
    assert pace.hurried_at(urgent=True) <= now
    assert now < pace.hurried_at(urgent=False) + 0.5


def test_in_the_long_run_hurried_work_keeps_to_half_of_the_duty():
    pace, now, busy = Pace(SETTINGS), 0.0, 0.0
    while now < 60.0:
        now = max(now, pace.hurried_at(urgent=True)) + 0.030
        pace.hurried(0.030, now, 0.05)
        busy += 0.030
    assert busy <= 0.025 * (60.0 + 20.0) + 0.060


def test_looks_leave_something_for_records_that_are_known_to_have_changed():
    pace, now = Pace(SETTINGS), 0.0
    for _ in range(100):
        now = max(now, pace.hurried_at(urgent=False)) + 0.010
        pace.hurried(0.010, now, 0.05)
    assert pace.hurried_at(urgent=True) <= now < pace.hurried_at(urgent=False)
