"""What the settings mean for capture: office hours, duty, limits."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from agent.capture.pace import PaceSettings
from agent.capture.work import CaptureSettings
from agent.host.settings import Pace, Settings
from agent.model.clock import Clock

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def in_office_hours(pace: Pace, zone: ZoneInfo, now: float) -> bool:
    """Whether the practice works now (seconds since 1970)."""
    local = datetime.fromtimestamp(now, zone)
    time = local.strftime("%H:%M")
    return any(
        _DAYS[local.weekday()] in hours.days and hours.opens <= time < hours.closes for hours in pace.office_hours
    )


def capture_settings(settings: Settings, clock: Clock) -> CaptureSettings:
    """Capture's settings from the operator's."""
    pace, limits = settings.pace, settings.limits
    zone = ZoneInfo(settings.practice.time_zone)

    def duty() -> float:
        return pace.duty_office if in_office_hours(pace, zone, clock.time()) else pace.duty_off

    def load_duty() -> float:
        return max(duty(), pace.duty_load)

    return CaptureSettings(
        poll_seconds=pace.poll_seconds,
        lookup_seconds=pace.lookup_minutes * 60.0,
        rotation_seconds=pace.compare_seconds,
        duty=duty,
        load_duty=load_duty,
        outbox_bytes=limits.outbox_mb * 1024 * 1024,
        delete_share=limits.delete_share,
        delete_floor=limits.delete_floor,
        pace=PaceSettings(statement_seconds=pace.statement_ms / 1000.0),
    )
