"""How Eaglesoft stores a practice: rows of each entity, and what the program writes besides.

Assumptions of this simulation, where no fact is known: codes of ``appt_log_action`` (R made or changed, D deleted),
that a
cancelled visit keeps its row with classification 16, and that a no-show is stored like a cancellation.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.practice.engine import Row, Target, Value, table
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
    VisitType,
)
from sandbox.practice.writer import Rendered, Writer

PRACTICE = table("practice", "practice_id name address_1 address_2 city state zipcode phone tax_id")
POSITION = table("positions", "position_id description")
PAYTYPE = table("paytype", "paytype_id description display_on_payment_screen")
NOTE_TYPE = table("operatory_notes_type", "id note_type description")
ADJUSTMENT_TYPE = table("adjustment_type", "adjustment_type_id description impacts")
PROVIDER = table(
    "provider",
    "provider_id first_name last_name status position_id specialty national_prov_id practice_id "
    "social_security password",
)
CHAIR = table("chairs", "chair_num chair_name practice_id")
APPT_TYPE = table("appt_types", "type_id description active")
SERVICE = table("services", "service_code ada_code description fee")
PATIENT = table(
    "patient",
    "patient_id first_name last_name middle_initial preferred_name salutation address_1 address_2 city state "
    "zipcode email_address home_phone work_phone cell_phone pager_phone receives_sms receive_email "
    "receive_recalls birth_date sex marital_status chart_id status patient_status death_indicator "
    "responsible_party preferred_dentist preferred_hygienist current_bal date_entered first_visit_date "
    "practice_id social_security password",
)
SITE = table("patient_site_providers", "patient_id practice_id preferred_dentist preferred_hygienist", keys=2)
APPOINTMENT = table(
    "appointment",
    "appointment_id description start_time end_time allday_event patient_id location_id classification "
    "appointment_type_id date_appointed appointment_notes sooner_if_possible arrival_status arrival_time "
    "inchair_time walkout_time confirmation_status",
)
APPOINTMENT_PROVIDER = table("appointment_provider", "appointment_id provider_id start_time end_time", keys=2)
APPT_LOG = table(
    "appt_log",
    "appt_log_id appt_id appt_type appt_log_action old_date new_date old_chair_num new_chair_num date_deleted "
    "patient_id modified_by",
)
HEADER = table(
    "transactions_header",
    "tran_num type tran_date resp_party_id amount service_code paytype_id surface fee description status "
    "adjustment_type aging_date tooth practice_id",
)
DETAIL = table(
    "transactions_detail",
    "detail_id tran_num date_entered provider_id patient_id amount provider_practice_id applied_to status posneg",
)
USED_PATIENT = table("used_patients", "patient_id time_used")
PREFERENCES = table("system_preferences", "version server_computer")

SECRET = "never-read-this"
"""Stands in every column that must never be read; a test looks for it in all that the agent puts out."""

_GIVEN = {
    "appointment": "appointment_id",
    "appt_log": "appt_log_id",
    "transactions_header": "tran_num",
    "transactions_detail": "detail_id",
}
"""Key columns whose values the engine gives."""

NOTE_LETTERS = "CTRALPG"
"""Letters of the types of notes that a new office has; those that it adds itself have an O."""

BOOKED, ARRIVED, SEATED, WALKED_OUT = 0, 1, 2, 4
NORMAL, EVENT, CANCELLED, QUICK_FILL, UNSCHEDULED = 1, 2, 16, 32, 64


def clock(moment: datetime | None) -> str | None:
    """A timestamp as stored."""
    return None if moment is None else str(moment)


class Eaglesoft(Writer):
    """Writes an Eaglesoft-shaped practice."""

    def render(self, entity: Entity) -> Rendered:
        if isinstance(entity, Appointment):
            return self._appointment(entity)
        if isinstance(entity, Entry):
            return self._entry(entity)
        if isinstance(entity, Patient):
            return self._patient(entity)
        return [self._reference(entity)]

    def touched(self, entity: Entity) -> str:  # noqa: ARG002 - the PMS has no stamps
        return ""

    def number(self, table: str) -> int:
        """The next number of a table's key; one that the engine has reserved where others write too."""
        column = _GIVEN.get(table)
        if not self.serving or column is None:
            return super().number(table)
        number = self.practice.counters[table] = self.database.reserve(table, column)
        return number

    def loaded(self) -> None:
        """Rows were loaded with their keys: the engine counts on behind them."""
        for name, column in _GIVEN.items():
            self.database.count_on(name, column)

    def patient_key(self) -> str:
        """A key for a new patient: the smallest number that no patient has now."""
        taken = self.practice.patients
        counters = self.practice.counters
        number = counters.get("patient_floor", 1)
        while f"{number:04d}" in taken:
            number += 1
        counters["patient_floor"] = number
        return f"{number:04d}"

    def forget(self, patient: Patient) -> None:
        """Remember who held a key that is free again."""
        key = str(patient.key)
        self.practice.holders.setdefault(key, []).append(patient)
        if key.isdigit():
            floor = self.practice.counters.get("patient_floor", 1)
            self.practice.counters["patient_floor"] = min(floor, int(key))

    def entered(self, patient: Patient) -> None:
        """The recent list that the program keeps."""
        self.journal(USED_PATIENT, (patient.key, clock(self.practice.now)))

    def log(self, action: str, appointment: Appointment, was: tuple[datetime | None, int | None] | None) -> None:
        """The audit row that follows a change of an appointment; ``was`` is its start and chair before."""
        deleted = clock(self.practice.now) if action == "D" else None
        old = was or (None, None)
        row: Row = (
            *(self.number("appt_log"), appointment.key, appointment.status, action),
            *(clock(old[0]), clock(appointment.start), old[1], appointment.chair),
            *(deleted, appointment.patient, "OFC"),
        )
        self.journal(APPT_LOG, row)

    def preferences(self) -> None:
        """Journal the program's own settings."""
        self.journal(PREFERENCES, ("21.20.03", "SERVER"))

    def _reference(self, entity: Entity) -> tuple[Target, Row]:
        if isinstance(entity, Location):
            return PRACTICE, (entity.key, entity.name, *entity.address, entity.phone, SECRET)
        if isinstance(entity, Definition):
            if entity.category == "position":
                return POSITION, (entity.key, entity.name)
            if entity.category == "note_type":
                letter = NOTE_LETTERS[entity.key - 1] if entity.key <= len(NOTE_LETTERS) else "O"
                return NOTE_TYPE, (entity.key, letter, entity.name)
            target = PAYTYPE if entity.category == "paytype" else ADJUSTMENT_TYPE
            return target, (entity.key, entity.name, "N" if entity.hidden else "Y")
        if isinstance(entity, Provider):
            who: Row = (entity.key, entity.first, entity.last, entity.status, entity.role)
            specialty = None if entity.specialty is None else str(entity.specialty)
            return PROVIDER, (*who, specialty, entity.npi, entity.location, SECRET[:11], SECRET)
        if isinstance(entity, Chair):
            return CHAIR, (entity.key, entity.name, entity.location)
        if isinstance(entity, VisitType):
            return APPT_TYPE, (entity.key, entity.name, int(entity.active))
        assert isinstance(entity, Service)
        return SERVICE, (entity.key, entity.code, entity.name, entity.fee / 100)

    def _patient(self, p: Patient) -> Rendered:
        names: Row = (p.key, p.first, p.last, p.middle, p.preferred, p.salutation)
        contact: Row = (*p.address, p.email, p.home, p.work, p.mobile, p.other)
        person: Row = (p.sms, p.by_email, p.recalls, p.birth, p.sex, p.marital)
        account: Row = (p.chart, p.status, p.is_patient, p.deceased, p.guarantor, p.dentist, p.hygienist)
        rest: Row = (p.balance / 100, p.entered, p.first_visit, p.location, SECRET[:11], SECRET)
        rows: Rendered = [(PATIENT, names + contact + person + account + rest)]
        rows += [(SITE, (p.key, site, dentist, hygienist)) for site, (dentist, hygienist) in p.sites.items()]
        return rows

    def _appointment(self, a: Appointment) -> Rendered:
        start = clock(a.start)
        end = None if a.start is None or a.endless else clock(a.start + timedelta(minutes=a.minutes))
        row: Row = (
            *(a.key, "Visit" if a.patient else "Block", start, end, 0, a.patient, a.chair),
            *(a.status, a.kind, None if a.booked is None else str(a.booked.date()), a.note, a.asap),
            *(a.arrival, clock(a.arrived), clock(a.seated), clock(a.dismissed), a.confirmed),
        )
        providers: dict[Key, None] = dict.fromkeys(key for key in (a.dentist, a.hygienist, *a.extra) if key is not None)
        return [(APPOINTMENT, row)] + [(APPOINTMENT_PROVIDER, (a.key, key, start, end)) for key in providers]

    def _entry(self, e: Entry) -> Rendered:
        payment = e.family in ("payment", "insurance")
        header: Row = (
            *(e.key, e.code, e.date, e.guarantor, e.amount / 100, e.service, e.type if payment else None),
            *(e.surface, e.amount / 100 if e.family == "charge" else None, e.description, e.status),
            *(e.type if e.family == "adjustment" else None, e.date, e.tooth, e.location),
        )
        entered: Value = clock(e.entered)
        return [(HEADER, header)] + [
            (
                DETAIL,
                (
                    *(s.key, e.key, entered, s.provider, s.patient, s.amount / 100, s.location),
                    *(s.charge, int(s.current), "N" if s.amount < 0 else "P"),
                ),
            )
            for s in e.splits
        ]
