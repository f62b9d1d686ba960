"""What exactly is asked of the API, and what is refused because the PMS cannot keep it."""

from __future__ import annotations

import pytest

from agent.model.writing import WriteRefused
from tests.sources.opendental.offices import DAY, Office
from tests.sources.opendental.works import WORKS


def asked(practice: Office, kind: str, target: int | None, keys=None, **payload) -> list[dict]:
    """The requests as they are shown to people."""
    task = practice.task(kind, target, keys, **payload)
    return list(practice.channel.prepare(task).shown["requests"])


def refusal(practice: Office, kind: str, target: int | None, keys=None, **payload) -> tuple[str, str | int | None]:
    """Code and rule."""
    with pytest.raises(WriteRefused) as caught:
        asked(practice, kind, target, keys, **payload)
    return caught.value.code, caught.value.fields.get("rule")


def booking(practice: Office, *providers: int, start: str = f"{DAY}T11:00:00", minutes: int = 40, **more) -> dict:
    """Arguments of a visit."""
    keys = {("operatory", "o"): 1} | {("provider", str(number)): number for number in providers}
    return {
        "target": practice.patient,
        "keys": keys,
        "operatory_id": "o",
        "provider_ids": [str(number) for number in providers],
        "start": start,
        "duration_minutes": minutes,
        **more,
    }


def test_a_booking(practice: Office):
    (request,) = asked(practice, "appointment.create", **booking(practice, 1, note="Late"))
    assert request == {
        "method": "POST",
        "path": "/appointments",
        "body": {
            "PatNum": practice.patient,
            "Op": 1,
            "AptDateTime": f"{DAY} 11:00:00",
            "AptStatus": "Scheduled",
            "Pattern": "XXXXXXXX",
            "ProvNum": 1,
            "ProvHyg": 0,
            "IsHygiene": "false",
            "Note": "Late Ref PA-ABCDEFGHB2",
        },
    }


@pytest.mark.parametrize(
    ("providers", "dentist", "hygienist", "hygiene"),
    [((1,), 1, 0, "false"), ((3,), 3, 0, "false"), ((1, 3), 1, 3, "false"), ((3, 1), 1, 3, "true")],
)
def test_the_first_provider_is_whose_visit_it_is(practice: Office, providers, dentist, hygienist, hygiene):
    practice.run("UPDATE provider SET IsSecondary = (ProvNum = 3)")
    (request,) = asked(practice, "appointment.create", **booking(practice, *providers))
    body = request["body"]
    assert (body["ProvNum"], body["ProvHyg"], body["IsHygiene"]) == (dentist, hygienist, hygiene)


def test_the_site_of_the_operatory_is_named(practice: Office):
    practice.run("UPDATE operatory SET ClinicNum = 7 WHERE OperatoryNum = 1")
    (request,) = asked(practice, "appointment.create", **booking(practice, 1))
    assert request["body"]["ClinicNum"] == 7


def test_what_a_booking_cannot_be(practice: Office):
    def code(*providers: int, **more) -> tuple[str, str | int | None]:
        return refusal(practice, "appointment.create", **booking(practice, *providers, **more))

    assert code(1, 2, 3) == ("value_not_storable", "provider_ids")
    assert code(1, minutes=42) == ("time_not_on_grid", "duration_minutes")
    assert code(1, start=f"{DAY}T11:02:00") == ("time_not_on_grid", "start")
    assert code(1, start=f"{DAY}T11:00:30") == ("time_not_on_grid", "start")
    assert code(1, note="So happy \U0001f600") == ("text_not_storable", "note")


def test_a_visit_from_the_unscheduled_list_goes_back_on_the_book(practice: Office):
    practice.run("UPDATE appointment SET AptStatus = 3, Op = 0 WHERE AptNum = ?", practice.visit)
    visit = practice.visit
    late = {"start": f"{DAY}T15:00:00"}
    assert refusal(practice, "appointment.reschedule", visit, **late) == ("value_not_storable", "operatory_id")
    (request,) = asked(practice, "appointment.reschedule", visit, {("operatory", "o"): 2}, operatory_id="o", **late)
    assert request["body"] == {"AptDateTime": f"{DAY} 15:00:00", "AptStatus": "Scheduled", "Op": 2}
    practice.run("UPDATE appointment SET AptStatus = 2 WHERE AptNum = ?", visit)
    assert refusal(practice, "appointment.reschedule", visit, **late)[0] == "not_booked"


def test_a_missed_visit_is_charted_where_the_office_wants_it(practice: Office):
    (request,) = asked(practice, "appointment.cancel", practice.visit)
    assert request["body"] == {"sendToUnscheduledList": "true"}
    setting = "UPDATE preference SET ValueString = ? WHERE PrefName = 'BrokenApptProcedure'"
    practice.run(setting, "3")
    (request,) = asked(practice, "appointment.cancel", practice.visit, reason="missed")
    assert request["body"] == {"sendToUnscheduledList": "false", "breakType": "Missed"}
    practice.run(setting, "2")
    assert refusal(practice, "appointment.cancel", practice.visit, reason="missed") == ("value_not_storable", "reason")


def test_a_missed_visit_shows_as_such(practice: Office):
    task = practice.task("appointment.cancel", practice.visit, reason="missed")
    practice.channel.apply(task, practice.channel.prepare(task))
    assert practice.channel.find(task).result == "applied"
    assert practice.before("appointment", practice.visit)["status"] == "no_show"


def test_a_confirmation_is_the_offices_own_status(practice: Office):
    sent = int(practice.one("SELECT ValueString FROM preference WHERE PrefName = 'ApptEConfirmStatusSent'"))
    for payload, keys, status in (
        ({"confirmation": "attempted"}, {}, sent),
        ({"confirmation": "unconfirmed"}, {}, practice.code(2)),
        ({"code_id": "c"}, {("code", "c"): 33}, 33),
    ):
        (request,) = asked(practice, "appointment.confirm", practice.visit, keys, **payload)
        assert request["body"] == {"defNum": status}
    practice.run("DELETE FROM preference WHERE PrefName = 'ApptEConfirmStatusSent'")
    wanted = ("channel_not_configured", "confirmation")
    assert refusal(practice, "appointment.confirm", practice.visit, confirmation="attempted") == wanted


def test_an_arrival_at_another_time_needs_a_newer_program(practice: Office):
    visit, early = practice.visit, {"arrived_at": f"{DAY}T08:40:00"}
    assert refusal(practice, "appointment.check_in", visit, **early) == ("value_not_storable", "arrived_at")
    practice.run("UPDATE preference SET ValueString = '25.3.1.0' WHERE PrefName = 'ProgramVersion'")
    (request,) = asked(practice, "appointment.check_in", visit, **early)
    assert request["body"] == {"DateTimeArrived": "08:40:00"}
    other_day = {"arrived_at": "2031-09-09T08:40:00"}
    assert refusal(practice, "appointment.check_in", visit, **other_day) == ("value_not_storable", "arrived_at")
    practice.run("UPDATE preference SET ValueString = '24.3.1.0' WHERE PrefName = 'ProgramVersion'")
    practice.run("DELETE FROM preference WHERE PrefName = 'AppointmentTimeArrivedTrigger'")
    assert refusal(practice, "appointment.check_in", visit) == ("channel_not_configured", "arrived_at")


def test_a_patient(practice: Office):
    task = WORKS["patient.create"].make(practice)
    (request,) = practice.channel.prepare(task).shown["requests"]
    assert request["body"] == {
        "LName": "Quill",
        "FName": "Zora",
        "Birthdate": "1990-05-17",
        "Gender": "Female",
        "WirelessPhone": "(212)555-0134",
        "Email": "zora@example.org",
        "Address": "1 Elm St",
        "City": "Ithaca",
        "State": "NY",
        "Zip": "14850",
    }


def test_contact_data_that_are_not_given_stay(practice: Office):
    (request,) = asked(practice, "patient.update_contact", practice.patient, email=None)
    assert request["body"] == {"Email": ""}
    (request,) = asked(practice, "patient.update_contact", practice.patient, address=None, sms_consent=None)
    assert request["body"] == {
        **dict.fromkeys(("Address", "Address2", "City", "State", "Zip"), ""),
        "TxtMsgOk": "Unknown",
    }


def test_what_a_patient_cannot_be(practice: Office):
    person = {"first_name": "Zora", "last_name": "Quill", "birth_date": "1990-05-17"}
    assert refusal(practice, "patient.create", None, **person, sex="other") == ("value_not_storable", "sex")
    number, contact = practice.patient, "patient.update_contact"
    assert refusal(practice, contact, number) == ("nothing_to_do", None)
    assert refusal(practice, contact, number, address={"state": "ny"}) == ("value_not_storable", "address.state")
    wrong = {"postal_code": "1485"}
    assert refusal(practice, contact, number, address=wrong) == ("value_not_storable", "address.postal_code")
    long = [{"type": "home", "number": "212 555 0134 " + "1" * 20}]
    assert refusal(practice, contact, number, phones=long) == ("text_too_long", "phones")


def test_a_files_content_is_not_shown(practice: Office):
    task = WORKS["document.attach"].make(practice)
    plan = practice.channel.prepare(task)
    assert plan.shown["requests"][0]["body"]["rawBase64"] == "(12 characters)"
    assert plan.content[0].body["rawBase64"] == "JVBERi0xLjQK"


def test_what_a_payment_cannot_be(practice: Office):
    keys = {("code", "t"): practice.code(10, 1), ("provider", "p"): 1}
    payment = {"amount": "10.00", "type_id": "t"}
    splits = [{"amount": "10.00", "provider_id": "p"}]
    wanted = ("value_not_storable", "splits")
    assert refusal(practice, "payment.post", practice.patient, keys, **payment, splits=splits) == wanted
    practice.run("UPDATE preference SET ValueString = '22.4.1.0' WHERE PrefName = 'ProgramVersion'")
    practice.run("UPDATE preference SET ValueString = '1' WHERE PrefName = 'ApiPaymentType'")
    wanted = ("value_not_storable", "type_id")
    assert refusal(practice, "payment.post", practice.patient, keys, **payment) == wanted
