"""What goes round the requests of a bridge: a number, the operation, the body; or the number of one to cancel.

Shared by the protocols of the reader (``bridge.py``) and the writer (``writer.py``). Must import nothing but orjson and
the standard library: the bridge is also built as a 32-bit program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol, TypeVar

import orjson

from agent.wire.frames import ProtocolError

R = TypeVar("R")


class Question(Protocol):
    """A request: a dataclass with the name of its operation."""

    op: ClassVar[str]


def request_frame(number: int, request: Question) -> bytes:
    """Payload of a request."""
    return orjson.dumps({"id": number, "op": request.op, "body": request})


def cancel_frame(number: int) -> bytes:
    """Payload that cancels a request."""
    return orjson.dumps({"cancel": number})


def parse_request(payload: bytes, build: Callable[[str, Mapping[str, Any]], R]) -> tuple[int, R | None]:
    """Number of a payload and what ``build`` makes of operation and body; None = cancel that number.

    Raises :class:`ProtocolError`.
    """
    try:
        raw = orjson.loads(payload)
        if "cancel" in raw:
            return int(raw["cancel"]), None
        return int(raw["id"]), build(raw["op"], raw["body"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise ProtocolError(type(error).__name__) from None
