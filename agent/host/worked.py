"""How long the practice has worked between two moments, by its office hours. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from agent.host.settings import OfficeHours

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST = timedelta(days=31)


def worked_seconds(since: float, until: float, hours: Sequence[OfficeHours], zone: ZoneInfo) -> float:
    """Seconds of office hours between two moments (seconds since 1970); of more than a month, those of the last one."""
    begin = datetime.fromtimestamp(max(since, until - _LONGEST.total_seconds()), zone).replace(tzinfo=None)
    end = datetime.fromtimestamp(until, zone).replace(tzinfo=None)
    day, total = begin.replace(hour=0, minute=0, second=0, microsecond=0), 0.0
    while day < end:
        for opens, closes in _of(day, hours):
            total += max(0.0, (min(closes, end) - max(opens, begin)).total_seconds())
        day += timedelta(days=1)
    return total


def longest_day(hours: Sequence[OfficeHours]) -> float | None:
    """Seconds of the longest working day of a week; None where the practice says that it never works."""
    monday = datetime(2024, 1, 1)  # any Monday
    days = [
        sum((closes - opens).total_seconds() for opens, closes in _of(monday + timedelta(days=number), hours))
        for number in range(7)
    ]
    return max(days) or None


def _of(day: datetime, hours: Sequence[OfficeHours]) -> Iterator[tuple[datetime, datetime]]:
    for one in hours:
        if _DAYS[day.weekday()] in one.days:
            yield day + _clock(one.opens), day + _clock(one.closes)


def _clock(text: str) -> timedelta:
    hour, minute = map(int, text.split(":"))
    return timedelta(hours=hour, minutes=minute)
