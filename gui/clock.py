"""The screen's clock: the machine's, asked through Qt so that tests can hand in another."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QDateTime

Clock = Callable[[], float]
"""Seconds since 1970."""


def machine_clock() -> float:
    """The machine's time."""
    return QDateTime.currentMSecsSinceEpoch() / 1000.0
