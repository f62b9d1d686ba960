"""How long the practice has worked, by its own hours and its own clock."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from agent.host.settings import OfficeHours
from agent.host.worked import longest_day, worked_seconds

ZONE = ZoneInfo("America/New_York")
WEEK = (
    OfficeHours(days=("mon", "tue", "wed", "thu"), opens="08:00", closes="12:00"),
    OfficeHours(days=("mon", "tue", "wed", "thu"), opens="13:00", closes="17:30"),
    OfficeHours(days=("fri",), opens="08:00", closes="12:00"),
)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp()


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        ("2027-03-01T07:00", "2027-03-01T20:00", 8.5),
        ("2027-03-01T11:00", "2027-03-01T14:00", 2.0),
        ("2027-03-05T11:00", "2027-03-08T09:00", 2.0),
        ("2027-03-06T00:00", "2027-03-08T08:00", 0.0),
        ("2027-03-12T11:00", "2027-03-15T09:00", 2.0),
        ("2027-03-01T09:00", "2027-03-01T08:30", 0.0),
        ("2020-01-01T00:00", "2027-03-01T00:00", 156.0),
    ],
)
def test_only_office_hours_count(since: str, until: str, hours: float):
    assert worked_seconds(at(since), at(until), WEEK, ZONE) == hours * 3600


def test_the_longest_day_of_a_week_is_the_measure():
    assert longest_day(WEEK) == 8.5 * 3600
    assert longest_day(()) is None
