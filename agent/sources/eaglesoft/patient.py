"""Eaglesoft's patients: also those who only pay or hold a policy.

The key is five characters and is used again: a new patient gets the smallest one that is free.
"""

from __future__ import annotations

from agent.model.resources import PreferredProviders
from agent.sources.eaglesoft.codes import MARITAL_STATUS, PATIENT_STATUS, SEX
from agent.sources.fields import (
    address,
    code,
    date,
    derived,
    flag,
    many,
    one_email,
    phones,
    ref,
    text,
    yes_no,
)
from agent.sources.shape import Part, Shape, Table
from agent.sources.words import Object


def status(coded: str, death: bool | None) -> str:
    """Whoever has died is deceased, whatever the status says."""
    return "deceased" if death else coded


def preferred_providers(
    dentist: str | None, hygienist: str | None, sites: list[PreferredProviders]
) -> list[PreferredProviders]:
    """Those for every site first, if there are any, then those of each site."""
    if dentist is None and hygienist is None:
        return sites
    return [{"location_id": None, "dentist_id": dentist, "hygienist_id": hygienist}, *sites]  # type: ignore[typeddict-item]


patient = Shape(
    "patient",
    "patient",
    Table("patient", ("patient_id",), integer_key=False),
    {
        "first_name": text("first_name"),
        "middle_name": text("middle_initial"),
        "last_name": text("last_name"),
        "preferred_name": text("preferred_name"),
        "salutation": text("salutation"),
        "birth_date": date("birth_date", few=False),
        "sex": code("sex", SEX),
        "sex_raw": text("sex", few=True),
        "marital_status": code("marital_status", MARITAL_STATUS),
        "marital_status_raw": text("marital_status", few=True),
        "status": derived(status, code("status", PATIENT_STATUS), flag("death_indicator")),
        "status_raw": text("status", few=True),
        "is_patient": flag("patient_status"),
        "emails": one_email("email_address"),
        "phones": phones(home="home_phone", work="work_phone", mobile="cell_phone", other="pager_phone"),
        "address": address("address_1", "address_2", "city", "state", "zipcode"),
        "guarantor_id": ref("responsible_party"),
        "location_id": ref("practice_id", few=True),
        "preferred_providers": derived(
            preferred_providers,
            ref("preferred_dentist", few=True),
            ref("preferred_hygienist", few=True),
            many(
                "sites",
                {
                    "location_id": ref("practice_id", few=True),
                    "dentist_id": ref("preferred_dentist", few=True),
                    "hygienist_id": ref("preferred_hygienist", few=True),
                },
            ),
        ),
        "consents": Object(
            {
                "sms": yes_no("receives_sms"),
                "email": yes_no("receive_email"),
                "recalls": yes_no("receive_recalls"),
            }
        ),
        "chart_number": text("chart_id"),
        "first_visit_date": date("first_visit_date"),
        "entered_date": date("date_entered"),
    },
    parts={"sites": Part("patient_site_providers", on=("patient_id",), order=("practice_id",), optional=True)},
    identity=("first_name last_name", "birth_date", "entered_date"),
)
