"""Brings what others wrote into an Eaglesoft-shaped database into the model, from the rows as they are stored.

The front desk's model is the sandbox's truth; when somebody else has written, ``learn`` compares every row with what
the model holds and reads again what differs. Knows the tables, nothing of who wrote. Nothing may be held back
(``Writer.release``) and no operation may be under way meanwhile.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sandbox.practice.eaglesoft import (
    APPOINTMENT,
    APPOINTMENT_PROVIDER,
    DETAIL,
    HEADER,
    PATIENT,
    SITE,
    Eaglesoft,
)
from sandbox.practice.engine import Database, Target
from sandbox.practice.model import Appointment, Entry, Key, Patient, Practice, Split
from sandbox.practice.schema import quote

Stored = dict[str, Any]

_UNTOLD = frozenset({"description", "social_security", "password", "current_bal", "date_entered"})
"""Columns that the model does not hold, or not as they are stored, by table."""
_KEPT = {("transactions_header", "description"), ("patient", "date_entered")}
"""Of these, those that it does hold."""
_FAMILIES = {"S": "charge", "C": "adjustment", "D": "adjustment", "I": "insurance"}


def learn(writer: Eaglesoft) -> int:
    """Make the model hold what the rows say where they say something else; how many records there were."""
    practice, database = writer.practice, writer.database
    learnt = 0
    for target, parts, entities, read in (
        (PATIENT, SITE, practice.patients, _patient),
        (APPOINTMENT, APPOINTMENT_PROVIDER, practice.appointments, _appointment),
        (HEADER, DETAIL, _entries(practice), _entry),
    ):
        known: dict[Any, Any] = dict(entities)
        inner = _grouped(database, parts, "tran_num" if parts is DETAIL else parts.columns[0])
        for row in _all(database, target):
            key = row[target.columns[0]]
            lines = inner.get(key, [])
            entity = known.get(key)
            if entity is None or _told(writer.render(entity)) != _stored(target, row, parts, lines):
                read(practice, row, lines)
                learnt += 1
    for table, store in (("appointment", practice.appointments), ("transactions_header", _entries(practice))):
        practice.counters[table] = max([practice.counters.get(table, 0), *store])
    return learnt


def _patient(practice: Practice, row: Stored, sites: list[Stored]) -> None:
    key: Key = row["patient_id"]
    made = practice.patients.setdefault(key, Patient(key, None, None))
    made.first, made.last, made.middle = row["first_name"], row["last_name"], row["middle_initial"]
    made.preferred, made.salutation, made.email = row["preferred_name"], row["salutation"], row["email_address"]
    made.address = (row["address_1"], row["address_2"], row["city"], row["state"], row["zipcode"])
    made.home, made.work, made.mobile = row["home_phone"], row["work_phone"], row["cell_phone"]
    made.other, made.birth, made.sex = row["pager_phone"], row["birth_date"], row["sex"]
    made.sms, made.by_email, made.recalls = row["receives_sms"], row["receive_email"], row["receive_recalls"]
    made.marital, made.chart, made.status = row["marital_status"], row["chart_id"], row["status"]
    made.is_patient, made.deceased = row["patient_status"], row["death_indicator"]
    made.guarantor, made.location = row["responsible_party"], row["practice_id"]
    made.dentist, made.hygienist = row["preferred_dentist"], row["preferred_hygienist"]
    made.entered, made.first_visit = row["date_entered"], row["first_visit_date"]
    made.sites = {one["practice_id"]: (one["preferred_dentist"], one["preferred_hygienist"]) for one in sites}


def _appointment(practice: Practice, row: Stored, providers: list[Stored]) -> None:
    key = row["appointment_id"]
    made = practice.appointments.setdefault(key, Appointment(key, None, None, None))
    start, end = _moment(row["start_time"]), _moment(row["end_time"])
    made.patient, made.status, made.start = row["patient_id"], row["classification"], start
    made.endless = end is None
    if start is not None and end is not None:
        made.minutes = int((end - start).total_seconds() // 60)
    made.chair, made.kind, made.note = row["location_id"], row["appointment_type_id"], row["appointment_notes"]
    booked = _moment(row["date_appointed"])
    if booked is None or made.booked is None or booked.date() != made.booked.date():
        made.booked = booked
    made.asap, made.arrival, made.confirmed = (
        row["sooner_if_possible"], row["arrival_status"], row["confirmation_status"],
    )  # fmt: skip
    made.arrived, made.seated = _moment(row["arrival_time"]), _moment(row["inchair_time"])
    made.dismissed = _moment(row["walkout_time"])
    keys = [one["provider_id"] for one in providers]
    if set(keys) != {one for one in (made.dentist, made.hygienist, *made.extra) if one is not None}:
        made.dentist, made.hygienist, made.extra = (keys or [None])[0], None, tuple(keys[1:])


def _entry(practice: Practice, row: Stored, details: list[Stored]) -> None:
    key, code = row["tran_num"], row["type"]
    family = next((name for name, book in practice.ledger().items() if key in book), _FAMILIES.get(code, "payment"))
    made = practice.ledger()[family].setdefault(key, Entry(family, key, None, 0, code))
    made.date, made.amount, made.code, made.status = row["tran_date"], _cents(row["amount"]), code, row["status"]
    made.guarantor, made.location, made.description = row["resp_party_id"], row["practice_id"], row["description"]
    made.service, made.tooth, made.surface = row["service_code"], row["tooth"], row["surface"]
    made.type = row["adjustment_type"] if family == "adjustment" else row["paytype_id"]
    made.patient = details[0]["patient_id"] if details else made.patient
    made.entered = _moment(details[0]["date_entered"]) if details else made.entered
    made.splits = [
        Split(
            one["detail_id"],
            one["patient_id"],
            one["provider_id"],
            one["provider_practice_id"],
            _cents(one["amount"]),
            one["applied_to"],
            current=one["status"] == 1,
        )
        for one in details
    ]


def _entries(practice: Practice) -> dict[int, Entry]:
    return {key: entry for book in practice.ledger().values() for key, entry in book.items()}


def _grouped(database: Database, target: Target, on: str) -> dict[Any, list[Stored]]:
    found: dict[Any, list[Stored]] = {}
    for row in _all(database, target):
        found.setdefault(row[on], []).append(row)
    return found


def _all(database: Database, target: Target) -> list[Stored]:
    names = ", ".join(quote(name, database.engine) for name in target.columns)
    order = ", ".join(quote(name, database.engine) for name in target.columns[: target.keys])
    sql = f"SELECT {names} FROM {database.name(target.table)} ORDER BY {order}"
    return [dict(zip(target.columns, map(_value, row), strict=True)) for row in database.select(sql)]


def _stored(target: Target, row: Stored, parts: Target, lines: list[Stored]) -> list[tuple[str, Stored]]:
    rows = [(target.table, _compared(target.table, row))]
    return _sorted(rows + [(parts.table, _compared(parts.table, line)) for line in lines])


def _told(rendered: list[tuple[Target, Any]]) -> list[tuple[str, Stored]]:
    rows = [
        (target.table, _compared(target.table, dict(zip(target.columns, map(_value, row), strict=True))))
        for target, row in rendered
    ]
    return _sorted(rows)


def _sorted(rows: list[tuple[str, Stored]]) -> list[tuple[str, Stored]]:
    """The root, then the parts in the order of their keys."""
    return [rows[0], *sorted(rows[1:], key=lambda one: list(one[1].values())[:2])]


def _compared(table: str, row: Stored) -> Stored:
    return {name: value for name, value in row.items() if name not in _UNTOLD or (table, name) in _KEPT}


def _value(raw: Any) -> Any:
    """A value as the writer gives it, whatever the driver makes of it."""
    if isinstance(raw, datetime):
        return str(raw)
    if isinstance(raw, date):
        return raw.isoformat()
    if isinstance(raw, Decimal | float):
        return round(float(raw), 2)
    return raw.rstrip(" ") if isinstance(raw, str) else raw


def _cents(amount: Any) -> int:
    return round(float(amount) * 100)


def _moment(raw: str | None) -> datetime | None:
    return None if raw is None else datetime.fromisoformat(raw)
