"""When to notify: something begins to need a person, or is over. Never on success, never twice. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from gui.models.light import Seen, headline
from gui.texts import say

_NEEDS = ("attention", "broken")
GRACE = 20.0
"""Seconds that an agent may be away before it is told: it restarts by itself after an upgrade."""
START_GRACE = 120.0
"""The same for one that was not seen yet: at the start of the computer it may come up after this icon."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notification."""

    title: str
    body: str
    serious: bool


class Notices:
    """Remembers what was told."""

    def __init__(self) -> None:
        self._told: frozenset[str] = frozenset()
        self._snoozed_until = 0.0

    def snooze(self, until: float) -> None:
        """Tell nothing until then, seconds since 1970; what lasts longer is told then."""
        self._snoozed_until = until

    def snoozed(self, now: float) -> bool:
        """Whether it is quiet."""
        return now < self._snoozed_until

    def next(self, seen: Seen, now: float) -> Notice | None:
        """What to tell now, if anything."""
        if not seen.asked or self.snoozed(now):
            return None
        needs = self._needs(seen, now)
        if needs is None:
            return None
        begun, over = needs - self._told, self._told - needs
        self._told = needs
        if begun:
            return Notice(headline(seen, now), self._why(seen, begun), seen.light in ("broken", "stopped"))
        if over and not needs:
            return Notice(say("notice.over"), say("notice.over_body"), serious=False)
        return None

    @staticmethod
    def _needs(seen: Seen, now: float) -> frozenset[str] | None:
        """What needs a person; None = wait and see."""
        if not seen.connected:
            grace = START_GRACE if seen.answer is None else GRACE
            if seen.lost_at is None or now - seen.lost_at < grace:
                return None
            return frozenset({"stopped"})
        needs = {one["code"] for one in seen.warnings if one["severity"] in ("error", "warning")}
        if seen.people_needed:
            needs.add("decide")
        if seen.light in _NEEDS and not needs:
            needs.add(seen.light)
        return frozenset(needs)

    @staticmethod
    def _why(seen: Seen, begun: frozenset[str]) -> str:
        if "stopped" in begun:
            return say("notice.stopped_body")
        for one in seen.warnings:
            if one["code"] in begun:
                return str(one["title"])
        return say("state.decide_advice") if "decide" in begun else ""
