"""From ids to records: every record that a command names, as it is in the practice now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.model.reading import Key
from agent.wire.commands import Command
from agent.wire.payloads import (
    AppointmentConfirm,
    AppointmentCreate,
    AppointmentReschedule,
    CommunicationCreate,
    DocumentAttach,
    PatientCreate,
    Payload,
    PaymentPost,
)
from agent.writeback.ports import Practice, Seen
from agent.writeback.refusing import refusal


@dataclass(frozen=True, slots=True)
class Resolved:
    """A command's target and everything else that it names."""

    target: Seen | None
    """None for what creates a patient."""
    named: Mapping[tuple[str, str], Seen]
    """(resource, id) -> record."""
    rules: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """(resource, id) -> the field that names it."""

    @property
    def keys(self) -> dict[tuple[str, str], Key]:
        """Keys of everything named."""
        return {name: record.key for name, record in self.named.items()}

    def record(self, resource: str, record_id: str) -> Seen:
        """A record that the command names."""
        return self.named[(resource, record_id)]


def references(payload: Payload) -> dict[tuple[str, str], str]:
    """(resource, id) -> the field that names it, for every record that a payload names."""
    found: dict[tuple[str, str], str] = {}

    def name(field_name: str, resource: str, *ids: str | None) -> None:
        found.update(((resource, record_id), field_name) for record_id in ids if record_id is not None)

    match payload:
        case AppointmentCreate() | AppointmentReschedule():
            name("operatory_id", "operatory", payload.operatory_id)
            name("provider_ids", "provider", *(payload.provider_ids or ()))
            if isinstance(payload, AppointmentCreate):
                name("appointment_type_id", "appointment_type", payload.appointment_type_id)
        case AppointmentConfirm():
            name("code_id", "code", payload.code_id)
        case PatientCreate():
            name("provider_id", "provider", payload.provider_id)
            name("location_id", "location", payload.location_id)
        case CommunicationCreate():
            name("type_id", "code", payload.type_id)
        case DocumentAttach():
            name("category_id", "code", payload.category_id)
        case PaymentPost():
            name("type_id", "code", payload.type_id)
            name("splits.provider_id", "provider", *(split.provider_id for split in payload.splits))
            name("splits.patient_id", "patient", *(split.patient_id for split in payload.splits))
        case _:
            pass
    return found


def resolve(command: Command, payload: Payload, practice: Practice) -> Resolved:
    """Read everything that a command names.

    Raises:
        WriteRefused: ``target_unknown`` or ``reference_unknown``.
        Retry: the database cannot be read now.
    """
    target = None
    if command.target.id is not None:
        target = practice.look(command.target.resource, [command.target.id]).get(command.target.id)
        if target is None:
            raise refusal("target_unknown", "target")
    wanted = references(payload)
    named: dict[tuple[str, str], Seen] = {}
    for resource in dict.fromkeys(resource for resource, _ in wanted):
        ids = [record_id for of, record_id in wanted if of == resource]
        seen = practice.look(resource, ids)
        named.update(((resource, record_id), record) for record_id, record in seen.items())
    missing = next((name for name in wanted if name not in named), None)
    if missing is not None:
        raise refusal("reference_unknown", wanted[missing])
    return Resolved(target, named, wanted)
