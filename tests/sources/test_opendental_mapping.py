"""Open Dental, row in, canonical values out: every odd rule of the mapping."""

from __future__ import annotations

from typing import Any

import pytest

from agent.sources.mapping import Office
from agent.sources.opendental.appointment import appointment
from agent.sources.opendental.definition import confirmation_status, document_category
from agent.sources.opendental.patient import patient
from agent.sources.opendental.pms import signals
from agent.sources.opendental.reference import appointment_type, location, operatory, practice, provider
from tests.sources.rows import CHICAGO, issues_of, mapped

NEVER = "0001-01-01T00:00:00"
NOON = "2025-03-04T12:00:00"
DEFINITIONS = {"definition": {21: ("Appointment Confirmed",), 22: ("Left Msg",), 23: ("Maybe?",), 24: ("  ",)}}
VISIT: dict[str, Any] = {
    "AptNum": 7,
    "PatNum": 12,
    "AptStatus": 1,
    "Pattern": "//XXXX//XX//",
    "Confirmed": 21,
    "Op": 3,
    "ProvNum": 2,
    "ProvHyg": 0,
    "IsHygiene": 0,
    "AptDateTime": NOON,
    "ClinicNum": 0,
    "DateTimeArrived": NEVER,
    "DateTimeSeated": NEVER,
    "DateTimeDismissed": NEVER,
    "AppointmentTypeNum": 0,
    "IsNewPatient": 0,
    "Priority": 0,
    "Note": "",
    "SecDateTEntry": "2025-01-02T09:00:00",
    "DateTStamp": "2025-02-03T10:11:12.5",
}


def visit(*broken: int, office: Office = CHICAGO, **columns: Any):
    rows = [{"AptNum": 7, "HistApptNum": number, "HistApptAction": action} for number, action in enumerate(broken)]
    return mapped(appointment, VISIT | columns, {"broken": rows}, DEFINITIONS, office)


def test_a_visit_with_everything():
    result = visit()
    assert (result.id, result.source_updated_at, result.issues) == ("7", "2025-02-03T10:11:12", ())
    assert result.derived == {"start_utc": "2025-03-04T18:00:00Z", "end_utc": "2025-03-04T19:00:00Z"}
    assert result.data == {
        "patient_id": "12",
        "location_id": "0",
        "operatory_id": "3",
        "provider_ids": ["2"],
        "appointment_type_id": None,
        "arrived_at": None,
        "seated_at": None,
        "dismissed_at": None,
        "status": "booked",
        "status_raw": "1",
        "duration_minutes": 60,
        "start": NOON,
        "end": "2025-03-04T13:00:00",
        "time_zone": "America/Chicago",
        "confirmation_raw": "Appointment Confirmed",
        "confirmation": "confirmed",
        "asap": False,
        "is_new_patient": False,
        "note": None,
        "booked_on": "2025-01-02",
    }


@pytest.mark.parametrize(
    ("columns", "broken", "status", "issues"),
    [
        ({}, (), "booked", []),
        ({"AptStatus": 4}, (), "booked", []),
        ({"DateTimeArrived": NOON}, (), "arrived", []),
        ({"DateTimeArrived": "2025-03-04T00:00:00"}, (), "booked", []),
        ({"DateTimeSeated": NOON}, (), "in_chair", []),
        ({"DateTimeDismissed": NOON}, (), "in_chair", []),
        ({"AptStatus": 2, "DateTimeDismissed": NOON}, (), "completed", []),
        ({"AptStatus": 3}, (), "waitlist", []),
        ({"AptStatus": 5}, (), "unknown", []),
        ({"AptStatus": 5}, (2,), "no_show", []),
        ({"AptStatus": 5}, (2, 3), "cancelled", []),
        ({"AptStatus": 5}, (3, 2), "no_show", []),
        ({"AptStatus": 1}, (3,), "booked", []),
        ({"AptStatus": 0}, (), "unknown", [("status", "unknown_code")]),
        ({"AptStatus": 9}, (), "unknown", [("status", "unknown_code")]),
    ],
)
def test_where_a_visit_stands(columns, broken, status, issues):
    result = visit(*broken, **columns)
    assert (result.data["status"], issues_of(result)) == (status, issues)


@pytest.mark.parametrize(
    ("columns", "start", "end", "duration"),
    [
        ({"AptStatus": 3}, None, None, 60),
        ({"Pattern": ""}, NOON, None, None),
        ({"Pattern": "X"}, NOON, "2025-03-04T12:05:00", 5),
        ({"AptDateTime": NEVER}, None, None, 60),
        ({"AptDateTime": "2025-03-04T23:30:00"}, "2025-03-04T23:30:00", "2025-03-05T00:30:00", 60),
    ],
)
def test_when_a_visit_begins_and_ends(columns, start, end, duration):
    result = visit(**columns)
    assert tuple(result.data[name] for name in ("start", "end", "duration_minutes")) == (start, end, duration)
    assert result.issues == ()


@pytest.mark.parametrize(
    ("number", "confirmation", "raw", "issues"),
    [
        (21, "confirmed", "Appointment Confirmed", []),
        (22, "attempted", "Left Msg", []),
        (23, "unknown", "Maybe?", [("confirmation", "unknown_code")]),
        (24, "unknown", "24", [("confirmation", "unknown_code")]),
        (999, "unknown", "999", [("confirmation", "unknown_code")]),
        (0, "unknown", None, []),
    ],
)
def test_whether_a_visit_is_confirmed_by_the_offices_own_words(number, confirmation, raw, issues):
    result = visit(Confirmed=number)
    assert (result.data["confirmation"], result.data["confirmation_raw"]) == (confirmation, raw)
    assert issues_of(result) == issues


@pytest.mark.parametrize(
    ("dentist", "hygienist", "hygiene", "providers"),
    [(2, 0, 0, ["2"]), (2, 5, 0, ["2", "5"]), (2, 5, 1, ["5", "2"]), (0, 5, 0, ["5"]), (0, 0, 1, [])],
)
def test_the_main_provider_comes_first(dentist, hygienist, hygiene, providers):
    assert visit(ProvNum=dentist, ProvHyg=hygienist, IsHygiene=hygiene).data["provider_ids"] == providers


@pytest.mark.parametrize(("priority", "status", "asap"), [(1, 1, True), (0, 4, True), (0, 1, False)])
def test_who_would_come_sooner(priority, status, asap):
    assert visit(Priority=priority, AptStatus=status).data["asap"] is asap


def test_a_clinic_may_be_in_another_zone():
    result = visit(office=Office("America/Chicago", {"4": "America/New_York"}), ClinicNum=4)
    assert result.data["time_zone"] == "America/New_York"
    assert result.derived["start_utc"] == "2025-03-04T17:00:00Z"


def test_a_practice_may_say_what_its_own_confirmation_state_means():
    office = Office("America/Chicago", overrides={"opendental.confirmation": {"MAYBE?": "attempted"}})
    result = visit(office=office, Confirmed=23)
    assert (result.data["confirmation"], result.issues) == ("attempted", ())


PERSON: dict[str, Any] = {
    "PatNum": 12,
    "FName": "Ann",
    "LName": "O'Neil",
    "PatStatus": 0,
    "Gender": 1,
    "Position": 1,
    "Birthdate": "1970-01-02",
    "Email": "a@b.example; c@d.example",
    "WirelessPhone": "2125550199",
    "Guarantor": 11,
    "PriProv": 2,
    "SecProv": 0,
    "ClinicNum": 3,
    "TxtMsgOk": 1,
    "DateFirstVisit": "0001-01-01",
    "SecDateEntry": "2010-05-06",
    "DateTimeDeceased": NEVER,
}
LINKS = {"patientlink": {1: (12, 13), 2: (13, 14), 3: (20, 21), 4: (21, 20), 5: (30, 30)}}


def test_a_patient_with_everything():
    result = mapped(patient, PERSON, lookups={"patientlink": {}})
    assert result.issues == ()
    assert result.data == {
        "first_name": "Ann",
        "middle_name": None,
        "last_name": "O'Neil",
        "preferred_name": None,
        "salutation": None,
        "birth_date": "1970-01-02",
        "sex": "female",
        "sex_raw": "1",
        "marital_status": "married",
        "marital_status_raw": "1",
        "status": "active",
        "status_raw": "0",
        "is_patient": True,
        "emails": ["a@b.example", "c@d.example"],
        "phones": [{"type": "mobile", "raw": "2125550199", "e164": "+12125550199"}],
        "address": None,
        "guarantor_id": "11",
        "location_id": "3",
        "preferred_providers": [{"location_id": None, "dentist_id": "2", "hygienist_id": None}],
        "consents": {"sms": "yes"},
        "chart_number": None,
        "language": None,
        "first_visit_date": None,
        "entered_date": "2010-05-06",
        "deceased_date": None,
        "merged_into": None,
    }


@pytest.mark.parametrize(
    ("columns", "field", "value", "issues"),
    [
        ({"PatStatus": 1}, "is_patient", False, []),
        ({"PatStatus": 1}, "status", "active", []),
        ({"PatStatus": 2}, "status", "inactive", []),
        ({"PatStatus": 3}, "status", "archived", []),
        ({"PatStatus": 4}, "status", "deleted", []),
        ({"PatStatus": 5}, "status", "deceased", []),
        ({"PatStatus": 6}, "status", "prospective", []),
        ({"PatStatus": 9}, "status", "unknown", [("status", "unknown_code")]),
        ({"Gender": 3}, "sex", "other", []),
        ({"Gender": 2}, "sex", "unknown", []),
        ({"Gender": 9}, "sex", "unknown", [("sex", "unknown_code")]),
        ({"Position": 4}, "marital_status", "divorced", []),
        ({"TxtMsgOk": 2}, "consents", {"sms": "no"}, []),
        ({"TxtMsgOk": 0}, "consents", {"sms": "unknown"}, []),
        ({"DateTimeDeceased": "2021-05-06T07:08:00"}, "deceased_date", "2021-05-06", []),
        ({"Birthdate": "0000-00-00"}, "birth_date", None, []),
        ({"PriProv": 0}, "preferred_providers", [], []),
        ({"ClinicNum": 0}, "location_id", "0", []),
        ({}, "merged_into", "14", []),
        ({"PatNum": 13}, "merged_into", "14", []),
        ({"PatNum": 14}, "merged_into", None, []),
        ({"PatNum": 20}, "merged_into", None, [("merged_into", "cycle")]),
        ({"PatNum": 30}, "merged_into", None, [("merged_into", "cycle")]),
    ],
)
def test_an_odd_patient(columns, field, value, issues):
    result = mapped(patient, PERSON | columns, lookups=LINKS)
    assert result.data[field] == value
    assert issues_of(result) == issues


@pytest.mark.parametrize(
    ("secondary", "not_a_person", "role"),
    [(0, 0, "dentist"), (1, 0, "hygienist"), (0, 1, "unknown"), (1, 1, "hygienist")],
)
def test_what_a_provider_does(secondary, not_a_person, role):
    columns = {"ProvNum": 2, "IsSecondary": secondary, "IsNotPerson": not_a_person, "IsHidden": 0, "ProvStatus": 0}
    result = mapped(provider, columns | {"Specialty": 7}, lookups={"definition": {7: ("General",)}})
    assert (result.data["role"], result.data["role_raw"]) == (role, str(secondary))
    assert (result.data["specialty_raw"], result.data["active"], result.issues) == ("General", True, ())


@pytest.mark.parametrize(("hidden", "status", "active"), [(0, 0, True), (1, 0, False), (0, 1, False)])
def test_whether_a_provider_is_active(hidden, status, active):
    columns = {"ProvNum": 2, "IsHidden": hidden, "ProvStatus": status, "IsSecondary": 0, "IsNotPerson": 0}
    assert mapped(provider, columns).data["active"] is active


def test_a_clinic_and_the_practice_itself():
    clinic = mapped(
        location, {"ClinicNum": 4, "Description": "North", "Abbr": "N", "Phone": "2125550100", "IsHidden": 1}
    )
    assert (clinic.id, clinic.data["short_name"], clinic.data["active"]) == ("4", "N", False)
    preferences = {"PracticeAddress": ("1 Main St",), "PracticeZip": ("60601",), "PracticePhone": ("2125550100",)}
    home = mapped(practice, {"PrefNum": 88, "ValueString": "Smiles"}, lookups={"preference": preferences})
    assert home.id == "0"
    assert home.data == {
        "name": "Smiles",
        "address": {"line_1": "1 Main St", "line_2": None, "city": None, "state": None, "postal_code": "60601"},
        "phone": {"type": "work", "raw": "2125550100", "e164": "+12125550100"},
        "time_zone": "America/Chicago",
        "active": True,
    }


def test_an_operatory_and_an_appointment_type():
    room = mapped(operatory, {"OpName": "Room 1", "Abbrev": "R1", "ClinicNum": 0, "IsHygiene": 1, "IsHidden": 0})
    assert room.data == {"name": "Room 1", "short_name": "R1", "location_id": "0", "is_hygiene": True, "active": True}
    kind = mapped(appointment_type, {"AppointmentTypeName": "Recall", "Pattern": "", "IsHidden": 0})
    assert kind.data == {"name": "Recall", "duration_minutes": None, "active": True}


def test_a_code_is_a_definition_of_its_category():
    result = mapped(document_category, {"DefNum": 131, "ItemName": " Letters ", "IsHidden": 1})
    assert result.id == "document-category-131"
    assert result.data == {"set": "document_category", "code": "131", "label": "Letters", "active": False}
    assert result.issues == ()
    blank = mapped(document_category, {"DefNum": 132, "ItemName": "", "IsHidden": 0})
    assert (blank.data["label"], blank.data["active"]) == (None, True)


@pytest.mark.parametrize(
    ("name", "meaning", "issues"),
    [
        ("Appointment Confirmed", "confirmed", []),
        ("left msg", "attempted", []),
        ("Maybe?", "unknown", [("meaning", "unknown_code")]),
        ("  ", "unknown", []),
    ],
)
def test_a_confirmation_status_means_what_appointments_with_it_show(name, meaning, issues):
    result = mapped(confirmation_status, {"DefNum": 21, "ItemName": name, "IsHidden": 0})
    assert (result.id, result.data["set"]) == ("confirmation-status-21", "confirmation_status")
    assert result.data["meaning"] == meaning
    assert issues_of(result) == issues


CODES = frozenset(
    f"code.{name}" for name in ("payment_type", "document_category", "communication_type", "confirmation_status")
)


def test_signals_say_what_may_have_changed():
    hint = signals([(68, "2025-03-04"), (68, "2025-03-05"), (68, "0001-01-01"), (14, None), (22, None), (85, None)])
    assert hint.days == {"appointment": frozenset({"2025-03-04", "2025-03-05"})}
    assert hint.shapes == frozenset({"provider"}) | CODES
    assert hint.lookups is True
    assert signals([(27, None), (58, None), ("x", None)]).shapes == frozenset({"operatory", "appointment_type"})
