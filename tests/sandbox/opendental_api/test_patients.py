"""Making, reading and changing patients through the API, and noting contacts and popups."""

from __future__ import annotations

import pytest

from tests.sandbox.opendental_api.office import Office

PERSON = {"LName": "Newcomer", "FName": "Nina", "Birthdate": "1990-01-02", "HmPhone": "(212)555-0142"}


@pytest.fixture
def office() -> Office:
    return Office()


def test_a_patient_is_entered_with_the_defaults_of_the_office(office):
    made = office.post("/patients", PERSON)
    assert (made["PatStatus"], made["Gender"], made["Guarantor"]) == ("Patient", "Unknown", made["PatNum"])
    assert made["BillingType"] == "Standard account"
    assert made["SecDateEntry"] == "2025-03-03"
    assert office.rows("SELECT PermType, PatNum FROM securitylog") == [(106, made["PatNum"])]
    assert office.as_the_model_says()


def test_somebody_who_is_there_is_not_entered_again(office):
    office.post("/patients", PERSON)
    same = {**PERSON, "LName": "NEWCOMER", "HmPhone": "", "WirelessPhone": "212-555-0142"}
    assert office.refused("POST", "/patients", same) == (400, "Patient already exists")
    office.post("/patients", {**PERSON, "HmPhone": "(212)555-0199"})
    office.post("/patients", {**PERSON, "Birthdate": "1990-01-03"})


@pytest.mark.parametrize(
    "fields",
    [
        {"FName": ""},
        {"Birthdate": "01/02/1990"},
        {"Gender": "Other"},
        {"PatStatus": "Deleted"},
        {"State": "Oregon"},
        {"Zip": "97"},
        {"HmPhone": "1" * 31},
        {"Email": "a" * 101},
        {"ChartNumber": "1" * 16},
        {"PriProv": 987654},
        {"ClinicNum": 987654},
        {"BillingType": "Nobody pays"},
        {"TxtMsgOk": "true"},
        {"PreferContactMethod": "Pigeon"},
    ],
)
def test_what_does_not_fit_is_refused(office, fields):
    before = office.count("patient")
    assert office.refused("POST", "/patients", PERSON | fields)[0] == 400
    assert office.count("patient") == before


def test_a_change_sets_what_is_given_and_an_empty_text_clears(office):
    key = office.patient.key
    changed = office.put(f"/patients/{key}", {"WirelessPhone": "(212)555-0177", "Email": "", "TxtMsgOk": "No"})
    assert (changed["WirelessPhone"], changed["Email"], changed["TxtMsgOk"]) == ("(212)555-0177", "", "No")
    assert changed["LName"] == office.patient.last
    assert office.practice.patients[key].mobile == "(212)555-0177"
    assert office.refused("PUT", f"/patients/{key}", {"LName": ""})[0] == 400
    assert office.as_the_model_says()


def test_deleted_patients_refuse_every_write_and_unknown_ones_are_404(office):
    deleted = next(one.key for one in office.practice.patients.values() if one.status == 4)
    assert office.refused("PUT", f"/patients/{deleted}", {"City": "X"})[0] == 400
    assert office.refused("POST", "/commlogs", {"PatNum": deleted, "Note": "x"})[0] == 400
    assert office.refused("POST", "/popups", {"PatNum": deleted, "Description": "x"})[0] == 400
    assert office.refused("PUT", "/patients/987654", {"City": "X"}) == (404, "Patient not found")
    assert office.refused("POST", "/commlogs", {"PatNum": 987654, "Note": "x"}) == (404, "Patient not found")


def test_patients_are_found_by_parts_of_their_names(office):
    made = office.post("/patients", PERSON)
    assert [one["PatNum"] for one in office.get("/patients", LName="ewcom")] == [made["PatNum"]]
    found = office.get("/patients/Simple", LName="NEWC", FName="nin", Birthdate="1990-01-02")
    assert [one["PatNum"] for one in found] == [made["PatNum"]]
    assert all(one["PatStatus"] == "Inactive" for one in office.get("/patients/Simple", PatStatus="Inactive"))


def test_a_contact_is_noted_as_a_phone_call_of_no_particular_kind(office):
    made = office.post("/commlogs", {"PatNum": office.patient.key, "Note": "called\nagain"})
    assert (made["commType"], made["Mode_"], made["SentOrReceived"]) == ("Misc", "Phone", "Sent")
    assert made["Note"] == "called again"
    assert office.get("/commlogs", PatNum=office.patient.key) == [made]
    assert office.rows("SELECT PermType, FKey FROM securitylog") == [(193, made["CommlogNum"])]


def test_a_contact_has_the_kind_and_the_means_that_were_given(office):
    recall = next(key for (_, key), one in office.practice.definitions.items() if one.name == "Recall")
    asked = {"PatNum": office.patient.key, "Note": "x", "CommType": str(recall), "Mode_": "In Person"}
    made = office.post("/commlogs", asked | {"CommDateTime": "2025-03-01 08:00:00", "SentOrReceived": "Received"})
    assert (made["CommType"], made["Mode_"]) == (str(recall), "In Person")
    assert office.post("/commlogs", asked | {"commType": "financial"})["commType"] == "Financial"
    for wrong in ({"Mode_": "Fax"}, {"Mode_": "InPerson"}, {"CommType": 1}, {"commType": "Gossip"}, {"Note": ""}):
        assert office.refused("POST", "/commlogs", asked | wrong)[0] == 400


def test_a_popup_is_put_up_on_a_patient(office):
    made = office.post("/popups", {"PatNum": office.patient.key, "Description": "needs a new form"})
    assert (made["PopupLevel"], made["IsDisabled"]) == ("Patient", "false")
    assert made in office.get("/popups", PatNum=office.patient.key)
    wrong = {"PatNum": office.patient.key, "Description": "x", "PopupLevel": "SuperFamily"}
    assert office.refused("POST", "/popups", wrong)[0] == 400
