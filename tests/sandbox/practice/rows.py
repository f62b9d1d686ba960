"""What a practice's database holds, beside what its model says that it must hold."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from random import Random
from typing import Any

from sandbox.practice.build import TINY, Size, build
from sandbox.practice.desk import Desk
from sandbox.practice.engine import Database, Target, open_memory
from sandbox.practice.schema import Pms, quote

BOTH: tuple[Pms, ...] = ("eaglesoft", "opendental")


def desk_on(pms: Pms, seed: int = 1, size: Size = TINY, **options: Any) -> Desk:
    """A front desk on a new practice in memory."""
    connection = open_memory(pms)
    return Desk(build(pms, connection, seed, size, **options), connection, Random(seed))


def rendered(desk: Desk) -> dict[tuple[str, tuple[Any, ...]], list[Any]]:
    """Rows as the model says: by table and key."""
    practice = desk.practice
    entities: list[Any] = [
        *practice.locations.values(),
        *practice.definitions.values(),
        *practice.providers.values(),
        *practice.chairs.values(),
        *practice.types.values(),
        *practice.services.values(),
        *practice.patients.values(),
        *practice.appointments.values(),
        *(entry for book in practice.ledger().values() for entry in book.values()),
    ]
    rows = {}
    for entity in entities:
        for target, row in desk.writer.render(entity):
            rows[target.table, tuple(map(plain, row[: target.keys]))] = [plain(value) for value in row]
    return rows


def stored(desk: Desk) -> dict[tuple[str, tuple[Any, ...]], list[Any]]:
    """Rows as the database has them: those of the tables that entities are rendered to."""
    database = Database(desk.writer.database.connection)
    targets: dict[str, Target] = {}
    for entity in (*desk.practice.locations.values(), *desk.practice.definitions.values()):
        targets |= {target.table: target for target, _ in desk.writer.render(entity)}
    module: Any = __import__(f"sandbox.practice.{desk.practice.pms}", fromlist=["x"])
    targets |= {value.table: value for value in vars(module).values() if isinstance(value, Target)}
    journals = {"appt_log", "system_preferences", "used_patients", "histappointment", "signalod", "patientlink"}
    rows = {}
    for target in targets.values():
        if target.table in journals:
            continue
        names = ", ".join(quote(name, database.engine) for name in target.columns)
        where = " WHERE PrefNum < 8" if target.table == "preference" else ""
        cursor = database.connection.cursor()
        for row in cursor.execute(f"SELECT {names} FROM {database.name(target.table)}{where}").fetchall():
            values = [plain(value) for value in row]
            rows[target.table, tuple(values[: target.keys])] = values
    return rows


def plain(value: Any) -> Any:
    """A value as every driver and the model can agree on it."""
    if isinstance(value, dt.datetime):
        return str(value)
    if isinstance(value, dt.date):
        return str(value)
    if isinstance(value, Decimal | float):
        return round(float(value), 2)
    if isinstance(value, str):
        return value.rstrip(" ")
    return value


def count(desk: Desk, sql: str) -> int:
    """The number that a query gives."""
    return int(desk.writer.database.connection.execute(sql).fetchone()[0])
