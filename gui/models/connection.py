"""What the Connection page says of the two ends. Pure."""

from __future__ import annotations

from gui.models import moments
from gui.models.light import Seen
from gui.texts import say

Pairs = list[tuple[str, str]]


def database(seen: Seen) -> Pairs:
    """The practice's end."""
    said = seen.document
    if not said.get("pms"):
        return [(say("connection.state"), say("connection.not_yet"))]
    software = {"eaglesoft": "Eaglesoft", "opendental": "Open Dental"}.get(str(said["pms"]), str(said["pms"]))
    pairs = [
        (say("connection.software"), f"{software} {said.get('pms_version') or ''}".strip()),
        (say("connection.engine"), str(said.get("engine") or say("none"))),
    ]
    pace = said.get("pace") or {}
    if pace.get("duty_limit") is not None:
        limit, longest = f"{100 * pace['duty_limit']:.0f} %", f"{pace.get('longest_statement_ms') or 0:.0f}"
        pairs.append((say("connection.load"), say("connection.load_value", limit=limit, longest=longest)))
    return pairs


def cloud(seen: Seen, now: float) -> Pairs:
    """The cloud's end."""
    said = seen.document.get("cloud") or {}
    if not said:
        return [(say("connection.state"), say("connection.not_yet"))]
    state = say("connection.connected") if said.get("connected") else say("connection.not_connected")
    pairs = [(say("connection.state"), state)]
    if said.get("url"):
        pairs.append((say("connection.address"), str(said["url"])))
    pairs.append((say("connection.last"), moments.ago(seen.last_sync, now)))
    pairs.append(
        (say("connection.proxy"), say("connection.proxied") if said.get("proxied") else say("connection.direct"))
    )
    if said.get("round_trip_ms") is not None:
        pairs.append(
            (say("connection.round_trip"), say("connection.milliseconds", count=f"{said['round_trip_ms']:.0f}"))
        )
    if said.get("clock_offset_seconds") is not None:
        seconds = f"{abs(said['clock_offset_seconds']):.0f}"
        pairs.append((say("connection.clock"), say("connection.clock_value", seconds=seconds)))
    if said.get("certificate_ends_in_days") is not None:
        days = max(0, int(said["certificate_ends_in_days"]))
        span = say("connection.over_a_year") if days > 366 else moments.span(days * 86_400.0)
        pairs.append((say("connection.certificate"), say("connection.certificate_value", span=span)))
    return pairs
