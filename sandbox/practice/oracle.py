"""The oracle: what must be in the cloud, computed from the model of the practice and from nothing of the agent.

``expected`` gives the canonical records, ``compare`` says where others differ (never with values), ``totals`` sums them
up as an accountant would. The mapping is implemented here a second time, so that a mistake in either is seen. A
reference to a patient key that was reused stays the plain key: capture tells incarnations apart only in the patient's
own id.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sandbox.practice import oracle_eaglesoft, oracle_opendental
from sandbox.practice.model import Practice
from sandbox.practice.oracle_values import Data, Records, utc

Zones = Mapping[str, str]
"""Location id -> IANA zone, where it differs from the practice's."""


def expected(practice: Practice, zones: Zones | None = None) -> Records:
    """The exact canonical records of the practice as it stands: resource -> id -> data.

    Raises:
        ValueError: the model holds only a part of the practice (it was built with ``keep``).
    """
    if practice.partial:
        raise ValueError("a practice built with keep has no oracle")
    overrides = zones or {}

    def zone_of(location: str | None) -> str:
        return overrides.get(location or "", practice.zone)

    if practice.pms == "eaglesoft":
        return oracle_eaglesoft.expected(practice, zone_of)
    return oracle_opendental.expected(practice, zone_of)


def derived(records: Records) -> dict[str, dict[str, str | None]]:
    """Appointment id -> the UTC times that follow from its local ones."""
    return {
        key: {"start_utc": utc(data["start"], data["time_zone"]), "end_utc": utc(data["end"], data["time_zone"])}
        for key, data in records["appointment"].items()
    }


def compare(
    wanted: Mapping[str, Mapping[str, Data]],
    got: Mapping[str, Mapping[str, Mapping[str, Any]]],
    *,
    incarnations: bool = True,
) -> list[str]:
    """Where two sets of records differ: resource, id and field names only, never values.

    With ``incarnations=False`` suffixes of reused patient ids are not compared: capture counts only the holders of a
    key that it has seen, so that somebody who came and went between two polls makes no difference.
    """
    differences: list[str] = []
    for resource in sorted(wanted.keys() | got.keys()):
        left: Mapping[str, Mapping[str, Any]] = wanted.get(resource, {})
        right: Mapping[str, Mapping[str, Any]] = got.get(resource, {})
        if resource == "patient" and not incarnations:
            differences += [f"patient {key}: alive twice" for key in _doubled(right)]
            left = {key.partition("~")[0]: data for key, data in left.items()}
            right = {key.partition("~")[0]: data for key, data in right.items()}
        if left == right:
            continue
        differences += [f"{resource} {key}: missing" for key in sorted(left.keys() - right.keys())]
        differences += [f"{resource} {key}: extra" for key in sorted(right.keys() - left.keys())]
        for key in sorted(left.keys() & right.keys()):
            if left[key] != right[key]:
                differences.append(f"{resource} {key}: differs in {', '.join(_fields(left[key], right[key]))}")
    return differences


@dataclass(slots=True)
class Totals:
    """Sums of one day at one location."""

    charges: Decimal = Decimal(0)
    payments: Decimal = Decimal(0)
    adjustments: Decimal = Decimal(0)
    appointments: int = 0
    """Visits on the schedule of that day, called-off ones included."""


def totals(practice: Practice) -> dict[tuple[str, str | None], Totals]:
    """Sums per (day, location id) over active ledger entries and over appointments that have a start."""
    records = expected(practice)
    sums: dict[tuple[str, str | None], Totals] = {}
    for data in records["ledger_entry"].values():
        if data["status"] != "active" or data["date"] is None or data["kind"] == "unknown":
            continue
        day = sums.setdefault((data["date"], data["location_id"]), Totals())
        field = {"charge": "charges", "payment": "payments", "adjustment": "adjustments"}[data["kind"]]
        setattr(day, field, getattr(day, field) + Decimal(data["amount"]))
    for data in records["appointment"].values():
        if data["start"] is not None:
            sums.setdefault((data["start"][:10], data["location_id"]), Totals()).appointments += 1
    return sums


def _doubled(records: Mapping[str, Any]) -> list[str]:
    holders = Counter(key.partition("~")[0] for key in records)
    return [key for key, count in sorted(holders.items()) if count > 1]


def _fields(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[str]:
    missing = object()
    return [name for name in sorted(left.keys() | right.keys()) if left.get(name, missing) != right.get(name, missing)]
