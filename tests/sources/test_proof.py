"""What declarations prove of their fields before a row is read."""

from __future__ import annotations

from typing import Any

import pytest

from agent.host.sources import PMS
from agent.sources.fields import derived, integer, many, only, ref, text
from agent.sources.mapping import Mapper
from agent.sources.proof import prove
from agent.sources.words import Const, Same
from tests.sources.rows import mapper_of, record_of

SHAPES = [shape for pms in PMS.values() for shape in pms.shapes if shape.resource != "code"]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.id)
def test_of_every_shape_nothing_is_left_to_be_validated_but_listed_values(shape):
    proof = prove(shape.resource, shape.fields, {})
    assert proof.open == ()
    assert all(proof.guards.values())


def test_a_field_of_another_type_or_of_no_known_type_is_left_open():
    def anything(_: str | None) -> Any:
        return 5

    words = {"name": integer("a"), "short_name": derived(anything, text("b")), "location_id": ref("c")}
    assert prove("operatory", words, {}).open == ("name", "short_name")


def test_a_field_that_is_missing_or_unknown_is_left_open():
    assert set(prove("operatory", {"name": text("a"), "colour": text("b")}, {}).open) == {"location_id", "colour"}


def test_a_function_that_may_say_anything_is_guarded_by_the_listed_values():
    def role(name: str | None) -> str:
        return name or ""

    words = {
        "first_name": text("a"),
        "last_name": Same("first_name"),
        "role": derived(role, text("b")),
        "active": Const(None),
    }
    proof = prove("provider", words, {})
    assert proof.open == ()
    assert proof.guards == {"role": frozenset({"dentist", "hygienist", "staff", "unknown"})}


def test_what_rows_have_in_common_is_of_their_type():
    assert prove("operatory", {"name": only("p", text("a")), "location_id": only("p", integer("b"))}, {}).open == (
        "location_id",
    )
    assert prove("operatory", {"name": many("p", text("a")), "location_id": ref("b")}, {}).open == ("name",)


def test_odd_text_that_a_function_swallows_is_still_seen():
    shape = PMS["opendental"].shapes[[one.id for one in PMS["opendental"].shapes].index("appointment_type")]
    mapper: Mapper = mapper_of(shape)
    plain, odd = (record_of(shape, {"AppointmentTypeName": "A", "Pattern": text}) for text in ("/XX/", "/X\0X/"))
    assert [one.data["duration_minutes"] for one in mapper.map([plain, odd])] == [20, 20]
    assert [issue.code for issue in mapper.map([odd])[0].issues] == ["nul_removed"]
