"""The store of a home, opened beside an agent that may be at work on it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from agent.store.store import Store


def opened_store(home: Path | None) -> closing[Store]:
    """For a ``with`` block."""
    from agent.host.asking import open_beside
    from agent.host.clock import SystemClock
    from agent.host.home import Home

    return closing(open_beside(Home.open(home), SystemClock()))


def is_stored(home: Path | None) -> bool:
    """Whether an agent has worked here."""
    from agent.host.home import Home

    return Home.open(home).store.exists()
