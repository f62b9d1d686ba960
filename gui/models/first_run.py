"""The first-run assistant's steps and what they make. Pure."""

from __future__ import annotations

import os
import zoneinfo
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from agent.wire.local import SettingsChange
from gui.models import moments
from gui.models.overview import Load
from gui.texts import say

STEPS = ("find", "code", "check", "load")
_WINDOW = 60.0


@dataclass(frozen=True, slots=True)
class Choice:
    """What was entered on the first page."""

    pms: str
    connection: str
    zone: str
    login: str
    password: str

    def test_arguments(self) -> dict[str, str]:
        """For ``test_database``."""
        given = {
            "connection": self.connection,
            "pms": self.pms,
            "login": self.login,
            "password": self.password,
            "time_zone": self.zone,
        }
        return {name: value for name, value in given.items() if value}

    def change(self, cloud: str) -> SettingsChange:
        """The settings that it makes."""
        source = {"connection": self.connection} | ({"login": self.login} if self.login else {})
        sections = {"practice": {"pms": self.pms, "time_zone": self.zone}, "source": source, "cloud": {"url": cloud}}
        return SettingsChange(settings=sections, database_password=self.password or None)


def zones() -> list[str]:
    """Time zones to choose from: those of North America first."""
    first = ("America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles", "America/Phoenix")
    return [*first, *sorted(zone for zone in zoneinfo.available_timezones() if "/" in zone and zone not in first)]


def machine_zone(known: list[str]) -> str:
    """The machine's own time zone, where it is among those known."""
    named = os.environ.get("TZ", "")
    if named in known:
        return named
    place = Path("/etc/localtime")
    target = str(place.resolve()) if place.exists() else ""
    found = target.partition("zoneinfo/")[2]
    return found if found in known else known[0]


class Pace:
    """Guesses how long the first load will still take, from the last minute."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def told(self, load: Load, now: float) -> str:
        """How far it is, and how long it will still take."""
        left = self.left(load, now)
        return load.text if left is None else say("load.left", load=load.text, span=moments.span(left))

    def left(self, load: Load, now: float) -> float | None:
        """Seconds; None = nobody can tell yet."""
        if self._seen and load.done < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((now, load.done))
        while now - self._seen[0][0] > _WINDOW:
            self._seen.popleft()
        (begun, before), passed = self._seen[0], now - self._seen[0][0]
        if passed < 3 or load.done <= before or load.total <= 0:
            return None
        return (load.total - load.done) * (now - begun) / (load.done - before)
