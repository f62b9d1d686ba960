"""The practice's own side while the agent works: a writer whose waits are timed, and changes whose way is followed.

Each runs in a process of its own, on a connection of its own, as the PMS's workstations do. Times are local to this
machine, so that both ends of a change can be compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from multiprocessing.synchronize import Event
from random import Random
from typing import Any

import pyodbc

_BREATH = 0.001
"""Seconds between two updates of the writer: it is to meet every statement that lasts, not to fill the machine."""

_SAMPLE = 24
"""Rows of a table that the writer updates in turn: few, so that the agent's work stays what the phase is about."""

TALL = 0.005
"""Waits from this many seconds on are kept one by one; shorter ones are shown as this."""


WATCH = ("SET GLOBAL log_output = 'TABLE'", "SET GLOBAL slow_query_log = 1")
"""Has the server note the writer's long updates, and how long each waited for a lock."""

_LOCKED = (
    "SELECT COALESCE(MAX(TIME_TO_SEC(lock_time)), 0), COUNT(*) FROM mysql.slow_log"
    " WHERE sql_text LIKE 'UPDATE%' AND UNIX_TIMESTAMP(start_time) BETWEEN ? AND ? AND TIME_TO_SEC(lock_time) >= ?"
)


def locked(connection: str, begin: float, end: float) -> tuple[float, int]:
    """The longest that the writer waited for a lock between two moments, in seconds, as the server counted it, and how
    many such waits were longer than :data:`TALL`.
    """
    with closing(pyodbc.connect(connection, autocommit=True)) as link:
        longest, count = link.execute(_LOCKED, begin, end, TALL).fetchone()
    return float(longest), int(count)


@dataclass(slots=True)
class Waits:
    """How long a writer waited for its updates."""

    count: int = 0
    total: float = 0.0
    """Seconds."""
    tall: list[tuple[float, float, str]] = field(default_factory=list)
    """(moment, seconds, table) of updates that took long."""

    def between(self, begin: float, end: float) -> list[tuple[float, str]]:
        """Long waits (seconds, table) that began in a phase (seconds since 1970), longest last."""
        return sorted((seconds, table) for at, seconds, table in self.tall if begin <= at < end)


def update_rows(connection: str, stop: Event, ready: Event) -> Waits:
    """Update single appointments, patients and procedures, one after the other, until told to stop."""
    waits = Waits()
    rng = Random(2)
    with closing(pyodbc.connect(connection, autocommit=True)) as link:
        link.execute(f"SET SESSION long_query_time = {TALL}")
        tables = [
            ("appointment", "UPDATE appointment SET Note = ? WHERE AptNum = ?", _keys(link, "appointment", "AptNum")),
            ("patient", "UPDATE patient SET City = ? WHERE PatNum = ?", _keys(link, "patient", "PatNum")),
            (
                "procedurelog",
                "UPDATE procedurelog SET Surf = ? WHERE ProcNum = ?",
                _keys(link, "procedurelog", "ProcNum"),
            ),
        ]
        cursor = link.cursor()
        ready.set()
        turn = 0
        while not stop.is_set():
            table, statement, keys = tables[turn % len(tables)]
            turn += 1
            at, begun = time.time(), time.perf_counter()
            cursor.execute(statement, (f"N{turn % 1000}", rng.choice(keys)))
            took = time.perf_counter() - begun
            waits.count += 1
            waits.total += took
            if took >= TALL:
                waits.tall.append((at, took, table))
            time.sleep(_BREATH)
    return waits


def _keys(link: Any, table: str, key: str) -> list[int]:
    """Keys spread over a table."""
    low, high = link.execute(f"SELECT min({key}), max({key}) FROM {table}").fetchone()
    found = []
    for step in range(_SAMPLE):
        row = link.execute(
            f"SELECT {key} FROM {table} WHERE {key} >= ? ORDER BY {key} LIMIT 1",
            int(low + (high - low) * step / _SAMPLE),
        ).fetchone()
        found.append(int(row[0]))
    return sorted(set(found))


@dataclass(frozen=True, slots=True)
class Made:
    """A change that was made in the practice."""

    kind: str
    resource: str
    id: str
    """Canonical id of the record that it is about."""
    at: float
    """When its last statement had taken effect, seconds since 1970."""


def make_changes(connection: str, count: int, pause: float) -> list[Made]:
    """Changes of kinds that Open Dental leaves a trace of, at random moments."""
    rng = Random(3)
    made: list[Made] = []
    with closing(pyodbc.connect(connection, autocommit=True)) as link:
        link.execute("SET SESSION sql_mode=''")
        changes = _Changes(link, rng)
        kinds: list[Callable[[], tuple[str, str]]] = [changes.move, changes.book, changes.charge, changes.pay]
        for turn in range(count):
            time.sleep(rng.expovariate(1.0 / pause))
            kind = kinds[turn % len(kinds)]
            resource, record = kind()
            made.append(Made(kind.__name__, resource, record, time.time()))
    return made


class _Changes:
    """Writes as the PMS does: the row, then what it leaves beside it."""

    def __init__(self, link: Any, rng: Random) -> None:
        self._link = link
        self._rng = rng
        self._appointments = self._greatest("appointment", "AptNum")
        self._patients = self._greatest("patient", "PatNum")
        self._moved: set[int] = set()

    def move(self) -> tuple[str, str]:
        """An appointment is moved; its history gets a row."""
        while True:
            number = self._rng.randrange(1, self._appointments + 1)
            row = self._link.execute(
                "SELECT PatNum FROM appointment WHERE AptNum = ? AND AptStatus NOT IN (6, 7, 8)", number
            ).fetchone()
            if row is not None and number not in self._moved:
                break
        self._moved.add(number)
        self._link.execute(
            "UPDATE appointment SET AptDateTime = DATE_ADD(AptDateTime, INTERVAL 15 MINUTE), Note = ? WHERE AptNum = ?",
            (f"moved {number}", number),
        )
        self._history(number, int(row[0]), 1)
        return "appointment", str(number)

    def book(self) -> tuple[str, str]:
        """A new appointment; its history gets a row."""
        patient = self._rng.randrange(1, self._patients + 1)
        number = self._insert(
            "INSERT INTO appointment (PatNum, AptStatus, Pattern, Op, ProvNum, AptDateTime, Note)"
            " VALUES (?, 1, '/XX/', 1, 1, '2025-03-10 10:00:00', 'new')",
            patient,
        )
        self._history(number, patient, 0)
        return "appointment", str(number)

    def charge(self) -> tuple[str, str]:
        """A procedure is completed; the server stamps it."""
        patient = self._rng.randrange(1, self._patients + 1)
        number = self._insert(
            "INSERT INTO procedurelog (PatNum, ProcDate, ProcFee, ProcStatus, ProvNum, CodeNum, SecDateEntry)"
            " VALUES (?, '2025-03-03', 120, 2, 1, 1, NOW())",
            patient,
        )
        return "ledger_entry", f"procedure-{number}"

    def pay(self) -> tuple[str, str]:
        """A payment with its split."""
        patient = self._rng.randrange(1, self._patients + 1)
        number = self._insert(
            "INSERT INTO payment (PayType, PayDate, PayAmt, PatNum, DateEntry)"
            " VALUES (0, '2025-03-03', 80, ?, '2025-03-03')",
            patient,
        )
        self._insert(
            "INSERT INTO paysplit (PayNum, SplitAmt, PatNum, ProvNum, DatePay) VALUES (?, 80, ?, 1, '2025-03-03')",
            number,
            patient,
        )
        return "ledger_entry", f"payment-{number}"

    def _history(self, number: int, patient: int, action: int) -> None:
        self._insert(
            "INSERT INTO histappointment (AptNum, PatNum, HistApptAction, HistDateTStamp) VALUES (?, ?, ?, NOW())",
            number,
            patient,
            action,
        )

    def _insert(self, statement: str, *values: int) -> int:
        self._link.execute(statement, values)
        return int(self._link.execute("SELECT LAST_INSERT_ID()").fetchval())

    def _greatest(self, table: str, key: str) -> int:
        return int(self._link.execute(f"SELECT max({key}) FROM {table}").fetchval())
