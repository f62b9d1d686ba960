"""What must be in the cloud of an Eaglesoft practice: the oracle's own mapping of the model.

References to a patient whose key was reused stay the plain key, as stored: they are not told apart by incarnation.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise

from sandbox.practice.model import Appointment, Entry, Key, Patient, Practice, Provider, Split
from sandbox.practice.oracle_values import Data, Records, address, date, money, phone, phones, ref, single, text, time

_MARITAL = {"S": "single", "M": "married", "C": "child", "D": "divorced", "W": "widowed", "X": "separated"}
_YES_NO = {"Y": "yes", "N": "no"}
_KINDS = {
    "S": "charge", "C": "adjustment", "D": "adjustment",
    "A": "payment", "P": "payment", "I": "payment", "Y": "payment", "W": "payment",
}  # fmt: skip
_PAYERS = {"I": "insurance", "A": "patient", "P": "patient"}
_CONFIRMATIONS = {0: "unconfirmed", 1: "confirmed", 2: "attempted", 3: "attempted", 4: "attempted"}
_CONFIRMATIONS |= {5: "attempted", 6: "attempted"}

ZoneOf = Callable[[str | None], str]


def expected(practice: Practice, zone_of: ZoneOf) -> Records:
    """Every record, by resource and id."""
    codes = {folded(key): text(service.code) for key, service in practice.services.items()}
    return {
        "location": {
            str(key): {
                "name": text(one.name),
                "address": address(one.address),
                "phone": phone("work", one.phone),
                "time_zone": zone_of(str(key)),
            }
            for key, one in practice.locations.items()
        },
        "provider": {folded(key): _provider(practice, one) for key, one in practice.providers.items()},
        "operatory": {
            str(key): {"name": text(one.name), "location_id": ref(one.location)} for key, one in practice.chairs.items()
        },
        "appointment_type": {
            str(key): {"name": text(one.name), "active": one.active} for key, one in practice.types.items()
        },
        "code": {
            **{
                f"payment-type-{key}": {
                    "set": "payment_type",
                    "code": str(key),
                    "label": text(one.name),
                    "active": not one.hidden,
                }
                for (category, key), one in practice.definitions.items()
                if category == "paytype"
            },
            **{
                f"communication-type-{key}": {"set": "communication_type", "code": str(key), "label": text(one.name)}
                for (category, key), one in practice.definitions.items()
                if category == "note_type"
            },
        },
        "patient": {patient_id(practice, one): _patient(one) for one in practice.patients.values()},
        "appointment": {
            str(key): _appointment(practice, one, zone_of)
            for key, one in practice.appointments.items()
            if one.status != 2
        },
        "ledger_entry": {
            str(entry.key): _entry(practice, entry, codes)
            for book in practice.ledger().values()
            for entry in book.values()
        },
    }


def folded(key: Key) -> str:
    """A text key as ids show it."""
    return str(key).strip().upper()


def patient_id(practice: Practice, patient: Patient) -> str:
    """A patient's id: the key, with a suffix when it had belonged to other persons before."""
    holders = [*practice.holders.get(patient.key, ()), patient]
    incarnation = 1
    for before, after in pairwise(holders):
        if all(old != new for old, new in zip(_identity(before), _identity(after), strict=True)):
            incarnation += 1
    return folded(patient.key) + (f"~{incarnation}" if incarnation > 1 else "")


def _identity(patient: Patient) -> tuple[str | None, str | None, str | None]:
    return f"{text(patient.first)} {text(patient.last)}", date(patient.birth), date(patient.entered)


def _provider(practice: Practice, one: Provider) -> Data:
    position = practice.definitions.get(("position", one.role))
    description = None if position is None else text(position.name)
    role = "unknown"
    name = (description or "").casefold()
    if "dentist" in name or "orthodont" in name:
        role = "dentist"
    elif "hygien" in name:
        role = "hygienist"
    elif any(word in name for word in ("staff", "office", "assistant", "admin")):
        role = "staff"
    return {
        "first_name": text(one.first),
        "last_name": text(one.last),
        "role": role,
        "role_raw": description,
        "specialty_raw": text(None if one.specialty is None else str(one.specialty)),
        "npi": text(one.npi),
        "location_id": ref(one.location),
        "active": None if one.status is None else one.status == "A",
    }


def _patient(p: Patient) -> Data:
    preferred: list[Data] = []
    if ref(p.dentist) or ref(p.hygienist):
        preferred.append({"location_id": None, "dentist_id": ref(p.dentist), "hygienist_id": ref(p.hygienist)})
    for site in sorted(p.sites):
        dentist, hygienist = p.sites[site]
        preferred.append({"location_id": ref(site), "dentist_id": ref(dentist), "hygienist_id": ref(hygienist)})
    sex, marital, status = (text(None if raw is None else str(raw)) for raw in (p.sex, p.marital, p.status))
    email = text(p.email)
    state = {"A": "active", "I": "inactive"}.get(status or "", "unknown")
    return {
        "first_name": text(p.first),
        "middle_name": text(p.middle),
        "last_name": text(p.last),
        "preferred_name": text(p.preferred),
        "salutation": text(p.salutation),
        "birth_date": date(p.birth),
        "sex": {"M": "male", "F": "female"}.get(sex or "", "unknown"),
        "sex_raw": sex,
        "marital_status": _MARITAL.get(marital or "", "unknown"),
        "marital_status_raw": marital,
        "status": "deceased" if p.deceased == "Y" else state,
        "status_raw": status,
        "is_patient": None if p.is_patient is None else p.is_patient == "Y",
        "emails": [] if email is None else [email],
        "phones": phones(p.home, p.work, p.mobile, p.other),
        "address": address(p.address),
        "guarantor_id": ref(p.guarantor),
        "location_id": ref(p.location),
        "preferred_providers": preferred,
        "consents": {
            "sms": _YES_NO.get(str(p.sms), "unknown"),
            "email": _YES_NO.get(str(p.by_email), "unknown"),
            "recalls": _YES_NO.get(str(p.recalls), "unknown"),
        },
        "chart_number": text(p.chart),
        "first_visit_date": date(p.first_visit),
        "entered_date": date(p.entered),
    }


def _status(a: Appointment) -> str:
    if a.status == 1:
        if time(a.dismissed) or a.arrival == 4:
            return "completed"
        if time(a.seated):
            return "in_chair"
        return "arrived" if time(a.arrived) else "booked"
    return {16: "cancelled", 32: "waitlist", 64: "waitlist"}.get(a.status or 0, "unknown")


def _appointment(practice: Practice, a: Appointment, zone_of: ZoneOf) -> Data:
    status = _status(a)
    listed = status == "waitlist"
    start = None if listed else time(a.start)
    end = None if listed or a.start is None or a.endless else time(a.start + timedelta(minutes=a.minutes))
    chair = practice.chairs.get(a.chair) if a.chair is not None else None
    location = ref(chair.location) if chair is not None else None
    providers = {folded(key) for key in (a.dentist, a.hygienist, *a.extra) if key is not None}
    code, arrival = ("" if raw is None else str(raw) for raw in (a.status, a.arrival))
    return {
        "patient_id": ref(a.patient),
        "location_id": location,
        "operatory_id": None if a.chair == -1 else ref(a.chair),
        "provider_ids": sorted(providers),
        "appointment_type_id": ref(a.kind),
        "start": start,
        "end": end,
        "duration_minutes": None if start is None or end is None else a.minutes,
        "time_zone": zone_of(location),
        "status": status,
        "status_raw": f"{code}/{arrival}",
        "confirmation": _CONFIRMATIONS.get(-1 if a.confirmed is None else a.confirmed, "unknown"),
        "confirmation_raw": None if a.confirmed is None else str(a.confirmed),
        "asap": None if a.asap is None else a.asap in ("Y", "1"),
        "note": text(a.note),
        "booked_on": None if a.booked is None else date(str(a.booked.date())),
        "arrived_at": time(a.arrived),
        "seated_at": time(a.seated),
        "dismissed_at": time(a.dismissed),
    }


def _entry(practice: Practice, e: Entry, codes: dict[str, str | None]) -> Data:
    raw = text(None if e.code is None else str(e.code))
    kind = _KINDS.get(raw or "", "unknown")
    splits = [_split(split) for split in sorted(e.splits, key=lambda one: one.key) if split.current]
    payment = e.family in ("payment", "insurance")
    # The type column that the writer fills follows the family; which one is published follows the kind.
    category = "paytype" if payment else "adjustment_type"
    word = practice.definitions.get((category, e.type)) if e.type is not None else None
    published = (kind == "payment" and payment) or (kind == "adjustment" and e.family == "adjustment")
    data: Data = {
        "kind": kind,
        "kind_raw": raw,
        "status": {"A": "active", "D": "deleted", "V": "voided"}.get(e.status or "", "unknown"),
        "patient_id": single([split["patient_id"] for split in splits]),
        "provider_id": single([split["provider_id"] for split in splits]),
        "guarantor_id": ref(e.guarantor),
        "location_id": ref(e.location),
        "date": date(e.date),
        "amount": money(e.amount),
        "currency": "USD",
        "type_raw": text(word.name) if word is not None and published else None,
        "description": text(e.description),
        "procedure_code": None if e.service is None else codes.get(folded(e.service)),
        "tooth": text(e.tooth),
        "surface": text(e.surface),
        "applies_to": single([split["applies_to"] for split in splits]),
        "splits": splits,
    }
    if kind == "payment":
        data["payer"] = _PAYERS.get(raw or "", "unknown")
    return data


def _split(split: Split) -> Data:
    return {
        "id": str(split.key),
        "patient_id": ref(split.patient),
        "provider_id": ref(split.provider),
        "location_id": ref(split.location),
        "amount": money(split.amount),
        "applies_to": ref(split.charge),
    }
