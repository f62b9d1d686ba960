"""Invents the past and the booked future of a practice: appointments in the order of their days, and the ledger they
leave.

Yields entities in batches, so that practices far larger than memory can be written.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from sandbox.practice import names
from sandbox.practice.books import Books, Shares
from sandbox.practice.codes import set_stage
from sandbox.practice.model import Appointment, Entry, Key, Patient, Practice
from sandbox.practice.opendental import CANCELLED, CREATED, MISSED, OpenDental
from sandbox.practice.writer import Writer

_DAYS_AHEAD = 150
_SUNDAY = 6


class History:
    """Invents what has happened in a practice whose set-up and patients exist."""

    def __init__(self, practice: Practice, writer: Writer, rng: Random) -> None:
        self.practice = practice
        self.writer = writer
        self.rng = rng
        self.books = Books(writer)
        self._eaglesoft = practice.pms == "eaglesoft"
        self._patients = list(practice.patients.values())
        self._dentists = [p.key for p in practice.providers.values() if p.role == (1 if self._eaglesoft else 0)]
        self._hygienists = [p.key for p in practice.providers.values() if p.role == (2 if self._eaglesoft else 1)]
        self._chairs = list(practice.chairs.values())
        self._services = list(practice.services.values())
        self._types = list(practice.types.values())
        self._confirmations: list[int] = (
            [0, 0, 1, 1, 1, 2, 3, 4, 5, 6]
            if self._eaglesoft
            else [key for category, key in practice.definitions if category == "confirmation"] + [0]
        )
        self._paytypes = self._kinds("paytype" if self._eaglesoft else "payment")
        self._adjustment_types = self._kinds("adjustment_type" if self._eaglesoft else "adjustment")

    def _kinds(self, wanted: str) -> list[int]:
        return [key for category, key in self.practice.definitions if category == wanted]

    def appointments(self, count: int) -> Iterator[Appointment]:
        """So many appointments from years back to months ahead, in the order of their days."""
        back = max(60, min(5 * 365, count))
        today = self.practice.now.replace(hour=0, minute=0, second=0, microsecond=0)
        step = (back + _DAYS_AHEAD) / max(1, count)
        for position in range(count):
            day = today + timedelta(days=int(position * step) - back)
            if day.weekday() == _SUNDAY:
                day += timedelta(days=1)
            yield self.appointment(day + timedelta(minutes=480 + 10 * self.rng.randrange(54)))

    def appointment(self, start: datetime) -> Appointment:
        """A visit at that time, as it stands by now."""
        rng, now = self.rng, self.practice.now
        patient, chair, kind = rng.choice(self._patients), rng.choice(self._chairs), rng.choice(self._types)
        made = Appointment(self.writer.number("appointment"), patient.key, 1, start, kind.minutes or 30)
        made.chair, made.kind = chair.key, kind.key if rng.random() < 0.9 else (0 if rng.random() < 0.5 else None)
        made.hygiene = chair.hygiene and bool(self._hygienists)
        made.dentist = rng.choice(self._dentists)
        if made.hygiene or rng.random() < 0.2:
            made.hygienist = rng.choice(self._hygienists) if self._hygienists else None
        made.location = (chair.location or 0) if not self._eaglesoft else 0
        made.note = rng.choice(names.NOTES)
        made.booked = min(now, start - timedelta(days=rng.randrange(120), minutes=rng.randrange(600)))
        made.booked = made.booked.replace(microsecond=0)
        made.confirmed = rng.choice(self._confirmations)
        made.asap = rng.choice(("Y", "N", "N", None)) if self._eaglesoft else int(rng.random() < 0.1)
        made.new_patient = rng.random() < 0.08
        self._progress(made, start, now)
        return made

    def _progress(self, made: Appointment, start: datetime, now: datetime) -> None:
        rng = self.rng
        luck = rng.random()
        set_stage(self.practice, made, "booked")
        if luck < 0.08:
            self.call_off(made, luck < 0.03)
        elif luck < 0.1:
            set_stage(self.practice, made, "waitlist")
            made.chair = (-1 if self._eaglesoft else 0) if rng.random() < 0.8 else made.chair
        elif start < now and luck < 0.97:
            made.arrived = start - timedelta(minutes=rng.randrange(15))
            if start + timedelta(minutes=made.minutes) < now:
                made.seated = start + timedelta(minutes=rng.randrange(10))
                made.dismissed = start + timedelta(minutes=made.minutes)
                set_stage(self.practice, made, "completed")
            elif luck < 0.5:
                made.seated = start + timedelta(minutes=1)
                set_stage(self.practice, made, "seated")
            else:
                set_stage(self.practice, made, "arrived")

    def call_off(self, made: Appointment, missed: bool) -> None:
        """Mark as cancelled or missed; in Open Dental the audit row says which."""
        set_stage(self.practice, made, "no_show" if missed else "cancelled")
        if isinstance(self.writer, OpenDental):
            when = min(self.practice.now, (made.start or self.practice.now) - timedelta(hours=self.rng.randrange(72)))
            self.writer.history(CREATED, made)
            self.writer.history(MISSED if missed else CANCELLED, made, when)

    def visit_ledger(self, patient: Patient, visit: Appointment | None, day: datetime, rows: int) -> Iterator[Entry]:
        """The ledger lines that a visit leaves: charges, what insurers and the family pay, corrections. Exactly so
        many.
        """
        rng, books = self.rng, self.books
        location = self._location(visit, patient)
        provider: Key | None = visit.dentist if visit is not None else rng.choice(self._dentists)
        charges: list[Entry] = []
        while rows > 0:
            luck = rng.random()
            if not charges or luck < 0.45:
                entry = books.charge(patient, rng.choice(self._services), provider, location, day)
                entry.tooth, entry.surface = rng.choice(names.TEETH), rng.choice(names.SURFACES)
                entry.appointment = None if visit is None else visit.key
                charges.append(entry)
            elif luck < 0.6:
                charge = rng.choice(charges)
                paid = charge.amount * rng.randrange(0, 10) // 10
                entry = books.insurance(charge, patient, paid, (charge.amount - paid) // 5, self._later(day))
                entry.type = rng.choice(self._paytypes)
            elif luck < 0.9:
                entry = self._payment(patient, charges, location, self._later(day))
            else:
                charge = rng.choice(charges)
                cents = rng.choice((-1, -1, 1)) * rng.randrange(100, 9000)
                kind = rng.choice(self._adjustment_types)
                on = charge.key if rng.random() < 0.5 else None
                entry = books.adjustment(
                    patient, provider, cents, location=location, when=self._later(day), kind=kind, charge=on
                )
            rows -= 1
            yield entry

    def _payment(self, patient: Patient, charges: list[Entry], location: int | None, day: datetime) -> Entry:
        payer = self.practice.patients.get(patient.guarantor or patient.key, patient)
        chosen = self.rng.sample(charges, self.rng.randint(1, min(3, len(charges))))
        shares: Shares = [(charge.patient, charge.provider, charge.amount // 2, charge.key) for charge in chosen]
        if self.rng.random() < 0.2:
            shares.append((payer.key, self.rng.choice(self._dentists), 2500, None))
        kind = self.rng.choice(self._paytypes)
        code = self.rng.choice("AAAPY")
        return self.books.payment(payer, shares, location=location, when=day, kind=kind, code=code)

    def _location(self, visit: Appointment | None, patient: Patient) -> int | None:
        if visit is None:
            return patient.location
        chair = self.practice.chairs.get(visit.chair or 0)
        return chair.location if chair is not None else patient.location

    def _later(self, day: datetime) -> datetime:
        return min(self.practice.now, day + timedelta(days=self.rng.randrange(45)))
