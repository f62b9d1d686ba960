"""The doctor's checks of write-backs: the way into the PMS, and a rehearsal of each kind. Pure; see ``doctor.py``."""

from __future__ import annotations

from agent.health.doctor import Finding, Level
from agent.model.reasons import REASONS
from agent.model.writing import ChannelFacts

_CHANNEL: dict[str, Level] = {"ready": "ok", "not_configured": "warning"}
_WOULD: dict[str, Level] = {"write": "ok", "ask": "ok"}
_RECORDS_OWN = frozenset(
    {"double_booked", "outside_hours", "inactive", "not_booked", "patient_exists", "version_changed"}
)
"""Reasons that speak of the record that the rehearsal happened to choose, not of the office's set-up."""


def check_channel(facts: ChannelFacts) -> Finding:
    """How the way into the PMS stands."""
    if facts.state == "ready":
        return Finding("writes", "channel", "ok", f"{facts.name} takes writes")
    reason = REASONS[f"channel_{facts.state}"]
    level = _CHANNEL.get(facts.state, "failed")
    if facts.state != "not_configured":
        asks = f"{reason.asks} No write could be rehearsed."
        return Finding("writes", "channel", level, f"{facts.name}: {reason.title}", asks, reason.code)
    return Finding("writes", "channel", level, f"{facts.name}: {reason.title}", reason.asks, reason.code)


def check_rehearsal(kind: str, would: str, reason: str | None, title: str, asks: str) -> Finding:
    """How a plausible command of a kind would fare."""
    if would in _WOULD:
        return Finding("writes", kind, "ok", f"{kind}: rehearsed; {title[0].lower()}{title[1:]}")
    if reason in _RECORDS_OWN:
        return Finding(
            "writes", kind, "ok", f"{kind}: rehearsed; the sample was refused as it should be: {title}", code=reason
        )
    return Finding("writes", kind, "warning", f"{kind}: {title}", asks, reason)
