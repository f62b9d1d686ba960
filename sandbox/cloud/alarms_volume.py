"""Is as much changing as usual? Compares the last hours with the same hours of the weeks before. Pure.

The measure is the number of changes that the agent saw in three whole office hours, per resource, against the same
three hours of the same weekday: median and MAD, which one odd week does not move. Days on which the office was closed
count neither as history nor are they judged; before four weeks of history nothing is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from sandbox.cloud.alarms import Finding
from sandbox.cloud.fleet_facts import Office, utc
from sandbox.cloud.fleet_hours import open_hours

Activity = Mapping[str, Mapping[datetime, int]]
"""Changes by resource and hour (the hour's beginning, UTC); an hour that is missing had none."""

WINDOW = 3
"""Office hours that are judged together."""
HISTORY = timedelta(weeks=12)
"""So far back the usual is looked for."""
LEAST_HISTORY = timedelta(weeks=4)
"""Before so much of it, nothing is judged."""
LEAST_DAYS = 4
"""Open days of the same weekday that are needed."""
QUIET_SHARE = 0.1
"""A day with less than this share of what is usual is a day on which the office is closed."""
QUIET_LEAST = 10
"""A practice in which less than this changes on a usual day is not judged."""
QUIET_DAYS = 3
"""So many usual working days without changes are worth a look."""
LOW, HIGH = 5.0, 8.0
"""Spreads below and above the median that are far from the usual."""


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual for some hours of a weekday."""

    middle: float
    spread: float


def usual(samples: list[int]) -> Usual:
    """Median, and a spread that is never below that of rare events coming by chance."""
    middle = median(samples)
    mad = median([abs(one - middle) for one in samples])
    return Usual(middle, max(1.4826 * mad, math.sqrt(middle), 1.0))


def last_hour(now: datetime, settled: timedelta = timedelta(minutes=10)) -> datetime:
    """The hour (its beginning, UTC) that was complete last, with some time for what is on its way."""
    return (now - settled).astimezone(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)


def judge(activity: Activity, office: Office, now: datetime) -> list[Finding] | None:
    """What is far from the usual; None = nothing can be said now (closed, too early in the day, too little history)."""
    at = last_hour(now)
    today = at.astimezone(ZoneInfo(office.time_zone)).date()
    hours = [hour for hour in open_hours(office, today) if hour <= at]
    began = min((hour for counts in activity.values() for hour in counts), default=now)
    if not hours or hours[-1] != at or len(hours) < WINDOW or now - began < LEAST_HISTORY:
        return None
    days = _Days(activity, office, began, today)
    expected = days.expected(today, hours)
    if expected is None or expected < QUIET_LEAST:
        return None
    if days.total(hours) < QUIET_SHARE * expected:
        return days.quiet_for(today)
    found = []
    for resource, counts in sorted(activity.items()):
        window = hours[-WINDOW:]
        samples = [sum(counts.get(hour, 0) for hour in same) for same in days.same_hours(today, window)]
        if len(samples) < LEAST_DAYS or now - min(counts, default=now) < LEAST_HISTORY:
            continue  # nobody knows yet what is usual: a newer agent may have begun to read it
        seen, norm = sum(counts.get(hour, 0) for hour in window), usual(samples)
        code = _far(seen, norm)
        if code is not None:
            told = {"resource": resource, "changes": seen, "usual": round(norm.middle), "hours": WINDOW}
            facts = {**told, "from": utc(window[0]), "to": utc(at + timedelta(hours=1)), "days_compared": len(samples)}
            found.append(Finding(code, resource, window[0], facts=facts))
    return found


def _far(seen: int, norm: Usual) -> str | None:
    if seen < norm.middle - LOW * norm.spread and seen <= norm.middle / 2:
        return "volume_low"
    if seen > norm.middle + HIGH * norm.spread and seen >= 3 * norm.middle and seen - norm.middle >= 50:
        return "volume_high"
    return None


class _Days:
    """The history, by local day."""

    def __init__(self, activity: Activity, office: Office, began: datetime, today: date) -> None:
        self._office = office
        self._totals: dict[datetime, int] = {}
        for counts in activity.values():
            for hour, number in counts.items():
                self._totals[hour] = self._totals.get(hour, 0) + number
        first = max(began, datetime(today.year, today.month, today.day, tzinfo=UTC) - HISTORY)
        self._first = first.astimezone(ZoneInfo(office.time_zone)).date() + timedelta(days=1)  # the first whole one
        self._today = today
        self._opened = {day: open_hours(office, day) for day in self._range(self._first, today)}

    def total(self, hours: list[datetime]) -> int:
        """Changes of all resources in these hours."""
        return sum(self._totals.get(hour, 0) for hour in hours)

    def expected(self, day: date, hours: list[datetime]) -> float | None:
        """Changes of all resources that are usual in these hours of a day."""
        totals = [self.total(same) for same in self.same_hours(day, hours)]
        return median(totals) if len(totals) >= LEAST_DAYS else None

    def same_hours(self, day: date, hours: list[datetime]) -> list[list[datetime]]:
        """The same hours by the practice's clock, on the open days before that were the same weekday."""
        opened = open_hours(self._office, day)
        places = [opened.index(hour) for hour in hours]
        return [
            [whole[place] for place in places]
            for whole in self._open_days(day)
            if len(whole) == len(opened)  # the hours were the same
        ]

    def quiet_for(self, today: date) -> list[Finding]:
        """Nothing changes today: a closed day, unless it goes on for longer than the office is ever closed unasked."""
        quiet, day = [today], today - timedelta(days=1)
        while day >= self._first and len(quiet) < 2 * QUIET_DAYS:
            whole = self._opened.get(day, [])
            expected = self.expected(day, whole) if whole else None
            if expected is not None and expected >= QUIET_LEAST:
                if self.total(whole) >= QUIET_SHARE * expected:
                    break
                quiet.append(day)
            day -= timedelta(days=1)
        if len(quiet) < QUIET_DAYS:
            return []
        first = self._opened.get(quiet[-1], [])
        return [Finding("nothing_changes", "", first[0] if first else None, facts={"working_days": len(quiet)})]

    def _open_days(self, before: date) -> list[list[datetime]]:
        """The whole office days of a weekday before a date, without those on which the office was closed."""
        days = [day for day in self._opened if day < before and day.weekday() == before.weekday()]
        totals = {day: self.total(self._opened[day]) for day in days if self._opened[day]}
        if not totals:
            return []
        busy = median(sorted(totals.values())[len(totals) // 2 :])  # of the busier half: closed days do not lower it
        return [self._opened[day] for day, total in totals.items() if total and total >= QUIET_SHARE * busy]

    @staticmethod
    def _range(first: date, end: date) -> list[date]:
        return [first + timedelta(days=at) for at in range(max(0, (end - first).days))]
