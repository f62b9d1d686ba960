"""The OpenAPI document: current, and true to the calls."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from sandbox.cloud.calls import CALLS
from sandbox.cloud.openapi import document

KEPT = Path(__file__).parents[3] / "docs" / "openapi.json"


def test_the_document_in_docs_is_current() -> None:
    assert orjson.loads(KEPT.read_bytes()) == document(), "run: practice-cloud openapi --out docs/openapi.json"


def test_every_call_is_described_and_every_reference_leads_somewhere() -> None:
    described = document()
    assert described["openapi"].startswith("3.1")
    assert {(path, method) for path, calls in described["paths"].items() for method in calls} == {
        (call.path, call.method.lower()) for call in CALLS
    }
    schemas = described["components"]["schemas"]

    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
            return own + [one for below in value.values() for one in references(below)]
        return [one for below in value for one in references(below)] if isinstance(value, list) else []

    names = {one.removeprefix("#/components/schemas/") for one in references(described)}
    assert names <= set(schemas)


def test_every_field_of_every_message_is_explained() -> None:
    for name, schema in document()["components"]["schemas"].items():
        assert schema.get("description"), name
        for field, told in schema.get("properties", {}).items():
            assert told.get("description"), f"{name}.{field}"
