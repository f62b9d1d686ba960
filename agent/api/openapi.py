"""The OpenAPI 3.1 document of the local API, from the tables of calls and the messages themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from agent.api.calls import Call
from agent.api.refusals import COMMON, PROBLEM_TYPE
from agent.wire.cloud import Message
from agent.wire.local import Address, Refusal

_REF = "#/components/schemas/{model}"


def document(calls: Iterable[Call]) -> dict[str, Any]:
    """The document, as JSON has it."""
    told = tuple(calls)
    models: set[type[BaseModel]] = {Refusal, Address}
    for call in told:
        models.update(model for model in (call.takes, call.gives) if model is not None)
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for call in told:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Practice Agent local API",
            "version": "1",
            "description": "What tray, window and command line say to the agent of their machine, on 127.0.0.1 only. "
            "docs/local-api.md tells it in words.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": _plain(schemas["$defs"]),
            "securitySchemes": {
                right: {"type": "http", "scheme": "bearer", "description": f"Content of the file api-{right}.token"}
                for right in ("look", "operate", "change")
            },
        },
    }


def _plain(schema: Any) -> Any:
    """Without ``prefixItems``, which many readers of OpenAPI documents do not know: a list of so many items instead."""
    if isinstance(schema, dict):
        kept = {name: _plain(one) for name, one in schema.items() if name != "prefixItems"}
        return {**kept, "items": {}} if "prefixItems" in schema else kept
    return [_plain(one) for one in schema] if isinstance(schema, list) else schema


def _operation(call: Call) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": call.name,
        "summary": call.summary,
        "description": f"Needs *{call.right}*" + (f"; {call.more}." if call.more else "."),
        "security": [{call.right: []}],
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"{(\w+)}", call.path)
    ]
    parameters += _query(call)
    if parameters:
        operation["parameters"] = parameters
    if call.takes is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _ref(call.takes)}}}
    operation["responses"] = {
        str(call.status): {"description": "Done", "content": {"application/json": {"schema": _ref(call.gives)}}},
        "default": {
            "description": f"Refused; codes: {', '.join((*call.refusals, *COMMON))}",
            "content": {PROBLEM_TYPE: {"schema": _ref(Refusal)}},
        },
    }
    return operation


def _query(call: Call) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "description": field.pop("description", ""),
            "schema": field,
        }
        for name, field in call.query.model_json_schema().get("properties", {}).items()
    ]


def _ref(model: type[Message]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}
