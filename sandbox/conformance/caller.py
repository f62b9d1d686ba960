"""Asking the cloud: one HTTPS exchange at a time, whatever its answer."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import orjson
from pydantic import ValidationError

from agent.wire.cloud import Message, Problem
from sandbox.conformance.rules import broken, expect

M = TypeVar("M", bound=Message)

_SECONDS = 45.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    kind: str
    """Content type, without parameters."""
    body: bytes

    def message(self, model: type[M]) -> M:
        """The answer as this message; the rule is broken when it is none."""
        expect(self.status == 200, f"200 with {model.__name__}, not {self._told()}")
        try:
            return model.model_validate_json(self.body)
        except ValidationError:
            broken(f"an answer that is a {model.__name__}")

    def json(self) -> Any:
        """The answer as JSON of a status 200."""
        expect(self.status == 200, f"200, not {self._told()}")
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            broken("JSON")

    def problem(self, status: int, *codes: str) -> Problem:
        """The refusal; the rule is broken when it is another, or none."""
        wanted = f"{status} {' or '.join(codes)}"
        expect(self.status == status, f"{wanted}, not {self._told()}")
        expect(self.kind == "application/problem+json", f"{wanted} as application/problem+json, not {self.kind}")
        try:
            found = Problem.model_validate_json(self.body)
        except ValidationError:
            broken(f"{wanted} as a problem document with code, title and status")
        expect(not codes or found.code in codes, f"{wanted}, not {self._told()}")
        expect(found.status == status, f"a problem document whose status is {status}")
        return found

    def _told(self) -> str:
        try:
            code = Problem.model_validate_json(self.body).code
        except ValidationError:
            code = ""
        return f"{self.status} {code[:60]}".strip()


class Caller:
    """Exchanges with one cloud; may be used by several threads."""

    def __init__(self, base_url: str, ca: Path | None = None) -> None:
        """``ca``: PEM file of the CA; None = the machine's trust."""
        trust = ssl.create_default_context(cafile=str(ca) if ca is not None else None)
        self.base_url = base_url.rstrip("/")
        """The cloud's address."""
        self._client = httpx.Client(base_url=self.base_url, verify=trust, timeout=_SECONDS, trust_env=False)

    def ask(
        self,
        method: str,
        path: str,
        body: Message | bytes | Mapping[str, Any] | None = None,
        *,
        token: str | None = None,
        kind: str = "application/json",
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, Any] | None = None,
    ) -> Answer:
        """One exchange; a connection that fails breaks the rule that asked."""
        sent = dict(headers or {})
        content: bytes | None = None
        if body is not None:
            sent["Content-Type"] = kind
            content = body if isinstance(body, bytes) else _encoded(body)
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        try:
            answer = self._client.request(method, path, content=content, headers=sent, params=dict(query or {}))
        except httpx.HTTPError as error:
            broken(f"an answer to {method} {path.split('?', maxsplit=1)[0]}, not {type(error).__name__}")
        told = answer.headers.get("Content-Type", "").partition(";")[0].strip()
        return Answer(answer.status_code, told, answer.content)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()


def _encoded(body: Message | Mapping[str, Any]) -> bytes:
    return body.model_dump_json().encode() if isinstance(body, Message) else orjson.dumps(body)
