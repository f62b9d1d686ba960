"""How Open Dental stores a practice: rows of each entity, and what the program writes besides.

Empty dates are ``0001-01-01``, no reference is 0. Appointments leave ``histappointment`` rows and, near today,
``signalod`` rows;
definitions and other set-up only signals.
"""

from __future__ import annotations

from datetime import datetime

from sandbox.practice.engine import Row, Target, table
from sandbox.practice.model import (
    Appointment,
    Chair,
    Definition,
    Entity,
    Entry,
    Key,
    Location,
    Patient,
    Provider,
    Service,
    Split,
    VisitType,
)
from sandbox.practice.opendental_hash import appointment_hash, patient_hash, split_hash
from sandbox.practice.writer import Rendered, Writer

PREFERENCE = table("preference", "PrefNum PrefName ValueString")
CLINIC = table("clinic", "ClinicNum Description Abbr Address Address2 City State Zip Phone IsHidden BankNumber")
DEFINITION = table("definition", "DefNum Category ItemName IsHidden ItemOrder")
PROVIDER = table(
    "provider",
    "ProvNum Abbr LName FName Specialty IsSecondary IsHidden NationalProvID IsNotPerson ProvStatus SSN",
    stamp="DateTStamp",
)
OPERATORY = table("operatory", "OperatoryNum OpName Abbrev IsHidden IsHygiene ClinicNum", stamp="DateTStamp")
APPOINTMENT_TYPE = table("appointmenttype", "AppointmentTypeNum AppointmentTypeName IsHidden Pattern CodeStr")
PROCEDURE_CODE = table("procedurecode", "CodeNum ProcCode Descript", stamp="DateTStamp")
PATIENT = table(
    "patient",
    "PatNum LName FName MiddleI Preferred Salutation PatStatus Gender Position Birthdate Address Address2 "
    "City State Zip HmPhone WkPhone WirelessPhone Email Guarantor PriProv SecProv ChartNumber BalTotal "
    "DateFirstVisit ClinicNum Language TxtMsgOk DateTimeDeceased SecDateEntry SSN FamFinUrgNote SecurityHash",
    stamp="DateTStamp",
)
PATIENT_LINK = table("patientlink", "PatientLinkNum PatNumFrom PatNumTo LinkType DateTimeLink")
APPOINTMENT = table(
    "appointment",
    "AptNum PatNum AptStatus Pattern Confirmed Op Note ProvNum ProvHyg AptDateTime IsNewPatient ClinicNum "
    "IsHygiene DateTimeArrived DateTimeSeated DateTimeDismissed AppointmentTypeNum SecDateTEntry Priority "
    "ProcsColored SecurityHash",
    stamp="DateTStamp",
)
HIST_APPOINTMENT = table(
    "histappointment",
    "HistApptNum HistUserNum HistDateTStamp HistApptAction AptNum PatNum AptStatus Pattern Confirmed Op Note "
    "ProvNum ProvHyg AptDateTime ClinicNum IsHygiene AppointmentTypeNum",
)
PROCEDURE = table(
    "procedurelog",
    "ProcNum PatNum AptNum ProcDate ProcFee Surf ToothNum ProcStatus ProvNum ClinicNum BaseUnits UnitQty "
    "CodeNum SecDateEntry",
    stamp="DateTStamp",
)
ADJUSTMENT = table(
    "adjustment",
    "AdjNum AdjDate AdjAmt PatNum AdjType ProvNum AdjNote ProcNum DateEntry ClinicNum",
    stamp="SecDateTEdit",
)
PAYMENT = table(
    "payment", "PayNum PayType PayDate PayAmt PayNote PatNum ClinicNum DateEntry Receipt", stamp="SecDateTEdit"
)
PAY_SPLIT = table(
    "paysplit",
    "SplitNum SplitAmt PatNum PayNum ProvNum DatePay ProcNum DateEntry ClinicNum AdjNum SecurityHash",
    stamp="SecDateTEdit",
)
CLAIM_PROC = table(
    "claimproc",
    "ClaimProcNum ProcNum PatNum ProvNum InsPayAmt Status WriteOff DateCP ClinicNum SecDateEntry",
    stamp="SecDateTEdit",
)
SIGNAL = table("signalod", "SignalNum DateViewing SigDateTime FKey FKeyType IType MsgValue")

SCHEDULED, COMPLETE, UNSCHED_LIST, BROKEN, PLANNED, NOTE = 1, 2, 3, 5, 6, 7
CREATED, CHANGED, MISSED, CANCELLED, DELETED = 0, 1, 2, 3, 4

SECRET = "never-read-this"
"""Stands in every column that must never be read; a test looks for it in all that the agent puts out."""

CATEGORIES = {
    "adjustment": 1, "confirmation": 2, "billing": 4, "payment": 10, "unscheduled": 13, "document": 18,
    "communication": 27, "unearned": 29, "specialty": 35,
}  # fmt: skip
_SIGNALS = {Definition: 14, Provider: 22, Chair: 27, VisitType: 58}
_SIGNAL_APPOINTMENT = 68
_REFRESH_DAYS = 4
_TITLE = "PracticeTitle PracticePhone PracticeAddress PracticeAddress2 PracticeCity PracticeST PracticeZip".split()
_UPDATING = 10


def day(text: str | None) -> str:
    """A date as stored."""
    return text or "0001-01-01"


def clock(moment: datetime | None) -> str:
    """A datetime as stored."""
    return "0001-01-01 00:00:00" if moment is None else str(moment)


def number(key: Key | None) -> int:
    """A reference as stored."""
    return int(key or 0)


class OpenDental(Writer):
    """Writes an Open-Dental-shaped practice."""

    def render(self, entity: Entity) -> Rendered:
        if isinstance(entity, Appointment):
            return [(APPOINTMENT, self._appointment(entity))]
        if isinstance(entity, Entry):
            return self._entry(entity)
        if isinstance(entity, Patient):
            return [(PATIENT, self._patient(entity))]
        if isinstance(entity, Location) and entity.key == 0:
            values = (entity.name, entity.phone, *entity.address)
            return [
                (PREFERENCE, (position, name, value or ""))
                for position, (name, value) in enumerate(zip(_TITLE, values, strict=True), 1)
            ]
        return [self._reference(entity)]

    def touched(self, entity: Entity) -> str:
        if isinstance(entity, Entry):
            return clock(entity.entered or datetime(2020, 1, 1))
        if isinstance(entity, Appointment) and entity.booked is not None:
            past = entity.start is not None and entity.booked < entity.start < self.practice.now
            return clock(entity.start if past else entity.booked)
        if isinstance(entity, Patient) and entity.entered is not None and entity.entered > "1971":
            return f"{entity.entered} 12:00:00"
        return "2020-01-01 12:00:00"

    def history(self, action: int, a: Appointment, when: datetime | None = None) -> None:
        """The audit row that follows a change; noted on the appointment when it says why a visit was broken."""
        key = self.number("histappointment")
        if action in (MISSED, CANCELLED):
            a.broken.append((key, action))
        moment = clock((when or self.practice.now).replace(microsecond=0))
        row = self._appointment(a)
        self.journal(HIST_APPOINTMENT, (key, 1, moment, action, *row[:10], *row[11:13], row[16]))

    def signal_appointment(self, a: Appointment, was: tuple[datetime | None, int | None] | None = None) -> None:
        """Tell the workstations of a change, if it is near enough for them to show; ``was``: start and chair before."""
        if was is not None and was[0] is not None and was != (a.start, a.chair) and self._near(was[0]):
            self._signal(_SIGNAL_APPOINTMENT, str(was[0].date()), was[1] or 0, "Operatory")
        start = a.start
        if start is None or not self._near(start):
            return
        for kind, key in (("Provider", a.dentist), ("Provider", a.hygienist), ("Operatory", a.chair)):
            if key:
                self._signal(_SIGNAL_APPOINTMENT, str(start.date()), number(key), kind)
        self._signal(_SIGNAL_APPOINTMENT, str(start.date()), number(a.patient), "PatNum")

    def signal_setup(self, entity: Entity) -> None:
        """Tell the workstations that set-up has changed."""
        code = _SIGNALS.get(type(entity))
        if code is not None:
            self._signal(code, "0001-01-01", 0, "Undefined")

    def preferences(self) -> None:
        """Journal the program's own settings."""
        settings = {
            "DataBaseVersion": "24.3.10.0",
            "ProgramVersion": "24.3.10.0",
            "UpdateInProgressOnComputerName": self.practice.upgrading,
            "ApptAutoRefreshRange": str(_REFRESH_DAYS),
            "RandomPrimaryKeys": str(int(self.practice.random_keys)),
            "EasyNoClinics": str(int(len(self.practice.locations) < 2)),
            **self.practice.settings,
        }
        for key, (name, value) in enumerate(settings.items(), _UPDATING - 2):
            self.journal(PREFERENCE, (key, name, value))

    def upgrade(self, computer: str) -> None:
        """Begin (a computer's name) or end ('') an upgrade of the program."""
        self.practice.upgrading = computer
        self.database.update(PREFERENCE, (_UPDATING,), {"ValueString": computer}, None)
        self.database.commit()

    def link(self, old: Key, new: Key) -> None:
        """The row that says that one patient was merged into another."""
        key = self.number("patientlink")
        self.practice.links.append((key, number(old), number(new)))
        self.journal(PATIENT_LINK, (key, number(old), number(new), 1, clock(self.practice.now.replace(microsecond=0))))

    def _near(self, moment: datetime) -> bool:
        return 0 <= (moment.date() - self.practice.now.date()).days <= _REFRESH_DAYS

    def _signal(self, code: int, viewing: str, key: int, kind: str) -> None:
        moment = clock(self.practice.now.replace(microsecond=0))
        self.journal(SIGNAL, (self.number("signalod"), viewing, moment, key, kind, code, ""))

    def _reference(self, entity: Entity) -> tuple[Target, Row]:
        if isinstance(entity, Location):
            address = tuple(line or "" for line in entity.address)
            row: Row = (entity.key, entity.name or "", entity.short, *address, entity.phone or "", int(entity.hidden))
            return CLINIC, (*row, SECRET)
        if isinstance(entity, Definition):
            category = CATEGORIES[entity.category]
            return DEFINITION, (entity.key, category, entity.name or "", int(entity.hidden), entity.key)
        if isinstance(entity, Provider):
            names: Row = (number(entity.key), entity.short, entity.last or "", entity.first or "")
            flags: Row = (int(entity.specialty or 0), entity.role, int(entity.hidden), entity.npi or "")
            return PROVIDER, (*names, *flags, int(not entity.person), int(entity.status or 0), SECRET[:12])
        if isinstance(entity, Chair):
            row = (entity.key, entity.name or "", entity.short, int(entity.hidden), int(entity.hygiene))
            return OPERATORY, (*row, entity.location or 0)
        if isinstance(entity, VisitType):
            row = (entity.key, entity.name or "", int(not entity.active), _pattern(entity.minutes), "")
            return APPOINTMENT_TYPE, row
        assert isinstance(entity, Service)
        return PROCEDURE_CODE, (number(entity.key), entity.code or "", entity.name)

    def _patient(self, p: Patient) -> Row:
        names: Row = (number(p.key), p.last or "", p.first or "", p.middle or "", p.preferred or "")
        person: Row = (p.salutation or "", number(p.status), number(p.sex), number(p.marital), day(p.birth))
        contact: Row = tuple(text or "" for text in (*p.address, p.home, p.work, p.mobile, p.email))
        account: Row = (number(p.guarantor), number(p.dentist), number(p.hygienist), p.chart or "", p.balance / 100)
        visits: Row = (day(p.first_visit), p.location or 0, p.language or "", number(p.sms), clock(p.died))
        return (*names, *person, *contact, *account, *visits, day(p.entered), SECRET, "", patient_hash(number(p.key)))

    def _appointment(self, a: Appointment) -> Row:
        pattern = a.pattern if a.pattern and 5 * len(a.pattern) == a.minutes else _pattern(a.minutes)
        return (
            *(a.key, number(a.patient), a.status or 0, pattern, a.confirmed or 0, a.chair or 0),
            *(a.note or "", number(a.dentist), number(a.hygienist), clock(a.start), int(a.new_patient), a.location),
            *(int(a.hygiene), clock(a.arrived), clock(a.seated), clock(a.dismissed), a.kind or 0),
            *(clock(a.booked), int(a.asap or 0), ""),
            appointment_hash(a.status or 0, a.confirmed or 0, clock(a.start)),
        )

    def _entry(self, e: Entry) -> Rendered:
        amount, who, provider = e.amount / 100, number(e.patient), number(e.provider)
        code, place, entered = number(e.code), e.location or 0, clock(e.entered)
        if e.family == "charge":
            row: Row = (e.key, who, e.appointment or 0, day(e.date), amount, e.surface or "", e.tooth or "", code)
            return [(PROCEDURE, (*row, provider, place, *e.units, number(e.service), entered))]
        if e.family == "adjustment":
            row = (e.key, day(e.date), amount, who, e.type or 0, provider, e.description or "", e.charge or 0)
            return [(ADJUSTMENT, (*row, entered[:10], place))]
        if e.family == "insurance":
            row = (e.key, e.charge or 0, who, provider, amount, code, e.write_off / 100, day(e.date), place)
            return [(CLAIM_PROC, (*row, entered[:10]))]
        row = (e.key, e.type or 0, day(e.date), amount, e.description or "", who, place, entered[:10], "")
        return [(PAYMENT, row)] + [(PAY_SPLIT, self._split(e, split)) for split in e.splits]

    def _split(self, e: Entry, s: Split) -> Row:
        row: Row = (s.key, s.amount / 100, number(s.patient), e.key, number(s.provider), day(e.date))
        links: Row = (s.charge or 0, clock(e.entered)[:10], s.location or 0, s.adjustment or 0)
        return (*row, *links, split_hash(number(s.patient), s.amount / 100, day(e.date)))


def _pattern(minutes: int) -> str:
    """A length as Open Dental stores it: a character for every five minutes."""
    steps = minutes // 5
    return "/" + "X" * (steps - 2) + "/" if steps > 2 else "X" * steps
