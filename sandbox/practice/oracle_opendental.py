"""What must be in the cloud of an Open Dental practice: the oracle's own mapping of the model."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sandbox.practice.model import Appointment, Definition, Entry, Location, Patient, Practice, Provider, Split
from sandbox.practice.oracle_values import Data, Records, address, date, money, phone, phones, ref, single, text, time

_PATIENT = ("active", "active", "inactive", "archived", "deleted", "deceased", "prospective")
_SEX = ("male", "female", "unknown", "other")
_MARITAL = ("single", "married", "child", "widowed", "divorced")
_SMS = ("unknown", "yes", "no")
_CONFIRMED = {"appointment confirmed", "confirmed", "confirmed by phone", "confirmed by text", "confirmed by email"}
_UNCONFIRMED = {"unconfirmed", "not called", "not confirmed", "unassigned"}
_ATTEMPTED = {"left message", "left msg", "e-mailed", "emailed", "texted", "sent", "called", "no answer", "attempted"}
_ATTEMPTED |= {"left voicemail"}
_SETS = {
    "payment": "payment_type", "document": "document_category", "communication": "communication_type",
    "confirmation": "confirmation_status",
}  # fmt: skip
_PAID = (1, 4, 5, 7)

ZoneOf = Callable[[str | None], str]


def expected(practice: Practice, zone_of: ZoneOf) -> Records:
    """Every record, by resource and id."""
    merged = merges(practice)
    return {
        "location": {str(key): _location(one, zone_of) for key, one in practice.locations.items()},
        "provider": {str(key): _provider(practice, one) for key, one in practice.providers.items()},
        "operatory": {
            str(key): {
                "name": text(one.name),
                "short_name": text(one.short),
                "location_id": str(one.location or 0),
                "is_hygiene": one.hygiene,
                "active": not one.hidden,
            }
            for key, one in practice.chairs.items()
        },
        "appointment_type": {
            str(key): {
                "name": text(one.name),
                "duration_minutes": _length(one.minutes),
                "active": one.active,
            }
            for key, one in practice.types.items()
        },
        "code": dict(_code(one) for (category, _), one in practice.definitions.items() if category in _SETS),
        "patient": {str(key): _patient(one, merged.get(str(key))) for key, one in practice.patients.items()},
        "appointment": {
            str(key): _appointment(practice, one, zone_of)
            for key, one in practice.appointments.items()
            if one.status not in (6, 7, 8)
        },
        "ledger_entry": _ledger(practice),
    }


def merges(practice: Practice) -> dict[str, str]:
    """Merged patient -> who is left of the chain; members of a cycle, and what leads into one, are left out."""
    into = {str(old): str(new) for _, old, new in sorted(practice.links)}
    ends: dict[str, str] = {}
    for start, at in into.items():
        seen = {start}
        while at in into and at not in seen:
            seen.add(at)
            at = into[at]
        if at not in into:
            ends[start] = at
    return ends


def _length(minutes: int) -> int | None:
    return minutes // 5 * 5 or None


def _choice(values: tuple[str, ...], code: str | int | None) -> str:
    number = int(code or 0)
    return values[number] if 0 <= number < len(values) else "unknown"


def _location(one: Location, zone_of: ZoneOf) -> Data:
    data: Data = {
        "name": text(one.name),
        "address": address(one.address),
        "phone": phone("work", one.phone),
        "time_zone": zone_of(str(one.key)),
        "active": True,
    }
    if one.key:
        data |= {"short_name": text(one.short), "active": not one.hidden}
    return data


def _provider(practice: Practice, one: Provider) -> Data:
    specialty = practice.definitions.get(("specialty", int(one.specialty or 0)))
    return {
        "first_name": text(one.first),
        "last_name": text(one.last),
        "short_name": text(one.short),
        "role": "hygienist" if one.role == 1 else "dentist" if one.person else "unknown",
        "role_raw": str(one.role),
        "specialty_raw": None if specialty is None else text(specialty.name),
        "npi": text(one.npi),
        "active": not one.hidden and one.status != 1,
    }


def _patient(p: Patient, merged_into: str | None) -> Data:
    dentist, hygienist = ref(p.dentist), ref(p.hygienist)
    mails = [mail.strip() for mail in (text(p.email) or "").replace(";", ",").split(",")]
    preferred = [{"location_id": None, "dentist_id": dentist, "hygienist_id": hygienist}]
    return {
        "first_name": text(p.first),
        "middle_name": text(p.middle),
        "last_name": text(p.last),
        "preferred_name": text(p.preferred),
        "salutation": text(p.salutation),
        "birth_date": date(p.birth),
        "sex": _choice(_SEX, p.sex),
        "sex_raw": str(p.sex or 0),
        "marital_status": _choice(_MARITAL, p.marital),
        "marital_status_raw": str(p.marital or 0),
        "status": _choice(_PATIENT, p.status),
        "status_raw": str(p.status or 0),
        "is_patient": p.status != 1,
        "emails": [mail for mail in mails if mail],
        "phones": phones(p.home, p.work, p.mobile),
        "address": address(p.address),
        "guarantor_id": ref(p.guarantor),
        "location_id": str(p.location or 0),
        "preferred_providers": preferred if dentist or hygienist else [],
        "consents": {"sms": _choice(_SMS, p.sms)},
        "chart_number": text(p.chart),
        "language": text(p.language),
        "first_visit_date": date(p.first_visit),
        "entered_date": date(p.entered),
        "deceased_date": None if p.died is None else date(str(p.died.date())),
        "merged_into": merged_into,
    }


def _moment(raw: datetime | None) -> str | None:
    """A time of which midnight means that nothing was recorded."""
    return None if raw is None or (raw.hour, raw.minute, raw.second) == (0, 0, 0) else time(raw)


def _status(a: Appointment) -> str:
    if a.status in (1, 4):
        if _moment(a.seated) or _moment(a.dismissed):
            return "in_chair"
        return "arrived" if _moment(a.arrived) else "booked"
    if a.status == 5:
        return {2: "no_show", 3: "cancelled"}[max(a.broken)[1]] if a.broken else "unknown"
    return {2: "completed", 3: "waitlist"}.get(a.status or 0, "unknown")


def _code(one: Definition) -> tuple[str, Data]:
    kind = _SETS[one.category]
    data: Data = {"set": kind, "code": str(one.key), "label": text(one.name), "active": not one.hidden}
    if kind == "confirmation_status":
        data["meaning"] = _meant(data["label"] or "")
    return f"{kind.replace('_', '-')}-{one.key}", data


def _meant(label: str) -> str:
    name = label.casefold()
    if name in _CONFIRMED:
        return "confirmed"
    if name in _UNCONFIRMED:
        return "unconfirmed"
    return "attempted" if name in _ATTEMPTED else "unknown"


def _confirmation(practice: Practice, code: int) -> tuple[str, str | None]:
    if not code:
        return "unknown", None
    word = practice.definitions.get(("confirmation", code))
    raw = (text(word.name) if word is not None else None) or str(code)
    return _meant(raw), raw


def _appointment(practice: Practice, a: Appointment, zone_of: ZoneOf) -> Data:
    status = _status(a)
    minutes = _length(a.minutes)
    start = None if status == "waitlist" else time(a.start)
    end = None
    if start is not None and minutes is not None and a.start is not None:
        end = time(a.start + timedelta(minutes=minutes))
    confirmation, raw = _confirmation(practice, a.confirmed or 0)
    pair = (a.hygienist, a.dentist) if a.hygiene else (a.dentist, a.hygienist)
    return {
        "patient_id": ref(a.patient),
        "location_id": str(a.location),
        "operatory_id": ref(a.chair),
        "provider_ids": [str(key) for key in pair if key],
        "appointment_type_id": ref(a.kind),
        "start": start,
        "end": end,
        "duration_minutes": minutes,
        "time_zone": zone_of(str(a.location)),
        "status": status,
        "status_raw": str(a.status or 0),
        "confirmation": confirmation,
        "confirmation_raw": raw,
        "asap": int(a.asap or 0) == 1 or a.status == 4,
        "is_new_patient": a.new_patient,
        "note": text(a.note),
        "booked_on": None if a.booked is None else date(str(a.booked.date())),
        "arrived_at": _moment(a.arrived),
        "seated_at": _moment(a.seated),
        "dismissed_at": _moment(a.dismissed),
    }


def _ledger(practice: Practice) -> dict[str, Data]:
    records: dict[str, Data] = {}
    for charge in practice.charges.values():
        if charge.code == 2:
            records[f"procedure-{charge.key}"] = _charge(practice, charge)
    for entry in practice.adjustments.values():
        data = _line("adjustment", entry, entry.amount)
        data |= {
            "type_raw": _word(practice, "adjustment", entry.type),
            "description": text(entry.description),
            "applies_to": _procedure(entry.charge),
        }
        records[f"adjustment-{entry.key}"] = data
    for entry in practice.payments.values():
        records[f"payment-{entry.key}"] = _payment(practice, entry)
    for entry in practice.insurance.values():
        if entry.code not in _PAID:
            continue
        extra = {"kind_raw": str(entry.code), "applies_to": _procedure(entry.charge)}
        if entry.amount:
            paid = _line("payment", entry, -entry.amount)
            records[f"insurance-payment-{entry.key}"] = paid | extra | {"payer": "insurance"}
        if entry.write_off:
            records[f"write-off-{entry.key}"] = _line("adjustment", entry, -entry.write_off) | extra
    return records


def _line(kind: str, e: Entry, cents: int) -> Data:
    return {
        "kind": kind,
        "status": "active",
        "patient_id": ref(e.patient),
        "provider_id": ref(e.provider),
        "location_id": str(e.location or 0),
        "date": date(e.date),
        "entered_date": None if e.entered is None else date(str(e.entered.date())),
        "amount": money(cents),
        "currency": "USD",
    }


def _charge(practice: Practice, e: Entry) -> Data:
    service = practice.services.get(e.service or 0)
    return _line("charge", e, e.amount * max(1, sum(e.units))) | {
        "procedure_code": None if service is None else text(service.code),
        "tooth": text(e.tooth),
        "surface": text(e.surface),
    }


def _payment(practice: Practice, e: Entry) -> Data:
    splits = [_split(split) for split in sorted(e.splits, key=lambda one: one.key)]
    providers = {split["provider_id"] for split in splits} - {None}
    return _line("payment", e, -e.amount) | {
        "payer": "patient",
        "type_raw": _word(practice, "payment", e.type),
        "description": text(e.description),
        "provider_id": providers.pop() if len(providers) == 1 else None,
        "splits": splits,
        "applies_to": single([split["applies_to"] for split in splits]),
    }


def _split(split: Split) -> Data:
    adjustment = f"adjustment-{split.adjustment}" if split.adjustment else None
    return {
        "id": str(split.key),
        "patient_id": ref(split.patient),
        "provider_id": ref(split.provider),
        "location_id": str(split.location or 0),
        "amount": money(-split.amount),
        "applies_to": _procedure(split.charge) or adjustment,
    }


def _procedure(key: int | None) -> str | None:
    return f"procedure-{key}" if key else None


def _word(practice: Practice, category: str, key: int | None) -> str | None:
    word = practice.definitions.get((category, key or 0))
    return None if word is None else text(word.name)
