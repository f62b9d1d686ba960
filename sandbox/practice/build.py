"""Builds a practice of any size from a seed: the same seed gives the same rows.

``keep`` bounds what stays in memory: for very large practices only the latest rows are kept in the model, which then
has no
oracle but is enough for a front desk that works on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sandbox.practice.eaglesoft import Eaglesoft
from sandbox.practice.engine import Database
from sandbox.practice.history import History
from sandbox.practice.hours import SCHEDULE, schedule
from sandbox.practice.model import Appointment, Entity, Entry, Key, Patient, Practice
from sandbox.practice.oddities import USUAL, Oddities
from sandbox.practice.opendental import OpenDental
from sandbox.practice.people import People
from sandbox.practice.schema import Pms, tables_of
from sandbox.practice.setup import set_up
from sandbox.practice.writer import Writer

_BATCH = 5000
START = datetime(2025, 3, 3, 9, 0)
"""The practice's clock unless told otherwise: the Monday before the clocks go forward in New York."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is of everything (oddities come on top)."""

    patients: int = 60
    appointments: int = 150
    ledger: int = 200
    sites: int = 2
    """1 = a single location; an Open Dental practice then has no clinic rows."""

    @property
    def chairs(self) -> int:
        """Chairs that suit the size."""
        return max(4, min(60, self.patients // 100))

    @property
    def dentists(self) -> int:
        """Dentists that suit the size; there are as many hygienists."""
        return max(2, min(20, self.patients // 300))


TINY = Size()
DEMO = Size(600, 4000, 8000, 3)
LARGE = Size(30_000, 400_000, 2_000_000, 6)


def build(
    pms: Pms,
    connection: Any,
    seed: int,
    size: Size = TINY,
    *,
    now: datetime = START,
    zone: str = "America/New_York",
    odd: frozenset[str] = USUAL,
    random_keys: bool = False,
    create: bool = True,
    keep: int | None = None,
) -> Practice:
    """Fill a database with a practice and return the model of it; ``create`` makes the tables first, else they are
    emptied.
    """
    database = Database(connection)
    if create and not _exists(connection, database):
        database.create(pms)
    else:
        _empty(database, pms)
    if database.engine == "postgresql":
        odd -= {"nul"}
    rng = Random(f"build {pms} {seed}")
    practice = Practice(pms, zone, now, random_keys=random_keys and pms == "opendental")
    practice.partial = keep is not None
    writer = writer_for(practice, database, Random(f"keys {seed}"))
    set_up(practice, rng, sites=size.sites, dentists=size.dentists, chairs=size.chairs, odd=odd)
    writer.preferences()
    reference: list[Entity] = [
        *practice.locations.values(),
        *practice.definitions.values(),
        *practice.providers.values(),
        *practice.chairs.values(),
        *practice.types.values(),
        *practice.services.values(),
    ]
    writer.load(reference)
    if pms == "opendental":
        database.bulk(SCHEDULE, schedule(practice), stamped=True)
    oddities = Oddities(practice, writer, rng, odd)
    people = list(_people(practice, writer, rng, size.patients))
    oddities.people(people)
    writer.load(people)
    history = History(practice, writer, rng)
    for visits, lines in _batches(history, oddities, size):
        writer.load(visits)
        writer.load(lines)
        _keep(practice, visits, lines, keep)
    if isinstance(writer, Eaglesoft):
        writer.loaded()
    database.commit()
    return practice


def writer_for(practice: Practice, database: Database, rng: Random) -> Writer:
    """The writer of the practice's PMS."""
    return (Eaglesoft if practice.pms == "eaglesoft" else OpenDental)(practice, database, rng)


def _people(practice: Practice, writer: Writer, rng: Random, count: int) -> Iterator[Patient]:
    people = People(practice, rng)
    head: Patient | None = None
    for number in range(1, count + 1):
        key: Key = f"{number:04d}" if practice.pms == "eaglesoft" else writer.number("patient")
        day = practice.now.date() - timedelta(days=rng.randrange(5, 3000))
        if head is None or rng.random() < 0.45:
            head = person = people.person(key, day)
        else:
            person = people.person(key, day, head)
        yield person


def _batches(history: History, oddities: Oddities, size: Size) -> Iterator[tuple[list[Appointment], list[Entry]]]:
    practice, rng = history.practice, history.rng
    visits: list[Appointment] = []
    lines: list[Entry] = []
    past = max(1, int(size.appointments * 0.85))
    written = 0
    people = list(practice.patients.values())
    for position, visit in enumerate(history.appointments(size.appointments), 1):
        visits.append(visit)
        due = min(size.ledger, size.ledger * position // past) - written
        if due > 0 and visit.start is not None and visit.start < practice.now and visit.patient is not None:
            lines += history.visit_ledger(practice.patients[visit.patient], visit, visit.start, min(due, 40))
            written += min(due, 40)
        if len(visits) >= _BATCH or len(lines) >= 3 * _BATCH:
            yield visits, lines
            visits, lines = [], []
    while people and written < size.ledger:
        rows = min(rng.randint(1, 6), size.ledger - written)
        lines += history.visit_ledger(rng.choice(people), None, practice.now - timedelta(days=rng.randrange(400)), rows)
        written += rows
    visits += oddities.visits(history)
    lines += oddities.ledger(history.books)
    yield visits, lines


def _keep(practice: Practice, visits: list[Appointment], lines: list[Entry], keep: int | None) -> None:
    practice.appointments.update((visit.key, visit) for visit in visits)
    ledger = practice.ledger()
    for line in lines:
        ledger[line.family][line.key] = line
    if keep is not None:
        stores: list[dict[int, Any]] = [practice.appointments, *ledger.values()]
        for store in stores:
            for key in list(store)[: max(0, len(store) - keep)]:
                del store[key]


def _exists(connection: Any, database: Database) -> bool:
    cursor = connection.cursor()
    try:
        cursor.execute(f"SELECT 1 FROM {database.name('patient')} WHERE 1 = 0")
    except Exception:  # noqa: BLE001 - each driver has its own error class for a missing table
        connection.rollback()
        return False
    return True


def _empty(database: Database, pms: Pms) -> None:
    for table in tables_of(pms):
        database.execute(f"DELETE FROM {database.name(table)}")
