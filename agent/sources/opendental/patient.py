"""Open Dental's patients. Deleting is soft; merging archives one record and links it to the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agent.model.resources import PreferredProviders
from agent.sources.doubt import Doubt
from agent.sources.fields import (
    address,
    code,
    date,
    date_of,
    derived,
    email_list,
    from_lookup,
    integer,
    phones,
    ref,
    stamp,
    text,
)
from agent.sources.opendental.codes import MARITAL_STATUS, NON_PATIENT, PATIENT_STATUS, SEX, TEXTS_ALLOWED
from agent.sources.shape import HighWater, Lookup, Shape, Stamp, Table
from agent.sources.values import integer as number_of
from agent.sources.words import Object


def is_patient(status: int | None) -> bool | None:
    """Everybody but those who only pay or hold a policy."""
    return None if status is None else status != NON_PATIENT


def preferred_providers(dentist: str | None, hygienist: str | None) -> list[PreferredProviders]:
    """Usual providers, the same at every site."""
    if dentist is None and hygienist is None:
        return []
    return [{"location_id": None, "dentist_id": dentist, "hygienist_id": hygienist}]  # type: ignore[typeddict-item]


def merges(links: Sequence[tuple[Any, ...]]) -> Callable[[Any], str | None]:
    """From rows (merged record, record it was merged into): whom a record ended up in, chains resolved."""
    into = {number_of(merged): number_of(kept) for merged, kept in links}

    def merged_into(patient: int | None) -> str | None:
        target = into.get(patient)
        if target is None:
            return None
        passed = {patient}
        while target in into:
            if target in passed:
                raise Doubt(None, "cycle")
            passed.add(target)
            target = into[target]
        return str(target)

    return merged_into


patient = Shape(
    "patient",
    "patient",
    Table("patient", ("PatNum",)),
    {
        "first_name": text("FName"),
        "middle_name": text("MiddleI"),
        "last_name": text("LName"),
        "preferred_name": text("Preferred"),
        "salutation": text("Salutation"),
        "birth_date": date("Birthdate", few=False),
        "sex": code("Gender", SEX),
        "sex_raw": text("Gender", few=True),
        "marital_status": code("Position", MARITAL_STATUS),
        "marital_status_raw": text("Position", few=True),
        "status": code("PatStatus", PATIENT_STATUS),
        "status_raw": text("PatStatus", few=True),
        "is_patient": derived(is_patient, integer("PatStatus"), few=True),
        "emails": email_list("Email"),
        "phones": phones(home="HmPhone", work="WkPhone", mobile="WirelessPhone"),
        "address": address("Address", "Address2", "City", "State", "Zip"),
        "guarantor_id": ref("Guarantor"),
        "location_id": ref("ClinicNum", zero_exists=True, few=True),
        "preferred_providers": derived(
            preferred_providers, ref("PriProv", few=True), ref("SecProv", few=True), few=True, fresh=True
        ),
        "consents": Object({"sms": code("TxtMsgOk", TEXTS_ALLOWED)}),
        "chart_number": text("ChartNumber"),
        "language": text("Language"),
        "first_visit_date": date("DateFirstVisit"),
        "entered_date": date("SecDateEntry"),
        "deceased_date": date_of("DateTimeDeceased"),
        "merged_into": from_lookup(integer("PatNum", few=False), "patientlink", merges),
    },
    lookups={
        "patientlink": Lookup("patientlink", ("PatientLinkNum",), ("PatNumFrom", "PatNumTo"), where="LinkType = 1")
    },
    hurry={"new": HighWater(), "stamp": Stamp("DateTStamp")},
    updated_at=stamp("DateTStamp"),
)
