"""The oddities that real databases hold: broken dates, unknown codes, NUL bytes, dangling references, merges,
duplicates.

Each group has a name and can be left out, because not every engine and driver can hold it (PostgreSQL has no NUL in
text).
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sandbox.practice.books import Books, Shares
from sandbox.practice.history import History
from sandbox.practice.model import Appointment, Entry, Key, Patient, Practice
from sandbox.practice.opendental import CANCELLED, MISSED, OpenDental
from sandbox.practice.writer import Writer

ALL = frozenset(
    {"codes", "dates", "dst", "duplicates", "hidden", "huge", "long", "merges", "nul", "references", "zero_dates"}
)
"""codes: unknown ones. dates: year 1, 194 and 2917. dst: visits in the skipped and the doubled hour. duplicates: a
person
twice. hidden: inactive reference rows. huge: notes above 1 MiB (Eaglesoft). long: notes of 60,000 characters. merges:
with
chains and a cycle. nul: NUL in text. references: blank, dangling, oddly written. zero_dates: ``0000-00-00`` (Open
Dental)."""

USUAL = ALL - {"huge"}
"""What a practice has unless asked otherwise."""

OVER_ODBC = USUAL - {"nul"}
"""For practices that are read over ODBC: drivers (SQLite's and MariaDB's) end text at the first NUL."""


class Oddities:
    """Makes a practice odd."""

    def __init__(self, practice: Practice, writer: Writer, rng: Random, odd: frozenset[str]) -> None:
        self.practice = practice
        self.writer = writer
        self.rng = rng
        self.odd = odd
        self._eaglesoft = practice.pms == "eaglesoft"

    def people(self, people: list[Patient]) -> None:
        """Make some of these persons odd, and invent further odd ones at the end of the list."""
        practice, rng, odd = self.practice, self.rng, self.odd
        some = iter(rng.sample(people, min(len(people), 24)))

        def change(**fields: object) -> None:
            person = next(some, None)
            for name, value in fields.items():
                if person is not None:
                    setattr(person, name, value)

        if "dates" in odd:
            change(birth="0001-01-01", first_visit="0001-01-01")
            change(birth=None, entered=None)
            change(birth="0194-07-03")
            change(first_visit="2917-01-01")
        if "zero_dates" in odd and not self._eaglesoft:
            change(birth="0000-00-00")
        if "nul" in odd:
            change(first="Al\0ice", email="\0")
        if "codes" in odd:
            if self._eaglesoft:
                change(sex="Z", marital="Q")
                change(sex=" ", marital=None, status="I", is_patient="N")
                change(status="X", is_patient=None)
                change(deceased="Y", sms="?")
            else:
                change(sex=9, marital=7)
                for code in (1, 2, 3, 4, 6, 9):
                    change(status=code)
                change(status=5, died=datetime(2021, 5, 6, 7, 8))
        if "references" in odd:
            change(guarantor="" if self._eaglesoft else None, location=None if self._eaglesoft else 0)
            change(guarantor="zzz9" if self._eaglesoft else 999_999_999)
            change(dentist=None, hygienist=None)
            change(home="  (212)555-0199  ", first=" Maria ", last="", address=(" ", None, "", "", ""), chart="  ")
            if self._eaglesoft:
                change(dentist="dr1", guarantor=str(people[0].key).lower() + " ")
                odd_one = copy(people[-1])
                odd_one.key = odd_one.guarantor = "k9Zq"
                odd_one.sites = {}
                people.append(odd_one)
        if "duplicates" in odd and people:
            twin = copy(rng.choice(people))
            twin.key = self.new_key({person.key for person in people})
            twin.sites = dict(twin.sites)
            people.append(twin)
        if "merges" in odd and isinstance(self.writer, OpenDental):
            self._merges(people, self.writer)
        practice.patients.update((person.key, person) for person in people)

    def new_key(self, taken: set[Key]) -> Key:
        """A key for a person beyond those in ``taken``."""
        if not self._eaglesoft:
            return self.writer.number("patient")
        number = len(taken) + 5
        while f"{number:04d}" in taken:
            number += 1
        return f"{number:04d}"

    def visits(self, history: History) -> list[Appointment]:
        """Odd appointments."""
        now = self.practice.now.replace(minute=0, second=0, microsecond=0)
        made: list[Appointment] = []

        def visit(start: datetime | None = None, **fields: object) -> Appointment:
            one = history.appointment(now + timedelta(days=self.rng.randrange(-60, 60), hours=1))
            if start is not None:
                one.start = start
            for name, value in fields.items():
                setattr(one, name, value)
            made.append(one)
            return one

        if "dst" in self.odd:
            for day in dst_days(now, self.practice.zone):
                visit(day.replace(hour=2, minute=30))
                visit(day.replace(hour=1, minute=30))
                visit(day.replace(hour=23, minute=30), minutes=120)
        if "codes" in self.odd:
            self._odd_codes(visit)
        if "dates" in self.odd:
            visit(datetime(1, 1, 1))
            visit(arrived=now.replace(hour=0), seated=datetime(1, 1, 1))
        if "references" in self.odd:
            visit(patient=None, chair=None, kind=None, dentist=None, hygienist=None)
            visit(patient="zz" if self._eaglesoft else 4711, chair=999, kind=998)
        if "nul" in self.odd:
            visit(note="before\0after\0")
        if "long" in self.odd:
            visit(note="long story. " * 5000)
        if "huge" in self.odd and self._eaglesoft:
            visit(note="x" * ((1 << 20) + 1))
        return made

    def _odd_codes(self, visit: Callable[..., Appointment]) -> None:
        if self._eaglesoft:
            for status in (2, 4, 8, 16, 32, 64, None):
                visit(status=status)
            for confirmed in (7, 42, None):
                visit(confirmed=confirmed)
            visit(arrival=9, arrived=None, seated=None, dismissed=None, status=1)
            visit(arrival=None, chair=-1, endless=True)
            visit(asap="1", arrived=self.practice.now.replace(microsecond=123456))
            extra = tuple(list(self.practice.providers)[:3])
            visit(extra=extra)
            return
        for status in (0, 3, 4, 5, 6, 7, 8, 9):
            visit(status=status)
        visit(confirmed=999_999)
        visit(minutes=0)
        visit(minutes=5)
        writer = self.writer
        assert isinstance(writer, OpenDental)
        for actions in ((MISSED, CANCELLED), (CANCELLED, MISSED)):
            one = visit(status=5)
            for action in actions:
                writer.history(action, one)

    def ledger(self, books: Books) -> list[Entry]:
        """Odd ledger lines."""
        practice, rng = self.practice, self.rng
        people = list(practice.patients.values())
        if "codes" not in self.odd or not people or not practice.services:
            return []
        when = practice.now - timedelta(days=9)
        made: list[Entry] = []
        provider = next(iter(practice.providers))
        service = next(iter(practice.services.values()))
        for _ in range(12):
            made.append(books.charge(rng.choice(people), service, provider, people[0].location, when))
        shares: Shares = [
            (person.key, provider, 1000 + position, made[0].key) for position, person in enumerate(people[:2])
        ]
        for _ in range(4):
            made.append(books.payment(people[0], shares, location=people[0].location, when=when, kind=None))
        if self._eaglesoft:
            for entry, kind in zip(made, "FWYIPZ", strict=False):
                entry.code = kind
            for entry, letter in zip(made[6:], ("D", "V", "Q", None), strict=False):
                entry.status = letter
            made[10].service, made[10].tooth = "99ZZZ", " 3 "
            made[11].splits = []
            made[12].splits[0].current = False
            made[13].splits[0].charge = None
            made[14].type = 4711
            made[15].splits[0].provider = "dr1 " if rng.random() < 0.5 else "HR2"
        else:
            for entry, status_code in zip(made, (1, 3, 4, 6, 2, 2), strict=False):
                entry.code = status_code
            for entry, units in zip(made[6:], ((0, 0), (2, 3), (1, 0)), strict=False):
                entry.units = units
            made[9].provider = made[9].location = made[9].service = None
            made[10].amount = 0
            made[12].splits[0].charge, made[12].splits[0].adjustment = None, 7
            made[13].splits[0].provider = None
            made[14].splits = []
            for code in (0, 1, 3, 4, 5, 6, 7):
                entry = books.insurance(made[4], people[0], 1234 * (code % 3), 500 * (code % 2), when)
                entry.code = code
                made.append(entry)
        return made

    def _merges(self, people: list[Patient], writer: OpenDental) -> None:
        archived: list[Patient] = []
        for _ in range(5):
            one = copy(people[len(archived)])
            one.key = one.guarantor = self.writer.number("patient")
            one.status = 3
            archived.append(one)
        people += archived
        first, second, third, circle, other = (int(person.key) for person in archived)
        for old, new in ((first, second), (second, third), (third, int(people[0].key))):
            writer.link(old, new)
        writer.link(circle, other)
        writer.link(other, circle)


def dst_days(now: datetime, zone: str) -> list[datetime]:
    """Midnights of the days around ``now`` (half a year each way) on which the zone's clocks change."""
    place = ZoneInfo(zone)
    start = now.replace(hour=12, minute=0) - timedelta(days=190)
    days = [start + timedelta(days=offset) for offset in range(380)]
    offsets = [day.replace(tzinfo=place).utcoffset() for day in days]
    return [
        day.replace(hour=0)
        for day, before, after in zip(days[1:], offsets, offsets[1:], strict=False)
        if before != after
    ]
