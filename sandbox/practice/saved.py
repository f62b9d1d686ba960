"""Keeps the model of a practice in a file, so that a front desk can go on another day. Synthetic people only.

Plain JSON; keys are kept inside the records, where numbers and text stay what they are.
"""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from sandbox.practice.model import (
    Appointment,
    Chair,
    Definition,
    Entry,
    Location,
    Patient,
    Practice,
    Provider,
    Service,
    VisitType,
)

_STORES: dict[str, TypeAdapter[Any]] = {
    "locations": TypeAdapter(list[Location]),
    "definitions": TypeAdapter(list[Definition]),
    "providers": TypeAdapter(list[Provider]),
    "chairs": TypeAdapter(list[Chair]),
    "types": TypeAdapter(list[VisitType]),
    "services": TypeAdapter(list[Service]),
    "patients": TypeAdapter(list[Patient]),
    "appointments": TypeAdapter(list[Appointment]),
    "charges": TypeAdapter(list[Entry]),
    "payments": TypeAdapter(list[Entry]),
    "adjustments": TypeAdapter(list[Entry]),
    "insurance": TypeAdapter(list[Entry]),
}
_DOCUMENT: TypeAdapter[dict[str, Any]] = TypeAdapter(dict[str, Any])
_PLAIN = TypeAdapter(Practice)


def save(practice: Practice, path: Path) -> None:
    """Write the model, replacing an older one at once."""
    document = {field.name: getattr(practice, field.name) for field in fields(practice) if field.name not in _STORES}
    document["holders"] = [patient for holders in practice.holders.values() for patient in holders]
    for name in _STORES:
        document[name] = list(getattr(practice, name).values())
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(_DOCUMENT.dump_json(document))
    os.replace(beside, path)


def load(path: Path) -> Practice:
    """Read a model back.

    Raises:
        OSError: there is no such file.
        ValueError: the file holds no model.
    """
    document = _DOCUMENT.validate_json(path.read_bytes())
    stores = {name: kind.validate_python(document.pop(name)) for name, kind in _STORES.items()}
    holders = TypeAdapter(list[Patient]).validate_python(document.pop("holders"))
    practice = _PLAIN.validate_python(document)
    for patient in holders:
        practice.holders.setdefault(patient.key, []).append(patient)
    for name, members in stores.items():
        store = getattr(practice, name)
        for member in members:
            store[(member.category, member.key) if name == "definitions" else member.key] = member
    return practice
