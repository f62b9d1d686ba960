"""Breaking, confirming and annotating appointments through the API."""

from __future__ import annotations

import pytest

from sandbox.practice.oracle import expected
from tests.sandbox.opendental_api.office import Office


@pytest.fixture
def office() -> Office:
    return Office()


def actions(office: Office, key: int) -> list[str]:
    return [one["HistApptAction"] for one in office.get("/histappointments", AptNum=key)]


@pytest.mark.parametrize(
    ("kind", "status", "code"), [("Missed", "no_show", "D9986"), ("Cancelled", "cancelled", "D9987")]
)
def test_a_break_of_a_kind_says_in_the_history_what_happened_and_charts_it(office, kind, status, code):
    key = office.book()["AptNum"]
    office.put(f"/appointments/{key}/Break", {"sendToUnscheduledList": "false", "breakType": kind})
    assert office.get(f"/appointments/{key}")["AptStatus"] == "Broken"
    assert actions(office, key) == ["Created", kind]
    ((charted,),) = office.rows(f"SELECT CodeNum FROM procedurelog WHERE AptNum = {key}")
    assert office.practice.services[charted].code == code
    records = expected(office.practice)
    assert records["appointment"][str(key)]["status"] == status
    assert any(one.get("procedure_code") == code for one in records["ledger_entry"].values())
    assert office.as_the_model_says()


def test_a_break_without_a_kind_only_changes(office):
    key = office.book()["AptNum"]
    office.put(f"/appointments/{key}/Break", {"sendToUnscheduledList": "false"})
    assert actions(office, key) == ["Created", "Changed"]
    assert office.as_the_model_says()


def test_a_break_to_the_unscheduled_list_takes_the_visit_off_its_chair(office):
    key = office.book()["AptNum"]
    office.put(f"/appointments/{key}/Break", {"sendToUnscheduledList": "true", "breakType": "Cancelled"})
    now = office.get(f"/appointments/{key}")
    assert (now["AptStatus"], now["Op"]) == ("UnschedList", 0)
    assert actions(office, key) == ["Created", "Cancelled", "Changed"]
    assert office.as_the_model_says()


def test_only_scheduled_visits_are_broken_and_only_as_the_office_allows(office):
    key = office.book()["AptNum"]
    ask = {"sendToUnscheduledList": "false"}
    path = f"/appointments/{key}/Break"
    assert office.refused("PUT", path, {})[0] == 400
    assert office.refused("PUT", path, ask | {"breakType": "Forgotten"})[0] == 400
    office.database.execute("UPDATE preference SET ValueString = '0' WHERE PrefName = 'BrokenApptProcedure'")
    assert office.refused("PUT", path, ask | {"breakType": "Missed"})[0] == 400
    office.put(path, ask)
    assert office.refused("PUT", path, ask) == (400, "Only appointments with an AptStatus of Scheduled can be broken")


def test_a_break_is_noted_in_the_communication_log_where_the_office_wants_it(office):
    office.database.execute("UPDATE preference SET ValueString = '1' WHERE PrefName = 'BrokenApptCommLog'")
    office.put(f"/appointments/{office.book()['AptNum']}/Break", {"sendToUnscheduledList": "false"})
    assert len(office.get("/commlogs", PatNum=office.patient.key)) == 1


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Confirmed", "Appointment Confirmed"),
        ("Sent", "Texted"),
        ("Not Accepted", "Not accepted"),
        ("Failed", "Sending failed"),
    ],
)
def test_a_confirmation_is_set_as_the_office_has_mapped_it(office, value, name):
    key = office.book()["AptNum"]
    office.put(f"/appointments/{key}/Confirm", {"confirmVal": value})
    assert office.get(f"/appointments/{key}")["confirmed"] == name
    office.put(f"/appointments/{key}/Confirm", {"confirmVal": "None"})
    assert office.get(f"/appointments/{key}")["confirmed"] == "Unconfirmed"
    assert office.as_the_model_says()


def test_the_state_of_arrival_sets_the_time_once(office):
    key = office.book()["AptNum"]
    arrived = int(office.practice.settings["AppointmentTimeArrivedTrigger"])
    office.put(f"/appointments/{key}/Confirm", {"defNum": arrived})
    assert office.get(f"/appointments/{key}")["DateTimeArrived"] == "2025-03-03 09:00:00"
    assert expected(office.practice)["appointment"][str(key)]["status"] == "arrived"
    office.put(f"/appointments/{key}/Confirm", {"confirmVal": "None"})
    office.desk.now = office.desk.now.replace(hour=11)
    office.put(f"/appointments/{key}/Confirm", {"defNum": arrived})
    assert office.get(f"/appointments/{key}")["DateTimeArrived"] == "2025-03-03 09:00:00"


@pytest.mark.parametrize(
    "body", [{}, {"confirmVal": "Surely"}, {"defNum": 1}, {"confirmVal": "Sent", "defNum": 1}, {"defNum": "x"}]
)
def test_a_confirmation_names_one_state(office, body):
    assert office.refused("PUT", f"/appointments/{office.book()['AptNum']}/Confirm", body)[0] == 400


def test_a_note_gets_another_line(office):
    key = office.book()["AptNum"]
    office.put(f"/appointments/{key}/Note", {"Note": "first"})
    office.put(f"/appointments/{key}/Note", {"Note": "second"})
    assert office.practice.appointments[key].note == "first\r\nsecond"
    assert office.refused("PUT", f"/appointments/{key}/Note", {})[0] == 400
    assert office.refused("PUT", f"/appointments/{key}/Note", {"Note": "x" * 65_530})[0] == 400
