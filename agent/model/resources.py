"""The canonical resources: what every PMS is mapped to, field by field.

Names are those integrators know from dental synchronizer APIs, code sets follow FHIR R4 where it has one. In every
resource: a field that is *absent* cannot be supplied by this PMS; a field that is ``null`` is unknown for this record.
``*_raw`` holds the PMS's own code beside the mapped one. Dates are ``YYYY-MM-DD``; times are local wall-clock times of
the practice, ``YYYY-MM-DDTHH:MM:SS``, to be read in the record's ``time_zone``; money is a decimal string.
"""

from __future__ import annotations

import functools
from typing import Any, Literal, NotRequired

from pydantic import ConfigDict, TypeAdapter
from typing_extensions import TypedDict

_DOCUMENTED = ConfigDict(use_attribute_docstrings=True, extra="forbid", strict=True)

YesNo = Literal["yes", "no", "unknown"]


class Address(TypedDict):
    """A postal address as the PMS holds it."""

    __pydantic_config__ = _DOCUMENTED  # type: ignore[misc]
    line_1: str | None
    """Street line."""
    line_2: str | None
    """Second street line (suite, apartment)."""
    city: str | None
    """City."""
    state: str | None
    """State or province, as entered."""
    postal_code: str | None
    """Postal code, as entered."""


class Phone(TypedDict):
    """A telephone number."""

    __pydantic_config__ = _DOCUMENTED  # type: ignore[misc]
    type: Literal["home", "work", "mobile", "other"]
    """Which of the person's numbers it is."""
    raw: str
    """As entered in the PMS, trimmed."""
    e164: str | None
    """E.164 form; null if the number is not a possible one in the practice's country."""


class Location(TypedDict):
    """A practice site (clinic)."""

    __pydantic_config__ = _DOCUMENTED  # type: ignore[misc]
    name: str | None
    """Name of the site."""
    short_name: NotRequired[str | None]
    """Abbreviation used in the PMS."""
    address: NotRequired[Address | None]
    """Postal address."""
    phone: NotRequired[Phone | None]
    """Main number."""
    time_zone: str
    """IANA time zone of the site: the PMS's local times are to be read in it."""
    active: NotRequired[bool | None]
    """False once the site is hidden or closed in the PMS."""


class Provider(TypedDict):
    """A dentist, hygienist or another person whom work and appointments are booked to."""

    __pydantic_config__ = _DOCUMENTED  # type: ignore[misc]
    first_name: str | None
    """Given name."""
    last_name: str | None
    """Family name, or the organisation's name."""
    short_name: NotRequired[str | None]
    """Abbreviation used in the PMS's schedule."""
    role: Literal["dentist", "hygienist", "staff", "unknown"]
    """What the person does; staff are users who cannot be booked."""
    role_raw: NotRequired[str | None]
    """The PMS's own role code."""
    specialty_raw: NotRequired[str | None]
    """The PMS's specialty, as the office calls it."""
    npi: NotRequired[str | None]
    """US National Provider Identifier: what links a provider across offices."""
    location_id: NotRequired[str | None]
    """Home site; a provider may work in others too."""
    active: bool | None
    """False when inactive, hidden or deleted in the PMS."""


class Operatory(TypedDict):
    """A chair or room that appointments are booked in."""

    __pydantic_config__ = _DOCUMENTED  # type: ignore[misc]
    name: str | None
    """Name shown in the schedule."""
    short_name: NotRequired[str | None]
    """Abbreviation."""
    location_id: str | None
    """The site it is in."""
    is_hygiene: NotRequired[bool | None]
    """True for a hygiene chair."""
    active: NotRequired[bool | None]
    """False when hidden."""


class AppointmentType(TypedDict):
    """A kind of visit that the office has named."""

    __pydantic_config__ = _DOCUMENTED  # type: ignore[misc]
    name: str | None
    """The office's name for it."""
    duration_minutes: NotRequired[int | None]
    """Usual length; null when the office has not set one."""
    active: NotRequired[bool | None]
    """False when hidden or switched off."""


class Code(TypedDict):
    """One of the office's own codes that commands refer to: a payment type, a folder, a kind of contact, a status."""

    __pydantic_config__ = _DOCUMENTED  # type: ignore[misc]
    set: Literal["payment_type", "document_category", "communication_type", "confirmation_status"]
    """Which set it is of. A PMS that keeps no table of a set has no records of it."""
    code: str
    """The PMS's own code."""
    label: str | None
    """The office's name for it."""
    active: NotRequired[bool | None]
    """False when hidden: not offered any more, old records may still have it."""
    meaning: NotRequired[Literal["unconfirmed", "attempted", "confirmed", "unknown"]]
    """What an appointment with it shows as ``confirmation``; on confirmation statuses only."""


class Consents(TypedDict):
    """What the patient agreed to receive."""

    __pydantic_config__ = _DOCUMENTED  # type: ignore[misc]
    sms: NotRequired[YesNo]
    """Text messages."""
    email: NotRequired[YesNo]
    """E-mail."""
    recalls: NotRequired[YesNo]
    """Recall notices."""


class PreferredProviders(TypedDict):
    """The patient's usual providers, per site where the PMS keeps them per site."""

    __pydantic_config__ = _DOCUMENTED  # type: ignore[misc]
    location_id: str | None
    """The site; null = for every site."""
    dentist_id: str | None
    """Usual dentist."""
    hygienist_id: str | None
    """Usual hygienist."""


class Patient(TypedDict):
    """A person known to the practice: patients, and those who only pay or hold a policy."""

    __pydantic_config__ = _DOCUMENTED  # type: ignore[misc]
    first_name: str | None
    """Given name."""
    middle_name: NotRequired[str | None]
    """Middle name or initial."""
    last_name: str | None
    """Family name."""
    preferred_name: NotRequired[str | None]
    """What the person likes to be called."""
    salutation: NotRequired[str | None]
    """Greeting used in letters."""
    birth_date: str | None
    """Date of birth."""
    sex: Literal["male", "female", "other", "unknown"]
    """Administrative sex."""
    sex_raw: NotRequired[str | None]
    """The PMS's own code."""
    marital_status: NotRequired[Literal["single", "married", "child", "divorced", "widowed", "separated", "unknown"]]
    """Marital status; dental systems use "child" for minors."""
    marital_status_raw: NotRequired[str | None]
    """The PMS's own code."""
    status: Literal["active", "inactive", "archived", "deceased", "prospective", "deleted", "unknown"]
    """Whether the office still sees the person; "deleted" is the PMS's own soft delete."""
    status_raw: NotRequired[str | None]
    """The PMS's own code."""
    is_patient: bool | None
    """False for guarantors and policy holders who are not treated here."""
    emails: list[str]
    """E-mail addresses, in the PMS's order."""
    phones: list[Phone]
    """Numbers, in the order home, work, mobile, other; empty ones left out."""
    address: Address | None
    """Postal address."""
    guarantor_id: str | None
    """The patient who answers for the account; the family is everybody with the same guarantor."""
    location_id: NotRequired[str | None]
    """Home site."""
    preferred_providers: list[PreferredProviders]
    """Usual dentist and hygienist."""
    consents: NotRequired[Consents]
    """What the patient agreed to receive."""
    chart_number: NotRequired[str | None]
    """The number the office reads out."""
    language: NotRequired[str | None]
    """Language as entered in the PMS."""
    first_visit_date: NotRequired[str | None]
    """First visit."""
    entered_date: NotRequired[str | None]
    """When the record was made."""
    deceased_date: NotRequired[str | None]
    """When the person died."""
    merged_into: NotRequired[str | None]
    """The record that this one was merged into by the PMS, chains resolved; null = not merged."""


class Appointment(TypedDict):
    """A visit that is booked, took place or was called off."""

    __pydantic_config__ = _DOCUMENTED  # type: ignore[misc]
    patient_id: str | None
    """Who comes."""
    location_id: str | None
    """Where."""
    operatory_id: str | None
    """The chair; null = none assigned."""
    provider_ids: list[str]
    """Providers, the main one first."""
    appointment_type_id: str | None
    """Kind of visit; null = none chosen."""
    start: str | None
    """Local start; null = on a list, not on the schedule."""
    end: str | None
    """Local end."""
    duration_minutes: int | None
    """Length."""
    time_zone: str
    """IANA zone in which start, end and the other times are to be read."""
    status: Literal["booked", "arrived", "in_chair", "completed", "cancelled", "no_show", "waitlist", "unknown"]
    """Where the visit stands."""
    status_raw: str | None
    """The PMS's own code or codes."""
    confirmation: Literal["unconfirmed", "attempted", "confirmed", "unknown"]
    """Whether the patient has confirmed; apart from the status."""
    confirmation_raw: NotRequired[str | None]
    """The PMS's own code."""
    asap: NotRequired[bool | None]
    """The patient would come sooner if a slot opens."""
    is_new_patient: NotRequired[bool | None]
    """First visit of a new patient."""
    note: NotRequired[str | None]
    """The appointment's note."""
    booked_on: NotRequired[str | None]
    """Date on which it was made."""
    arrived_at: NotRequired[str | None]
    """Local time of arrival."""
    seated_at: NotRequired[str | None]
    """Local time the patient was seated."""
    dismissed_at: NotRequired[str | None]
    """Local time the patient left."""


class LedgerSplit(TypedDict):
    """The share of a ledger entry that falls on one patient and provider."""

    __pydantic_config__ = _DOCUMENTED  # type: ignore[misc]
    id: str
    """The PMS's key of the share."""
    patient_id: str | None
    """Whose account."""
    provider_id: str | None
    """Whose production or collection."""
    location_id: NotRequired[str | None]
    """The site it is credited to."""
    amount: str
    """Signed like the entry."""
    applies_to: str | None
    """The charge (ledger_entry id) that it pays or adjusts; null = unapplied."""


class LedgerEntry(TypedDict):
    """One line of an account: a charge, a payment or an adjustment."""

    __pydantic_config__ = _DOCUMENTED  # type: ignore[misc]
    kind: Literal["charge", "payment", "adjustment", "unknown"]
    """What it is."""
    kind_raw: NotRequired[str | None]
    """The PMS's own type."""
    status: Literal["active", "deleted", "voided", "unknown"]
    """Entries that the PMS marks as deleted or voided stay in the feed, marked."""
    status_raw: NotRequired[str | None]
    """The PMS's own code."""
    patient_id: str | None
    """Whose treatment or account; null when it is spread over several (see splits)."""
    guarantor_id: NotRequired[str | None]
    """Who answers for the account."""
    provider_id: str | None
    """Provider; null when it is spread over several (see splits)."""
    location_id: NotRequired[str | None]
    """Site."""
    date: str | None
    """Accounting date: service date of a charge, date of a payment or adjustment."""
    entered_date: NotRequired[str | None]
    """Date on which it was entered."""
    amount: str | None
    """Effect on the account, a decimal string: charges are positive, payments and credits negative."""
    currency: str
    """ISO 4217."""
    payer: NotRequired[Literal["patient", "insurance", "unknown"]]
    """Who paid; on payments only."""
    type_raw: NotRequired[str | None]
    """The office's payment or adjustment type, by name."""
    description: NotRequired[str | None]
    """Text of the line."""
    procedure_code: NotRequired[str | None]
    """Procedure code as the office holds it, an opaque string."""
    tooth: NotRequired[str | None]
    """Tooth, as entered."""
    surface: NotRequired[str | None]
    """Surfaces, as entered."""
    applies_to: NotRequired[str | None]
    """The charge (ledger_entry id) that it pays or adjusts, when it is exactly one."""
    splits: NotRequired[list[LedgerSplit]]
    """How it is shared out, where the PMS keeps that."""


RESOURCES: dict[str, type[Any]] = {
    "location": Location,
    "provider": Provider,
    "operatory": Operatory,
    "appointment_type": AppointmentType,
    "code": Code,
    "patient": Patient,
    "appointment": Appointment,
    "ledger_entry": LedgerEntry,
}
"""Every resource, in the order in which a first load sends them: what is referred to comes before what refers."""


@functools.cache
def batch_validator(resource: str) -> TypeAdapter[list[dict[str, Any]]]:
    """A validator for a list of one resource's records (a list at a time is several times cheaper than one by one)."""
    return TypeAdapter(list[RESOURCES[resource]])  # type: ignore[valid-type]
