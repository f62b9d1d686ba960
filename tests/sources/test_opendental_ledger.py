"""Open Dental's ledger, row in, canonical values out."""

from __future__ import annotations

import pytest

from agent.sources.opendental.ledger import adjustment, insurance_payment, payment, procedure, write_off
from tests.sources.rows import mapped


@pytest.mark.parametrize(
    ("fee", "base", "units", "amount"),
    [
        (100.0, 0, 1, "100.00"),
        (100.0, 0, 0, "100.00"),
        (33.1, 2, 3, "165.50"),
        (0.0, 0, 1, "0.00"),
        (10.5, 1, 1, "21.00"),
    ],
)
def test_a_completed_procedure_is_charged_for_its_units(fee, base, units, amount):
    columns = {
        "ProcNum": 5,
        "PatNum": 12,
        "ClinicNum": 0,
        "ProcFee": fee,
        "BaseUnits": base,
        "UnitQty": units,
        "ProcDate": "2025-03-04",
        "SecDateEntry": "2025-03-04T09:00:01",
        "CodeNum": 8,
        "ToothNum": "3",
        "Surf": "",
        "ProvNum": 0,
    }
    result = mapped(procedure, columns, lookups={"procedurecode": {8: ("X1110",)}})
    assert (result.id, result.issues) == ("procedure-5", ())
    assert result.data == {
        "kind": "charge",
        "status": "active",
        "currency": "USD",
        "patient_id": "12",
        "location_id": "0",
        "amount": amount,
        "date": "2025-03-04",
        "entered_date": "2025-03-04",
        "procedure_code": "X1110",
        "tooth": "3",
        "surface": None,
        "provider_id": None,
    }


def test_an_adjustment_keeps_its_sign_and_says_what_it_adjusts():
    columns = {"AdjNum": 5, "PatNum": 12, "ClinicNum": 1, "AdjAmt": -12.5, "AdjType": 9, "ProcNum": 4, "ProvNum": 2}
    result = mapped(adjustment, columns, lookups={"definition": {9: ("Courtesy",)}})
    assert result.id == "adjustment-5"
    assert (result.data["amount"], result.data["applies_to"], result.data["type_raw"]) == (
        "-12.50",
        "procedure-4",
        "Courtesy",
    )


SPLIT = {
    "PayNum": 5,
    "SplitNum": 1,
    "PatNum": 12,
    "ProvNum": 2,
    "ClinicNum": 0,
    "SplitAmt": 10.0,
    "ProcNum": 4,
    "AdjNum": 0,
}


@pytest.mark.parametrize(
    ("changes", "provider_id", "applies_to"),
    [
        ([], None, None),
        ([{}], "2", "procedure-4"),
        ([{}, {"ProvNum": 0}], "2", "procedure-4"),
        ([{}, {"ProvNum": 3}], None, "procedure-4"),
        ([{}, {"ProcNum": 0}], "2", None),
        ([{"ProcNum": 0, "AdjNum": 7}], "2", "adjustment-7"),
        ([{"AdjNum": 7}], "2", "procedure-4"),
    ],
)
def test_a_payment_is_shared_out(changes, provider_id, applies_to):
    columns = {"PayNum": 5, "PatNum": 12, "ClinicNum": 0, "PayAmt": 20.0, "PayType": 0, "PayDate": "2025-03-04"}
    splits = [SPLIT | change for change in changes]
    result = mapped(payment, columns, {"splits": splits}, {"definition": {}})
    assert (result.id, result.data["amount"], result.data["payer"]) == ("payment-5", "-20.00", "patient")
    assert (result.data["provider_id"], result.data["applies_to"]) == (provider_id, applies_to)
    assert result.data["type_raw"] is None
    assert [split["amount"] for split in result.data["splits"]] == ["-10.00"] * len(changes)
    assert result.issues == ()


def test_what_insurance_paid_and_what_was_written_off():
    columns = {"ClaimProcNum": 5, "PatNum": 12, "ProvNum": 2, "ClinicNum": 0, "Status": 4, "ProcNum": 4}
    paid = mapped(insurance_payment, columns | {"InsPayAmt": 12.34})
    off = mapped(write_off, columns | {"WriteOff": 5.0})
    assert (paid.id, paid.data["kind"], paid.data["kind_raw"], paid.data["payer"], paid.data["amount"]) == (
        "insurance-payment-5",
        "payment",
        "4",
        "insurance",
        "-12.34",
    )
    assert (off.id, off.data["kind"], off.data["amount"], off.data["applies_to"]) == (
        "write-off-5",
        "adjustment",
        "-5.00",
        "procedure-4",
    )
    assert off.data.get("payer") is None
