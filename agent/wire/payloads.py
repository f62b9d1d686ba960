"""What commands carry: one payload per kind, and the resource that its target is of.

Local times have no offset: they are wall-clock times of the practice (of the location).
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

WriteKind = Literal[
    "appointment.create",
    "appointment.reschedule",
    "appointment.cancel",
    "appointment.confirm",
    "appointment.check_in",
    "appointment.note",
    "patient.create",
    "patient.update_contact",
    "communication.create",
    "document.attach",
    "payment.post",
    "alert.create",
]
"""What can be written into a practice."""

SupportKind = Literal[
    "agent.sync_now", "agent.snapshot", "agent.reconcile", "agent.collect_diagnostics", "agent.pause", "agent.resume"
]
"""What support can ask of the agent itself."""

Kind = WriteKind | SupportKind
WRITE_KINDS: tuple[WriteKind, ...] = get_args(WriteKind)
SUPPORT_KINDS: tuple[SupportKind, ...] = get_args(SupportKind)

MAX_COMMAND_BYTES = 16 * 1024 * 1024
"""A command, its payload included, is at most this long."""


def _in_the_calendar(text: str) -> str:
    datetime.fromisoformat(text)  # raises ValueError
    return text


LocalTime = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$"), AfterValidator(_in_the_calendar)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$"), AfterValidator(_in_the_calendar)]
Amount = Annotated[str, Field(pattern=r"^\d{1,7}\.\d\d$")]
RecordId = Annotated[str, Field(min_length=1, max_length=512)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Text = Annotated[str, Field(min_length=1, max_length=4000)]


class Payload(BaseModel):
    """Base of all payloads: nothing in it that is not known, nothing converted."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, hide_input_in_errors=True)


class AppointmentCreate(Payload):
    """Book a visit for the target, a patient."""

    operatory_id: RecordId
    """Where."""
    provider_ids: list[RecordId] = Field(min_length=1, max_length=4)
    """With whom; the first is the main provider."""
    start: LocalTime
    """When it begins."""
    duration_minutes: int = Field(ge=5, le=540)
    """How long it takes."""
    appointment_type_id: RecordId | None = None
    """The office's kind of visit."""
    note: Text | None = None
    """Note on the appointment."""


class AppointmentReschedule(Payload):
    """Move the target, an appointment; what is not given stays."""

    start: LocalTime
    """When it begins from now on."""
    duration_minutes: int | None = Field(default=None, ge=5, le=540)
    """How long it takes."""
    operatory_id: RecordId | None = None
    """Where."""
    provider_ids: list[RecordId] | None = Field(default=None, min_length=1, max_length=4)
    """With whom."""


class AppointmentCancel(Payload):
    """Take the target, an appointment, off the schedule."""

    reason: Literal["cancelled", "missed"] = "cancelled"
    """Called off, or the patient did not come."""
    note: Text | None = None
    """Why, for the office."""


class AppointmentConfirm(Payload):
    """Set how sure it is that the patient comes."""

    confirmation: Literal["unconfirmed", "attempted", "confirmed"] = "confirmed"
    """What to set."""
    code_id: RecordId | None = None
    """The office's own status (a ``code`` of the set ``confirmation_status``) in its place."""


class AppointmentCheckIn(Payload):
    """The patient has arrived."""

    arrived_at: LocalTime | None = None
    """When; null = when it is written."""


class AppointmentNote(Payload):
    """Add to the appointment's note."""

    text: Text
    """What to add, on a line of its own."""


class PhoneNumber(Payload):
    """A telephone number to be set."""

    type: Literal["home", "work", "mobile"]
    """Which one."""
    number: Annotated[str, Field(max_length=40)] | None
    """The number; null clears it."""


class PostalAddress(Payload):
    """A postal address to be set as a whole."""

    line_1: Annotated[str, Field(max_length=100)] | None = None
    """Street line."""
    line_2: Annotated[str, Field(max_length=100)] | None = None
    """Second street line."""
    city: Annotated[str, Field(max_length=100)] | None = None
    """City."""
    state: Annotated[str, Field(max_length=40)] | None = None
    """State or province."""
    postal_code: Annotated[str, Field(max_length=20)] | None = None
    """Postal code."""


class PatientCreate(Payload):
    """Enter a person as a patient; the command's target is ``patient`` without an id."""

    first_name: Name
    """Given name."""
    last_name: Name
    """Family name."""
    birth_date: Day
    """Date of birth; with the names it tells whether the person is there already."""
    middle_name: Name | None = None
    """Middle name."""
    preferred_name: Name | None = None
    """What the person is called."""
    sex: Literal["male", "female", "other", "unknown"] = "unknown"
    """Administrative sex."""
    phones: list[PhoneNumber] = []
    """Numbers, one of a type."""
    email: Annotated[str, Field(max_length=100)] | None = None
    """E-mail address."""
    address: PostalAddress | None = None
    """Postal address."""
    provider_id: RecordId | None = None
    """Preferred dentist."""
    location_id: RecordId | None = None
    """Home site, where the PMS has sites."""


class PatientUpdateContact(Payload):
    """Set how the target, a patient, can be reached; what is not given stays, null clears."""

    phones: list[PhoneNumber] = []
    """Numbers to set, one of a type."""
    email: Annotated[str, Field(max_length=100)] | None = None
    """E-mail address."""
    address: PostalAddress | None = None
    """Postal address, set as a whole."""
    sms_consent: bool | None = None
    """Whether text messages are welcome."""

    @property
    def given(self) -> frozenset[str]:
        """Names of the fields that the command sets (or clears)."""
        return frozenset(self.model_fields_set)


class CommunicationCreate(Payload):
    """Note a contact with the target, a patient, in the PMS's communication log."""

    mode: Literal["phone", "email", "text", "mail", "in_person", "other"]
    """By which means."""
    direction: Literal["sent", "received", "neither"] = "sent"
    """Who spoke."""
    text: Text
    """What was said."""
    type_id: RecordId | None = None
    """The office's kind of contact (a ``code`` of the set ``communication_type``)."""
    at: LocalTime | None = None
    """When; null = when it is written."""


class DocumentAttach(Payload):
    """File a document with the target, a patient."""

    category_id: RecordId
    """The office's folder (a ``code`` of the set ``document_category``)."""
    description: Annotated[str, Field(min_length=1, max_length=100)]
    """Title."""
    extension: Literal["pdf", "jpg", "png", "txt", "doc", "docx"]
    """What it is."""
    content: Annotated[str, Field(max_length=MAX_COMMAND_BYTES)]
    """The file, base64."""
    day: Day | None = None
    """Date of the document; null = today."""


class PaymentSplit(Payload):
    """A part of a payment."""

    amount: Amount
    """What goes to it."""
    patient_id: RecordId | None = None
    """For whom; null = the target."""
    provider_id: RecordId
    """To whom."""


class PaymentPost(Payload):
    """Post a payment that the target, a patient, has made."""

    amount: Amount
    """What was paid."""
    currency: Literal["USD", "CAD"] = "USD"
    """In which money."""
    type_id: RecordId
    """How (a ``code`` of the set ``payment_type``)."""
    day: Day | None = None
    """Date of the payment; null = today."""
    splits: list[PaymentSplit] = []
    """Where it goes; the amounts sum to the payment's. None: as the PMS distributes it by itself."""
    reference: Annotated[str, Field(max_length=25)] | None = None
    """Number of a cheque or of a card transaction."""
    note: Annotated[str, Field(max_length=500)] | None = None
    """Note on the payment."""


class AlertCreate(Payload):
    """Put up an alert on the target, a patient."""

    text: Annotated[str, Field(min_length=1, max_length=255)]
    """What everybody should see."""


class SyncNow(Payload):
    """Compare everything with the practice's database now."""


class Snapshot(Payload):
    """Read and send everything again."""


class ReconcileNow(Payload):
    """Compare the practice's database with the cloud."""

    repair: bool = False
    """Send what differs."""


class CollectDiagnostics(Payload):
    """Make a diagnostics bundle and hand it over; done when the cloud has it."""


class Pause(Payload):
    """Read nothing from the practice and write nothing to it for a while; what support asks of the agent goes on."""

    minutes: int = Field(ge=1, le=1440)
    """How long, from when the agent hears of it."""


class Resume(Payload):
    """End a pause."""


PAYLOADS: dict[str, type[Payload]] = {
    "appointment.create": AppointmentCreate,
    "appointment.reschedule": AppointmentReschedule,
    "appointment.cancel": AppointmentCancel,
    "appointment.confirm": AppointmentConfirm,
    "appointment.check_in": AppointmentCheckIn,
    "appointment.note": AppointmentNote,
    "patient.create": PatientCreate,
    "patient.update_contact": PatientUpdateContact,
    "communication.create": CommunicationCreate,
    "document.attach": DocumentAttach,
    "payment.post": PaymentPost,
    "alert.create": AlertCreate,
    "agent.sync_now": SyncNow,
    "agent.snapshot": Snapshot,
    "agent.reconcile": ReconcileNow,
    "agent.collect_diagnostics": CollectDiagnostics,
    "agent.pause": Pause,
    "agent.resume": Resume,
}
"""Kind -> what its payload looks like."""

TARGETS: dict[str, Literal["appointment", "patient", "agent"]] = {
    kind: "agent"
    if kind.startswith("agent.")
    else "appointment"
    if kind.startswith("appointment.") and kind != "appointment.create"
    else "patient"
    for kind in PAYLOADS
}
"""Kind -> the resource that its target is of."""
