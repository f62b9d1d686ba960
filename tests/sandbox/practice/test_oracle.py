"""The oracle, against records written by hand for each odd rule."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pytest

from agent.model.resources import RESOURCES, batch_validator
from sandbox.practice.model import Appointment, Definition, Entry, Patient, Provider, VisitType
from sandbox.practice.oddities import ALL
from sandbox.practice.oracle import compare, derived, expected, totals
from tests.sandbox.practice.by_hand import (
    NOW,
    ZONE,
    eaglesoft,
    es_patient,
    es_visit,
    od_patient,
    od_visit,
    one,
    opendental,
)
from tests.sandbox.practice.rows import BOTH, desk_on


@pytest.mark.parametrize("pms", BOTH)
def test_every_record_fits_the_canonical_model(pms):
    desk = desk_on(pms, odd=ALL)
    desk.work(200)
    records = expected(desk.practice)
    assert list(records) == list(RESOURCES)
    for resource, data in records.items():
        assert data
        batch_validator(resource).validate_python(list(data.values()))


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"status": 1}, "booked"),
        ({"arrived": NOW}, "arrived"),
        ({"arrived": NOW, "seated": NOW}, "in_chair"),
        ({"arrived": NOW, "dismissed": NOW}, "completed"),
        ({"arrival": 4}, "completed"),
        ({"arrived": datetime(1, 1, 1)}, "booked"),
        ({"status": 16, "dismissed": NOW}, "cancelled"),
        ({"status": 32}, "waitlist"),
        ({"status": 64}, "waitlist"),
        ({"status": 4}, "unknown"),
        ({"status": None}, "unknown"),
    ],
)
def test_eaglesoft_says_where_a_visit_stands(fields, status):
    assert es_visit(**fields)["status"] == status


def test_eaglesoft_keeps_both_codes():
    assert es_visit(status=16, arrival=None)["status_raw"] == "16/"


def test_a_waiting_visit_has_no_time():
    data = es_visit(status=32)
    assert (data["start"], data["end"], data["duration_minutes"]) == (None, None, None)
    data = od_visit(status=3, minutes=50)
    assert (data["start"], data["end"], data["duration_minutes"]) == (None, None, 50)


def test_blocks_and_planned_work_are_no_visits():
    practice = eaglesoft()
    practice.appointments[1] = Appointment(1, None, 2, NOW)
    assert expected(practice)["appointment"] == {}
    practice = opendental()
    practice.appointments.update((code, Appointment(code, 7, code, NOW)) for code in (6, 7, 8))
    assert expected(practice)["appointment"] == {}


def test_eaglesoft_takes_the_site_from_the_chair():
    assert es_visit(chair=4)["location_id"] == "1"
    assert es_visit(chair=-1)["operatory_id"] is None
    assert es_visit(chair=99)["operatory_id"] == "99"
    assert es_visit(chair=99)["location_id"] is None


def test_eaglesoft_lists_providers_by_their_key():
    assert es_visit(dentist="hr2", hygienist="DR1", extra=("DR1",))["provider_ids"] == ["DR1", "HR2"]


@pytest.mark.parametrize(
    ("code", "meaning"), [(0, "unconfirmed"), (1, "confirmed"), (6, "attempted"), (7, "unknown"), (None, "unknown")]
)
def test_eaglesoft_confirmation(code, meaning):
    data = es_visit(confirmed=code)
    assert data["confirmation"] == meaning
    assert data["confirmation_raw"] == (None if code is None else str(code))


def test_a_visit_in_the_skipped_hour_is_read_with_the_offset_before():
    practice = eaglesoft()
    practice.appointments[1] = Appointment(1, None, 1, datetime(2025, 3, 9, 2, 30), 60)
    practice.appointments[2] = Appointment(2, None, 1, datetime(2025, 11, 2, 1, 30), 60)
    times = derived(expected(practice))
    assert times["1"] == {"start_utc": "2025-03-09T07:30:00Z", "end_utc": "2025-03-09T07:30:00Z"}
    assert times["2"] == {"start_utc": "2025-11-02T05:30:00Z", "end_utc": "2025-11-02T07:30:00Z"}


def test_a_zone_of_one_location_can_differ():
    practice = eaglesoft()
    practice.appointments[1] = Appointment(1, None, 1, NOW, chair=4)
    assert expected(practice, {"1": "America/Chicago"})["appointment"]["1"]["time_zone"] == "America/Chicago"
    assert expected(practice)["appointment"]["1"]["time_zone"] == ZONE


@pytest.mark.parametrize(
    ("stored", "published"),
    [
        ("1980-02-29", "1980-02-29"),
        ("0001-01-01", None),
        ("0000-00-00", None),
        ("0194-07-03", None),
        ("2917-01-01", None),
        (None, None),
    ],
)
def test_broken_dates_are_unknown(stored, published):
    assert es_patient(birth=stored)["birth_date"] == published
    assert od_patient(birth=stored)["birth_date"] == published


def test_text_is_trimmed_and_freed_of_nul():
    data = es_patient(first="  Al\0ice ", last="\0", chart=" ")
    assert (data["first_name"], data["last_name"], data["chart_number"]) == ("Alice", None, None)
    assert es_visit(note="x" * 1_048_577)["note"] is None


def test_references_are_folded_and_blank_ones_refer_to_nothing():
    data = es_patient(guarantor=" k9Zq", dentist="dr1 ", hygienist="", location=0)
    assert data["guarantor_id"] == "K9ZQ"
    assert data["preferred_providers"] == [{"location_id": None, "dentist_id": "DR1", "hygienist_id": None}]
    assert data["location_id"] is None
    data = od_patient(guarantor=None, location=0)
    assert (data["guarantor_id"], data["location_id"]) == (None, "0")


def test_eaglesoft_preferred_providers_are_per_site_in_order():
    data = es_patient(sites={2: ("DR2", None), 1: (None, "HR1")})
    assert data["preferred_providers"] == [
        {"location_id": "1", "dentist_id": None, "hygienist_id": "HR1"},
        {"location_id": "2", "dentist_id": "DR2", "hygienist_id": None},
    ]


def test_the_dead_are_deceased_whatever_their_status():
    assert es_patient(deceased="Y")["status"] == "deceased"
    assert es_patient(status="Q")["status"] == "unknown"
    assert [od_patient(status=code)["status"] for code in range(8)] == [
        *("active", "active", "inactive", "archived", "deleted", "deceased", "prospective", "unknown")
    ]
    assert od_patient(status=1)["is_patient"] is False


def test_phones_come_with_their_e164_form_if_they_have_one():
    assert es_patient(home=" (212)555-0100 ", mobile="no phone")["phones"] == [
        {"type": "home", "raw": "(212)555-0100", "e164": "+12125550100"},
        {"type": "mobile", "raw": "no phone", "e164": None},
    ]


def test_an_address_of_blanks_is_none():
    assert es_patient(address=(" ", None, "", "", ""))["address"] is None
    assert es_patient(address=("", None, "Town", "", ""))["address"]["city"] == "Town"


def test_open_dental_splits_mail_addresses():
    assert od_patient(email="a@b.org; c@d.org,")["emails"] == ["a@b.org", "c@d.org"]


@pytest.mark.parametrize("same", ["name", "birth", "entered"])
def test_who_shares_name_birthday_or_entry_with_the_former_holder_is_no_other_person(same):
    practice = eaglesoft()
    old = Patient("0001", "Ada", "Stone", birth="1980-01-01", entered="2020-01-01")
    new = Patient("0001", "Ben", "Hill", birth="1990-01-01", entered="2024-01-01")
    practice.holders["0001"] = [old]
    practice.patients["0001"] = new
    assert list(expected(practice)["patient"]) == ["0001~2"]
    if same == "name":
        new.first, new.last = "Ada", "Stone"
    elif same == "birth":
        new.birth = "1980-01-01"
    else:
        new.entered = "2020-01-01"
    assert list(expected(practice)["patient"]) == ["0001"]


@pytest.mark.parametrize(
    ("rows", "status"),
    [([], "unknown"), ([(9, 2)], "no_show"), ([(9, 3)], "cancelled"), ([(9, 2), (12, 3), (10, 2)], "cancelled")],
)
def test_the_last_audit_row_says_why_a_visit_was_broken(rows, status):
    assert od_visit(status=5, broken=rows)["status"] == status


def test_open_dental_times_at_midnight_say_nothing():
    assert od_visit(arrived=datetime(2025, 3, 4), seated=datetime(1, 1, 1))["status"] == "booked"
    assert od_visit(arrived=NOW)["status"] == "arrived"
    assert od_visit(dismissed=NOW)["status"] == "in_chair"
    assert od_visit(status=2, dismissed=NOW)["status"] == "completed"


@pytest.mark.parametrize(
    ("code", "meaning", "raw"),
    [(0, "unknown", None), (21, "attempted", "Left Msg"), (22, "unknown", "Perhaps"), (99, "unknown", "99")],
)
def test_open_dental_confirmation_is_the_offices_own_word(code, meaning, raw):
    data = od_visit(confirmed=code)
    assert (data["confirmation"], data["confirmation_raw"]) == (meaning, raw)


def test_open_dental_length_comes_from_the_pattern():
    assert od_visit(minutes=50)["end"] == "2025-03-04T10:50:00"
    assert od_visit(minutes=0)["end"] is None
    assert od_visit(minutes=0)["duration_minutes"] is None


def test_the_hygienist_comes_first_on_a_hygiene_visit():
    assert od_visit(dentist=1, hygienist=2)["provider_ids"] == ["1", "2"]
    assert od_visit(dentist=1, hygienist=2, hygiene=True)["provider_ids"] == ["2", "1"]
    assert od_visit(dentist=1, hygienist=None, asap=1)["asap"] is True
    assert od_visit(status=4)["asap"] is True


def test_merges_are_followed_to_their_end_and_circles_lead_nowhere():
    practice = opendental()
    practice.patients.update((key, Patient(key, "A", "B")) for key in range(1, 7))
    practice.links += [(1, 1, 2), (2, 2, 3), (3, 4, 5), (4, 5, 4), (5, 6, 4)]
    merged = {key: data["merged_into"] for key, data in expected(practice)["patient"].items()}
    assert merged == {"1": "3", "2": "3", "3": None, "4": None, "5": None, "6": None}


def test_eaglesoft_roles_come_from_the_offices_own_positions():
    practice = eaglesoft()
    for number, word in enumerate(("Pediatric Dentist", "HYGIENIST", "Front desk assistant", "Mascot"), 1):
        practice.definitions["position", number] = Definition("position", number, word)
        practice.providers[f"P{number}"] = Provider(f"P{number}", "A", "B", role=number, status="A")
    practice.providers["p9"] = Provider("p9", "A", "B", role=9, status=None)
    roles = {key: (data["role"], data["active"]) for key, data in expected(practice)["provider"].items()}
    assert roles["P1"] == ("dentist", True)
    assert [roles[key][0] for key in ("P2", "P3", "P4")] == ["hygienist", "staff", "unknown"]
    assert roles["P9"] == ("unknown", None)


def test_the_practice_itself_is_location_zero():
    data = one(opendental(), "location")
    assert "short_name" not in data
    assert data["active"] is True


def test_an_appointment_type_without_a_pattern_has_no_length():
    practice = opendental()
    practice.types[1] = VisitType(1, "Consult", 0)
    assert one(practice, "appointment_type")["duration_minutes"] is None


def test_differences_name_fields_and_never_values():
    left = {"patient": {"1": {"last_name": "Stone", "sex": "male"}, "2": {"sex": "male"}}}
    right = {"patient": {"1": {"last_name": "Brook", "sex": "male"}, "3": {"sex": "male"}}}
    assert compare(left, right) == [
        *("patient 2: missing", "patient 3: extra", "patient 1: differs in last_name"),
    ]


def test_suffixes_of_reused_keys_can_be_left_out_of_the_comparison():
    assert compare({"patient": {"0001~3": {"sex": "male"}}}, {"patient": {"0001~2": {"sex": "male"}}}) != []
    assert (
        compare({"patient": {"0001~3": {"sex": "male"}}}, {"patient": {"0001~2": {"sex": "male"}}}, incarnations=False)
        == []
    )
    twice = compare(
        {"patient": {"0001": {"sex": "male"}}},
        {"patient": {"0001": {"sex": "male"}, "0001~2": {"sex": "male"}}},
        incarnations=False,
    )
    assert twice == ["patient 0001: alive twice"]


def test_totals_are_per_day_and_location():
    practice = opendental()
    practice.charges[1] = Entry("charge", 1, "2025-03-01", 6500, 2)
    practice.adjustments[1] = Entry("adjustment", 1, "2025-03-01", -500, None)
    practice.payments[1] = Entry("payment", 1, "2025-03-02", 6000, None)
    practice.appointments[1] = Appointment(1, 7, 1, datetime(2025, 3, 2, 8))
    sums = totals(practice)
    assert (sums["2025-03-01", "0"].charges, sums["2025-03-01", "0"].adjustments) == (
        Decimal("65.00"),
        Decimal("-5.00"),
    )
    assert (sums["2025-03-02", "0"].payments, sums["2025-03-02", "0"].appointments) == (Decimal("-60.00"), 1)


def test_codes_are_those_of_the_sets_that_commands_refer_to():
    codes = expected(eaglesoft())["code"]
    assert codes == {"payment-type-2": {"set": "payment_type", "code": "2", "label": "Check", "active": True}}
    practice = opendental()
    practice.definitions["specialty", 40] = Definition("specialty", 40, "General")
    practice.definitions["payment", 31].hidden = True
    codes = expected(practice)["code"]
    assert set(codes) == {"confirmation-status-21", "confirmation-status-22", "payment-type-31"}
    assert [codes[f"confirmation-status-{key}"]["meaning"] for key in (21, 22)] == ["attempted", "unknown"]
    assert codes["payment-type-31"]["active"] is False
