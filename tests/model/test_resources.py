"""The canonical resources: what a valid record is, and in which order resources are sent."""

from __future__ import annotations

from typing import Any, NotRequired, get_origin, get_type_hints

import pytest
from pydantic import ValidationError

from agent.host.sources import PMS
from agent.model.resources import RESOURCES, batch_validator

OPERATORY = {"name": "Chair 1", "location_id": "1"}


def refused(resource: str, record: dict[str, Any]) -> bool:
    try:
        batch_validator(resource).validate_python([record])
    except ValidationError:
        return True
    return False


def test_a_field_may_be_null_or_absent_only_where_the_model_says_so():
    assert not refused("operatory", OPERATORY)
    assert not refused("operatory", {**OPERATORY, "name": None, "active": None})
    assert refused("operatory", {"name": "Chair 1"})
    assert refused("location", {"name": "Elm Street", "time_zone": None})


@pytest.mark.parametrize("odd", [{"colour": "red"}, {"name": 7}, {"active": 1}, {"active": "true"}])
def test_what_is_not_in_the_model_or_of_another_type_is_refused(odd: dict[str, Any]):
    assert refused("operatory", {**OPERATORY, **odd})


def test_the_same_validator_is_used_again():
    assert batch_validator("patient") is batch_validator("patient")


@pytest.mark.parametrize("resource", list(RESOURCES))
def test_what_a_record_refers_to_is_loaded_before_it(resource: str):
    order = list(RESOURCES)
    referred = {name.removesuffix("_id") for name in get_type_hints(RESOURCES[resource]) if name.endswith("_id")}
    for other in referred & RESOURCES.keys():
        assert order.index(other) <= order.index(resource), (resource, other)


@pytest.mark.parametrize("pms", list(PMS))
def test_a_pms_declares_only_fields_of_the_model_and_all_that_must_be_there(pms: str):
    for shape in PMS[pms].shapes:
        fields = get_type_hints(RESOURCES[shape.resource], include_extras=True)
        required = {name for name, kind in fields.items() if get_origin(kind) is not NotRequired}
        assert required <= set(shape.fields) <= set(fields), shape.id
