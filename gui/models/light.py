"""The one light: which of six states the agent is in, as tray and window show it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from agent.health.write_side import WRITE_SIDE
from agent.wire.local import StatusAnswer
from gui.models import moments
from gui.texts import say

Light = Literal["working", "syncing", "paused", "attention", "broken", "stopped"]
_OF_WRITES = frozenset(one.code for one in WRITE_SIDE)
LIGHTS: tuple[Light, ...] = ("working", "syncing", "paused", "attention", "broken", "stopped")


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of the agent now."""

    answer: StatusAnswer | None = None
    """What it said last; kept when it is lost."""
    connected: bool = False
    """Whether it answers."""
    asked: bool = False
    """Whether it was asked at all: before that, nothing is said to be wrong."""
    lost_at: float | None = None
    """When it last answered, or since when it is looked for, seconds since 1970; None = it answers."""
    version: str | None = None
    """Of the agent that answers."""
    refusal: str = ""
    """Why it gives no answer, in words; empty where it is just not there."""

    @property
    def document(self) -> dict[str, Any]:
        """The status document; empty before there is one."""
        return (self.answer.status if self.answer else None) or {}

    @property
    def light(self) -> Light:
        """The state."""
        if not self.connected or self.answer is None:
            return "stopped"
        state = self.answer.overall.state
        if state in ("not_running", "not_working"):
            return "stopped" if state == "not_running" else "broken"
        if state == "paused":
            return "paused"
        if state in ("partly_working", "not_set_up") or self.people_needed or self.warned:
            return "attention"
        return "syncing" if self.loading else "working"

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """Open warnings, the worst first."""
        return list(self.document.get("warnings", []))

    @property
    def warned(self) -> bool:
        """Whether something should be done soon."""
        return any(one["severity"] in ("error", "warning") for one in self.warnings)

    @property
    def reads_well(self) -> bool:
        """Whether what is wrong, if anything, concerns write-backs alone."""
        return all(one["code"] in _OF_WRITES for one in self.warnings if one["severity"] != "notice")

    @property
    def people_needed(self) -> int:
        """How many decisions wait for a person."""
        writes = self.document.get("writes") or {}
        count = int(writes.get("needs_person") or 0) + int(writes.get("awaiting_approval") or 0)
        return count + len(self.document.get("holds", []))

    @property
    def loading(self) -> bool:
        """Whether the first load, or the delivery of many changes, is under way."""
        resources = [one for one in self.document.get("resources", []) if not one.get("stopped")]
        waiting = (self.document.get("waiting") or {}).get("changes") or 0
        return any(not one.get("loaded") for one in resources) or waiting > 500

    @property
    def last_sync(self) -> str | None:
        """When the cloud last confirmed that it has everything sent, UTC."""
        last: str | None = self.document.get("last_delivery")
        return last


def headline(seen: Seen, now: float) -> str:
    """One sentence of state."""
    light = seen.light
    if light == "stopped":
        if seen.refusal:
            return seen.refusal
        return say("state.stopped") if seen.asked else say("state.looking")
    assert seen.answer is not None
    overall = seen.answer.overall
    if overall.state == "not_set_up":
        return say("state.not_set_up")
    if light == "paused":
        until = seen.answer.paused_until
        return say("state.paused_until", until=moments.moment(until, now)) if until else say("state.paused")
    if light == "broken":
        return say("state.broken")
    if light == "attention" and seen.people_needed and seen.reads_well:
        return say("state.decide")
    if overall.state == "partly_working":
        return say("state.writes_held") if seen.reads_well else say("state.partly")
    if light == "attention":
        return say("state.writes_held") if seen.warned and seen.reads_well else say("state.attention")
    return say(f"state.{light}")


def explanation(seen: Seen, now: float) -> str:
    """What stands under it: since when and why, or what it is doing."""
    if seen.light == "stopped":
        if not seen.asked:
            return ""
        if seen.lost_at is None or seen.answer is None:
            return say("state.stopped_advice")
        return f"{say('state.stopped_advice')} {say('since', at=moments.moment(moments.iso(seen.lost_at), now))}"
    assert seen.answer is not None
    overall = seen.answer.overall
    since = say("since", at=moments.moment(overall.since, now)) if overall.since else ""
    if overall.state == "not_set_up":
        return say("state.not_set_up_advice")
    if seen.light == "paused":
        return say("state.paused_advice")
    if seen.light == "attention" and seen.people_needed and seen.reads_well:
        return say("state.decide_advice")
    reason = f"{overall.reason}." if overall.reason else ""
    return " ".join(part for part in (reason, since) if part) or say(f"state.{seen.light}_advice")


def tooltip(seen: Seen, now: float) -> str:
    """Of the tray: the last good sync first."""
    last = say("tray.last_sync", ago=moments.ago(seen.last_sync, now)) if seen.last_sync else say("tray.no_sync")
    return f"{last}\n{headline(seen, now)}"
