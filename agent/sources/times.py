"""Dates and times: the PMS's local wall-clock values, and the UTC derived from them.

Local values are ISO 8601 text without a zone. Pure: never reads the machine's clock or zone.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from agent.model.errors import Terminal
from agent.sources.doubt import LIMIT, Doubt, Memo, doubt_of

EARLIEST_YEAR = 1800
LATEST_YEAR = 2200

EMPTY = frozenset({None, "", "0001-01-01", "0001-01-01T00:00:00", "0001-01-01 00:00:00", "0000-00-00"})
"""Raw dates and times that say nothing."""

_EMPTY_DATES = frozenset({"", "0001-01-01", "0000-00-00"})
_MIDNIGHT = "00:00:00"


YEARS = frozenset(f"{year:04}" for year in range(EARLIEST_YEAR, LATEST_YEAR + 1))
DAYS = frozenset(f"-{dt.date(2023, 1, 1) + dt.timedelta(number):%m-%d}" for number in range(365))
"""Years and days of a year (``-MM-DD``) of which any two make a usable date."""


@lru_cache(LIMIT)
def _checked_day(day: str) -> str | None:
    """A day as it stands, None for the PMS's empty days, a doubt for anything that is no usable day."""
    day = day.strip()
    if day in _EMPTY_DATES:
        return None
    try:
        year = dt.date.fromisoformat(day).year
    except ValueError:
        raise Doubt(None, "out_of_range") from None
    if len(day) != 10 or not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise Doubt(None, "out_of_range")
    return day


@lru_cache(LIMIT)
def time_of_day(time: str) -> str:
    """A time of day ``HH:MM:SS`` as it stands; no time at all is midnight."""
    if not time:
        return _MIDNIGHT
    try:
        return dt.time.fromisoformat(time).isoformat(timespec="seconds")
    except ValueError:
        raise Doubt(None, "out_of_range") from None


def day(raw: Any) -> str | None:
    """The date part of a date or time, ``YYYY-MM-DD``; the PMS's empty dates are None."""
    if type(raw) is str:
        return _checked_day(raw[:10])
    if raw is None:
        return None
    raise doubt_of(raw, "out_of_range")


def day_itself(day: str) -> str:
    """A day that is there; a doubt about any other, an empty one included."""
    checked = _checked_day(day)
    if checked is None:
        raise Doubt(None, "out_of_range")
    return checked


def local_time(raw: Any) -> str | None:
    """A local time, ``YYYY-MM-DDTHH:MM:SS`` with fractions cut; the PMS's empty dates are None."""
    if type(raw) is str:
        date = _checked_day(raw[:10])
        return None if date is None else f"{date}T{time_of_day(raw[11:19])}"
    if raw is None:
        return None
    raise doubt_of(raw, "out_of_range")


def stamp(raw: Any) -> str | None:
    """The PMS's own change stamp to the second, as the database has it."""
    if type(raw) is not str or len(raw) < 19:
        return None
    return raw if len(raw) == 19 and raw[10] == "T" else f"{raw[:10]}T{raw[11:19]}"


def time_unless_midnight(raw: Any) -> str | None:
    """A local time where midnight means that nothing was recorded (Open Dental's arrived, seated, dismissed)."""
    value = local_time(raw)
    return None if value is None or value.endswith(_MIDNIGHT) else value


_MINUTE_OF_DAY = {f"{hour:02}:{minute:02}": hour * 60 + minute for hour in range(24) for minute in range(60)}


def minutes_between(start: str | None, end: str | None) -> int | None:
    """Whole minutes from one local time to another, None when one of them is missing."""
    if start is None or end is None:
        return None
    if start[:10] == end[:10] and start[16:] == end[16:]:
        return _MINUTE_OF_DAY[end[11:16]] - _MINUTE_OF_DAY[start[11:16]]
    return int((dt.datetime.fromisoformat(end) - dt.datetime.fromisoformat(start)).total_seconds() // 60)


@lru_cache(LIMIT)
def _plus_minutes(time: str, minutes: int) -> str | None:
    """Time of day (``HH:MM``) plus minutes, None when that is no longer the same day."""
    total = _MINUTE_OF_DAY[time] + minutes
    return f"{total // 60:02}:{total % 60:02}" if 0 <= total < 1440 else None


def after_minutes(start: str | None, minutes: int | None) -> str | None:
    """The local wall-clock time so many minutes later, None when one of the two is missing."""
    if start is None or minutes is None:
        return None
    same_day = _plus_minutes(start[11:16], minutes)
    if same_day is not None:
        return f"{start[:11]}{same_day}{start[16:]}"
    return (dt.datetime.fromisoformat(start) + dt.timedelta(minutes=minutes)).isoformat()


def zone_of(name: str) -> ZoneInfo:
    """The IANA zone of that name.

    Raises:
        Terminal: ``time_zone_unknown``.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Terminal(
            "time_zone_unknown",
            "The practice's time zone is not a known IANA zone",
            "Set it to a name like America/Chicago.",
            zone=name[:64],
        ) from None


class Clock:
    """UTC of one zone's local times. What has been worked out is remembered."""

    __slots__ = ("_days", "_zone", "ends", "hours", "starts")

    def __init__(self, zone: str) -> None:
        self._zone = zone_of(zone)
        self._days = Memo(self._plain_day)
        self.hours = Memo(self._plain_hour)
        """Local hour (``YYYY-MM-DDTHH``) -> the same in UTC; None on days whose offset changes or is no whole hour."""
        self.starts = Memo(self._told)
        """Local time -> UTC; a doubt (with the UTC) about a time that occurs twice or never."""
        self.ends = Memo(lambda local: None if local is None else self.utc(local)[0])
        """Local time -> UTC, without asking whether it occurs twice or never. None -> None in both."""

    def utc(self, local: str) -> tuple[str, str | None]:
        """UTC of a local time as ``...Z``, and ``nonexistent_local_time`` or ``ambiguous_local_time`` where it is so.

        Of a time that occurs twice the first is meant; one that never occurs is read with the offset before the gap.
        """
        hour = self.hours[local[:13]]
        if hour is not None:
            return f"{hour}{local[13:]}Z", None
        moment = dt.datetime.fromisoformat(local)
        first, second = self._offset(moment, 0), self._offset(moment, 1)
        utc = (moment - first).isoformat(timespec="seconds") + "Z"
        if first < second:
            return utc, "nonexistent_local_time"
        return utc, "ambiguous_local_time" if first > second else None

    def _told(self, local: str | None) -> str | None:
        if local is None:
            return None
        utc, doubt = self.utc(local)
        if doubt is not None:
            raise Doubt(utc, doubt)
        return utc

    def _offset(self, moment: dt.datetime, fold: int) -> dt.timedelta:
        offset = moment.replace(tzinfo=self._zone, fold=fold).utcoffset()
        assert offset is not None
        return offset

    def _plain_hour(self, hour: str) -> str | None:
        """``YYYY-MM-DDTHH`` in UTC when the local day has one offset of whole hours, else None."""
        offset = self._days[hour[:10]]
        return None if offset is None else (dt.datetime.fromisoformat(hour) - offset).isoformat()[:13]

    def _plain_day(self, day: str) -> dt.timedelta | None:
        begin = dt.datetime.fromisoformat(day)
        times = (begin + dt.timedelta(hours=hour, minutes=minute) for hour, minute in ((0, 0), (12, 0), (23, 59)))
        offsets = {self._offset(moment, fold) for moment in times for fold in (0, 1)}
        offset = offsets.pop()
        return None if offsets or offset.total_seconds() % 3600 else offset
