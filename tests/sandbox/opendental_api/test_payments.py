"""Payments through the API, and how they are shared out; documents."""

from __future__ import annotations

import base64

import pytest

from sandbox.practice.oracle import expected
from tests.sandbox.opendental_api.office import Office


@pytest.fixture
def office() -> Office:
    return Office()


def newcomer(office: Office, *fees: int) -> tuple[int, list[int]]:
    """A new patient with charges of so many cents, the oldest first; the key and those of the charges."""
    key = office.post("/patients", {"LName": "Newcomer", "FName": f"Nina {len(fees)}"})["PatNum"]
    patient = office.practice.patients[key]
    charges = []
    for fee in fees:
        service = next(iter(office.practice.services.values()))
        charge = office.desk.books.charge(patient, service, office.desk.provider(), patient.location, office.desk.now)
        charge.amount = fee
        office.desk.begin()
        office.desk.enter(charge)
        office.desk.finish("charge")
        charges.append(charge.key)
    return key, charges


def shares(office: Office, payment: int) -> list[tuple[float, int]]:
    return [(one["SplitAmt"], one["ProcNum"]) for one in office.get("/paysplits", PayNum=payment)]


def test_a_payment_goes_to_the_oldest_charges_first(office):
    key, charges = newcomer(office, 5000, 7000, 3000)
    made = office.post("/payments", {"PatNum": key, "PayAmt": "100.00"})
    assert (made["PayAmt"], made["payType"], made["PaymentSource"]) == ("100", "Check", "API")
    assert shares(office, made["PayNum"]) == [(50.0, charges[0]), (50.0, charges[1])]
    second = office.post("/payments", {"PatNum": key, "PayAmt": 45.5})
    assert shares(office, second["PayNum"]) == [(20.0, charges[1]), (25.5, charges[2])]
    assert office.as_the_model_says()


def test_what_is_too_much_is_kept_as_a_prepayment(office):
    key, charges = newcomer(office, 1000)
    made = office.post("/payments", {"PatNum": key, "PayAmt": "12.34"})
    (kept,) = [one for one in office.get("/paysplits", PayNum=made["PayNum"]) if not one["ProcNum"]]
    assert (kept["SplitAmt"], kept["unearnedType"]) == (2.34, "Prepayment")
    assert shares(office, made["PayNum"])[0] == (10.0, charges[0])


def test_a_prepayment_and_chosen_procedures(office):
    key, charges = newcomer(office, 1000, 2000)
    chosen = office.post("/payments", {"PatNum": key, "PayAmt": "15.00", "procNums": [charges[1]]})
    assert shares(office, chosen["PayNum"]) == [(15.0, charges[1])]
    kept = office.post("/payments", {"PatNum": key, "PayAmt": "15.00", "isPrepayment": "true"})
    assert shares(office, kept["PayNum"]) == [(15.0, 0)]


def test_the_familys_charges_are_paid_unless_the_patients_are_preferred(office):
    head, charges = newcomer(office, 1000)
    child = office.post("/patients", {"LName": "Newcomer", "FName": "Child", "Guarantor": head})["PatNum"]
    alone = office.post("/payments", {"PatNum": child, "PayAmt": "5.00", "isPatientPreferred": "true"})
    assert shares(office, alone["PayNum"]) == [(5.0, 0)]
    family = office.post("/payments", {"PatNum": child, "PayAmt": "5.00"})
    assert shares(office, family["PayNum"]) == [(5.0, charges[0])]
    assert office.as_the_model_says()


def test_the_feed_will_hold_the_payment(office):
    key, charges = newcomer(office, 1000)
    cash = next(
        key for (kind, key), one in office.practice.definitions.items() if (kind, one.name) == ("payment", "Cash")
    )
    asked = {
        "PatNum": key,
        "PayAmt": "10.00",
        "PayType": cash,
        "PayDate": "2025-03-01",
        "PayNote": "till",
        "CheckNum": "7",
    }
    made = office.post("/payments", asked)
    entry = expected(office.practice)["ledger_entry"][f"payment-{made['PayNum']}"]
    assert (entry["amount"], entry["type_raw"], entry["date"]) == ("-10.00", "Cash", "2025-03-01")
    assert entry["applies_to"] == f"procedure-{charges[0]}"


@pytest.mark.parametrize(
    "fields",
    [
        {"PayAmt": None},
        {"PayAmt": "ten"},
        {"PayAmt": 0},
        {"PayAmt": -5},
        {"PayAmt": "1.005"},
        {"PayAmt": True},
        {"PayDate": "2025-03-04"},
        {"PayDate": "03/01/2025"},
        {"PayType": 1},
        {"CheckNum": "1" * 26},
        {"procNums": "7"},
        {"payPlanNum": 3},
    ],
)
def test_a_payment_that_cannot_be_is_refused(office, fields):
    before = office.count("payment"), office.count("paysplit")
    assert office.refused("POST", "/payments", {"PatNum": office.patient.key, "PayAmt": "5.00"} | fields)[0] == 400
    assert before == (office.count("payment"), office.count("paysplit"))


def test_newer_versions_share_a_payment_out_anew(office):
    key, charges = newcomer(office, 1000, 2000)
    made = office.post("/payments", {"PatNum": key, "PayAmt": "15.00"})
    path = f"/payments/{made['PayNum']}/Partial"
    body = {"procNumsAndAmounts": [{"ProcNum": charges[0], "Amount": 5}, {"ProcNum": charges[1], "Amount": 10}]}
    assert "version" in office.refused("PUT", path, body)[1]
    office.database.execute("UPDATE preference SET ValueString = '25.3.1.0' WHERE PrefName = 'ProgramVersion'")
    office.put(path, body)
    assert shares(office, made["PayNum"]) == [(5.0, charges[0]), (10.0, charges[1])]
    assert office.refused("PUT", path, {"procNumsAndAmounts": [{"ProcNum": charges[0], "Amount": 5}]})[0] == 400
    assert office.refused("PUT", path, {"procNumsAndAmounts": [{"ProcNum": charges[0], "Amount": 15}]})[0] == 400
    split = office.get("/paysplits", PayNum=made["PayNum"])[0]["SplitNum"]
    office.put(f"/paysplits/{split}", {"ProvNum": 2})
    assert office.as_the_model_says()


def test_a_document_is_a_row_until_somebody_opens_it(office):
    raw = base64.b64encode(b"%PDF-").decode()
    asked = {"PatNum": office.patient.key, "rawBase64": raw, "extension": ".pdf", "Description": "consent"}
    made = office.post("/documents/Upload", asked | {"DateCreated": "2025-03-01 00:00:00"})
    assert (made["docCategory"], made["ImgType"], made["DateCreated"]) == ("Letters", "Document", "2025-03-01 00:00:00")
    assert office.rows("SELECT Note FROM document") == [(f"_rawBase64_:.pdf_{raw}",)]
    (listed,) = office.get("/documents", PatNum=office.patient.key)
    assert (listed["DocNum"], listed["Note"]) == (made["DocNum"], "")
    assert office.rows("SELECT PermType, FKey FROM securitylog") == [(202, made["DocNum"])]


@pytest.mark.parametrize(
    "fields", [{"rawBase64": "not base64!"}, {"extension": "../x"}, {"DocCategory": 1}, {"ImgType": "Film"}]
)
def test_a_document_that_cannot_be_is_refused(office, fields):
    asked = {"PatNum": office.patient.key, "rawBase64": "AAAA", "extension": ".pdf"}
    assert office.refused("POST", "/documents/Upload", asked | fields)[0] == 400
    assert office.refused("POST", "/documents/Upload", {**asked, "PatNum": 987654}) == (404, "Patient not found")
    assert office.count("document") == 0
