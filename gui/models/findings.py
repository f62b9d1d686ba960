"""What a test or a check of everything found, as the screen shows it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gui.texts import say

_TONES = {"ok": "good", "warning": "warn", "failed": "bad"}
_WORDS = {"ok": "support.fine", "warning": "support.warned", "failed": "support.failed"}
_ORDER = ("failed", "warning", "ok")


@dataclass(frozen=True, slots=True)
class Found:
    """A finding."""

    word: str
    """Fine, needs attention, failed."""
    title: str
    advice: str
    tone: str


def findings(answer: Mapping[str, Any]) -> list[Found]:
    """The worst first."""
    given = [one for one in answer.get("findings", []) if isinstance(one, dict) and one.get("level") in _ORDER]
    given.sort(key=lambda one: _ORDER.index(one["level"]))
    return [
        Found(say(_WORDS[one["level"]]), str(one["title"]), str(one.get("advice") or ""), _TONES[one["level"]])
        for one in given
    ]


def summary(found: list[Found]) -> str:
    """One line over them."""
    failed, warned, fine = (sum(1 for one in found if one.tone == tone) for tone in ("bad", "warn", "good"))
    if not failed and not warned:
        return say("support.all_well", count=fine)
    parts = [say("support.failed_count", count=failed)] if failed else []
    if warned:
        parts.append(say("support.warned_one") if warned == 1 else say("support.warned_count", count=warned))
    return ", ".join([*parts, say("support.fine_count", count=fine)])
