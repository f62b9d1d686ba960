"""Is as much changing as usual? A practice on a virtual clock, with holidays, closed days and daylight saving."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sandbox.cloud.alarms_volume import judge, last_hour, usual
from sandbox.cloud.fleet_facts import Office
from sandbox.cloud.fleet_hours import open_hours
from tests.sandbox.cloud.fleet_office import OFFICE

HERE = Office.model_validate(OFFICE)
ZONE = ZoneInfo("America/New_York")
USUAL = {"appointment": 40, "patient": 8, "ledger_entry": 60, "clinical_note": 1}
"""Changes in an hour of a working day."""

Day = Callable[[date], float]


class Practice:
    """A front desk that works in office hours; ``factor`` says how much of the usual it does on a day."""

    def __init__(self, first: date, weeks: int, seed: int = 1, factor: Day = lambda _: 1.0) -> None:
        self.rng, self.first, self.factor = random.Random(seed), first, factor
        self.activity: dict[str, dict[datetime, int]] = {resource: {} for resource in USUAL}
        self.last = first + timedelta(weeks=weeks)
        day = first
        while day < self.last:
            self.work(day, factor(day))
            day += timedelta(days=1)

    def work(self, day: date, factor: float = 1.0) -> None:
        for hour in open_hours(HERE, day):
            local = hour.astimezone(ZONE).hour
            lunch = 0.5 if local == 12 else 1.0
            for resource, number in USUAL.items():
                mean = number * factor * lunch
                seen = max(0, round(self.rng.gauss(mean, mean**0.5 * 1.3))) if mean else 0
                if seen:
                    self.activity[resource][hour] = seen

    def judged(self, day: date, wall: str = "15:20") -> list[str] | None:
        now = datetime.combine(day, datetime.strptime(wall, "%H:%M").time(), ZONE).astimezone(UTC)
        until = {r: {h: n for h, n in hours.items() if h < now} for r, hours in self.activity.items()}
        found = judge(until, HERE, now)
        return None if found is None else [f"{one.code} {one.subject}".strip() for one in found]

    def whole_day(self, day: date) -> set[str]:
        return {one for hour in range(8, 18) for one in self.judged(day, f"{hour:02}:20") or ()}


MONDAY = date(2026, 1, 5)


@pytest.mark.parametrize("seed", range(5))
def test_a_usual_fortnight_raises_nothing_through_the_change_to_daylight_saving(seed: int) -> None:
    practice = Practice(MONDAY, 11, seed)
    for at in range(8 * 7 + 3, 10 * 7 + 3):  # from 5 to 18 March; the clocks change on the 8th
        assert practice.whole_day(MONDAY + timedelta(days=at)) == set()


def test_nothing_is_judged_in_the_first_weeks_on_closed_days_and_early_in_the_day() -> None:
    practice = Practice(MONDAY, 6)
    assert practice.judged(date(2026, 1, 28)) is None
    assert practice.judged(date(2026, 2, 14)) is None, "a Saturday"
    assert practice.judged(date(2026, 2, 13), "10:20") is None, "two hours are not enough"
    assert practice.judged(date(2026, 2, 13), "11:20") == []
    assert practice.judged(date(2026, 2, 13), "18:20") is None


def test_a_resource_that_stands_still_is_low_and_one_that_was_never_busy_is_not() -> None:
    practice = Practice(MONDAY, 8)
    for resource in ("appointment", "clinical_note"):
        practice.activity[resource] = {
            hour: n
            for hour, n in practice.activity[resource].items()
            if hour.astimezone(ZONE).date() != date(2026, 2, 24)
        }
    assert practice.whole_day(date(2026, 2, 24)) == {"volume_low appointment"}
    assert practice.whole_day(date(2026, 2, 25)) == set()


def test_ten_times_the_usual_is_high() -> None:
    practice = Practice(MONDAY, 8)
    day = date(2026, 2, 24)
    for hour in open_hours(HERE, day)[4:]:
        practice.activity["patient"][hour] = 900
    assert practice.judged(day, "11:20") == []
    assert practice.judged(day, "15:20") == ["volume_high patient"]


def test_a_holiday_raises_nothing_and_does_not_spoil_the_same_weekday_after_it() -> None:
    holidays = {date(2026, 1, 19), date(2026, 2, 16)}  # both Mondays
    practice = Practice(MONDAY, 9, factor=lambda day: 0.0 if day in holidays else 1.0)
    assert practice.whole_day(date(2026, 2, 16)) == set()
    assert practice.whole_day(date(2026, 2, 23)) == set()


def test_an_office_that_works_every_other_friday_is_known_to() -> None:
    def factor(day: date) -> float:
        return 0.0 if day.weekday() == 4 and (day - MONDAY).days // 7 % 2 else 1.0

    practice = Practice(MONDAY, 12, factor=factor)
    for week in range(8, 12):
        assert practice.whole_day(MONDAY + timedelta(days=7 * week + 4)) == set()


def test_three_working_days_without_changes_are_worth_a_look_and_a_weekend_is_not_counted() -> None:
    quiet = date(2026, 2, 26)  # a Thursday
    practice = Practice(MONDAY, 9, factor=lambda day: 0.0 if day >= quiet else 1.0)
    days = {at: practice.whole_day(quiet + timedelta(days=at)) for at in range(6)}
    assert days == {0: set(), 1: set(), 2: set(), 3: set(), 4: {"nothing_changes"}, 5: {"nothing_changes"}}


def test_a_practice_in_which_little_changes_is_not_judged() -> None:
    practice = Practice(MONDAY, 9, factor=lambda _: 0.004)
    assert practice.whole_day(date(2026, 3, 3)) == set()


def test_one_odd_week_moves_the_usual_little() -> None:
    assert usual([100, 104, 98, 101, 5000, 99]).middle == 100.5
    assert usual([0, 0, 0, 0]).spread == 1.0
    assert usual([400] * 6).spread == 20.0


def test_an_hour_is_judged_when_what_it_saw_has_arrived() -> None:
    assert last_hour(datetime(2026, 3, 2, 15, 9, tzinfo=UTC)).hour == 13
    assert last_hour(datetime(2026, 3, 2, 15, 10, tzinfo=UTC)).hour == 14


def test_a_kind_of_record_that_is_read_since_lately_is_not_judged_until_it_is_known_what_is_usual() -> None:
    practice = Practice(MONDAY, 14)
    since = {week: MONDAY + timedelta(weeks=week) for week in (9, 12)}
    for week, first in since.items():
        hours = [hour for day in range(1, 20) for hour in open_hours(HERE, first + timedelta(days=day))]
        practice.activity[f"read_since_{week}"] = dict.fromkeys(hours, 500)
    found = practice.whole_day(since[12] + timedelta(days=2)) | practice.whole_day(since[9] + timedelta(days=2))
    assert not [one for one in found if "read_since" in one]
