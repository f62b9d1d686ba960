"""Making, reading and changing appointments through the API."""

from __future__ import annotations

from datetime import datetime

import pytest

from tests.sandbox.opendental_api.office import Office


@pytest.fixture
def office() -> Office:
    return Office()


def test_an_appointment_is_booked_with_the_defaults_of_the_office(office):
    made = office.book()
    assert (made["AptStatus"], made["Pattern"], made["confirmed"]) == ("Scheduled", "/XX/", "Unconfirmed")
    assert made["ProvNum"] == office.patient.dentist
    assert made["ClinicNum"] == (office.chair.location or office.patient.location)
    assert made["IsNewPatient"] == "false"
    assert office.as_the_model_says()


def test_a_kind_of_visit_brings_its_length_unless_one_is_given(office):
    kind = next(one for one in office.practice.types.values() if one.minutes == 50)
    assert len(office.book(AppointmentTypeNum=kind.key)["Pattern"]) == 10
    assert office.book(AppointmentTypeNum=kind.key, Pattern="XX")["Pattern"] == "XX"


def test_a_pattern_is_cut_after_nine_hours(office):
    assert len(office.book(Pattern="X" * 200)["Pattern"]) == 108


def test_what_overlaps_is_booked_all_the_same(office):
    first, second = office.book(), office.book()
    assert first["AptNum"] != second["AptNum"]
    assert first["AptDateTime"] == second["AptDateTime"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"PatNum": None}, 400),
        ({"PatNum": 987654}, 404),
        ({"PatNum": "many"}, 400),
        ({"Op": 987654}, 400),
        ({"AptDateTime": "2025-03-04T10:00:00"}, 400),
        ({"AptDateTime": "2025-02-30 10:00:00"}, 400),
        ({"Pattern": "XOX"}, 400),
        ({"Pattern": ""}, 400),
        ({"Confirmed": 1}, 400),
        ({"AptStatus": "Broken"}, 400),
        ({"ProvNum": 987654}, 400),
        ({"IsNewPatient": "perhaps"}, 400),
        ({"Priority": "Urgent"}, 400),
        ({"AppointmentTypeNum": 987654}, 400),
        ({"PatternSecondary": "//"}, 400),
        ({"colorOverride": "1,2"}, 400),
        ({"Note": 5}, 400),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(office, fields, status):
    before = office.count("appointment"), office.count("histappointment"), office.count("securitylog")
    asked = {"PatNum": office.patient.key, "Op": office.chair.key, "AptDateTime": "2025-03-04 10:00:00"}
    assert office.refused("POST", "/appointments", asked | fields)[0] == status
    assert before == (office.count("appointment"), office.count("histappointment"), office.count("securitylog"))


def test_deleted_people_and_hidden_chairs_and_providers_are_refused(office):
    deleted = next(one for one in office.practice.patients.values() if one.status == 4)
    hidden_chair = next(one for one in office.practice.chairs.values() if one.hidden)
    hidden = [one.key for one in office.practice.providers.values() if one.hidden or one.status == 1]
    asked = {"PatNum": office.patient.key, "Op": office.chair.key, "AptDateTime": "2025-03-04 10:00:00"}
    wrong = [{"PatNum": deleted.key}, {"Op": hidden_chair.key}, *({"ProvNum": key} for key in hidden)]
    assert {office.refused("POST", "/appointments", asked | one)[0] for one in wrong} == {400}


def test_a_booking_leaves_history_signals_and_a_log_line(office):
    signals = office.count("signalod")
    made = office.book(ProvHyg=3)
    key = made["AptNum"]
    history = office.rows(f"SELECT HistApptAction, ApptSource, Pattern, Op FROM histappointment WHERE AptNum = {key}")
    assert history == [(0, 6, "/XX/", office.chair.key)]
    told = office.rows(f"SELECT FKeyType, IType, DateViewing FROM signalod WHERE SignalNum > {signals}")
    assert [kind for kind, _, _ in told] == ["Provider", "Provider", "Operatory", "PatNum"]
    assert {(code, day) for _, code, day in told} == {(68, "2025-03-04")}
    log = office.rows("SELECT PermType, LogSource, FKey, PatNum FROM securitylog")
    assert log == [(25, 23, key, office.patient.key)]
    assert office.count("securityloghash") == 1


def test_signals_are_only_for_days_that_workstations_show(office):
    signals = office.count("signalod")
    office.book(AptDateTime="2025-03-20 10:00:00")
    office.book(AptDateTime="2025-03-01 10:00:00")
    assert office.count("signalod") == signals


def test_a_move_tells_those_who_look_at_the_old_and_at_the_new_place(office):
    key = office.book()["AptNum"]
    signals = office.count("signalod")
    moved = office.put(f"/appointments/{key}", {"AptDateTime": "2025-03-05 09:30:00"})
    assert moved["AptDateTime"] == "2025-03-05 09:30:00"
    days = office.rows(f"SELECT DateViewing FROM signalod WHERE SignalNum > {signals}")
    assert sorted({day for (day,) in days}) == ["2025-03-04", "2025-03-05"]
    assert len(days) <= 8
    assert office.rows("SELECT PermType FROM securitylog")[-1] == (26,)
    assert office.practice.appointments[key].start == datetime(2025, 3, 5, 9, 30)
    assert office.as_the_model_says()


def test_a_change_that_changes_nothing_leaves_no_trace(office):
    made = office.book()
    before = office.count("histappointment"), office.count("signalod"), office.count("securitylog")
    office.put(f"/appointments/{made['AptNum']}", {"AptDateTime": made["AptDateTime"], "Op": made["Op"]})
    assert before == (office.count("histappointment"), office.count("signalod"), office.count("securitylog"))


def test_a_note_is_replaced_by_put_and_line_ends_come_out_as_spaces(office):
    key = office.book(Note="one\r\ntwo")["AptNum"]
    assert office.get(f"/appointments/{key}")["Note"] == "one two"
    office.put(f"/appointments/{key}", {"Note": "three"})
    assert office.get(f"/appointments/{key}")["Note"] == "three"


def test_a_broken_visit_is_booked_again_by_put(office):
    key = office.book()["AptNum"]
    office.put(f"/appointments/{key}/Break", {"sendToUnscheduledList": "true"})
    again = {"AptStatus": "Scheduled", "AptDateTime": "2025-03-06 09:00:00", "Op": office.chair.key}
    assert office.put(f"/appointments/{key}", again)["AptStatus"] == "Scheduled"
    assert office.as_the_model_says()


def test_times_of_a_visit_are_taken_by_newer_versions_only(office):
    key = office.book()["AptNum"]
    asked = {"DateTimeArrived": "09:55:00"}
    assert office.put(f"/appointments/{key}", asked)["DateTimeArrived"].startswith("0001")
    office.database.execute("UPDATE preference SET ValueString = '25.2.10.0' WHERE PrefName = 'ProgramVersion'")
    assert office.put(f"/appointments/{key}", asked)["DateTimeArrived"] == "2025-03-04 09:55:00"


def test_a_first_visit_is_noted_on_the_patient(office):
    made = office.post("/patients", {"LName": "Newcomer", "FName": "Nina"})
    office.book(PatNum=made["PatNum"], IsNewPatient="true")
    assert office.practice.patients[made["PatNum"]].first_visit == "2025-03-04"


def test_lists_are_filtered(office):
    made = office.book()
    mine = office.get("/appointments", PatNum=office.patient.key, dateStart="2025-03-04", dateEnd="2025-03-04")
    assert made["AptNum"] in [one["AptNum"] for one in mine]
    assert {one["AptStatus"] for one in office.get("/appointments", AptStatus="Broken")} == {"Broken"}
    assert office.get("/appointments", DateTStamp="2025-03-03 09:00:00") == []
    assert office.refused("GET", "/appointments", None, date="yesterday")[0] == 400


def test_an_appointment_that_is_not_there_is_404_and_none_can_be_deleted(office):
    for method, path in (("GET", ""), ("PUT", ""), ("PUT", "/Break"), ("PUT", "/Confirm"), ("PUT", "/Note")):
        body = None if method == "GET" else {"Note": "x"}
        assert office.refused(method, f"/appointments/987654{path}", body) == (404, "Appointment not found")
    assert office.refused("DELETE", f"/appointments/{office.book()['AptNum']}")[0] == 404
