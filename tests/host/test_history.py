"""The bars of the last day: counted from what happens, kept over restarts, cut at a day."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agent.host.history import History
from agent.host.log import Event

NOON = 1_700_049_600.0
"""2023-11-15 12:00 UTC, 07:00 in New York."""


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def made(folder: Path, clock: Clock) -> History:
    return History(folder, clock, ZoneInfo("America/New_York"))


def test_changes_and_writes_fall_into_quarters_of_an_hour(tmp_path: Path, clock: Clock):
    history = made(tmp_path, clock)
    history.heard(Event.of("delivered", changes=3))
    history.heard(Event.of("write_ended", state="verified"))
    history.heard(Event.of("write_ended", state="rejected"))
    history.heard(Event.of("captured", changes=50))
    clock.now += 900
    history.heard(Event.of("delivered", changes=4))
    told = history.answer()
    assert [(bar.begins, bar.changes) for bar in told.bars] == [
        ("2023-11-15T12:00:00.000Z", 3),
        ("2023-11-15T12:15:00.000Z", 4),
    ]
    assert (told.today_changes, told.today_writes) == (7, 1)


def test_the_slowest_way_and_broken_time_come_from_the_status(tmp_path: Path, clock: Clock):
    history = made(tmp_path, clock)
    for second in range(0, 20, 2):
        delivery = f"2023-11-15T12:00:{second // 6:02}Z"  # some deliveries, each seen several times
        history.saw({"last_delivery": delivery, "last_delivery_lag_seconds": second * 1.0}, broken=second >= 10)
        clock.now += 2
    clock.now += 300  # the machine slept
    history.saw({"last_delivery": None, "last_delivery_lag_seconds": None}, broken=True)
    bar, *_ = history.answer().bars
    assert (bar.slowest_seconds, bar.broken_seconds) == (18.0, 10.0)


def test_what_was_delivered_before_the_start_counts_for_nothing(tmp_path: Path, clock: Clock):
    history = made(tmp_path, clock)
    history.saw({"last_delivery": "2023-11-14T00:00:00Z", "last_delivery_lag_seconds": 999.0}, broken=False)
    assert history.answer().bars == []


def test_it_is_kept_over_a_restart_and_cut_at_a_day(tmp_path: Path, clock: Clock):
    history = made(tmp_path, clock)
    for _ in range(200):
        history.heard(Event.of("delivered", changes=1))
        clock.now += 900
    clock.now -= 900
    history.save()
    again = made(tmp_path, clock)
    assert len(again.answer().bars) == 96
    assert again.answer() == history.answer()
    assert (tmp_path / "history.json").stat().st_size < 10_000
    clock.now += 86_400 * 3
    assert again.answer().bars == []


def test_the_day_begins_at_the_practice_s_midnight(tmp_path: Path, clock: Clock):
    history = made(tmp_path, clock)
    clock.now = NOON - 7 * 3600 - 60  # 23:59 in New York
    history.heard(Event.of("delivered", changes=5))
    clock.now = NOON
    history.heard(Event.of("delivered", changes=2))
    assert history.answer().today_changes == 2


def test_a_damaged_file_costs_the_chart_and_nothing_else(tmp_path: Path, clock: Clock):
    for content in ("", "[]", '{"x": {}}', '{"1": {"zebra": 1}}', '{"1": 5}'):
        (tmp_path / "history.json").write_text(content)
        assert made(tmp_path, clock).answer().bars == []


def test_a_clock_that_was_set_back_begins_anew(tmp_path: Path, clock: Clock):
    history = made(tmp_path, clock)
    history.heard(Event.of("delivered", changes=5))
    clock.now -= 86_400 * 400
    history.heard(Event.of("delivered", changes=2))
    assert [bar.changes for bar in history.answer().bars] == [2]
