"""Office time: how much of a stretch of time fell into the practice's hours, by its own clock. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sandbox.cloud.fleet_facts import Office

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONGEST = timedelta(days=60)
"""A longer stretch is looked at no further back: it is long enough for anybody."""


def spans(office: Office, day: date) -> list[tuple[datetime, datetime]]:
    """The office's working times of a local date as UTC moments, in order, not overlapping."""
    zone, found = ZoneInfo(office.time_zone), []
    for one in office.hours:
        if _DAYS[day.weekday()] in one.days and one.opens < one.closes:
            found.append((_moment(day, one.opens, zone), _moment(day, one.closes, zone)))
    merged: list[tuple[datetime, datetime]] = []
    for opens, closes in sorted(found):
        if merged and opens <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
        else:
            merged.append((opens, closes))
    return merged


def office_time(office: Office, start: datetime, end: datetime) -> timedelta:
    """How much of the time between two moments was office time."""
    start = max(start, end - _LONGEST)
    zone, total = ZoneInfo(office.time_zone), timedelta()
    day, last = start.astimezone(zone).date() - timedelta(days=1), end.astimezone(zone).date()
    while day <= last:
        for opens, closes in spans(office, day):
            total += max(timedelta(), min(end, closes) - max(start, opens))
        day += timedelta(days=1)
    return total


def closing(office: Office, moment: datetime) -> datetime | None:
    """When the practice closes next; None = it is closed at this moment."""
    day = moment.astimezone(ZoneInfo(office.time_zone)).date()
    some = (*spans(office, day - timedelta(days=1)), *spans(office, day))
    return next((closes for opens, closes in some if opens <= moment < closes), None)


def open_hours(office: Office, day: date) -> list[datetime]:
    """The whole clock hours (UTC moments) of a local date that lie within office time."""
    found = []
    for opens, closes in spans(office, day):
        hour = opens.replace(minute=0, second=0, microsecond=0)
        hour = hour if hour == opens else hour + timedelta(hours=1)
        while hour + timedelta(hours=1) <= closes:
            found.append(hour)
            hour += timedelta(hours=1)
    return found


def _moment(day: date, wall: str, zone: ZoneInfo) -> datetime:
    hour, minute = int(wall[:2]), int(wall[3:])
    if hour == 24:  # the end of the day
        day, hour = day + timedelta(days=1), 0
    return datetime.combine(day, time(hour, minute), zone).astimezone(UTC)
