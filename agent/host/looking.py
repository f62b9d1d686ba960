"""Is an agent at work in a home, and what did it say last? Looks only; loads and touches nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from agent.host import enrolment, status_file
from agent.host.home import Home

FRESH_SECONDS = 4.0
"""A running agent writes its status every two seconds: one so fresh needs no second proof."""
SILENT_SECONDS = 15.0
"""One statement may hold it up for longer."""

_SETTINGS = "agent.toml"
"""As ``settings_file`` names it, which brings what a look does not need."""

Presence = Literal["running", "starting", "silent", "stopped"]
"""running: it said so just now. starting: it is there and has not said anything yet. silent: it is there and has said
nothing for a while. stopped: nobody is there."""


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen."""

    presence: Presence
    document: dict[str, Any] | None
    """The last status document, whoever wrote it."""
    age: float | None
    """Its age, seconds."""


def look(home: Home, now: float) -> Look:
    """Look at a home; ``now``: seconds since 1970."""
    document = status_file.read(home.path)
    age = None if document is None else _age(document, now)
    pid = home.holder()
    if pid is None:
        return Look("stopped", document, age)
    own = document is not None and document.get("pid") == pid
    if own and age is not None and age <= FRESH_SECONDS:
        return Look("running", document, age)
    if not home.locked():
        return Look("stopped", document, age)
    if not own:
        return Look("starting", document, age)
    return Look("running" if age is not None and age <= SILENT_SECONDS else "silent", document, age)


def lacks(home: Home) -> Literal["settings", "enrolment"] | None:
    """What an agent would still wait for in this home; None = nothing. What is in the files is not looked at."""
    if not (home.path / _SETTINGS).exists():
        return "settings"
    return None if (home.path / enrolment.FILE).exists() else "enrolment"


def _age(document: dict[str, Any], now: float) -> float | None:
    try:
        at = datetime.fromisoformat(document["at"])
    except (KeyError, TypeError, ValueError):
        return None
    return abs(now - at.astimezone(UTC).timestamp())  # the clock may have been set back since
