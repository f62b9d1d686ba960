"""Every kind is written once and found again, whenever the writer dies, and whatever the front desk does meanwhile."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from agent.model.writing import NotNow, OutcomeUnknown, Task, WriteConflict, WriteRefused
from agent.wire.writer import Apply
from tests.sources.eaglesoft.writing.offices import FREE_DAY, Office

PATIENT = ("0003",)


def create(office: Office) -> Task:
    return office.task(
        "appointment.create",
        PATIENT,
        operatory_id="1",
        provider_ids=[office.user],
        start=f"{FREE_DAY}T09:00:00",
        duration_minutes=40,
        appointment_type_id="1",
        note="Käthe brings x-rays\nsecond line",
    )


def reschedule(office: Office) -> Task:
    others = [str(key) for key in office.desk.practice.providers][:2]
    return office.task(
        "appointment.reschedule",
        office.visit(),
        start=f"{FREE_DAY}T11:00:00",
        duration_minutes=20,
        operatory_id="2",
        provider_ids=others,
    )


def confirm(office: Office) -> Task:
    return office.task("appointment.confirm", office.visit())


def check_in(office: Office) -> Task:
    return office.task("appointment.check_in", office.visit(), arrived_at="2027-05-01T08:55:00")


def note(office: Office) -> Task:
    return office.task("appointment.note", office.visit(), text="Needs a wheelchair")


def cancel(office: Office) -> Task:
    return office.task("appointment.cancel", office.visit(), reason="missed", note="did not come")


def update_contact(office: Office) -> Task:
    return office.task(
        "patient.update_contact",
        PATIENT,
        phones=[{"type": "mobile", "number": "(212) 555-0199"}, {"type": "home", "number": None}],
        email="new@example.com",
        address={"line_1": "1 New Street", "city": "Albany", "state": "NY", "postal_code": "12207"},
        sms_consent=True,
    )


def patient(office: Office) -> Task:
    return office.task(
        "patient.create",
        None,
        first_name="Zoë",
        last_name="Newcomer",
        birth_date="1990-02-03",
        sex="female",
        phones=[{"type": "mobile", "number": "+12125550142"}],
        provider_id=office.user,
        location_id="1",
    )


def communication(office: Office) -> Task:
    return office.task("communication.create", PATIENT, mode="phone", text="Asked to be called back")


def payment(office: Office) -> Task:
    splits = [
        {"amount": "30.10", "provider_id": office.user},
        {"amount": "12.15", "provider_id": office.user, "patient_id": "0004"},
    ]
    return office.task(
        "payment.post", PATIENT, amount="42.25", type_id="paytype-2", splits=splits, reference="1234", note="thanks"
    )


def alert(office: Office) -> Task:
    return office.task("alert.create", PATIENT, text="Afraid of needles")


MAKERS: list[Callable[[Office], Task]] = [
    create, reschedule, confirm, check_in, note, cancel, update_contact, patient, communication, payment, alert,
]  # fmt: skip
TABLES = (
    "appointment appointment_provider appt_log patient used_patients patient_site_providers operatory_notes "
    "transactions_header transactions_detail alert patient_alerts"
).split()


def counts(office: Office) -> dict[str, int]:
    return {table: office.count(table) for table in TABLES}


def test_every_kind_is_written_once_and_found(office: Office) -> None:
    channel = office.channel()
    assert channel.look().state == "ready"
    for make in MAKERS:
        task = make(office)
        assert channel.find(task).result == "absent", task.kind
        before = counts(office)
        plan = channel.prepare(task)
        assert counts(office) == before, f"{task.kind} was prepared only"
        applied = channel.apply(task, plan)
        found = channel.find(task)
        assert (found.result, found.resource) == ("applied", applied.resource), task.kind
        assert tuple(str(one).strip() for one in found.key) == tuple(str(one).strip() for one in applied.key)
        assert counts(office) != before or task.kind == "patient.update_contact"


def points_of(apply: Apply) -> list[str]:
    return ["begin", *(f"step {step.name}" for step in apply.steps), "commit"]


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_writer_that_dies_before_the_commit_is_sent_has_certainly_written_nothing(
    small_office: Office, make: Callable[[Office], Task]
) -> None:
    task = make(small_office)
    before = counts(small_office)
    plan = small_office.channel().prepare(task)
    for point in points_of(plan.content.apply):
        with pytest.raises(NotNow):
            small_office.channel(point).apply(task, plan)
        assert counts(small_office) == before, point
        assert small_office.channel().find(task).result == "absent", point


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_an_answer_lost_after_the_commit_leaves_the_outcome_unknown_and_it_is_found(
    small_office: Office, make: Callable[[Office], Task]
) -> None:
    task = make(small_office)
    dying = small_office.channel("committed")
    with pytest.raises(OutcomeUnknown):
        dying.apply(task, dying.prepare(task))
    assert small_office.channel().find(task).result == "applied"


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_a_commit_that_was_announced_and_never_sent_is_unknown_and_not_found(
    small_office: Office, make: Callable[[Office], Task]
) -> None:
    task = make(small_office)
    dying = small_office.channel("sending")
    with pytest.raises(OutcomeUnknown):
        dying.apply(task, dying.prepare(task))
    channel = small_office.channel()
    assert channel.find(task).result == "absent"
    channel.apply(task, channel.prepare(task))
    assert channel.find(task).result == "applied"


@pytest.mark.parametrize("point", ["step appointment", "commit", "sending", "committed"])
def test_a_killed_child_process_is_told_by_what_it_said_last(office: Office, point: str) -> None:
    for make in (create, payment):
        task = make(office)
        dying = office.channel("step payment" if (make is payment and point.startswith("step")) else point)
        plan = dying.prepare(task)
        with pytest.raises(OutcomeUnknown if point in ("sending", "committed") else NotNow):
            dying.apply(task, plan)
        assert office.channel().find(task).result == ("applied" if point == "committed" else "absent")


def test_what_the_front_desk_changes_in_the_moment_of_writing_is_a_conflict(office: Office) -> None:
    channel = office.channel()
    changes = {
        reschedule: "UPDATE {t}appointment SET location_id = 3 WHERE appointment_id = ?",
        confirm: "UPDATE {t}appointment SET confirmation_status = 4 WHERE appointment_id = ?",
        check_in: "UPDATE {t}appointment SET arrival_time = '2027-05-01 08:00:00' WHERE appointment_id = ?",
        note: "UPDATE {t}appointment SET appointment_notes = 'other' WHERE appointment_id = ?",
        cancel: "UPDATE {t}appointment SET walkout_time = '2027-05-01 10:00:00' WHERE appointment_id = ?",
        update_contact: "UPDATE {t}patient SET cell_phone = '2125550000' WHERE patient_id = ?",
    }
    for make, sql in changes.items():
        task = make(office)
        plan = channel.prepare(task)
        office.run(sql, task.target[0])
        before = counts(office)
        with pytest.raises(WriteConflict) as caught:
            channel.apply(task, plan)
        assert caught.value.code == "changed_meanwhile", task.kind
        assert counts(office) == before
        office.run("DELETE FROM {t}appointment WHERE start_time > '2027-01-01'")


def test_what_has_changed_since_the_decision_is_a_conflict_too(office: Office) -> None:
    channel = office.channel()
    for make, sql in (
        (reschedule, "UPDATE {t}appointment SET start_time = '2027-05-01 08:00:00' WHERE appointment_id = ?"),
        (confirm, "UPDATE {t}appointment SET confirmation_status = 4 WHERE appointment_id = ?"),
        (update_contact, "UPDATE {t}patient SET cell_phone = '2125550000' WHERE patient_id = ?"),
    ):
        task = make(office)
        office.run(sql, task.target[0])
        with pytest.raises(WriteConflict) as caught:
            channel.apply(task, channel.prepare(task))
        assert caught.value.code == "changed_meanwhile"
        office.run("DELETE FROM {t}appointment WHERE start_time > '2027-01-01'")


def test_a_slot_that_is_taken_in_the_moment_of_writing_is_not_booked_twice(office: Office) -> None:
    channel = office.channel()
    task = create(office)
    plan = channel.prepare(task)
    visit = office.desk.book(start=dt.datetime.fromisoformat(f"{FREE_DAY}T09:30:00"), chair=1)
    with pytest.raises(WriteConflict) as caught:
        channel.apply(task, plan)
    assert caught.value.code == "double_booked"
    allowed = office.channel(double_booking=lambda: True)
    applied = allowed.apply(task, allowed.prepare(task))
    assert applied.key != (visit.key,)


def test_a_visit_may_be_moved_within_its_own_time_but_not_onto_another(office: Office) -> None:
    channel = office.channel()
    target = office.visit()
    task = office.task("appointment.reschedule", target, start="2027-05-01T09:15:00")
    channel.apply(task, channel.prepare(task))
    assert channel.find(task).result == "applied"
    taken = office.desk.book(start=dt.datetime(2027, 5, 1, 14, 0), chair=1)
    onto = office.task("appointment.reschedule", target, tag="PA-BBBBBBBBBB", start="2027-05-01T14:00:00")
    with pytest.raises(WriteConflict) as caught:
        channel.apply(onto, channel.prepare(onto))
    assert caught.value.code == "double_booked"
    assert taken is not None


def test_an_effect_that_the_office_changed_since_is_found_as_overwritten(office: Office) -> None:
    channel = office.channel()
    undone = {
        create: "DELETE FROM {t}appointment WHERE appointment_id = ?",
        reschedule: "UPDATE {t}appointment SET start_time = '2027-05-02 09:00:00' WHERE appointment_id = ?",
        confirm: "UPDATE {t}appointment SET confirmation_status = 4 WHERE appointment_id = ?",
        check_in: "UPDATE {t}appointment SET arrival_time = NULL WHERE appointment_id = ?",
        note: "UPDATE {t}appointment SET appointment_notes = '' WHERE appointment_id = ?",
        cancel: "UPDATE {t}appointment SET classification = 1 WHERE appointment_id = ?",
        update_contact: "UPDATE {t}patient SET cell_phone = '2125550000' WHERE patient_id = ?",
        patient: "UPDATE {t}patient SET last_name = 'Married' WHERE patient_id = ?",
        communication: "UPDATE {t}operatory_notes SET status = 'D' WHERE note_id = ?",
        payment: "UPDATE {t}transactions_header SET status = 'D' WHERE tran_num = ?",
    }
    for make, sql in undone.items():
        task = make(office)
        applied = channel.apply(task, channel.prepare(task))
        office.run(sql, applied.key[0])
        assert channel.find(task).result == "overwritten", task.kind
        office.run("DELETE FROM {t}appointment WHERE start_time > '2027-01-01'")


def test_a_payment_whose_rows_are_gone_is_still_told_by_its_note(office: Office) -> None:
    channel = office.channel()
    task = payment(office)
    number = channel.apply(task, channel.prepare(task)).key[0]
    office.run("DELETE FROM {t}transactions_detail WHERE tran_num = ?", number)
    office.run("DELETE FROM {t}transactions_header WHERE tran_num = ?", number)
    assert channel.find(task).result == "overwritten"


def test_a_new_patient_gets_another_key_when_the_first_is_taken(office: Office) -> None:
    from agent.sources.eaglesoft.writing.people import keys_of

    channel = office.channel()
    task = patient(office)
    first, second, *_ = keys_of(task.tag)
    office.run("INSERT INTO {t}patient (patient_id, last_name) VALUES (?, 'Somebody else')", first)
    assert channel.find(task).result == "absent"
    assert channel.apply(task, channel.prepare(task)).key == (second,)
    assert channel.find(task).result == "applied"
    again = office.task(
        "patient.create", None, tag="PA-OTHEROTHER", first_name="Zoë", last_name="Newcomer", birth_date="1990-02-03"
    )
    with pytest.raises(WriteConflict) as caught:
        channel.apply(again, channel.prepare(again))
    assert caught.value.code == "patient_exists"


def test_the_visit_is_as_the_program_and_the_feed_know_visits(office: Office) -> None:
    channel = office.channel()
    task = create(office)
    key = channel.apply(task, channel.prepare(task)).key
    data = office.canonical("appointment", key)
    assert (data["start"], data["end"], data["status"]) == (f"{FREE_DAY}T09:00:00", f"{FREE_DAY}T09:40:00", "booked")
    assert (data["operatory_id"], data["provider_ids"], data["patient_id"]) == ("1", [office.user], "0003")
    assert data["note"] == "Käthe brings x-rays\r\nsecond line"
    assert office.desk.learn() == 1
    assert office.desk.learn() == 0
    visit = office.desk.practice.appointments[key[0]]
    assert office.desk.move(visit, chair=2) is visit


def test_the_front_desk_learns_of_every_kind_and_works_on(office: Office) -> None:
    channel = office.channel()
    for make in MAKERS:
        task = make(office)
        channel.apply(task, channel.prepare(task))
    assert office.desk.learn() >= 4
    office.desk.work(60)
    assert office.desk.learn() == 0


def test_a_payment_is_a_credit_of_the_whole_and_of_its_splits(office: Office) -> None:
    channel = office.channel()
    task = payment(office)
    key = channel.apply(task, channel.prepare(task)).key
    data = office.canonical("ledger_entry", key)
    assert (data["kind"], data["amount"], data["payer"], data["status"]) == ("payment", "-42.25", "patient", "active")
    assert sorted(split["amount"] for split in data["splits"]) == ["-12.15", "-30.10"]
    assert task.tag in data["description"] and "1234" in data["description"]


def test_refusals_name_their_reason(small_office: Office) -> None:
    office, channel = small_office, small_office.channel()
    missing = office.task("appointment.create", PATIENT, **create(office).payload.model_dump())
    gone = office.task("appointment.confirm", office.visit())
    office.run("DELETE FROM {t}appointment WHERE appointment_id = ?", gone.target[0])
    over = confirm(office)
    office.run("UPDATE {t}appointment SET classification = 16 WHERE appointment_id = ?", over.target[0])
    refusals = {
        "target_unknown": gone,
        "not_booked": over,
        "needs_vendor_interface": office.task(
            "document.attach", PATIENT, category_id="1", description="x", extension="pdf", content=""
        ),
        "splits_wanted": office.task("payment.post", PATIENT, amount="1.00", type_id="paytype-1"),
        "text_not_storable": office.task("communication.create", PATIENT, mode="phone", text="日本"),
        "text_too_long": office.task("alert.create", PATIENT, text="x" * 51),
        "phone_invalid": office.task("patient.update_contact", PATIENT, phones=[{"type": "home", "number": "call me"}]),
        "nothing_to_do": office.task("patient.update_contact", PATIENT),
    }
    for code, task in refusals.items():
        with pytest.raises(WriteRefused) as caught:
            channel.prepare(task)
        assert caught.value.code == code
    assert missing.kind == "appointment.create"


def test_a_channel_without_login_or_user_says_so(small_office: Office) -> None:
    from agent.sources.eaglesoft.writing.channel import EaglesoftChannel
    from agent.sources.reader import Reader

    reader = Reader(small_office.bridge, small_office.spoken)
    without = EaglesoftChannel(reader, None, small_office.user)
    assert without.look().state == "not_configured"
    assert EaglesoftChannel(reader, small_office.writer(), None).look().state == "not_configured"
    assert small_office.channel(user="XYZ").look().state == "not_configured"
    with pytest.raises(WriteRefused) as caught:
        without.prepare(create(small_office))
    assert caught.value.code == "channel_not_configured"
    assert {one.kind for one in without.capabilities() if not one.offered} == {"document.attach"}
    assert all(one.default == "off" and "unverified" in one.note for one in without.capabilities() if one.offered)


def test_what_was_odd_before_is_no_change_meanwhile(small_office: Office) -> None:
    office, channel = small_office, small_office.channel()
    office.run("UPDATE patient SET email_address = 'a@example.com; b@example.com;', receives_sms = 'y' WHERE 1 = 1")
    contact = update_contact(office)
    channel.apply(contact, channel.prepare(contact))
    assert channel.find(contact).result == "applied"
    target = office.visit()
    office.run("UPDATE appointment SET location_id = -1, confirmation_status = NULL WHERE appointment_id = ?", *target)
    moved = office.task("appointment.reschedule", target, start=f"{FREE_DAY}T15:00:00")
    channel.apply(moved, channel.prepare(moved))
    assert channel.find(moved).result == "applied"
    confirmed = office.task("appointment.confirm", target)
    channel.apply(confirmed, channel.prepare(confirmed))
    assert channel.find(confirmed).result == "applied"


def test_a_contact_that_shows_neither_what_was_nor_what_was_asked_is_left_to_a_person(small_office: Office) -> None:
    office, channel = small_office, small_office.channel()
    task = office.task("patient.update_contact", PATIENT, phones=[{"type": "home", "number": "2125550111"}])
    office.run("UPDATE patient SET home_phone = '2125550222' WHERE patient_id = ?", *PATIENT)
    assert channel.find(task).result == "unclear"
