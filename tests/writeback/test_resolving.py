"""From ids to records: everything that a payload names is found, each under the field that names it."""

from __future__ import annotations

from typing import Any

import pytest

from agent.model.writing import WriteRefused
from agent.wire.payloads import PAYLOADS
from agent.writeback.resolving import references, resolve
from tests.writeback.bench import BOOKING, Bench, command

SPLIT = {"amount": "1.00", "provider_id": "d2", "patient_id": "p2"}
NAMED: list[tuple[str, dict[str, Any], set[tuple[str, str, str]]]] = [
    (
        "appointment.create",
        BOOKING | {"appointment_type_id": "check"},
        {
            ("operatory", "o2", "operatory_id"),
            ("provider", "d1", "provider_ids"),
            ("appointment_type", "check", "appointment_type_id"),
        },
    ),
    (
        "appointment.reschedule",
        {"start": "2026-03-04T10:00:00", "provider_ids": ["d1", "d2"]},
        {("provider", "d1", "provider_ids"), ("provider", "d2", "provider_ids")},
    ),
    ("appointment.confirm", {"code_id": "k"}, {("code", "k", "code_id")}),
    ("appointment.note", {"text": "x"}, set()),
    (
        "patient.create",
        {"first_name": "A", "last_name": "B", "birth_date": "1990-01-01", "provider_id": "d1", "location_id": "east"},
        {("provider", "d1", "provider_id"), ("location", "east", "location_id")},
    ),
    ("communication.create", {"mode": "phone", "text": "x", "type_id": "k"}, {("code", "k", "type_id")}),
    (
        "payment.post",
        {"amount": "1.00", "type_id": "k", "splits": [SPLIT]},
        {
            ("code", "k", "type_id"),
            ("provider", "d2", "splits.provider_id"),
            ("patient", "p2", "splits.patient_id"),
        },
    ),
]


@pytest.mark.parametrize(("kind", "payload", "named"), NAMED, ids=[kind for kind, _, _ in NAMED])
def test_everything_that_a_payload_names_is_known_by_its_field(kind: str, payload: Any, named: set[Any]):
    found = references(PAYLOADS[kind].model_validate(payload))
    assert {(resource, record_id, rule) for (resource, record_id), rule in found.items()} == named


def test_records_come_with_their_keys(bench: Bench):
    made = command("appointment.create", "p1", BOOKING)
    resolved = resolve(made, PAYLOADS[made.kind].model_validate(BOOKING), bench.practice)
    assert resolved.target is not None and resolved.target.key == ("p1",)
    assert resolved.keys == {("operatory", "o2"): ("o2",), ("provider", "d1"): ("d1",)}
    assert resolved.record("provider", "d1").data["role"] == "dentist"


def test_the_first_that_is_missing_is_named(bench: Bench):
    payload = BOOKING | {"provider_ids": ["d1", "x"]}
    made = command("appointment.create", "p1", payload)
    with pytest.raises(WriteRefused) as caught:
        resolve(made, PAYLOADS[made.kind].model_validate(payload), bench.practice)
    assert (caught.value.code, caught.value.fields["rule"]) == ("reference_unknown", "provider_ids")
