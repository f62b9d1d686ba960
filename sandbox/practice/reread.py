"""Brings what others wrote into an Open-Dental-shaped database into the model, from the rows as they are stored.

The front desk's model is the sandbox's truth; when the program's own API has written, the rows named here are read
again. Knows the tables, nothing of who wrote.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sandbox.practice.engine import Database, Target
from sandbox.practice.model import Appointment, Entry, Patient, Practice, Split
from sandbox.practice.opendental import (
    APPOINTMENT,
    CANCELLED,
    MISSED,
    PATIENT,
    PAY_SPLIT,
    PAYMENT,
    PROCEDURE,
)
from sandbox.practice.schema import quote, tables_of

Stored = dict[str, Any]
_NEVER = "0001-01-01"
_BY_API = 23
_LEARNED = "learned"
_LOGGED = {15: "payment", 16: "payment", 23: "procedurelog", **dict.fromkeys((25, 26, 27, 120), "appointment")}
"""``securitylog.PermType`` -> whose key ``FKey`` is."""


def reread(practice: Practice, database: Database, table: str, key: int) -> None:
    """Make the model hold what a row says now, or forget what is gone; tables that the model has not are passed over.

    Splits of a payment are read with it, the history of an appointment too.
    """
    read = _READ.get(table)
    if read is not None:
        read(practice, database, key)


def learn(practice: Practice, database: Database) -> int:
    """Read what the program's API wrote from another process, as its log lines tell; how many lines are new.

    Keys that it gave out are not given out again.
    """
    last = practice.counters.get(_LEARNED, 0)
    sql = "SELECT SecurityLogNum, PermType, FKey, PatNum FROM securitylog WHERE LogSource = ? AND SecurityLogNum > ?"
    lines = database.select(sql, (_BY_API, last))
    for number, permission, key, patient in lines:
        practice.counters[_LEARNED] = max(practice.counters.get(_LEARNED, 0), number)
        if permission in _LOGGED:
            reread(practice, database, _LOGGED[permission], key)
        reread(practice, database, "patient", patient)
        head = _guarantor(practice, patient)
        if head and head != patient:
            reread(practice, database, "patient", head)
    if lines:
        for name, table in tables_of("opendental").items():
            ((greatest,),) = database.select(f"SELECT MAX({table.key[0]}) FROM {name}")
            if not practice.random_keys and practice.counters.get(name, 0) < (greatest or 0):
                practice.counters[name] = greatest
    return len(lines)


def _appointment(practice: Practice, database: Database, key: int) -> None:
    row = _one(database, APPOINTMENT, key)
    if row is None:
        practice.appointments.pop(key, None)
        return
    made = Appointment(key, row["PatNum"], row["AptStatus"], _moment(row["AptDateTime"]), 5 * len(row["Pattern"]))
    made.pattern = row["Pattern"]
    made.confirmed, made.chair, made.kind = row["Confirmed"], row["Op"], row["AppointmentTypeNum"]
    made.dentist, made.hygienist, made.hygiene = row["ProvNum"], row["ProvHyg"], bool(row["IsHygiene"])
    made.asap, made.new_patient, made.note = row["Priority"], bool(row["IsNewPatient"]), row["Note"]
    made.booked, made.location = _moment(row["SecDateTEntry"]), row["ClinicNum"]
    made.arrived, made.seated = _moment(row["DateTimeArrived"]), _moment(row["DateTimeSeated"])
    made.dismissed = _moment(row["DateTimeDismissed"])
    sql = "SELECT HistApptNum, HistApptAction FROM histappointment WHERE AptNum = ? ORDER BY HistApptNum"
    made.broken = [(one, action) for one, action in database.select(sql, (key,)) if action in (MISSED, CANCELLED)]
    practice.appointments[key] = made


def _patient(practice: Practice, database: Database, key: int) -> None:
    row = _one(database, PATIENT, key)
    if row is None:
        practice.patients.pop(key, None)
        return
    made = Patient(key, row["FName"], row["LName"], row["MiddleI"], row["Preferred"], row["Salutation"])
    made.birth, made.sex, made.marital, made.status = _day(row["Birthdate"]), *_codes(row)
    made.address = (row["Address"], row["Address2"], row["City"], row["State"], row["Zip"])
    made.home, made.work, made.mobile, made.email = row["HmPhone"], row["WkPhone"], row["WirelessPhone"], row["Email"]
    made.guarantor, made.dentist, made.hygienist = row["Guarantor"], row["PriProv"], row["SecProv"]
    made.location, made.sms, made.chart, made.language = (
        row["ClinicNum"], row["TxtMsgOk"], row["ChartNumber"], row["Language"],
    )  # fmt: skip
    made.first_visit, made.entered, made.died = (
        _day(row["DateFirstVisit"]), _day(row["SecDateEntry"]), _moment(row["DateTimeDeceased"]),
    )  # fmt: skip
    made.balance = _cents(row["BalTotal"])
    practice.patients[key] = made


def _procedure(practice: Practice, database: Database, key: int) -> None:
    row = _one(database, PROCEDURE, key)
    if row is None:
        practice.charges.pop(key, None)
        return
    made = Entry("charge", key, _day(row["ProcDate"]), _cents(row["ProcFee"]), row["ProcStatus"])
    made.patient, made.guarantor = row["PatNum"], _guarantor(practice, row["PatNum"])
    made.provider, made.location, made.service = row["ProvNum"], row["ClinicNum"], row["CodeNum"]
    made.surface, made.tooth = row["Surf"], row["ToothNum"]
    made.units, made.appointment = (row["BaseUnits"], row["UnitQty"]), row["AptNum"] or None
    made.entered = _moment(row["SecDateEntry"])
    practice.charges[key] = made


def _payment(practice: Practice, database: Database, key: int) -> None:
    row = _one(database, PAYMENT, key)
    if row is None:
        practice.payments.pop(key, None)
        return
    made = Entry("payment", key, _day(row["PayDate"]), _cents(row["PayAmt"]), None)
    made.type, made.description = row["PayType"], row["PayNote"]
    made.patient, made.guarantor = row["PatNum"], _guarantor(practice, row["PatNum"])
    made.location, made.entered = row["ClinicNum"], _moment(row["DateEntry"])
    for split in _all(database, PAY_SPLIT, "PayNum", key):
        made.splits.append(
            Split(
                split["SplitNum"],
                split["PatNum"],
                split["ProvNum"],
                split["ClinicNum"],
                _cents(split["SplitAmt"]),
                split["ProcNum"] or None,
                split["AdjNum"] or None,
            )
        )
    practice.payments[key] = made


_READ: dict[str, Callable[[Practice, Database, int], None]] = {
    "appointment": _appointment,
    "patient": _patient,
    "procedurelog": _procedure,
    "payment": _payment,
}


def _codes(row: Stored) -> tuple[int, int, int]:
    return row["Gender"], row["Position"], row["PatStatus"]


def _one(database: Database, target: Target, key: int) -> Stored | None:
    rows = _all(database, target, target.columns[0], key)
    return rows[0] if rows else None


def _all(database: Database, target: Target, column: str, key: int) -> list[Stored]:
    names = ", ".join(quote(name, database.engine) for name in target.columns)
    sql = f"SELECT {names} FROM {target.table} WHERE {column} = ? ORDER BY {target.columns[0]}"
    return [dict(zip(target.columns, row, strict=True)) for row in database.select(sql, (key,))]


def _guarantor(practice: Practice, patient: int) -> Any:
    found = practice.patients.get(patient)
    return None if found is None else found.guarantor


def _cents(amount: Any) -> int:
    return round(float(amount) * 100)


def _day(raw: Any) -> str | None:
    if raw is None:
        return "0000-00-00"
    return raw.isoformat() if isinstance(raw, date) else str(raw)


def _moment(raw: Any) -> datetime | None:
    if raw is None or str(raw).startswith(_NEVER):
        return None
    if isinstance(raw, datetime):
        return raw.replace(microsecond=0)
    if isinstance(raw, date):
        return datetime(raw.year, raw.month, raw.day)
    return datetime.fromisoformat(str(raw))
