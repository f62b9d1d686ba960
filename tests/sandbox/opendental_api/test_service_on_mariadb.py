"""The service on the real engine: MyISAM tables, stamps that the server moves."""

from __future__ import annotations

import base64
import os
from contextlib import closing
from pathlib import Path

import pyodbc
import pytest

from sandbox.practice.real_schema import load_schema
from tests.sandbox.opendental_api.office import Office

SCHEMA = os.environ.get("OPENDENTAL_SCHEMA")


@pytest.mark.servers
def test_everything_that_is_written_lands_as_the_model_says(mariadb):
    with closing(pyodbc.connect(mariadb.connection)) as connection:
        office = Office(connection)
        key = office.book(Note="línea\r\ndos", ProvHyg=3)["AptNum"]
        assert office.get(f"/appointments/{key}")["Note"] == "línea dos"
        office.put(f"/appointments/{key}", {"AptDateTime": "2025-03-05 11:00:00", "Pattern": "XX"})
        office.put(f"/appointments/{key}/Confirm", {"confirmVal": "Confirmed"})
        office.put(f"/appointments/{key}/Note", {"Note": "y más"})
        office.put(f"/appointments/{key}/Break", {"sendToUnscheduledList": "true", "breakType": "Cancelled"})
        made = office.post("/patients", {"LName": "Núñez", "FName": "Inés", "Birthdate": "1990-01-02"})
        office.put(f"/patients/{made['PatNum']}", {"HmPhone": "(212)555-0111"})
        office.post("/commlogs", {"PatNum": made["PatNum"], "Note": "llamada"})
        office.post("/popups", {"PatNum": made["PatNum"], "Description": "x"})
        raw = base64.b64encode(bytes(100_000)).decode()
        office.post("/documents/Upload", {"PatNum": made["PatNum"], "rawBase64": raw, "extension": ".jpg"})
        office.post("/payments", {"PatNum": office.patient.key, "PayAmt": "75.25"})
        actions = [one["HistApptAction"] for one in office.get("/histappointments", AptNum=key)]
        assert actions == ["Created", "Changed", "Changed", "Changed", "Cancelled", "Changed"]
        assert office.get("/appointments/Slots", ProvNum=1, OpNum=1, date="2025-03-20")
        assert office.as_the_model_says()
        office.desk.work(60)
        assert office.as_the_model_says()
        for path in ("providers", "operatories", "appointmenttypes", "preferences", "patients", "patients/Simple"):
            assert office.get(f"/{path}")


@pytest.mark.servers
@pytest.mark.skipif(not SCHEMA, reason="OPENDENTAL_SCHEMA does not name the real Open Dental schema")
def test_it_writes_into_the_complete_real_schema(mariadb):
    assert SCHEMA is not None
    with closing(pyodbc.connect(mariadb.connection)) as connection:
        load_schema(connection, Path(SCHEMA))
        office = Office(connection)
        key = office.book()["AptNum"]
        office.put(f"/appointments/{key}/Break", {"sendToUnscheduledList": "false", "breakType": "Missed"})
        made = office.post("/patients", {"LName": "Newcomer", "FName": "Nina"})
        office.post("/commlogs", {"PatNum": made["PatNum"], "Note": "called"})
        office.post("/popups", {"PatNum": made["PatNum"], "Description": "x"})
        office.post("/documents/Upload", {"PatNum": made["PatNum"], "rawBase64": "AAAA", "extension": ".pdf"})
        office.post("/payments", {"PatNum": office.patient.key, "PayAmt": "75.25"})
        assert office.as_the_model_says()


@pytest.mark.servers
def test_a_large_document_is_filed(mariadb):
    with closing(pyodbc.connect(mariadb.connection)) as connection:
        office = Office(connection)
        raw = base64.b64encode(bytes(12_000_000)).decode()
        office.post("/documents/Upload", {"PatNum": office.patient.key, "rawBase64": raw, "extension": ".jpg"})
        assert office.rows("SELECT length(Note) FROM document") == [(len(raw) + len("_rawBase64_:.jpg_"),)]
