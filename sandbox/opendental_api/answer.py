"""What the API answers: status, headers and a body of JSON, or a sentence that says why not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import orjson

_LINE_ENDS = re.compile(r"\r\n|\r|\n")

OK, CREATED = 200, 201
BAD_REQUEST, UNAUTHORIZED, NOT_FOUND, GONE, TOO_MANY, ERROR, TIMED_OUT = 400, 401, 404, 410, 429, 500, 504


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """An answer as it goes out."""

    status: int
    """HTTP status."""
    headers: dict[str, str] = field(default_factory=dict)
    """Besides those that every server sets."""
    body: bytes = b""
    """JSON; of a refusal, a JSON text."""


class Refused(Exception):
    """The API says no; nothing was written."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason

    @property
    def answer(self) -> ApiAnswer:
        """As it goes out."""
        return told(self.status, self.reason)


def bad(reason: str) -> Refused:
    """The request is at fault."""
    return Refused(BAD_REQUEST, reason)


def missing(what: str) -> Refused:
    """There is no such record."""
    return Refused(NOT_FOUND, f"{what} not found")


def told(status: int, content: Any = None, location: str | None = None) -> ApiAnswer:
    """An answer with JSON in it; as with the real serializer, line ends within texts come out as spaces."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if location is not None:
        headers["Location"] = location
    return ApiAnswer(status, headers, b"" if content is None else orjson.dumps(_plain(content)))


def _plain(content: Any) -> Any:
    if isinstance(content, str):
        return _LINE_ENDS.sub(" ", content)
    if isinstance(content, dict):
        return {name: _plain(value) for name, value in content.items()}
    if isinstance(content, list):
        return [_plain(value) for value in content]
    return content
