"""The oracle's ledger, against records written by hand for each odd rule."""

from __future__ import annotations

from sandbox.practice.model import Entry, Split
from sandbox.practice.oracle import expected
from tests.sandbox.practice.by_hand import eaglesoft, es_entry, one, opendental


def test_eaglesoft_kinds_of_ledger_lines():
    kinds = {code: es_entry(code=code) for code in "SCDAPIYWFQ"}
    assert [kinds[code]["kind"] for code in "SCDAFQ"] == [
        *("charge", "adjustment", "adjustment", "payment", "unknown", "unknown")
    ]
    assert {code: kinds[code].get("payer") for code in "APIYWS"} == {
        "A": "patient",
        "P": "patient",
        "I": "insurance",
        "Y": "unknown",
        "W": "unknown",
        "S": None,
    }
    assert kinds["A"]["type_raw"] == "Check"
    assert "payer" not in kinds["C"]


def test_eaglesoft_lines_marked_as_deleted_stay_in_the_feed():
    assert [es_entry(status=code)["status"] for code in ("A", "D", "V", "Q", None)] == [
        *("active", "deleted", "voided", "unknown", "unknown")
    ]


def test_eaglesoft_shares_say_whose_line_it_is():
    first, second = Split(11, "0001", "DR1", 1, -1000, 3), Split(10, "0001", "DR2", 1, -250, 3, current=True)
    data = es_entry(splits=[first, second])
    assert (data["patient_id"], data["provider_id"], data["applies_to"]) == ("0001", None, "3")
    assert [split["id"] for split in data["splits"]] == ["10", "11"]
    second.current = False
    data = es_entry(splits=[first, second])
    assert data["provider_id"] == "DR1"
    assert [split["amount"] for split in data["splits"]] == ["-10.00"]
    assert es_entry(splits=[])["patient_id"] is None


def test_procedure_codes_are_those_that_the_office_reports():
    practice = eaglesoft()
    practice.charges[1] = Entry("charge", 1, "2025-03-01", 6500, "S", service="12a ")
    assert one(practice, "ledger_entry")["procedure_code"] == "1010"
    practice.charges[1].service = "99Z"
    assert one(practice, "ledger_entry")["procedure_code"] is None


def test_open_dental_charges_are_fees_times_units():
    practice = opendental()
    practice.charges[1] = Entry("charge", 1, "2025-03-01", 6500, 2, service=101, units=(2, 1))
    data = one(practice, "ledger_entry")
    assert (data["amount"], data["procedure_code"], data["kind"]) == ("195.00", "1010", "charge")
    practice.charges[1].units = (0, 0)
    assert one(practice, "ledger_entry")["amount"] == "65.00"
    practice.charges[1].code = 1
    assert expected(practice)["ledger_entry"] == {}


def test_open_dental_payments_lower_the_account():
    practice = opendental()
    splits = [Split(1, 7, 3, 0, 4000, 11), Split(2, 8, None, 2, 1000, None, 12)]
    practice.payments[9] = Entry("payment", 9, "2025-03-01", 5000, None, type=31, patient=7, splits=splits)
    records = expected(practice)["ledger_entry"]
    data = records["payment-9"]
    assert (data["amount"], data["provider_id"], data["applies_to"]) == ("-50.00", "3", None)
    assert [split["applies_to"] for split in data["splits"]] == ["procedure-11", "adjustment-12"]
    assert data["type_raw"] == "Check"
    practice.payments[9].amount = 0
    assert expected(practice)["ledger_entry"]["payment-9"]["amount"] == "0.00"


def test_an_insurance_line_is_a_payment_and_a_write_off():
    practice = opendental()
    line = Entry("insurance", 4, "2025-03-01", 8000, 1, charge=11, write_off=500)
    practice.insurance[4] = line
    records = expected(practice)["ledger_entry"]
    assert records["insurance-payment-4"]["amount"] == "-80.00"
    assert records["insurance-payment-4"]["applies_to"] == "procedure-11"
    assert records["write-off-4"]["kind"] == "adjustment"
    assert records["write-off-4"]["amount"] == "-5.00"
    line.write_off = 0
    assert list(expected(practice)["ledger_entry"]) == ["insurance-payment-4"]
    line.code = 6
    assert expected(practice)["ledger_entry"] == {}
