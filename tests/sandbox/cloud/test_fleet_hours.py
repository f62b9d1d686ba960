"""Office time: by the practice's own clock, over weekends, midnight and the change of daylight saving."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.cloud.fleet_facts import Office
from sandbox.cloud.fleet_hours import closing, office_time, open_hours, spans


def office(*hours: tuple[str, str, str], zone: str = "America/New_York") -> Office:
    said: dict[str, Any] = {"time_zone": zone, "hours": [{"days": d.split(), "from": a, "to": b} for d, a, b in hours]}
    return Office.model_validate(said)


ALWAYS = office(("mon tue wed thu fri sat sun", "00:00", "24:00"))
WEEKDAYS = office(("mon tue wed thu fri", "08:00", "17:00"))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_weekend_holds_no_office_time() -> None:
    assert office_time(WEEKDAYS, utc("2026-03-06T23:00"), utc("2026-03-09T12:00")) == timedelta()
    assert office_time(WEEKDAYS, utc("2026-03-06T21:30"), utc("2026-03-09T12:45")) == timedelta(minutes=75)


def test_days_have_23_or_25_hours_when_the_clocks_change() -> None:
    for day, hours in ((date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2026, 11, 2), 24)):
        assert len(open_hours(ALWAYS, day)) == hours


def test_hours_that_overlap_count_once_and_a_lunch_break_does_not_count() -> None:
    lunch = office(("mon", "08:00", "12:00"), ("mon", "13:00", "17:00"), ("mon", "11:00", "12:00"))
    monday = date(2026, 3, 2)
    assert len(spans(lunch, monday)) == 2
    assert office_time(lunch, utc("2026-03-02T00:00"), utc("2026-03-03T00:00")) == timedelta(hours=8)
    assert closing(lunch, utc("2026-03-02T17:30")) is None
    assert closing(lunch, utc("2026-03-02T18:00")) == utc("2026-03-02T22:00")
    assert len(open_hours(lunch, monday)) == 8


def test_only_whole_hours_are_open_hours() -> None:
    odd = office(("mon", "08:30", "12:15"))
    assert [one.minute for one in open_hours(odd, date(2026, 3, 2))] == [0, 0, 0]


def test_hours_that_make_no_sense_are_none() -> None:
    assert (
        office_time(office(("mon", "17:00", "08:00")), utc("2026-03-01T00:00"), utc("2026-03-09T00:00")) == timedelta()
    )


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),
    st.integers(0, 40 * 24 * 60),
    st.integers(0, 40 * 24 * 60),
)
def test_office_time_adds_up(start: datetime, first: int, second: int) -> None:
    begin = start.replace(tzinfo=UTC)
    middle = begin + timedelta(minutes=first % (20 * 1440))
    end = middle + timedelta(minutes=second % (20 * 1440))
    whole = office_time(WEEKDAYS, begin, end)
    assert whole == office_time(WEEKDAYS, begin, middle) + office_time(WEEKDAYS, middle, end)
    assert timedelta() <= whole <= end - begin
    assert office_time(ALWAYS, begin, end) == end - begin
