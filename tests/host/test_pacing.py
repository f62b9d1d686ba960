"""What the settings mean for capture, by the practice's own clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from agent.host.pacing import capture_settings, in_office_hours
from agent.host.settings import Settings
from tests.host.test_settings import GOOD

NEW_YORK = ZoneInfo("America/New_York")


class Clock:
    """Shows a wall-clock time of New York."""

    def __init__(self, local: str) -> None:
        self.local = local

    def time(self) -> float:
        return datetime.fromisoformat(self.local).replace(tzinfo=NEW_YORK).timestamp()

    def monotonic(self) -> float:
        return 0.0


def settings(**pace: Any) -> Settings:
    return Settings.model_validate({**GOOD, "pace": pace})


@pytest.mark.parametrize(
    ("local", "open_"),
    [
        ("2025-03-03T06:59:59", False),
        ("2025-03-03T07:00:00", True),
        ("2025-03-03T18:59:59", True),
        ("2025-03-03T19:00:00", False),
        ("2025-03-08T12:00:00", False),  # a Saturday
        ("2025-03-10T07:00:00", True),  # the Monday after the clocks went forward
        ("2025-11-03T07:00:00", True),  # and back
    ],
)
def test_office_hours_are_those_of_the_practices_zone(local: str, open_: bool):
    assert in_office_hours(settings().pace, NEW_YORK, Clock(local).time()) is open_


def test_hours_to_midnight_and_from_midnight_meet():
    hours = [{"days": ["fri"], "from": "20:00", "to": "24:00"}, {"days": ["sat"], "from": "00:00", "to": "02:00"}]
    pace = settings(office_hours=hours).pace
    shown = [
        in_office_hours(pace, NEW_YORK, Clock(f"2025-03-{day}").time()) for day in ("07T23:59", "08T00:00", "08T02:00")
    ]
    assert shown == [True, True, False]


def test_the_duty_follows_the_hours_while_the_agent_runs():
    clock = Clock("2025-03-03T12:00:00")
    made = capture_settings(settings(duty_office=0.05, duty_off=0.5, duty_load=0.25), clock)
    assert (made.duty(), made.load_duty()) == (0.05, 0.25)
    clock.local = "2025-03-03T22:00:00"
    assert (made.duty(), made.load_duty()) == (0.5, 0.5)


def test_without_office_hours_the_practice_never_works():
    made = capture_settings(settings(office_hours=[]), Clock("2025-03-03T12:00:00"))
    assert made.duty() == 0.5


def test_units_are_those_that_capture_counts_in():
    made = capture_settings(
        Settings.model_validate(
            {**GOOD, "pace": {"lookup_minutes": 2.0, "statement_ms": 20}, "limits": {"outbox_mb": 16}}
        ),
        Clock("2025-03-03T12:00:00"),
    )
    assert made.lookup_seconds == 120.0
    assert made.pace.statement_seconds == 0.02
    assert made.outbox_bytes == 16 * 1024 * 1024
