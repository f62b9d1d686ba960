"""What the Write-backs page shows. Pure; holds what it is given, masked or not, and nothing longer than it is shown."""

from __future__ import annotations

from typing import Any

from agent.wire.local import WriteDetail, WriteLine
from gui.models import moments
from gui.texts import say

_TONES = {
    "verified": "good",
    "awaiting_approval": "warn",
    "needs_person": "bad",
    "conflict": "warn",
    "rejected": "warn",
    "expired": "warn",
}
SHOWN_SECONDS = 30
"""So long is a write-back shown in clear."""


def kind(write: WriteLine) -> str:
    """What it does."""
    key = f"kind.{write.kind}"
    return say(key) if say.has(key) else write.kind


def state(write: WriteLine) -> str:
    """Its state."""
    key = f"write.{write.state}"
    return say(key) if say.has(key) else write.state


def verdict(write: WriteLine, word: str) -> str:
    """What a decision is called here: of one whose outcome nobody knows it is said what was found."""
    key = f"writes.{write.state}.{word}"
    return say(key) if say.has(key) else say(f"writes.{word}")


def tone(write: WriteLine) -> str:
    """Its colour."""
    return _TONES.get(write.state, "")


def cells(write: WriteLine, now: float) -> tuple[str, ...]:
    """Its line."""
    return kind(write), state(write), moments.moment(write.received, now), write.title or ""


def payload_lines(payload: dict[str, Any], within: str = "") -> list[tuple[str, str]]:
    """What it asks for, as names and values."""
    found: list[tuple[str, str]] = []
    for name, value in payload.items():
        called = f"{within}{name.replace('_', ' ')}"
        if isinstance(value, dict):
            found += payload_lines(value, f"{called} › ")
        elif isinstance(value, list):
            found.append((called.capitalize(), ", ".join(_one(one) for one in value) or say("none")))
        else:
            found.append((called.capitalize(), say("none") if value is None else str(value)))
    return found


def _one(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(str(part) for part in value.values() if part is not None)
    return str(value)


def course(detail: WriteDetail, now: float) -> list[tuple[str, str]]:
    """What happened to it, by time."""
    lines = []
    for one in detail.trail:
        who = f" · {one.who}" if one.who and one.who != "agent" else ""
        what = say(f"write.{one.event}") if say.has(f"write.{one.event}") else one.event.replace("_", " ").capitalize()
        lines.append((moments.moment(one.at, now), f"{what}{who}"))
    return lines
