"""The numbers that convince people: what the ledger and the schedule add up to, per day and location.

The facts that they need are taken out of a record when it is applied (:func:`facts_of`), so that the sums are the
database's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Connection, func, select

from agent.wire.cloud import Message
from sandbox.cloud.schema import records

UNIT = 10_000
"""Amounts are summed in parts of the currency unit this small."""

_MAX_AMOUNT = 10**14


@dataclass(frozen=True, slots=True)
class Facts:
    """What the totals need of a record; None where it says nothing usable."""

    day: str | None = None
    place: str | None = None
    kind: str | None = None
    amount: int | None = None


class Total(Message):
    """One sum: a day, a location and a kind."""

    day: str | None
    """Local date; null = the records bear none."""
    location_id: str | None
    """Location; null = the records bear none."""
    kind: str
    """Ledger: charge, payment, adjustment; schedule: the appointments' status."""
    count: int
    """Number of records."""
    amount: str | None
    """Decimal sum of the amounts, in the practice's currency; null for appointments."""


class Totals(Message):
    """Sums over the current state: deleted and voided ledger entries are left out."""

    ledger: list[Total]
    """Charges, payments and adjustments."""
    appointments: list[Total]
    """Appointments that are on the schedule, by status."""


def facts_of(resource: str, data: Mapping[str, Any]) -> Facts:
    """The facts of a record; never raises for odd data."""
    if resource == "ledger_entry":
        kind = _text(data.get("kind"), 40) if data.get("status") == "active" else None
        return Facts(
            _text(data.get("date"), 10), _text(data.get("location_id"), 512), kind, _amount(data.get("amount"))
        )
    if resource == "appointment":
        start = data.get("start")
        day = _text(start[:10], 10) if isinstance(start, str) else None
        return Facts(day, _text(data.get("location_id"), 512), _text(data.get("status"), 40) if day else None)
    return Facts()


def totals(db: Connection, practice_id: str, first_day: str, last_day: str) -> Totals:
    """Sums of the days from ``first_day`` to ``last_day``, both included."""
    r = records.c
    asked = (
        select(r.resource, r.day, r.place, r.kind, func.count(), func.sum(r.amount))
        .where(r.practice_id == practice_id, r.resource.in_(("ledger_entry", "appointment")))
        .where(r.deleted.is_(False), r.kind.is_not(None), r.day >= first_day, r.day <= last_day)
        .group_by(r.resource, r.day, r.place, r.kind)
    )
    found: dict[str, list[Total]] = {"ledger_entry": [], "appointment": []}
    for resource, day, place, kind, count, amount in db.execute(asked):
        money = _decimal(int(amount or 0)) if resource == "ledger_entry" else None
        found[resource].append(Total(day=day, location_id=place, kind=kind, count=count, amount=money))
    for rows in found.values():
        rows.sort(key=lambda total: (total.day or "", total.location_id or "", total.kind))
    return Totals(ledger=found["ledger_entry"], appointments=found["appointment"])


def _text(value: object, limit: int) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= limit and "\0" not in value else None


def _amount(value: object) -> int | None:
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        parts = Decimal(value) * UNIT
    except InvalidOperation:
        return None
    return int(parts) if parts.is_finite() and abs(parts) < _MAX_AMOUNT and parts == int(parts) else None


def _decimal(parts: int) -> str:
    """A decimal with at least two places, as money is written: ``-12.50``."""
    whole = Decimal(parts) / UNIT
    return str(whole.quantize(Decimal("0.01")) if parts % 100 == 0 else whole.normalize())
