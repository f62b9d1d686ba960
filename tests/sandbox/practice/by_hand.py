"""Practices of a few records, written by hand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sandbox.practice.model import Appointment, Chair, Definition, Entry, Location, Patient, Practice, Service
from sandbox.practice.oracle import expected

ZONE = "America/New_York"
NOW = datetime(2025, 3, 3, 9, 0)


def eaglesoft() -> Practice:
    practice = Practice("eaglesoft", ZONE, NOW)
    practice.locations[1] = Location(1, "Main", phone="(212) 555-0100", address=("1 Oak", "", "Town", "NY", "10001"))
    practice.chairs[4] = Chair(4, "Op 4", location=1)
    practice.definitions["paytype", 2] = Definition("paytype", 2, "Check")
    practice.definitions["adjustment_type", 2] = Definition("adjustment_type", 2, "Refund")
    practice.services["12A"] = Service("12A", "1010", "Visit", 6500)
    return practice


def opendental() -> Practice:
    practice = Practice("opendental", ZONE, NOW)
    practice.locations[0] = Location(0, "Main")
    practice.definitions["confirmation", 21] = Definition("confirmation", 21, "Left Msg")
    practice.definitions["confirmation", 22] = Definition("confirmation", 22, "Perhaps")
    practice.definitions["payment", 31] = Definition("payment", 31, "Check")
    practice.services[101] = Service(101, "1010", "Visit", 6500)
    return practice


def one(practice: Practice, resource: str) -> dict[str, Any]:
    """The only record of a resource."""
    (data,) = expected(practice)[resource].values()
    return data


def es_visit(**fields: Any) -> dict[str, Any]:
    practice = eaglesoft()
    given = {"key": 1, "patient": "0001", "status": 1, "start": datetime(2025, 3, 4, 10), **fields}
    practice.appointments[1] = Appointment(**given)
    return one(practice, "appointment")


def od_visit(**fields: Any) -> dict[str, Any]:
    practice = opendental()
    given = {"key": 1, "patient": 7, "status": 1, "start": datetime(2025, 3, 4, 10), **fields}
    practice.appointments[1] = Appointment(**given)
    return one(practice, "appointment")


def es_patient(**fields: Any) -> dict[str, Any]:
    practice = eaglesoft()
    practice.patients["0001"] = Patient(**{"key": "0001", "first": "Ada", "last": "Stone", "status": "A", **fields})
    return one(practice, "patient")


def od_patient(**fields: Any) -> dict[str, Any]:
    practice = opendental()
    practice.patients[7] = Patient(**{"key": 7, "first": "Ada", "last": "Stone", **fields})
    return one(practice, "patient")


def es_entry(**fields: Any) -> dict[str, Any]:
    practice = eaglesoft()
    given = {"family": "payment", "key": 5, "date": "2025-03-01", "amount": -1250, "code": "A", "type": 2, **fields}
    practice.payments[5] = Entry(**given)
    return one(practice, "ledger_entry")
