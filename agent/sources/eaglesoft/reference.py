"""Eaglesoft's sites, providers, chairs and appointment types."""

from __future__ import annotations

from agent.sources.codes import UnknownCode
from agent.sources.eaglesoft.codes import ROLES
from agent.sources.fields import address, derived, looked_up, ref, text, work_phone, zone
from agent.sources.shape import Lookup, Shape, Table
from agent.sources.values import key_text
from agent.sources.words import Same


def role(description: str | None) -> str:
    """What the office's name of a position says that the person does."""
    if description is None:
        return "unknown"
    name = description.casefold()
    for meaning, pieces in ROLES:
        if any(piece in name for piece in pieces):
            return meaning
    raise UnknownCode("eaglesoft.position", description, "unknown")


def is_active(status: object) -> bool | None:
    """A provider's status: A is active."""
    return None if status is None else isinstance(status, str) and key_text(status) == "A"


def is_one(value: object) -> bool | None:
    """A switch: 1 is on."""
    return None if value is None else value in (1, "1")


location = Shape(
    "location",
    "location",
    Table("practice", ("practice_id",)),
    {
        "name": text("name"),
        "address": address("address_1", "address_2", "city", "state", "zipcode"),
        "phone": work_phone("phone"),
        "time_zone": zone(ref("practice_id", few=True)),
    },
    small=True,
    assumed="sites: table practice (practice_id, name, address_1, address_2, city, state, zipcode, phone)",
)

provider = Shape(
    "provider",
    "provider",
    Table("provider", ("provider_id",), integer_key=False),
    {
        "first_name": text("first_name"),
        "last_name": text("last_name"),
        "role_raw": looked_up("position_id", "positions", "description"),
        "role": derived(role, Same("role_raw")),
        "specialty_raw": text("specialty"),
        "npi": text("national_prov_id"),
        "location_id": ref("practice_id", few=True),
        "active": derived(is_active, "status"),
    },
    lookups={"positions": Lookup("positions", ("position_id",), ("description",))},
    small=True,
)

operatory = Shape(
    "operatory",
    "operatory",
    Table("chairs", ("chair_num",)),
    {
        "name": text("chair_name"),
        "location_id": ref("practice_id", few=True),
    },
    small=True,
)

appointment_type = Shape(
    "appointment_type",
    "appointment_type",
    Table("appt_types", ("type_id",)),
    {
        "name": text("description"),
        "active": derived(is_one, "active"),
    },
    small=True,
)
