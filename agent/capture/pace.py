"""The load governor: how much may be read at once and how long to rest afterwards.

Additive increase, multiplicative decrease on the number of records per statement keeps each statement short; resting in
proportion to the work done keeps the duty (share of time at work on the engine) under its limit.
"""

from __future__ import annotations

from dataclasses import dataclass

TARGET_RECORDS = 1024
"""Records in a fence when nothing argues for fewer."""

_MOST_OWED = 1.0
"""Seconds of hurried work that unhurried work makes up for later, at most: what was long ago is forgotten."""


@dataclass(frozen=True, slots=True)
class PaceSettings:
    """The limits that the governor keeps."""

    statement_seconds: float = 0.030
    """A statement should keep the engine busy no longer than this."""
    least: int = 64
    """Fewest records per statement."""
    most: int = TARGET_RECORDS
    """Most records per statement."""
    step: int = 64
    """How many more to try after a statement that was short enough."""


_CREDIT_SECONDS = 20.0
"""Hurried work may use at once what its half of the duty allows in so many seconds; then it rests like any other."""

_MOST_CREDIT = 0.5
"""Seconds of that, at most."""

_RESERVE = 0.25
"""The share of that which looks at accelerators leave for records that are known to have changed."""


class Pace:
    """One governor per source."""

    def __init__(self, settings: PaceSettings) -> None:
        self._settings = settings
        self._limits: dict[str, int] = {}
        self._unhurried_at = 0.0
        self._hurried_at = 0.0
        self._credit: float | None = None
        self._earns = 0.0
        self._owed = 0.0
        self.busy_total = 0.0
        """Seconds of work on the engine so far."""
        self.longest = 0.0
        """Longest statement so far, seconds."""

    def limit(self, shape: str) -> int:
        """How many records of a shape the next statement may read."""
        return self._limits.get(shape, min(self._settings.most, TARGET_RECORDS // 2))

    def worked(self, shape: str, busy: float, now: float, duty: float) -> None:
        """An unhurried statement kept the engine busy for ``busy`` seconds and ended at ``now`` (monotonic)."""
        self._count(busy)
        owed = min(self._owed, busy)
        self._owed -= owed
        self._unhurried_at = now + busy * (1.0 / duty - 1.0) + owed / duty
        limit = self.limit(shape)
        if busy > self._settings.statement_seconds:
            self._limits[shape] = max(self._settings.least, limit // 2)
        elif busy < self._settings.statement_seconds / 2:
            self._limits[shape] = min(self._settings.most, limit + self._settings.step)

    def hurried(self, busy: float, now: float, duty: float) -> None:
        """Hurried work (a look at an accelerator, dirty keys) took ``busy`` seconds and ended at ``now`` (monotonic).

        It may take half of the duty; what it takes is made up for by the unhurried work, down to the other half: so
        neither can starve the other. What it did not use it may use later, for some seconds: a change that is seen
        after a quiet while need not wait for the rest that the look at it would call for.
        """
        self._count(busy)
        self._owed = min(self._owed + busy, _MOST_OWED)
        most = _most_credit(duty / 2.0)
        earned = most if self._credit is None else self._credit + (now - self._hurried_at) * self._earns
        self._credit = min(most, earned) - busy
        self._hurried_at, self._earns = now, duty / 2.0

    def unhurried_at(self) -> float:
        """When the next slice of unhurried work may begin (monotonic)."""
        return self._unhurried_at

    def hurried_at(self, *, urgent: bool) -> float:
        """When the next piece of hurried work may begin (monotonic). ``urgent``: it is about records that are known to
        have changed.
        """
        if self._credit is None:
            return 0.0
        wanted = 0.0 if urgent else _RESERVE * _most_credit(self._earns)
        return self._hurried_at + max(0.0, wanted - self._credit) / self._earns

    def _count(self, busy: float) -> None:
        self.busy_total += busy
        self.longest = max(self.longest, busy)


def _most_credit(earns: float) -> float:
    return min(_MOST_CREDIT, _CREDIT_SECONDS * earns)
