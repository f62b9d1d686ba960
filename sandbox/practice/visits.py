"""The front desk's work on the schedule: book, move, confirm, check in, seat, complete, call off, delete."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.practice import names
from sandbox.practice.clerk import Clerk, operation
from sandbox.practice.codes import Stage, bookable, is_visit, set_stage
from sandbox.practice.model import Appointment, Entry, Key, Patient
from sandbox.practice.opendental import CANCELLED, CHANGED, CREATED, DELETED, MISSED, NOTE, PLANNED
from sandbox.practice.setup import ARRIVALS

_DAY_BEGINS = 7 * 60
_SLOTS = 60
_SUNDAY = 6


class Visits(Clerk):
    """Operations on appointments. Each takes the appointment to work on, or chooses one; None when there is none."""

    @operation
    def book(
        self, patient: Patient | None = None, start: datetime | None = None, chair: int | None = None
    ) -> Appointment | None:
        """Book a visit, at any time in the next months unless told otherwise."""
        patient = patient or self.living()
        if patient is None:
            return None
        kind = self.choose(self.practice.types, lambda one: one.active)
        seat = self.practice.chairs.get(chair) if chair is not None else self.chair()
        minutes = (kind.minutes if kind is not None else 0) or 30
        start = start or self._free_slot(None if seat is None else seat.key, minutes)
        made = Appointment(self.writer.number("appointment"), patient.key, None, start, minutes)
        set_stage(self.practice, made, "booked")
        made.chair, made.kind = None if seat is None else seat.key, None if kind is None else kind.key
        usual = patient.dentist if patient.dentist in self.practice.providers else None
        made.dentist = self.provider() if usual is None else usual
        made.hygiene = bool(seat and seat.hygiene)
        made.hygienist = self.provider(hygienist=True) if made.hygiene or self.rng.random() < 0.2 else None
        if self.eaglesoft and self.rng.random() < 0.1:
            extra = self.provider()
            made.extra = (extra,) if extra is not None else ()
        made.location = 0 if self.eaglesoft or seat is None else seat.location or 0
        made.note = self.rng.choice(names.NOTES)
        made.booked = self.now.replace(microsecond=0)
        made.confirmed = 0 if self.eaglesoft else self._first_confirmation()
        made.asap = "N" if self.eaglesoft else 0
        made.new_patient = patient.first_visit is None
        self.practice.appointments[made.key] = made
        self.writer.add(made)
        self._trace(made, CREATED, None)
        return made

    @operation
    def move(
        self,
        appointment: Appointment | None = None,
        start: datetime | None = None,
        chair: int | None = None,
        provider: Key | None = None,
    ) -> Appointment | None:
        """Move a visit to another time, chair or provider (any one of them unless told which)."""
        appointment = appointment or self._open()
        if appointment is None:
            return None
        was = (appointment.start, appointment.chair)
        if start is None and chair is None and provider is None:
            which = self.rng.randrange(4)
            start = self._slot() if which != 1 else None
            seat = self.chair()
            chair = seat.key if seat is not None and which in (1, 3) else None
            provider = self.provider() if which == 2 else None
        with self.writer.changing(appointment):
            appointment.start = start or appointment.start
            if chair is not None:
                appointment.chair = chair
                if self.opendental is not None:
                    appointment.location = self.site_of(appointment) or 0
            appointment.dentist = appointment.dentist if provider is None else provider
        self._trace(appointment, CHANGED, was)
        return appointment

    @operation
    def confirm(self, appointment: Appointment | None = None, code: int | None = None) -> Appointment | None:
        """Set the confirmation state."""
        appointment = appointment or self._open()
        if appointment is None:
            return None
        if code is None:
            code = self.rng.choice((1, 1, 1, 2, 3, 4)) if self.eaglesoft else self._any_confirmation()
        with self.writer.changing(appointment):
            appointment.confirmed = code
        self._trace(appointment, CHANGED, None)
        return appointment

    @operation
    def check_in(self, appointment: Appointment | None = None) -> Appointment | None:
        """The patient has come."""
        return self._proceed(appointment, "arrived")

    @operation
    def seat(self, appointment: Appointment | None = None) -> Appointment | None:
        """The patient sits in the chair."""
        return self._proceed(appointment, "seated")

    @operation
    def complete(self, appointment: Appointment | None = None) -> Appointment | None:
        """The visit is over: its work is charged."""
        done = self._proceed(appointment, "completed")
        patient = self.practice.patients.get(done.patient) if done is not None and done.patient is not None else None
        if done is None or patient is None:
            return done
        for _ in range(self.rng.randint(1, 3)):
            service = self.rng.choice(list(self.practice.services.values()))
            charge = self.books.charge(patient, service, done.dentist, self.site_of(done), self.now)
            charge.appointment = done.key
            charge.tooth, charge.surface = self.rng.choice(names.TEETH), self.rng.choice(names.SURFACES)
            self.enter(charge)
        return done

    @operation
    def cancel(self, appointment: Appointment | None = None) -> Appointment | None:
        """The patient has called it off."""
        return self._call_off(appointment, "cancelled")

    @operation
    def no_show(self, appointment: Appointment | None = None) -> Appointment | None:
        """The patient did not come."""
        return self._call_off(appointment, "no_show")

    @operation
    def wait(self, appointment: Appointment | None = None) -> Appointment | None:
        """Put on the waiting list: off the schedule, to be called when a slot opens."""
        appointment = appointment or self._open()
        if appointment is None:
            return None
        was = (appointment.start, appointment.chair)
        with self.writer.changing(appointment):
            set_stage(self.practice, appointment, "waitlist")
            appointment.chair = -1 if self.eaglesoft else 0
            appointment.asap = "Y" if self.eaglesoft else 1
        self._trace(appointment, CHANGED, was)
        return appointment

    @operation
    def rebook(self, appointment: Appointment | None = None) -> Appointment | None:
        """Give a visit that was called off or waits a new time."""
        closed = (16, 32, 64) if self.eaglesoft else (3, 5)
        appointment = appointment or self.choose(self.practice.appointments, lambda one: one.status in closed)
        seat = self.chair()
        if appointment is None or seat is None:
            return None
        with self.writer.changing(appointment):
            set_stage(self.practice, appointment, "booked")
            appointment.start, appointment.chair = self._slot(), seat.key
            appointment.arrived = appointment.seated = appointment.dismissed = None
            if self.opendental is not None:
                appointment.location = seat.location or 0
        self._trace(appointment, CHANGED, None)
        return appointment

    @operation
    def annotate(self, appointment: Appointment | None = None, text: str | None = None) -> Appointment | None:
        """Write a note on a visit."""
        appointment = appointment or self.choose(self.practice.appointments)
        if appointment is None:
            return None
        with self.writer.changing(appointment):
            appointment.note = self.rng.choice(names.NOTES) if text is None else text
        self._trace(appointment, CHANGED, None)
        return appointment

    @operation
    def change_type(self, appointment: Appointment | None = None) -> Appointment | None:
        """Choose another kind of visit, and its length."""
        appointment = appointment or self._open()
        kind = self.choose(self.practice.types)
        if appointment is None or kind is None:
            return None
        with self.writer.changing(appointment):
            appointment.kind, appointment.minutes = kind.key, kind.minutes or 30
            appointment.pattern = ""
        self._trace(appointment, CHANGED, None)
        return appointment

    @operation
    def withdraw(self, appointment: Appointment | None = None) -> Appointment | None:
        """Turn a visit into what only shares its table (a block, planned work, a note): it leaves the feed."""
        appointment = appointment or self._open()
        if appointment is None:
            return None
        with self.writer.changing(appointment):
            appointment.status = 2 if self.eaglesoft else self.rng.choice((PLANNED, NOTE))
        self._trace(appointment, CHANGED, None)
        return appointment

    @operation
    def reinstate(self, appointment: Appointment | None = None) -> Appointment | None:
        """Turn a block or planned work into a visit."""
        appointment = appointment or self.choose(
            self.practice.appointments, lambda one: not is_visit(self.practice, one)
        )
        if appointment is None:
            return None
        with self.writer.changing(appointment):
            set_stage(self.practice, appointment, "booked")
        self._trace(appointment, CHANGED, None)
        return appointment

    @operation
    def delete_appointment(
        self, appointment: Appointment | None = None, trace: bool | None = None
    ) -> Appointment | None:
        """Delete the row of a visit; without trace, as a script or a user without a login does it."""
        appointment = appointment or self.choose(self.practice.appointments)
        if appointment is None:
            return None
        self.writer.remove(appointment)
        del self.practice.appointments[appointment.key]
        if trace if trace is not None else self.rng.random() < 0.75:
            self._trace(appointment, DELETED, (appointment.start, appointment.chair), certain=trace is True)
        for charge in self.practice.charges.values():
            if charge.appointment == appointment.key:
                with self.writer.changing(charge):
                    charge.appointment = None
        return appointment

    @operation
    def bulk_confirm(self, count: int = 200) -> int:
        """Confirm many visits at once; how many."""
        return sum(self.confirm(one) is not None for one in self._many(count))

    @operation
    def bulk_move(self, count: int = 200, days: int = 7) -> int:
        """Move many visits by some days at once (a provider is away); how many."""
        return sum(
            one.start is not None and self.move(one, start=one.start + timedelta(days=days)) is not None
            for one in self._many(count)
        )

    def enter(self, entry: Entry) -> None:
        """Put a ledger line on the books and move the family's balance, as the program does."""
        self.practice.ledger()[entry.family][entry.key] = entry
        self.writer.add(entry)
        self.settle(entry.guarantor, entry.amount)

    def settle(self, guarantor: Key | None, cents: int) -> None:
        """Move the balance on the guarantor's row."""
        head = self.practice.patients.get(guarantor) if guarantor is not None else None
        if head is not None:
            with self.writer.changing(head):
                head.balance += cents

    def _many(self, count: int) -> list[Appointment]:
        open_ones = [one for one in self.practice.appointments.values() if bookable(self.practice, one)]
        return self.rng.sample(open_ones, min(count, len(open_ones)))

    def _open(self) -> Appointment | None:
        return self.choose(self.practice.appointments, lambda one: bookable(self.practice, one))

    def _due(self, stage: Stage) -> Appointment | None:
        """Whoever is next at this stage: of today's visits, else of any that are open."""
        today = self.now.date()
        open_ones = [one for one in self.practice.appointments.values() if bookable(self.practice, one)]
        due = [one for one in open_ones if one.start is not None and one.start.date() == today] or open_ones
        if stage == "arrived":
            next_ones = [one for one in due if one.arrived is None]
        elif stage == "seated":
            next_ones = [one for one in due if one.arrived is not None and one.seated is None]
        else:
            next_ones = [one for one in due if one.seated is not None]
        some = next_ones or due
        return self.rng.choice(some) if some else None

    def _proceed(self, appointment: Appointment | None, stage: Stage) -> Appointment | None:
        appointment = appointment or self._due(stage)
        if appointment is None:
            return None
        moment = self.now.replace(microsecond=0)
        with self.writer.changing(appointment):
            set_stage(self.practice, appointment, stage)
            appointment.arrived = appointment.arrived or moment
            if stage != "arrived":
                appointment.seated = appointment.seated or moment
            if stage == "completed":
                appointment.dismissed = moment
        self._trace(appointment, CHANGED, None)
        return appointment

    def _call_off(self, appointment: Appointment | None, stage: Stage) -> Appointment | None:
        appointment = appointment or self._open()
        if appointment is None:
            return None
        was = (appointment.start, appointment.chair)
        with self.writer.changing(appointment):
            set_stage(self.practice, appointment, stage)
        self._trace(appointment, MISSED if stage == "no_show" else CANCELLED, was, certain=True)
        return appointment

    def _trace(
        self,
        appointment: Appointment,
        action: int,
        was: tuple[datetime | None, int | None] | None,
        *,
        certain: bool = False,
    ) -> None:
        if self.opendental is not None:
            if certain or self.rng.random() < self.audit:
                self.opendental.history(action, appointment)
            self.opendental.signal_appointment(appointment, was)
        if self.eaglesoft is not None and (certain or self.rng.random() < self.audit):
            self.eaglesoft.log("D" if action == DELETED else "R", appointment, was)

    def _free_slot(self, chair: int | None, minutes: int) -> datetime:
        """A time at which the chair is free, found with a few looks at the book; else one that is not."""
        length = timedelta(minutes=minutes)
        taken = [one for one in self.practice.appointments.values() if one.chair == chair and one.start is not None]
        slot = self._slot()
        for _ in range(5):
            if not any(
                one.start is not None
                and one.start < slot + length
                and slot < one.start + timedelta(minutes=one.minutes)
                for one in taken
            ):
                break
            slot = self._slot()
        return slot

    def _slot(self) -> datetime:
        day = self.now.date() + timedelta(days=int(self.rng.random() ** 2 * 180))
        if day.weekday() == _SUNDAY:
            day += timedelta(days=1)
        minute = _DAY_BEGINS + 10 * self.rng.randrange(_SLOTS)
        return datetime(day.year, day.month, day.day) + timedelta(minutes=minute)

    def _first_confirmation(self) -> int:
        return next((key for category, key in self.practice.definitions if category == "confirmation"), 0)

    def _any_confirmation(self) -> int:
        arrivals = {int(self.practice.settings[name]) for name in ARRIVALS if name in self.practice.settings}
        states = [key for category, key in self.practice.definitions if category == "confirmation"]
        return self.rng.choice([key for key in states if key not in arrivals] + [0])
