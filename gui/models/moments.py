"""Times as people say them. Pure: the present is handed in, in seconds since 1970; local time is the machine's."""

from __future__ import annotations

from datetime import UTC, datetime

from gui.texts import say


def seconds_of(iso: str | None) -> float | None:
    """A UTC time of a message in seconds since 1970."""
    if not iso:
        return None
    at = datetime.fromisoformat(iso)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def iso(at: float) -> str:
    """Seconds since 1970 as messages have it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def span(seconds: float) -> str:
    """How long, with one number that matters."""
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return say(f"span.{unit}" if count == 1 else f"span.{unit}s", count=count)
    count = max(0, int(seconds))
    return say("span.second" if count == 1 else "span.seconds", count=count)


def ago(iso: str | None, now: float) -> str:
    """How long ago."""
    at = seconds_of(iso)
    if at is None:
        return say("time.never")
    passed = now - at
    return say("time.just_now") if passed < 10 else say("time.ago", span=span(passed))


def hour_and_minute(at: float) -> str:
    """The local time of day."""
    local = datetime.fromtimestamp(at, UTC).astimezone()
    half = say("time.am") if local.hour < 12 else say("time.pm")
    return say("time.clock", hour=local.hour % 12 or 12, minute=f"{local.minute:02d}", half=half)


def moment(iso: str | None, now: float) -> str:
    """A local time, with the day where it is not today."""
    at = seconds_of(iso)
    if at is None:
        return say("time.never")
    local = datetime.fromtimestamp(at, UTC).astimezone()
    today = datetime.fromtimestamp(now, UTC).astimezone()
    days = (today.date() - local.date()).days
    clock = hour_and_minute(at)
    if days == 0:
        return clock
    if days == 1:
        return say("time.yesterday", clock=clock)
    if days == -1:
        return say("time.tomorrow", clock=clock)
    return say("time.day", month=say(f"month.{local.month}"), day=local.day, clock=clock)


def exact(iso: str) -> str:
    """A local time with seconds, for lists."""
    at = seconds_of(iso)
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC).astimezone():%Y-%m-%d %H:%M:%S}"


def hours_until_tomorrow(now: float) -> float:
    """Hours until seven in the morning of the next day, local time; at most 24."""
    local = datetime.fromtimestamp(now, UTC).astimezone()
    left = (24 + 7) - (local.hour + local.minute / 60)
    return max(0.5, min(24.0, left))
