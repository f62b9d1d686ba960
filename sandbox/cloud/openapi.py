"""The OpenAPI 3.1 document of the contract, from the table of calls and the messages themselves."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from agent.wire.cloud import (
    BATCH_TYPE,
    BUNDLE_TYPE,
    BatchHeader,
    ChunkHeader,
    Complete,
    Delete,
    Message,
    Problem,
    Stale,
    Upsert,
)
from agent.wire.commands import Command, KeySet
from agent.wire.payloads import PAYLOADS
from sandbox.cloud.calling import FORM_TYPE, Call
from sandbox.cloud.calls import CALLS
from sandbox.cloud.forms import NoQuery, TokenForm

_BATCH_PARTS: tuple[type[Message], ...] = (BatchHeader, ChunkHeader, Upsert, Delete, Stale, Complete)
_REF = "#/components/schemas/{model}"
_COMMON = {
    "agent": ("token_refused", "forbidden"),
    "reader": ("key_unknown", "forbidden"),
    "writer": ("key_unknown", "forbidden", "read_only"),
    "watcher": ("key_unknown", "forbidden"),
    "fleet": ("key_unknown", "forbidden"),
    "anyone": (),
}

_IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Names this request: asked again with it, nothing is queued a second time.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}


def document() -> dict[str, Any]:
    """The document, as JSON has it."""
    models: set[type[BaseModel]] = {Problem, TokenForm, Command, KeySet, *_BATCH_PARTS, *PAYLOADS.values()}
    for call in CALLS:
        models.update(model for model in (call.takes, call.gives) if model is not None)
    ordered = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "validation") for model in ordered], ref_template=_REF)
    paths: dict[str, dict[str, Any]] = {}
    for call in CALLS:
        paths.setdefault(call.path, {})[call.method.lower()] = _operation(call)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Practice Agent cloud contract",
            "version": "1",
            "description": "What an agent and a cloud say to each other. docs/contract.md tells it in words.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "agent": {
                    "type": "oauth2",
                    "description": "private_key_jwt, ES384",
                    "flows": {"clientCredentials": {"tokenUrl": "/oauth2/token", "scopes": {}}},
                },
                "reader": {"type": "http", "scheme": "bearer", "description": "A key made by practice-cloud key"},
            },
        },
    }


def _operation(call: Call) -> dict[str, Any]:
    operation: dict[str, Any] = {"operationId": call.name, "summary": call.summary}
    if call.who != "anyone":
        operation["security"] = [{"agent" if call.who == "agent" else "reader": []}]
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", call.path)
    ]
    parameters += _query(call)
    if call.keyed:
        parameters.append(_IDEMPOTENCY_KEY)
    if parameters:
        operation["parameters"] = parameters
    if (body := _body(call)) is not None:
        operation["requestBody"] = {"required": True, "content": {call.body_type: body}}
    good: dict[str, Any] = {"description": "Done"}
    if call.gives is not None:
        good["content"] = {"application/json": {"schema": _ref(call.gives)}}
    codes = ", ".join((*call.refusals, *_COMMON[call.who])) or "none of its own"
    operation["responses"] = {str(call.status): good, "default": _problem(codes)}
    return operation


def _body(call: Call) -> dict[str, Any] | None:
    if call.takes is not None:
        return {"schema": _ref(call.takes)}
    if call.body_type == FORM_TYPE:
        return {"schema": _ref(TokenForm)}
    if call.body_type == BATCH_TYPE:
        return {
            "schema": {
                "description": "A line of JSON (BatchHeader), then the chunks' zstd frames one after the other. "
                "A frame holds lines of JSON: a ChunkHeader, then Upsert, Delete, Stale or Complete for each change.",
                "contentMediaType": BATCH_TYPE,
            }
        }
    if call.body_type == BUNDLE_TYPE:
        told = "A ZIP file with manifest.json, whose incident is the bundle's name."
        return {"schema": {"description": told, "contentMediaType": BUNDLE_TYPE}}
    return None


def _query(call: Call) -> list[dict[str, Any]]:
    if call.query is NoQuery:
        return []
    schema = call.query.model_json_schema()
    required = schema.get("required", [])
    return [
        {
            "name": name,
            "in": "query",
            "required": name in required,
            "description": field.pop("description", ""),
            "schema": field,
        }
        for name, field in schema["properties"].items()
    ]


def _problem(codes: str) -> dict[str, Any]:
    return {
        "description": f"Refused; codes: {codes}",
        "content": {"application/problem+json": {"schema": _ref(Problem)}},
    }


def _ref(model: type[Message]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}
