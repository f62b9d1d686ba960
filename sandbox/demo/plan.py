"""What is to be shown and how long it takes; choices only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from sandbox.practice.build import DEMO, Size
from sandbox.practice.schema import Pms

Engine = Literal["sqlite", "postgresql", "mariadb"]

ENGINES: dict[Pms, tuple[Engine, ...]] = {
    "eaglesoft": ("sqlite", "postgresql"),
    "opendental": ("mariadb", "sqlite"),
}
"""Where each PMS, or its stand-in, runs; the first one unless told otherwise."""

PRACTICE = "Elm Street Dental"
"""What the invented practice is called."""

ZONE = "America/New_York"
"""Its time zone."""


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds that each act takes (loading, draining and comparing take what they take)."""

    live: float = 24.0
    """The front desk works and changes stream."""
    away: float = 9.0
    """The cloud is away."""
    dead: float = 6.0
    """The agent is dead."""
    patience: float = 90.0
    """The longest wait for anything before the demo gives up."""

    def shorter(self, factor: float) -> Times:
        """The same story, told faster or slower; patience stays."""
        return Times(self.live * factor, self.away * factor, self.dead * factor, self.patience)


@dataclass(frozen=True, slots=True)
class Plan:
    """One telling of the story."""

    pms: Pms = "eaglesoft"
    engine: Engine = "sqlite"
    seed: int = 1
    size: Size = DEMO
    times: Times = field(default_factory=Times)
    rate: float = 4.0
    """Operations of the front desk a second."""
    bulk: int = 150
    """Visits that are moved at once while the cloud is away."""
    keep: bool = False
    """Leave everything running at the end."""

    @property
    def title(self) -> str:
        """The PMS as people call it, and where its database is."""
        name = {"eaglesoft": "Eaglesoft", "opendental": "Open Dental"}[self.pms]
        engine = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB"}[self.engine]
        return f"{name} on {engine}"
