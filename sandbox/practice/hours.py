"""When Open Dental's providers work: the rows of ``schedule`` of a new practice. The front desk never changes them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from sandbox.practice.engine import Row, table
from sandbox.practice.model import Practice

SCHEDULE = table("schedule", "ScheduleNum SchedDate StartTime StopTime SchedType ProvNum", stamp="DateTStamp")

_DAYS = 45
_SUNDAY = 6
_PROVIDER = 1
_MADE = "2020-01-01 12:00:00"
_SPANS = (("07:00:00", "12:00:00"), ("13:00:00", "18:00:00"))


def schedule(practice: Practice) -> Iterator[Row]:
    """The spans in which each working provider works, from today on, never on Sundays; each ends with its stamp."""
    number = 0
    working = [one for one in practice.providers.values() if one.person and not one.hidden and one.status == 0]
    for offset in range(_DAYS):
        day = practice.now.date() + timedelta(days=offset)
        if day.weekday() == _SUNDAY:
            continue
        for provider in working:
            for start, stop in _SPANS:
                number += 1
                yield (number, str(day), start, stop, _PROVIDER, int(provider.key), _MADE)
