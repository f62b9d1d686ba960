"""The protocol of the writer bridge: one verb that writes, and what is needed to use it.

Frames as those of the reader (``frames.py``), messages of its own. The verb is :class:`Apply`: steps that are run in
one transaction, each with the number of rows that it must find or change. The child answers it twice: an empty
``committing`` frame just before it asks the server to commit, and the outcome. Without the first nothing can have
been written; with the first and without the second nobody knows.

Must import nothing but orjson and the standard library: the child is also built as a 32-bit program. Values are bound,
never part of a statement; errors carry codes only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import orjson

from agent.wire import envelope
from agent.wire.bridge import Done, Fault, Moment, SessionStatement
from agent.wire.frames import ProtocolError

PROTOCOL = 1
"""Version of this protocol; parent and child must speak the same."""

MAX_ATTEMPTS = 10
"""Most often that a transaction is begun again because a key that it chose was taken."""


@dataclass(frozen=True, slots=True)
class Day:
    """A value that is bound as a date."""

    day: str
    """``YYYY-MM-DD``."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A value that is bound as a decimal number."""

    amount: str


@dataclass(frozen=True, slots=True)
class Made:
    """The value that an earlier step of the same transaction has made."""

    made: int
    """Number of the step."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """The first of these in the first attempt, the second in the second: keys that may be taken."""

    one_of: tuple[str | int, ...]


Value = str | int | float | None | Moment | Day | Amount | Made | OneOf


@dataclass(frozen=True, slots=True)
class Step:
    """One statement of a transaction."""

    name: str
    """What it is for; an outcome says at which step it went wrong."""
    sql: str
    """The statement."""
    params: tuple[Value, ...] = ()
    """Values for its question marks."""
    rows: int | None = 1
    """How many rows it must find or change; None = any number."""
    made: bool = False
    """Whether it makes a value that is kept: the first column of its first row, or what ``fetch`` then finds."""
    fetch: str | None = None
    """Statement that finds the value made, where the statement itself does not return it."""

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Step:
        """From JSON."""
        params = tuple(map(_value, raw["params"]))
        return cls(raw["name"], raw["sql"], params, raw["rows"], raw["made"], raw["fetch"])


@dataclass(frozen=True, slots=True)
class Open:
    """Connect. No transaction is open between two requests."""

    op: ClassVar[str] = "open"
    connection: str
    """ODBC connection string. Secret: never logged."""
    session: tuple[SessionStatement, ...] = ()
    """Statements run once, in order."""
    login_timeout: int = 15
    """Seconds."""

    def __repr__(self) -> str:
        return "Open(connection=***)"


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Statements of the PMS's vendor with which this connection may write."""

    op: ClassVar[str] = "authenticate"
    statements: tuple[str, ...]
    """Secret: never logged."""

    def __repr__(self) -> str:
        return "Authenticate(statements=***)"


@dataclass(frozen=True, slots=True)
class Trial:
    """Run these steps in a transaction that is rolled back, whatever they do."""

    op: ClassVar[str] = "trial"
    steps: tuple[Step, ...]
    attempts: int = 1
    """How often the whole is tried while a key is taken."""

    def __repr__(self) -> str:
        return f"Trial({', '.join(step.name for step in self.steps)})"


@dataclass(frozen=True, slots=True)
class Apply:
    """Run these steps in one transaction."""

    op: ClassVar[str] = "apply"
    steps: tuple[Step, ...]
    attempts: int = 1
    """How often the whole is tried while a key is taken."""

    def __repr__(self) -> str:
        return f"Apply({', '.join(step.name for step in self.steps)})"


@dataclass(frozen=True, slots=True)
class Close:
    """Disconnect; a later request opens again."""

    op: ClassVar[str] = "close"


Request = Open | Authenticate | Trial | Apply | Close


@dataclass(frozen=True, slots=True)
class Committed:
    """Reply to ``apply``: the server has committed. To ``trial``: it would have."""

    made: tuple[str | int | None, ...]
    """The value that each step made; None where it made none."""
    attempt: int = 0
    """Which attempt it was: so many before it met a key that was taken."""


@dataclass(frozen=True, slots=True)
class NotWritten:
    """Reply to ``apply`` and ``trial``: nothing was written, the transaction is rolled back."""

    step: str | None = None
    """Name of the step at which it ended; None = before the first, or after the last."""
    expected: int | None = None
    """Rows that the step should have found; None = it failed."""
    found: int | None = None
    """Rows that it found."""
    fault: Fault | None = None
    """How it failed."""
    retry_after: float | None = None
    """Seconds after which it may be tried again, where somebody has said so. Set by the parent alone."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Reply to ``apply``: the commit was sent, and nobody knows whether it was done."""

    fault: Fault


Outcome = Committed | NotWritten | Unknown
Reply = Done | Committed | NotWritten | Unknown
_REPLIES: dict[str, type[Reply]] = {
    "done": Done,
    "committed": Committed,
    "not_written": NotWritten,
    "unknown": Unknown,
}
_NAMES = {kind: name for name, kind in _REPLIES.items()}


def hello_frame(bits: int) -> bytes:
    """The child's first payload."""
    return orjson.dumps({"writer": PROTOCOL, "bits": bits})


def is_hello(payload: bytes) -> bool:
    """Whether this is the first payload of a child of this protocol."""
    try:
        raw = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return False
    return isinstance(raw, dict) and raw.get("writer") == PROTOCOL


def parse_request(payload: bytes) -> tuple[int, Request | None]:
    """Number and request of a payload; no request = cancel that number. Raises :class:`ProtocolError`."""
    return envelope.parse_request(payload, _request)


def committing_frame(number: int) -> bytes:
    """Payload that says: the commit is sent next."""
    return orjson.dumps({"id": number, "committing": True})


def reply_frame(number: int, reply: Reply | Fault) -> bytes:
    """Payload of a reply."""
    name = "fault" if isinstance(reply, Fault) else _NAMES[type(reply)]
    return orjson.dumps({"id": number, name: reply})


def parse_reply(payload: bytes) -> tuple[int, Reply | Fault | None]:
    """Number and reply; no reply = the commit is sent next. Raises :class:`ProtocolError`."""
    try:
        raw = orjson.loads(payload)
        number = int(raw.pop("id"))
        ((name, body),) = raw.items()
        if name == "committing":
            return number, None
        if name == "fault":
            return number, Fault(**body)
        if body.get("fault") is not None:
            body["fault"] = Fault(**body["fault"])
        if name == "committed":
            body["made"] = tuple(body["made"])
        return number, _REPLIES[name](**body)
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise ProtocolError(type(error).__name__) from None


def _request(op: str, raw: Mapping[str, Any]) -> Request:
    match op:
        case "open":
            return Open(raw["connection"], tuple(SessionStatement(**s) for s in raw["session"]), raw["login_timeout"])
        case "authenticate":
            return Authenticate(tuple(map(str, raw["statements"])))
        case "trial":
            return Trial(tuple(map(Step.parse, raw["steps"])), min(int(raw["attempts"]), MAX_ATTEMPTS))
        case "apply":
            return Apply(tuple(map(Step.parse, raw["steps"])), min(int(raw["attempts"]), MAX_ATTEMPTS))
        case "close":
            return Close()
        case _:
            raise ProtocolError("unknown operation")


def _value(raw: Any) -> Value:
    if raw is None or isinstance(raw, str | int | float):
        return raw
    match raw:
        case {"moment": text}:
            return Moment(text)
        case {"day": text}:
            return Day(text)
        case {"amount": text}:
            return Amount(text)
        case {"made": number}:
            return Made(number)
        case {"one_of": values}:
            return OneOf(tuple(values))
        case _:
            raise ProtocolError("bad value")
