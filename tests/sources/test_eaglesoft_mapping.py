"""Eaglesoft, row in, canonical values out: every odd rule of the mapping."""

from __future__ import annotations

from typing import Any

import pytest

from agent.model.reading import Unreadable
from agent.sources.eaglesoft.appointment import appointment
from agent.sources.eaglesoft.code_set import communication_type, payment_type
from agent.sources.eaglesoft.ledger import ledger_entry
from agent.sources.eaglesoft.patient import patient
from agent.sources.eaglesoft.reference import appointment_type, location, operatory, provider
from agent.sources.mapping import Office
from tests.sources.rows import issues_of, mapped

NOON, ONE = "2025-03-04T12:00:00", "2025-03-04T13:00:00"
CHAIRS = {"chairs": {4: (2,)}}


def visit(*rows: dict[str, Any], **columns: Any):
    given = {"start_time": NOON, "end_time": ONE, "classification": 1, "confirmation_status": 0, **columns}
    return mapped(appointment, given, {"providers": rows}, CHAIRS)


@pytest.mark.parametrize(
    ("columns", "status", "raw", "issues"),
    [
        ({}, "booked", "1/", []),
        ({"arrival_time": NOON}, "arrived", "1/", []),
        ({"arrival_time": NOON, "inchair_time": NOON}, "in_chair", "1/", []),
        ({"inchair_time": NOON, "walkout_time": ONE}, "completed", "1/", []),
        ({"arrival_status": 4}, "completed", "1/4", []),
        ({"arrival_status": 9}, "booked", "1/9", []),
        ({"classification": 16, "walkout_time": ONE}, "cancelled", "16/", []),
        ({"classification": 32}, "waitlist", "32/", []),
        ({"classification": 64}, "waitlist", "64/", []),
        ({"classification": 4}, "unknown", "4/", [("status", "unknown_code")]),
        ({"classification": None, "arrival_status": 0}, "unknown", "/0", []),
    ],
)
def test_where_a_visit_stands(columns, status, raw, issues):
    result = visit(**columns)
    assert (result.data["status"], result.data["status_raw"], issues_of(result)) == (status, raw, issues)


@pytest.mark.parametrize("classification", [32, 64])
def test_what_is_on_a_list_has_no_time(classification):
    result = visit(classification=classification)
    times = [result.data[name] for name in ("start", "end", "duration_minutes")]
    assert times == [None, None, None]
    assert result.derived == {"start_utc": None, "end_utc": None}


@pytest.mark.parametrize(
    ("code", "confirmation", "raw", "issues"),
    [
        (0, "unconfirmed", "0", []),
        (1, "confirmed", "1", []),
        *[(code, "attempted", str(code), []) for code in (2, 3, 4, 5, 6)],
        (7, "unknown", "7", [("confirmation", "unknown_code")]),
        (None, "unknown", None, []),
    ],
)
def test_whether_a_visit_is_confirmed(code, confirmation, raw, issues):
    result = visit(confirmation_status=code)
    assert (result.data["confirmation"], result.data["confirmation_raw"]) == (confirmation, raw)
    assert issues_of(result) == issues


@pytest.mark.parametrize(
    ("chair", "operatory_id", "location_id"), [(4, "4", "2"), (9, "9", None), (-1, None, None), (None, None, None)]
)
def test_a_visit_is_where_its_chair_is(chair, operatory_id, location_id):
    result = visit(location_id=chair)
    assert (result.data["operatory_id"], result.data["location_id"]) == (operatory_id, location_id)


def test_times_are_read_in_the_zone_of_the_chairs_site():
    office = Office("America/Chicago", {"2": "America/Denver"})
    columns = {"location_id": 4, "start_time": NOON, "end_time": ONE, "classification": 1}
    result = mapped(appointment, columns, lookups=CHAIRS, office=office)
    assert result.data["time_zone"] == "America/Denver"
    assert result.derived == {"start_utc": "2025-03-04T19:00:00Z", "end_utc": "2025-03-04T20:00:00Z"}


@pytest.mark.parametrize(
    ("start", "issue"),
    [
        ("2025-03-09T02:30:00", "nonexistent_local_time"),
        ("2025-11-02T01:30:00", "ambiguous_local_time"),
    ],
)
def test_a_start_when_the_clocks_change_is_kept_with_an_issue(start, issue):
    result = visit(start_time=start)
    assert result.data["start"] == start
    assert issues_of(result) == [("start", issue)]
    assert result.derived["start_utc"] is not None


def test_further_fields_of_a_visit():
    result = visit(
        {"appointment_id": 7, "provider_id": "hr2"},
        {"appointment_id": 7, "provider_id": "DR1"},
        patient_id="ab1 ",
        appointment_type_id=0,
        sooner_if_possible="1",
        appointment_notes=" late\0 ",
        date_appointed="2025-01-02T09:00:00",
        arrival_time="2025-03-04 11:50:03.25",
    )
    assert result.id == "7"
    assert result.data == {
        "patient_id": "AB1",
        "location_id": None,
        "operatory_id": None,
        "provider_ids": ["DR1", "HR2"],
        "appointment_type_id": None,
        "start": NOON,
        "end": ONE,
        "duration_minutes": 60,
        "time_zone": "America/Chicago",
        "status": "arrived",
        "status_raw": "1/",
        "confirmation": "unconfirmed",
        "confirmation_raw": "0",
        "asap": True,
        "note": "late",
        "booked_on": "2025-01-02",
        "arrived_at": "2025-03-04T11:50:03",
        "seated_at": None,
        "dismissed_at": None,
    }
    assert issues_of(result) == [("note", "nul_removed")]


@pytest.mark.parametrize(
    ("wish", "asap"), [(1, True), ("Y", True), ("1", True), (0, False), ("N", False), (None, None)]
)
def test_who_would_come_sooner(wish, asap):
    assert visit(sooner_if_possible=wish).data["asap"] is asap


PERSON = {
    "patient_id": "a1  ",
    "first_name": " Zoë ",
    "last_name": "Grünwald-Ortiz",
    "middle_initial": "Q",
    "birth_date": "1980-05-06",
    "sex": "F",
    "marital_status": "X",
    "status": "A",
    "patient_status": "Y",
    "email_address": "zoe@example.org",
    "home_phone": "(212)555-0199",
    "pager_phone": "no phone",
    "address_1": "1 Main St",
    "zipcode": "60601",
    "responsible_party": "a1",
    "practice_id": 2,
    "preferred_dentist": "dr1",
    "receives_sms": "Y",
    "receive_email": "N",
    "receive_recalls": "?",
    "chart_id": " 12 ",
    "date_entered": "2001-02-03",
}


def test_a_patient_with_everything():
    sites = [{"patient_id": "a1", "practice_id": 2, "preferred_dentist": "DR2", "preferred_hygienist": " "}]
    result = mapped(patient, PERSON, {"sites": sites})
    assert result.id == "A1"
    assert result.issues == ()
    assert result.identity == ("Zoë Grünwald-Ortiz", "1980-05-06", "2001-02-03")
    assert result.data == {
        "first_name": "Zoë",
        "middle_name": "Q",
        "last_name": "Grünwald-Ortiz",
        "preferred_name": None,
        "salutation": None,
        "birth_date": "1980-05-06",
        "sex": "female",
        "sex_raw": "F",
        "marital_status": "separated",
        "marital_status_raw": "X",
        "status": "active",
        "status_raw": "A",
        "is_patient": True,
        "emails": ["zoe@example.org"],
        "phones": [
            {"type": "home", "raw": "(212)555-0199", "e164": "+12125550199"},
            {"type": "other", "raw": "no phone", "e164": None},
        ],
        "address": {"line_1": "1 Main St", "line_2": None, "city": None, "state": None, "postal_code": "60601"},
        "guarantor_id": "A1",
        "location_id": "2",
        "preferred_providers": [
            {"location_id": None, "dentist_id": "DR1", "hygienist_id": None},
            {"location_id": "2", "dentist_id": "DR2", "hygienist_id": None},
        ],
        "consents": {"sms": "yes", "email": "no", "recalls": "unknown"},
        "chart_number": "12",
        "first_visit_date": None,
        "entered_date": "2001-02-03",
    }


@pytest.mark.parametrize(
    ("columns", "field", "value", "issues"),
    [
        ({"sex": " "}, "sex", "unknown", []),
        ({"sex": "Z"}, "sex", "unknown", [("sex", "unknown_code")]),
        ({"sex": "m"}, "sex", "male", []),
        ({"marital_status": "u"}, "marital_status", "unknown", []),
        ({"status": "I"}, "status", "inactive", []),
        ({"status": "Q"}, "status", "unknown", [("status", "unknown_code")]),
        ({"status": "Q", "death_indicator": "Y"}, "status", "deceased", [("status", "unknown_code")]),
        ({"status": "I", "death_indicator": "Y"}, "status", "deceased", []),
        ({"patient_status": None}, "is_patient", None, []),
        ({"patient_status": "N"}, "is_patient", False, []),
        ({"birth_date": "0001-01-01"}, "birth_date", None, []),
        ({"birth_date": "0194-07-03"}, "birth_date", None, [("birth_date", "out_of_range")]),
        ({"birth_date": Unreadable("out_of_range")}, "birth_date", None, [("birth_date", "out_of_range")]),
        ({"last_name": Unreadable("undecodable")}, "last_name", None, [("last_name", "undecodable")]),
        ({"email_address": "\0"}, "emails", [], [("emails", "nul_removed")]),
        ({"address_1": " ", "zipcode": ""}, "address", None, []),
        ({"responsible_party": " "}, "guarantor_id", None, []),
        ({"practice_id": None}, "location_id", None, []),
        ({"preferred_dentist": " "}, "preferred_providers", [], []),
        ({"home_phone": Unreadable("undecodable"), "pager_phone": ""}, "phones", [], [("phones", "undecodable")]),
    ],
)
def test_an_odd_patient(columns, field, value, issues):
    result = mapped(patient, PERSON | columns)
    assert result.data[field] == value
    assert issues_of(result) == issues


def test_a_patient_without_a_usable_key_is_set_apart():
    result = mapped(patient, PERSON | {"patient_id": "  "})
    assert (result.id, result.data, issues_of(result)) == (None, None, [("id", "unusable_key")])


SPLIT = {"tran_num": 7, "detail_id": 1, "patient_id": "a1", "provider_id": "dr1", "amount": "-20.00", "applied_to": 5}
LOOKUPS: dict[str, Any] = {
    "services": {"01110": ("X1110",), "BLANK": (" ",)},
    "paytype": {3: ("Cheque",)},
    "adjustment_type": {3: ("Courtesy",)},
}


def entry(*splits: dict[str, Any], **columns: Any):
    given = {"type": "S", "status": "A", "amount": "100.00", "tran_date": "2025-03-04", **columns}
    return mapped(ledger_entry, given, {"splits": splits}, LOOKUPS)


@pytest.mark.parametrize(
    ("letter", "kind", "payer", "type_raw", "issues"),
    [
        ("S", "charge", None, None, []),
        ("C", "adjustment", None, "Courtesy", []),
        ("D", "adjustment", None, "Courtesy", []),
        ("A", "payment", "patient", "Cheque", []),
        ("p ", "payment", "patient", "Cheque", []),
        ("I", "payment", "insurance", "Cheque", []),
        ("Y", "payment", "unknown", "Cheque", []),
        ("W", "payment", "unknown", "Cheque", []),
        ("F", "unknown", None, None, [("kind", "unknown_code")]),
        (None, "unknown", None, None, []),
    ],
)
def test_what_a_ledger_line_is(letter, kind, payer, type_raw, issues):
    result = entry(type=letter, paytype_id=3, adjustment_type=3)
    assert (result.data["kind"], result.data["type_raw"], issues_of(result)) == (kind, type_raw, issues)
    assert result.data.get("payer") == payer
    assert ("payer" in result.data) == (kind == "payment")


@pytest.mark.parametrize(
    ("letter", "status", "issues"),
    [("A", "active", []), ("D", "deleted", []), ("V", "voided", []), ("Q", "unknown", [("status", "unknown_code")])],
)
def test_whether_a_ledger_line_counts(letter, status, issues):
    result = entry(status=letter)
    assert (result.data["status"], issues_of(result)) == (status, issues)


@pytest.mark.parametrize(
    ("changes", "patient_id", "provider_id", "applies_to"),
    [
        ([], None, None, None),
        ([{}], "A1", "DR1", "5"),
        ([{}, {"detail_id": 2, "patient_id": "A1 "}], "A1", "DR1", "5"),
        ([{}, {"detail_id": 2, "patient_id": "b2", "applied_to": None}], None, "DR1", None),
        ([{}, {"detail_id": 2, "provider_id": "HR1", "applied_to": 6}], "A1", None, None),
        ([{"applied_to": 0}], "A1", "DR1", None),
    ],
)
def test_a_line_is_whose_its_shares_all_are(changes, patient_id, provider_id, applies_to):
    result = entry(*[SPLIT | change for change in changes])
    found = tuple(result.data[name] for name in ("patient_id", "provider_id", "applies_to"))
    assert found == (patient_id, provider_id, applies_to)
    assert len(result.data["splits"]) == len(changes)


def test_a_share_as_the_feed_shows_it():
    result = entry(SPLIT | {"provider_practice_id": 2})
    assert result.data["splits"] == [
        {
            "id": "1",
            "patient_id": "A1",
            "provider_id": "DR1",
            "location_id": "2",
            "amount": "-20.00",
            "applies_to": "5",
        }
    ]


@pytest.mark.parametrize(
    ("service", "code"), [("01110", "X1110"), (" 01110 ", "X1110"), ("99ZZZ", None), ("blank", None)]
)
def test_the_procedure_code_is_that_of_the_service(service, code):
    result = entry(service_code=service, tooth=" 3 ")
    assert (result.data["procedure_code"], result.data["tooth"], issues_of(result)) == (code, "3", [])


@pytest.mark.parametrize(
    ("description", "role", "issues"),
    [
        ("Dentist", "dentist", []),
        ("ORTHODONTIST", "dentist", []),
        ("Dental Hygienist", "hygienist", []),
        ("Office Staff", "staff", []),
        ("Dental Assistant", "staff", []),
        ("Janitor", "unknown", [("role", "unknown_code")]),
        (None, "unknown", []),
    ],
)
def test_what_a_provider_does(description, role, issues):
    columns = {"provider_id": "dr1", "position_id": 1, "status": "A", "national_prov_id": "1234567893"}
    lookups = {"positions": {1: (description,)}}
    result = mapped(provider, columns, lookups=lookups)
    assert (result.id, result.data["role"], result.data["role_raw"]) == ("DR1", role, description)
    assert issues_of(result) == issues
    assert result.data["active"] is True


@pytest.mark.parametrize(("status", "active"), [("A", True), ("a ", True), ("I", False), ("", False), (None, None)])
def test_whether_a_provider_is_active(status, active):
    assert mapped(provider, {"provider_id": "X", "status": status}).data["active"] is active


def test_a_site_a_chair_and_an_appointment_type():
    site = mapped(location, {"practice_id": 2, "name": "North", "phone": "212-555-0100", "city": "Elgin"})
    assert site.data == {
        "name": "North",
        "address": {"line_1": None, "line_2": None, "city": "Elgin", "state": None, "postal_code": None},
        "phone": {"type": "work", "raw": "212-555-0100", "e164": "+12125550100"},
        "time_zone": "America/Chicago",
    }
    assert mapped(operatory, {"chair_name": "Room 1", "practice_id": 2}).data == {"name": "Room 1", "location_id": "2"}
    kind = mapped(appointment_type, {"description": "Recall", "active": 1})
    assert kind.data == {"name": "Recall", "active": True}


@pytest.mark.parametrize(("shown", "active"), [("Y", True), ("n ", False), (None, None)])
def test_a_payment_type_is_active_while_it_is_offered(shown, active):
    result = mapped(payment_type, {"paytype_id": 3, "description": " Check", "display_on_payment_screen": shown})
    assert (result.id, result.issues) == ("payment-type-3", ())
    assert result.data == {"set": "payment_type", "code": "3", "label": "Check", "active": active}


def test_a_kind_of_contact_is_a_type_of_note():
    result = mapped(communication_type, {"id": 7, "description": "Message"})
    assert result.id == "communication-type-7"
    assert result.data == {"set": "communication_type", "code": "7", "label": "Message"}
