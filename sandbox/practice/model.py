"""What is true of a simulated practice: plain records with neutral names, holding the values that the PMS stores.

Codes are the PMS's own numbers and letters (odd ones included), dates are ISO strings as stored (``0001-01-01``,
``None`` or a
broken one), times are naive local datetimes, money is in integer cents. Only the writers and the oracle interpret the
codes.
This module must never know SQL or the canonical model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sandbox.practice.schema import Pms

Key = int | str
"""A primary key as stored: Open Dental has integers everywhere, Eaglesoft text for people."""


@dataclass(slots=True)
class Location:
    """A site. In Open Dental, key 0 is the practice itself, held in preferences."""

    key: int
    name: str | None
    short: str = ""
    address: tuple[str | None, str | None, str | None, str | None, str | None] = ("", "", "", "", "")
    """Two street lines, city, state, postal code."""
    phone: str | None = ""
    hidden: bool = False


@dataclass(slots=True)
class Definition:
    """An office-defined word: a row of a lookup table."""

    category: str
    """position, paytype, note_type, adjustment_type (Eaglesoft); adjustment, confirmation, payment, document,
    communication, specialty (Open Dental)."""
    key: int
    name: str | None
    hidden: bool = False


@dataclass(slots=True)
class Provider:
    """Somebody whom work is booked to."""

    key: Key
    first: str | None
    last: str | None
    short: str = ""
    role: int = 0
    """Eaglesoft position_id; Open Dental IsSecondary."""
    specialty: str | int | None = None
    """Eaglesoft text; Open Dental DefNum."""
    npi: str | None = ""
    location: int | None = None
    status: str | int | None = 0
    """Eaglesoft status letter; Open Dental ProvStatus."""
    hidden: bool = False
    person: bool = True


@dataclass(slots=True)
class Chair:
    """An operatory."""

    key: int
    name: str | None
    short: str = ""
    location: int | None = 0
    hygiene: bool = False
    hidden: bool = False


@dataclass(slots=True)
class VisitType:
    """An appointment type."""

    key: int
    name: str | None
    minutes: int = 0
    """Usual length; 0 = not set. Multiples of five."""
    active: bool = True


@dataclass(slots=True)
class Service:
    """A procedure code: the internal key and the code the office reports."""

    key: Key
    code: str | None
    name: str
    fee: int
    """Cents."""


@dataclass(slots=True)
class Patient:
    """A person."""

    key: Key
    first: str | None
    last: str | None
    middle: str | None = ""
    preferred: str | None = ""
    salutation: str | None = ""
    birth: str | None = None
    sex: str | int | None = None
    marital: str | int | None = None
    status: str | int | None = None
    """Eaglesoft 'A'/'I'; Open Dental PatStatus."""
    is_patient: str | None = "Y"
    """Eaglesoft patient_status; Open Dental says it in ``status``."""
    deceased: str | None = "N"
    """Eaglesoft death_indicator."""
    died: datetime | None = None
    """Open Dental DateTimeDeceased."""
    address: tuple[str | None, str | None, str | None, str | None, str | None] = ("", "", "", "", "")
    home: str | None = ""
    work: str | None = ""
    mobile: str | None = ""
    other: str | None = ""
    email: str | None = ""
    guarantor: Key | None = None
    location: int | None = None
    dentist: Key | None = None
    hygienist: Key | None = None
    sites: dict[int, tuple[Key | None, Key | None]] = field(default_factory=dict)
    """Eaglesoft: site -> preferred dentist and hygienist there."""
    sms: str | int | None = None
    by_email: str | None = None
    recalls: str | None = None
    chart: str | None = ""
    language: str | None = ""
    first_visit: str | None = None
    entered: str | None = None
    balance: int = 0
    """Cents; kept on the guarantor's row by the PMS, not read by the agent."""


@dataclass(slots=True)
class Appointment:
    """A row of the appointment table, bookings and others."""

    key: int
    patient: Key | None
    status: int | None
    """Eaglesoft classification; Open Dental AptStatus."""
    start: datetime | None
    minutes: int = 30
    """Length; Open Dental stores it as a pattern of five-minute steps."""
    pattern: str = ""
    """Open Dental: the pattern, where it is not the usual one for the length."""
    endless: bool = False
    """Eaglesoft: end_time is null."""
    arrival: int | None = 0
    """Eaglesoft arrival_status."""
    confirmed: int | None = 0
    """Eaglesoft confirmation_status; Open Dental DefNum."""
    chair: int | None = None
    dentist: Key | None = None
    hygienist: Key | None = None
    extra: tuple[Key, ...] = ()
    """Eaglesoft: further providers."""
    hygiene: bool = False
    kind: int | None = None
    asap: str | int | None = None
    """Eaglesoft sooner_if_possible; Open Dental Priority."""
    new_patient: bool = False
    note: str | None = ""
    booked: datetime | None = None
    arrived: datetime | None = None
    seated: datetime | None = None
    dismissed: datetime | None = None
    location: int = 0
    """Open Dental ClinicNum; Eaglesoft has only the chair's."""
    broken: list[tuple[int, int]] = field(default_factory=list)
    """Open Dental: HistApptNum and action of each audit row that says missed (2) or cancelled (3)."""


@dataclass(slots=True)
class Split:
    """A share of a payment, or a detail line of a transaction."""

    key: int
    patient: Key | None
    provider: Key | None
    location: int | None
    amount: int
    """Cents, signed as stored."""
    charge: int | None = None
    """The charge it pays or belongs to."""
    adjustment: int | None = None
    """Open Dental: the adjustment it pays."""
    current: bool = True
    """Eaglesoft detail status 1."""


@dataclass(slots=True)
class Entry:
    """A line of the ledger: charge, payment, adjustment or insurance payment.

    Eaglesoft keeps all of them in one table with detail lines (``splits``); Open Dental has a table for each.
    """

    family: str
    """charge, payment, adjustment, insurance: which table Open Dental has it in."""
    key: int
    date: str | None
    amount: int
    """Cents, signed as stored (Open Dental payments and insurance payments are positive)."""
    code: str | int | None
    """Eaglesoft type letter; Open Dental ProcStatus or claimproc Status."""
    status: str | None = "A"
    """Eaglesoft status letter."""
    patient: Key | None = None
    guarantor: Key | None = None
    provider: Key | None = None
    location: int | None = None
    entered: datetime | None = None
    type: int | None = None
    """Payment or adjustment type: key of a definition."""
    description: str | None = ""
    service: Key | None = None
    tooth: str | None = ""
    surface: str | None = ""
    units: tuple[int, int] = (0, 1)
    """Open Dental BaseUnits and UnitQty."""
    appointment: int | None = None
    charge: int | None = None
    """The charge that it adjusts or pays (Open Dental ProcNum)."""
    write_off: int = 0
    """Cents; Open Dental insurance rows only."""
    splits: list[Split] = field(default_factory=list)


@dataclass(slots=True)
class Practice:
    """All that is true of a practice."""

    pms: Pms
    zone: str
    """IANA zone of the practice."""
    now: datetime
    """The practice's wall clock, naive local time. Only the front desk moves it."""
    locations: dict[int, Location] = field(default_factory=dict)
    definitions: dict[tuple[str, int], Definition] = field(default_factory=dict)
    """By category and key."""
    providers: dict[Key, Provider] = field(default_factory=dict)
    chairs: dict[int, Chair] = field(default_factory=dict)
    types: dict[int, VisitType] = field(default_factory=dict)
    services: dict[Key, Service] = field(default_factory=dict)
    patients: dict[Key, Patient] = field(default_factory=dict)
    appointments: dict[int, Appointment] = field(default_factory=dict)
    charges: dict[int, Entry] = field(default_factory=dict)
    payments: dict[int, Entry] = field(default_factory=dict)
    adjustments: dict[int, Entry] = field(default_factory=dict)
    insurance: dict[int, Entry] = field(default_factory=dict)
    links: list[tuple[int, int, int]] = field(default_factory=list)
    """Open Dental merges: PatientLinkNum, from, into."""
    holders: dict[Key, list[Patient]] = field(default_factory=dict)
    """Eaglesoft reuses the keys of deleted patients: the earlier holders of each key, as they were when deleted."""
    counters: dict[str, int] = field(default_factory=dict)
    """Last number given out, per table."""
    random_keys: bool = False
    """Open Dental's RandomPrimaryKeys."""
    settings: dict[str, str] = field(default_factory=dict)
    """Open Dental: what the office has chosen in the program (preferences by name)."""
    upgrading: str = ""
    """Open Dental: the computer that runs an upgrade; empty = none."""
    partial: bool = False
    """True when older rows were left out of this model (very large practices): then there is no oracle."""

    def ledger(self) -> dict[str, dict[int, Entry]]:
        """The four ledger families by name."""
        return {
            "charge": self.charges,
            "payment": self.payments,
            "adjustment": self.adjustments,
            "insurance": self.insurance,
        }


Entity = Location | Definition | Provider | Chair | VisitType | Service | Patient | Appointment | Entry
"""Everything that a writer can turn into rows."""
