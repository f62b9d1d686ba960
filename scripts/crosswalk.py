"""How canonical fields are called elsewhere: in synchronizer-style APIs that dental integrators know, and in FHIR R4.

A table for people, shown in ``docs/model.md``; the program does not use it. Empty = nothing there means the same. Names
of fields are facts; no other wording is taken from anywhere.
"""

from __future__ import annotations

from typing import NamedTuple


class Elsewhere(NamedTuple):
    """What a field is called elsewhere."""

    synchronizer: str = ""
    """Name in a synchronizer-style API; several where one field here stands for several there."""
    fhir: str = ""
    """Element of FHIR R4."""


RESOURCES: dict[str, Elsewhere] = {
    "location": Elsewhere("location", "Location"),
    "provider": Elsewhere("provider", "Practitioner, PractitionerRole"),
    "operatory": Elsewhere("operatory", "Location (physicalType ro)"),
    "appointment_type": Elsewhere("appointment_type", "Appointment.appointmentType"),
    "code": Elsewhere("payment_type, document_type", "CodeSystem"),
    "patient": Elsewhere("patient", "Patient"),
    "appointment": Elsewhere("appointment", "Appointment"),
    "ledger_entry": Elsewhere("charge, payment, adjustment", "ChargeItem, PaymentReconciliation"),
}
"""Of whole resources. An adjustment has no home in FHIR R4."""

FIELDS: dict[str, dict[str, Elsewhere]] = {
    "location": {
        "name": Elsewhere("name", "Location.name"),
        "short_name": Elsewhere("", "Location.alias"),
        "address": Elsewhere("street_address, city, state, zip_code", "Location.address"),
        "phone": Elsewhere("phone_number", "Location.telecom"),
        "time_zone": Elsewhere("tz"),
        "active": Elsewhere("inactive (the opposite)", "Location.status"),
    },
    "provider": {
        "first_name": Elsewhere("first_name", "Practitioner.name.given"),
        "last_name": Elsewhere("last_name", "Practitioner.name.family"),
        "short_name": Elsewhere(),
        "role": Elsewhere("", "PractitionerRole.code"),
        "role_raw": Elsewhere("", "PractitionerRole.code.text"),
        "specialty_raw": Elsewhere("specialty_code (there a taxonomy code)", "PractitionerRole.specialty.text"),
        "npi": Elsewhere("npi", "Practitioner.identifier"),
        "location_id": Elsewhere("locations (there a list)", "PractitionerRole.location"),
        "active": Elsewhere("inactive (the opposite)", "Practitioner.active"),
    },
    "operatory": {
        "name": Elsewhere("name", "Location.name"),
        "short_name": Elsewhere("", "Location.alias"),
        "location_id": Elsewhere("location_id", "Location.partOf"),
        "is_hygiene": Elsewhere(),
        "active": Elsewhere("active", "Location.status"),
    },
    "appointment_type": {
        "name": Elsewhere("name", "Appointment.appointmentType.text"),
        "duration_minutes": Elsewhere("minutes"),
        "active": Elsewhere(),
    },
    "code": {
        "set": Elsewhere("the resource itself: payment_type, document_type", "CodeSystem.name"),
        "code": Elsewhere("foreign_id", "CodeSystem.concept.code"),
        "label": Elsewhere("name", "CodeSystem.concept.display"),
        "active": Elsewhere(),
        "meaning": Elsewhere(),
    },
    "patient": {
        "first_name": Elsewhere("first_name", "Patient.name.given"),
        "middle_name": Elsewhere("middle_name", "Patient.name.given"),
        "last_name": Elsewhere("last_name", "Patient.name.family"),
        "preferred_name": Elsewhere("", "Patient.name (use nickname)"),
        "salutation": Elsewhere(),
        "birth_date": Elsewhere("bio.date_of_birth", "Patient.birthDate"),
        "sex": Elsewhere("bio.gender", "Patient.gender"),
        "sex_raw": Elsewhere(),
        "marital_status": Elsewhere("", "Patient.maritalStatus"),
        "marital_status_raw": Elsewhere("", "Patient.maritalStatus.text"),
        "status": Elsewhere("inactive", "Patient.active, Patient.deceasedBoolean"),
        "status_raw": Elsewhere(),
        "is_patient": Elsewhere("bio.non_patient (the opposite)", "false: RelatedPerson"),
        "emails": Elsewhere("email (there one)", "Patient.telecom"),
        "phones": Elsewhere(
            "bio.home_phone_number, bio.work_phone_number, bio.cell_phone_number, bio.phone_number", "Patient.telecom"
        ),
        "address": Elsewhere(
            "bio.address_line_1, bio.address_line_2, bio.city, bio.state, bio.zip_code", "Patient.address"
        ),
        "guarantor_id": Elsewhere("guarantor_id", "Account.guarantor"),
        "location_id": Elsewhere("location_ids (there a list)", "Patient.managingOrganization"),
        "preferred_providers": Elsewhere("provider_id (there one)", "Patient.generalPractitioner"),
        "consents": Elsewhere("", "Consent"),
        "chart_number": Elsewhere("chart_id", "Patient.identifier"),
        "language": Elsewhere("preferred_language", "Patient.communication.language"),
        "first_visit_date": Elsewhere(),
        "entered_date": Elsewhere(),
        "deceased_date": Elsewhere("", "Patient.deceasedDateTime"),
        "merged_into": Elsewhere("", "Patient.link (replaced-by)"),
    },
    "appointment": {
        "patient_id": Elsewhere("patient_id", "Appointment.participant.actor"),
        "location_id": Elsewhere("location_id", "Appointment.participant.actor"),
        "operatory_id": Elsewhere("operatory_id", "Appointment.participant.actor"),
        "provider_ids": Elsewhere("provider_id (there one)", "Appointment.participant.actor"),
        "appointment_type_id": Elsewhere("appointment_type_id", "Appointment.appointmentType"),
        "start": Elsewhere("start_time (there UTC; here `derived.start_utc`)", "Appointment.start"),
        "end": Elsewhere("end_time (there UTC; here `derived.end_utc`)", "Appointment.end"),
        "duration_minutes": Elsewhere("", "Appointment.minutesDuration"),
        "time_zone": Elsewhere("timezone"),
        "status": Elsewhere("cancelled, patient_missed, checkin_at, checked_out", "Appointment.status"),
        "status_raw": Elsewhere(),
        "confirmation": Elsewhere("confirmed, patient_confirmed", "Appointment.participant.status"),
        "confirmation_raw": Elsewhere(),
        "asap": Elsewhere("sooner_if_possible"),
        "is_new_patient": Elsewhere(),
        "note": Elsewhere("note", "Appointment.comment"),
        "booked_on": Elsewhere("", "Appointment.created"),
        "arrived_at": Elsewhere("checkin_at"),
        "seated_at": Elsewhere(),
        "dismissed_at": Elsewhere("checked_out_at"),
    },
    "ledger_entry": {
        "kind": Elsewhere("the resource itself: charge, payment, adjustment", "the resource itself"),
        "kind_raw": Elsewhere(),
        "status": Elsewhere("deleted_at", "ChargeItem.status, PaymentReconciliation.status"),
        "status_raw": Elsewhere(),
        "patient_id": Elsewhere("patient_id", "ChargeItem.subject"),
        "guarantor_id": Elsewhere("guarantor_id", "Account.guarantor"),
        "provider_id": Elsewhere("provider_id", "ChargeItem.performer.actor"),
        "location_id": Elsewhere("location_id"),
        "date": Elsewhere(
            "charged_at, paid_at, adjusted_at", "ChargeItem.occurrenceDateTime, PaymentReconciliation.paymentDate"
        ),
        "entered_date": Elsewhere("", "ChargeItem.enteredDate, PaymentReconciliation.created"),
        "amount": Elsewhere(
            "fee, payment_amount, adjustment_amount", "ChargeItem.priceOverride, PaymentReconciliation.paymentAmount"
        ),
        "currency": Elsewhere("currency", "Money.currency"),
        "payer": Elsewhere("", "PaymentReconciliation.paymentIssuer"),
        "type_raw": Elsewhere("payment_type_id, adjustment_type_id (there ids)"),
        "description": Elsewhere("description", "ChargeItem.note"),
        "procedure_code": Elsewhere("procedure_code", "ChargeItem.code"),
        "tooth": Elsewhere("body_site.tooth (of the procedure)", "ChargeItem.bodysite"),
        "surface": Elsewhere("body_site.surface (of the procedure)", "ChargeItem.bodysite"),
        "applies_to": Elsewhere("charge_id", "PaymentReconciliation.detail.request"),
        "splits": Elsewhere("charge_splits, provider_splits", "PaymentReconciliation.detail"),
    },
}
"""Resource -> field -> what it is called elsewhere."""

APPOINTMENT_STATUS: dict[str, Elsewhere] = {
    "booked": Elsewhere("no flag set", "booked"),
    "arrived": Elsewhere("checkin_at", "arrived"),
    "in_chair": Elsewhere("checkin_at", "checked-in"),
    "completed": Elsewhere("checked_out", "fulfilled"),
    "cancelled": Elsewhere("cancelled", "cancelled"),
    "no_show": Elsewhere("patient_missed", "noshow"),
    "waitlist": Elsewhere("sooner_if_possible", "waitlist"),
    "unknown": Elsewhere(),
}
"""Where a visit stands, elsewhere."""

CONFIRMATION: dict[str, Elsewhere] = {
    "unconfirmed": Elsewhere("no flag set", "participant needs-action"),
    "attempted": Elsewhere("", "participant needs-action"),
    "confirmed": Elsewhere("confirmed, patient_confirmed", "participant accepted"),
    "unknown": Elsewhere(),
}
"""Whether it is confirmed, elsewhere."""
