"""The front desk: every operation, and what must hold whatever it does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sandbox.practice.build import Size
from sandbox.practice.desk import WEIGHTS
from sandbox.practice.oracle import compare, expected
from tests.sandbox.practice.rows import BOTH, count, desk_on, rendered, stored


@pytest.mark.parametrize("pms", BOTH)
@pytest.mark.parametrize("name", WEIGHTS)
def test_every_operation_can_be_asked_for_by_name(pms, name):
    desk = desk_on(pms, seed=4)
    desk.do(name)
    assert stored(desk) == rendered(desk)


@pytest.mark.parametrize("pms", BOTH)
@pytest.mark.parametrize("seed", range(3))
def test_after_much_work_the_database_holds_what_the_model_says(pms, seed):
    desk = desk_on(pms, seed, random_keys=seed == 2)
    desk.work(400)
    assert stored(desk) == rendered(desk)


@pytest.mark.parametrize("pms", BOTH)
def test_the_same_seed_does_the_same_work(pms):
    first, second = desk_on(pms, 5), desk_on(pms, 5)
    assert first.work(200) == second.work(200)
    dumps = ["\n".join(desk.writer.database.connection.iterdump()) for desk in (first, second)]
    assert dumps[0] == dumps[1]


@pytest.mark.parametrize("pms", BOTH)
def test_shares_add_up_to_their_payment(pms):
    desk = desk_on(pms, odd=frozenset())
    desk.work(400)
    payments = desk.practice.payments.values()
    assert payments
    assert [entry.key for entry in payments if entry.amount != sum(split.amount for split in entry.splits)] == []


def test_no_detail_line_is_left_without_its_header():
    desk = desk_on("eaglesoft")
    desk.work(400)
    orphans = (
        "SELECT count(*) FROM transactions_detail WHERE tran_num NOT IN (SELECT tran_num FROM transactions_header)"
    )
    assert count(desk, orphans) == 0
    desk = desk_on("opendental")
    desk.work(400)
    assert count(desk, "SELECT count(*) FROM paysplit WHERE PayNum NOT IN (SELECT PayNum FROM payment)") == 0


@pytest.mark.parametrize("pms", BOTH)
def test_an_operation_is_one_transaction(pms):
    desk = desk_on(pms)
    done: list[str] = []
    desk.on_commit = done.append
    desk.bulk_confirm(30)
    desk.complete()
    desk.merge_patients()
    assert done == ["bulk_confirm", "complete", "merge_patients"]


@pytest.mark.parametrize("pms", BOTH)
def test_two_hundred_visits_can_be_moved_at_once(pms):
    desk = desk_on(pms, size=Size(100, 2500, 10))
    assert desk.bulk_move(200) == 200
    assert stored(desk) == rendered(desk)


@pytest.mark.parametrize("pms", BOTH)
def test_a_changed_balance_is_no_change_of_any_record(pms):
    desk = desk_on(pms)
    before = expected(desk.practice)
    desk.touch_patient()
    assert compare(before, expected(desk.practice)) == []


@pytest.mark.parametrize("pms", BOTH)
def test_the_nightly_run_over_accounts_changes_no_record(pms):
    desk = desk_on(pms)
    before = expected(desk.practice)
    assert desk.age_accounts() > 5
    assert compare(before, expected(desk.practice)) == []
    assert stored(desk) == rendered(desk)


def test_others_may_look_between_the_statements_where_there_are_no_transactions():
    desk = desk_on("opendental")
    looks: list[int] = []
    desk.writer.between = lambda: looks.append(1)
    desk.merge_patients()
    assert looks == []
    desk.writer.database.transactions = False
    desk.merge_patients()
    assert looks


def test_a_visit_is_booked_where_the_chair_is_free():
    desk = desk_on("eaglesoft", odd=frozenset(), size=Size(20, 0, 0))
    booked = [desk.book() for _ in range(100)]
    times = [(one.chair, one.start, one.minutes) for one in booked if one is not None and one.start is not None]
    clashes = [
        (first, second)
        for first in times
        for second in times
        if first is not second
        and first[0] == second[0]
        and first[1] <= second[1] < first[1] + timedelta(minutes=first[2])
    ]
    assert len(clashes) < 10


def test_who_has_arrived_today_is_seated_next():
    desk = desk_on("opendental", odd=frozenset(), size=Size(20, 40, 0))
    visit = desk.check_in(desk.book(start=desk.now))
    for other in desk.practice.appointments.values():
        if other is not visit and other.start is not None and other.start.date() == desk.now.date():
            desk.move(other, start=desk.now + timedelta(days=9))
    assert desk.seat() is visit
    assert desk.complete() is visit


@pytest.mark.parametrize("pms", BOTH)
def test_late_work_is_in_the_database_only_after_its_release(pms):
    desk = desk_on(pms)
    table = "SELECT count(*) FROM appointment"
    before = count(desk, table)
    desk.late(3, frozenset({"book"}))
    assert count(desk, table) == before
    desk.release()
    assert count(desk, table) == before + 3
    assert stored(desk) == rendered(desk)


@pytest.mark.parametrize("pms", BOTH)
def test_who_needs_the_same_row_waits_for_the_late_one(pms):
    desk = desk_on(pms)
    with desk.held():
        visit = desk.book()
    assert visit is not None
    desk.annotate(visit, "after")
    assert stored(desk) == rendered(desk)


def test_eaglesoft_gives_the_smallest_free_key_to_a_new_patient():
    desk = desk_on("eaglesoft", odd=frozenset())
    first = desk.new_patient(last="Stone")
    second = desk.new_patient(last="Brook")
    assert str(second.key) == f"{int(str(first.key)) + 1:04d}"
    desk.delete_patient(first)
    assert desk.new_patient(last="Hill").key == first.key


def test_eaglesoft_deletes_rows_of_patients_and_their_visits():
    desk = desk_on("eaglesoft", odd=frozenset())
    person = desk.new_patient(last="Stone")
    visit = desk.book(person)
    assert visit is not None
    desk.delete_patient(person)
    assert count(desk, f"SELECT count(*) FROM patient WHERE patient_id = '{person.key}'") == 0
    assert count(desk, f"SELECT count(*) FROM appointment_provider WHERE appointment_id = {visit.key}") == 0


def test_open_dental_deletes_patients_softly():
    desk = desk_on("opendental")
    person = desk.delete_patient(desk.new_patient())
    assert person is not None
    assert expected(desk.practice)["patient"][str(person.key)]["status"] == "deleted"


def test_open_dental_keeps_a_trace_of_a_deleted_visit_unless_a_script_did_it():
    desk = desk_on("opendental")
    for trace in (True, False):
        visit = desk.delete_appointment(trace=trace)
        assert visit is not None
        traces = f"SELECT count(*) FROM histappointment WHERE AptNum = {visit.key} AND HistApptAction = 4"
        assert count(desk, traces) == int(trace)


def test_a_merge_archives_the_old_record_and_repoints_what_it_had():
    desk = desk_on("opendental")
    old, middle, new = (desk.new_patient(last=name) for name in ("Stone", "Brook", "Hill"))
    visit = desk.book(old)
    payment = desk.post_payment(old)
    desk.merge_patients(old, middle)
    desk.merge_patients(middle, new)
    records = expected(desk.practice)
    assert visit is not None
    assert payment is not None
    assert records["patient"][str(old.key)]["status"] == "archived"
    assert records["patient"][str(old.key)]["merged_into"] == str(new.key)
    assert records["appointment"][str(visit.key)]["patient_id"] == str(new.key)
    assert records["ledger_entry"][f"payment-{payment.key}"]["patient_id"] == str(new.key)


def test_open_dental_signals_changes_near_today_only():
    desk = desk_on("opendental")
    signals = "SELECT count(*) FROM signalod WHERE IType = 68"
    before = count(desk, signals)
    visit = desk.book(start=desk.now.replace(year=desk.now.year + 1))
    assert count(desk, signals) == before
    desk.move(visit, start=desk.now)
    assert count(desk, signals) > before


def test_stamps_of_open_dental_move_with_every_change():
    desk = desk_on("opendental")
    desk.now = desk.now.replace(hour=16, minute=44)
    visit = desk.confirm(code=0) or desk.book()
    desk.annotate(visit, "stamped")
    assert visit is not None
    stamp = desk.writer.database.connection.execute(f"SELECT DateTStamp FROM appointment WHERE AptNum = {visit.key}")
    assert stamp.fetchone()[0] == str(desk.now)


def test_an_upgrade_is_shown_in_the_preferences():
    desk = desk_on("opendental")
    asked = "SELECT ValueString FROM preference WHERE PrefName = 'UpdateInProgressOnComputerName'"
    connection = desk.writer.database.connection
    desk.upgrade("OFFICE-PC")
    assert connection.execute(asked).fetchone()[0] == "OFFICE-PC"
    desk.upgrade("")
    assert connection.execute(asked).fetchone()[0] == ""
