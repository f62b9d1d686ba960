"""How much is measured: by default what ends in about ten minutes on two cores; ``FULL=1`` what the goals name."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.practice.build import LARGE, Size

GOAL = LARGE
"""The practice that the goals are stated for."""

PATIENT, APPOINTMENT = "patient", "appointment"

LEDGER = {
    "opendental": tuple(
        f"ledger_entry.{name}" for name in ("procedure", "adjustment", "payment", "insurance_payment", "write_off")
    ),
    "eaglesoft": ("ledger_entry",),
}
"""Shapes of the ledger, by PMS."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run measures, and how often."""

    rows: Size
    """Open Dental on MariaDB, of which the cost a row is measured."""
    work: Size
    """The same, beside which the agent is watched at work."""
    second: Size
    """Eaglesoft on the other engines."""
    rounds: int
    """Floor and agent, one after the other, so often; medians are shown."""
    changes: int
    """Changes of which the way to the cloud is timed."""
    pause: float
    """Mean seconds between two of them."""
    control: float
    """Seconds that the writer is watched without an agent."""
    patience: float
    """Seconds after which the agent's first load, or its rotation, is given up."""
    compare: float = 60.0
    """Seconds between two comparisons of the same range, at least: the agent's setting."""
    writes: int = 100
    """Commands of which the way into the practice is timed."""


QUICK = Plan(
    rows=Size(30_000, 100_000, 330_000, 6),
    work=Size(30_000, 400_000, 200_000, 6),
    second=Size(3_000, 40_000, 80_000, 3),
    rounds=1,
    changes=150,
    pause=1.0,
    control=15.0,
    patience=420.0,
)

FULL = Plan(
    rows=GOAL,
    work=GOAL,
    second=Size(10_000, 100_000, 300_000, 4),
    rounds=3,
    changes=600,
    pause=1.5,
    control=60.0,
    patience=3 * 3600.0,
)

TOY = Plan(
    rows=Size(60, 150, 200, 2),
    work=Size(60, 150, 200, 2),
    second=Size(60, 150, 200, 2),
    rounds=1,
    changes=4,
    pause=0.3,
    control=1.0,
    patience=120.0,
    compare=2.0,
    writes=3,
)
"""Shows that everything runs; its figures say nothing."""
