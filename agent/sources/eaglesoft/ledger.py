"""Eaglesoft's ledger: header rows with the detail rows that share them out. The view ``transactions`` is not used."""

from __future__ import annotations

from typing import Any

from agent.sources.codes import code_text
from agent.sources.eaglesoft.codes import ENTRY_KIND, ENTRY_STATUS, INSURANCE_PAYMENT, PATIENT_PAYMENT
from agent.sources.fields import (
    code,
    date,
    derived,
    key,
    looked_up,
    many,
    money,
    only,
    ref,
    share,
    sometimes,
    text,
)
from agent.sources.money import CURRENCY
from agent.sources.shape import Audit, HighWater, Lookup, Part, Shape, Table
from agent.sources.words import ABSENT, Const, Same


def payer(kind: str, raw: Any) -> Any:
    """Who paid, on payments."""
    if kind != "payment":
        return ABSENT
    letter = (code_text(raw) or "").upper()
    if letter in INSURANCE_PAYMENT:
        return "insurance"
    return "patient" if letter in PATIENT_PAYMENT else "unknown"


def type_name(kind: str, payment: str | None, adjustment: str | None) -> str | None:
    """The office's own name of the payment or adjustment type."""
    if kind == "payment":
        return payment
    return adjustment if kind == "adjustment" else None


ledger_entry = Shape(
    "ledger_entry",
    "ledger_entry",
    Table("transactions_header", ("tran_num",)),
    {
        "kind": code("type", ENTRY_KIND),
        "kind_raw": text("type", few=True),
        "payer": sometimes(payer, Same("kind"), "type"),
        "status": code("status", ENTRY_STATUS),
        "patient_id": only("splits", ref("patient_id")),
        "provider_id": only("splits", ref("provider_id", few=True)),
        "guarantor_id": ref("resp_party_id"),
        "location_id": ref("practice_id", few=True),
        "date": date("tran_date"),
        "amount": money("amount"),
        "currency": Const(CURRENCY),
        "type_raw": derived(
            type_name,
            Same("kind"),
            looked_up("paytype_id", "paytype", "description"),
            looked_up("adjustment_type", "adjustment_type", "description"),
        ),
        "description": text("description"),
        "procedure_code": looked_up("service_code", "services", "ada_code"),
        "tooth": text("tooth", few=True),
        "surface": text("surface", few=True),
        "applies_to": only("splits", ref("applied_to")),
        "splits": many(
            "splits",
            {
                "id": key("detail_id"),
                "patient_id": ref("patient_id"),
                "provider_id": ref("provider_id", few=True),
                "location_id": ref("provider_practice_id", few=True),
                "amount": share("amount"),
                "applies_to": ref("applied_to"),
            },
        ),
    },
    parts={"splits": Part("transactions_detail", on=("tran_num",), order=("detail_id",), where="status = 1")},
    lookups={
        "services": Lookup("services", ("service_code",), ("ada_code",)),
        "paytype": Lookup("paytype", ("paytype_id",), ("description",)),
        "adjustment_type": Lookup("adjustment_type", ("adjustment_type_id",), ("description",)),
    },
    hurry={
        "new": HighWater(),
        "details": Audit("transactions_detail", grows_by="detail_id", names=("tran_num",)),
    },
)
