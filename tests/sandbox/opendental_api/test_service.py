"""Who is let in, what is asked for in which form, and the lists that are only read."""

from __future__ import annotations

import sqlite3
from random import Random
from typing import Any

import orjson
import pytest

from sandbox.opendental_api.house import Alone
from sandbox.opendental_api.keys import ApiKeys
from sandbox.opendental_api.service import ApiService
from sandbox.practice import engine
from sandbox.practice.build import START, build
from sandbox.practice.desk import Desk
from sandbox.practice.engine import Database, open_file, open_memory
from sandbox.practice.opendental_hash import foreign_rows
from sandbox.practice.oracle import expected
from tests.sandbox.opendental_api.office import Office


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.mark.parametrize("header", ["", "ODFHIR a/b", "Bearer x"])
def test_other_keys_are_not_let_in(office, header):
    headers = {"Authorization": header, "Content-Type": "application/json"}
    answer = office.service.handle("GET", "/api/v1/providers", {}, headers, None)
    assert answer.status == 401
    assert b"Invalid credentials" in answer.body


def test_expired_keys_are_not_let_in(office):
    office.keys.enabled = False
    assert office.ask("GET", "/providers").status == 401


def test_the_content_type_is_always_asked_for(office):
    headers = {"authorization": office.keys.header}
    assert office.service.handle("GET", "/api/v1/providers", {}, headers, None).status == 400


@pytest.mark.parametrize("body", [b"{", b"[]", b"7"])
def test_a_body_is_an_object(office, body):
    headers = {"authorization": office.keys.header, "content-type": "application/json; charset=utf-8"}
    assert office.service.handle("POST", "/api/v1/commlogs", {}, headers, body).status == 400


def test_what_is_not_there_is_404(office):
    for method, path in (("GET", "/teeth"), ("PATCH", "/patients"), ("GET", "/patients/x"), ("DELETE", "/patients/1")):
        assert office.refused(method, path)[0] == 404
    headers = {"authorization": office.keys.header, "content-type": "application/json"}
    assert office.service.handle("GET", "/patients", {}, headers, None).status == 404


def test_a_call_of_a_newer_version_is_refused(office):
    assert "24.4.17" in office.refused("GET", "/providers/1")[1]


def test_lists_come_in_pages(office):
    whole = office.get("/appointments")
    paged = office.get("/appointments", Limit=10) + office.get("/appointments", Offset=10, Limit=10)
    assert [one["AptNum"] for one in paged] == [one["AptNum"] for one in whole[:20]]
    assert office.refused("GET", "/appointments", None, Limit="few")[0] == 400


def test_hidden_definitions_are_listed_when_asked_for(office):
    shown = office.get("/definitions", Category=2)
    assert {one["category"] for one in shown} == {"ApptConfirmed"}
    assert len(office.get("/definitions", Category=2, includeHidden="true")) == len(shown) + 1


def test_the_offices_settings_and_set_up_are_listed(office):
    (setting,) = office.get("/preferences", PrefName="ApptsAllowOverlap")
    assert setting["ValueString"] == "0"
    assert len(office.get("/providers")) == len(office.practice.providers)
    assert [one["IsHidden"] for one in office.get("/operatories")].count("true") == 1
    assert office.get("/appointmenttypes")[0]["AppointmentTypeName"] == "Check-up"
    assert office.get("/operatories/1")["OperatoryNum"] == 1
    assert office.refused("GET", "/operatories/99")[0] == 404


def test_history_and_signals_are_listed(office):
    key = office.book()["AptNum"]
    (made,) = office.get("/histappointments", AptNum=key)
    assert (made["HistApptAction"], made["ApptSource"]) == ("Created", "OpenDentalAPIService")
    assert office.get("/signalods", SigDateTime="2025-03-03 08:59:59")[-1]["IType"] == "Appointment"
    assert office.get("/signalods", SigDateTime="2025-03-03 09:00:00") == []
    assert office.refused("GET", "/signalods")[0] == 400


def test_slots_are_where_neither_provider_nor_chair_is_taken(office):
    asked = {"ProvNum": 1, "OpNum": office.chair.key, "date": "2025-03-20"}
    office.database.execute("DELETE FROM appointment WHERE AptDateTime LIKE '2025-03-20%'")
    free = [(one["DateTimeStart"], one["DateTimeEnd"]) for one in office.get("/appointments/Slots", **asked)]
    assert free == [
        ("2025-03-20 07:00:00", "2025-03-20 12:00:00"),
        ("2025-03-20 13:00:00", "2025-03-20 18:00:00"),
    ]
    office.book(ProvNum=1, AptDateTime="2025-03-20 08:00:00", Pattern="X" * 6)
    office.book(ProvNum=2, AptDateTime="2025-03-20 12:55:00", Pattern="X" * 6)
    free = [(one["DateTimeStart"][11:], one["DateTimeEnd"][11:]) for one in office.get("/appointments/Slots", **asked)]
    assert free == [("07:00:00", "08:00:00"), ("08:30:00", "12:00:00"), ("13:25:00", "18:00:00")]
    assert len(office.get("/appointments/Slots", lengthMinutes=200, **asked)) == 2
    assert office.refused("GET", "/appointments/Slots", None, date="2025-03-02")[0] == 400


def test_alone_on_a_database_keys_go_on_and_another_process_learns_of_it(tmp_path):
    file = str(tmp_path / "practice.db")
    connection = open_file("opendental", file)
    practice = build("opendental", connection, 1)
    other = sqlite3.connect(file, check_same_thread=False)
    keys = ApiKeys.made_up()
    service = ApiService(other, lambda: START, keys, Alone())
    headers = {"Authorization": keys.header, "Content-Type": "application/json"}
    patient = next(one.key for one in practice.patients.values() if one.status == 0)
    body = {"PatNum": patient, "Op": 1, "AptDateTime": "2025-03-04 10:00:00"}
    made = orjson.loads(service.handle("POST", "/api/v1/appointments", {}, headers, orjson.dumps(body)).body)
    assert made["AptNum"] == practice.counters["appointment"] + 1
    desk = Desk(practice, connection, Random(1))
    assert [desk.learn(), desk.learn()] == [1, 0]
    assert expected(practice)["appointment"][str(made["AptNum"])]["start"] == "2025-03-04T10:00:00"
    assert practice.counters["appointment"] == made["AptNum"]


def test_a_broken_connection_answers_500_and_another_one_is_made():
    first, second = open_memory("opendental"), open_memory("opendental")
    keys = ApiKeys.made_up()
    service = ApiService(first, lambda: START, keys, reconnect=lambda: second)
    headers = {"Authorization": keys.header, "Content-Type": "application/json"}
    build("opendental", second, 1)
    first.close()
    assert service.handle("GET", "/api/v1/providers", {}, headers, None).status == 500
    assert service.handle("GET", "/api/v1/providers", {}, headers, None).status == 200


def test_a_row_that_was_written_past_the_program_is_found(office):
    assert foreign_rows(office.database) == []
    key = office.book()["AptNum"]
    office.database.execute("UPDATE appointment SET Confirmed = 0 WHERE AptNum = ?", (key,))
    assert foreign_rows(office.database) == [f"appointment {key}"]


def test_the_desk_and_the_service_work_side_by_side(office):
    for turn in range(12):
        office.desk.work(20)
        made = office.book(Note=f"turn {turn}")
        office.desk.late(5)
        office.put(f"/appointments/{made['AptNum']}/Note", {"Note": "more"})
    office.desk.release()
    assert office.as_the_model_says()


class Breaking:
    """A connection that breaks once, after so many rows have been written for good, as MyISAM tables have them."""

    def __init__(self, connection: sqlite3.Connection, rows: int) -> None:
        self._connection, self._left = connection, rows

    def cursor(self) -> Breaking:
        return self

    def execute(self, sql: str, *values: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE")):
            if not self._left:
                raise sqlite3.OperationalError("gone")
            self._left -= 1
        self._cursor = self._connection.execute(sql, *values)
        self._connection.commit()
        return self._cursor

    def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    def close(self) -> None:
        """The desk goes on with it."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


@pytest.mark.parametrize("rows", range(8))
def test_the_model_knows_what_was_written_before_the_connection_broke(office, rows, monkeypatch):
    monkeypatch.setattr(engine, "engine_of", lambda _: "sqlite")
    before = office.count("appointment")
    office.service.rows.database = Database(Breaking(office.database.connection, rows))
    body = {"PatNum": office.patient.key, "Op": office.chair.key, "AptDateTime": "2025-03-04 10:00:00"}
    answer = office.ask("POST", "/appointments", body)
    assert answer.status in (201, 500)
    assert office.count("appointment") - before == int(rows > 0)
    assert office.ask("GET", "/providers").status == 200
    assert office.as_the_model_says()
