"""The oracle's own plain transforms: stored values to canonical ones. Written apart from the adapters, on purpose."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers

from sandbox.practice.model import Key

Data = dict[str, Any]
Records = dict[str, dict[str, Data]]
"""Resource -> id -> data."""

_LONGEST = 1_048_576
_PHONE_TYPES = ("home", "work", "mobile", "other")


def text(raw: str | None) -> str | None:
    """Text as it is published."""
    if not raw:
        return None
    clean = raw.replace("\0", "").strip()
    return clean if clean and len(clean) <= _LONGEST else None


def ref(raw: Key | None) -> str | None:
    """The id that a stored reference means."""
    if raw is None or raw == 0:
        return None
    folded = str(raw).strip().upper()
    return None if folded in ("", "0") else folded


def date(raw: str | None) -> str | None:
    """A stored date."""
    if raw is None or raw in ("0001-01-01", "0000-00-00"):
        return None
    return raw if 1800 <= int(raw[:4]) <= 2200 else None


def time(raw: datetime | None) -> str | None:
    """A stored local time."""
    if raw is None or not 1800 <= raw.year <= 2200:
        return None
    return raw.replace(microsecond=0).isoformat()


def utc(local: str | None, zone: str) -> str | None:
    """UTC of a local time; of a doubled hour the first is meant."""
    if local is None:
        return None
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone), fold=0)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def money(cents: int) -> str:
    """Cents as a decimal string."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"


@lru_cache(100_000)
def e164(raw: str) -> str | None:
    """The E.164 form of a possible number."""
    try:
        number = phonenumbers.parse(raw, "US")
    except phonenumbers.NumberParseException:
        return None
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone(kind: str, raw: str | None) -> Data | None:
    """One telephone number."""
    number = text(raw)
    return None if number is None else {"type": kind, "raw": number, "e164": e164(number)}


def phones(*numbers: str | None) -> list[Data]:
    """Home, work, mobile and other numbers."""
    listed = [phone(kind, raw) for kind, raw in zip(_PHONE_TYPES, numbers, strict=False)]
    return [one for one in listed if one is not None]


def address(lines: tuple[str | None, ...]) -> Data | None:
    """A postal address."""
    names = ("line_1", "line_2", "city", "state", "postal_code")
    whole = {name: text(line) for name, line in zip(names, lines, strict=True)}
    return whole if any(whole.values()) else None


def single(values: list[str | None]) -> str | None:
    """The one value that all share."""
    return values[0] if len(set(values)) == 1 else None
