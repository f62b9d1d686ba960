"""Whether a record still is as its canonical data say. Compares only what those data hold; reads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agent.sources.opendental.writing import texts
from agent.sources.opendental.writing.rows import UNSCHEDULED, Person, Visit, number, plain

PHONES = {"HmPhone": "home", "WkPhone": "work", "WirelessPhone": "mobile"}
_ADDRESS = {"Address": "line_1", "Address2": "line_2", "City": "city", "State": "state", "Zip": "postal_code"}
_CONSENTS = {1: "yes", 2: "no"}


def visit_as(before: Mapping[str, Any] | None, visit: Visit, tag: str) -> bool:
    """Whether an appointment is as its canonical data of before say; nothing is known of what they do not hold."""
    if before is None:
        return True
    note_before, note_now = texts.without_mark(before.get("note") or ""), texts.without_mark(visit.note)
    now = {
        "status_raw": str(visit.status),
        "duration_minutes": visit.minutes or None,
        "operatory_id": str(visit.operatory) if visit.operatory else None,
        "start": None if visit.status == UNSCHEDULED else visit.start,
        "arrived_at": visit.arrived,
        "appointment_type_id": str(visit.type) if visit.type else None,
    }
    if any(field in before and before[field] != value for field, value in now.items()):
        return False
    providers = {str(number) for number in (visit.provider, visit.hygienist) if number}
    if "provider_ids" in before and set(before["provider_ids"]) != providers:
        return False
    # Our own line, of an earlier step of the same task, is no change of the office's.
    return "note" not in before or tag in visit.note or note_before == note_now


def person_as(before: Mapping[str, Any] | None, person: Person) -> bool:
    """Whether a patient can be reached as the canonical data of before say."""
    return all(kept(column, person) == value for column, value in columns_of(before or {}).items())


def columns_of(before: Mapping[str, Any]) -> dict[str, str]:
    """The columns by which a patient can be reached, of what canonical data tell."""
    was: dict[str, str] = {}
    if "phones" in before:
        numbers = {phone["type"]: phone["raw"] for phone in before["phones"]}
        was |= {column: numbers.get(kind, "") for column, kind in PHONES.items()}
    if "emails" in before:
        was["Email"] = _listed(",".join(before["emails"]))
    if "address" in before:
        lines = before["address"] or {}
        was |= {column: lines.get(line) or "" for column, line in _ADDRESS.items()}
    if sms := (before.get("consents") or {}).get("sms"):
        was["TxtMsgOk"] = sms
    return was


def kept(column: str, person: Person) -> str:
    """The same of a row."""
    if column == "TxtMsgOk":
        return _CONSENTS.get(number(person[column]), "unknown")
    value = plain(person[column]).strip()
    return _listed(value) if column == "Email" else value


def _listed(emails: str) -> str:
    return ",".join(piece.strip() for piece in emails.replace(";", ",").split(",") if piece.strip())
