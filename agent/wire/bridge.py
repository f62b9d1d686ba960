"""The bridge protocol: what the agent asks of the process that holds the ODBC connection, and what comes back.

Each message is a JSON object in a frame (``frames.py``) over the child's stdin and stdout. The child speaks first
(:class:`Hello`). A request is ``{"id", "op", "body"}``; a reply is ``{"id", "ok"}`` or ``{"id", "error"}``.
``{"cancel": id}`` stops the request under way and has no reply of its own.

Must import nothing but orjson and the standard library: the child is also built as a 32-bit program. Errors carry
codes only: a driver's text may quote data and never crosses this border.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import orjson

from agent.wire import envelope
from agent.wire.frames import ProtocolError

PROTOCOL = 1
"""Version of this protocol; parent and child must speak the same."""

MAX_TEXT = 1_048_576
"""Longest text value that is handed over, in characters; a longer one comes as a ``too_long`` marker."""

UNREADABLE = "!"
"""A value that could not be handed over comes as ``{"!": reason}``."""

BYTES = "!b64"
"""A binary value comes as ``{"!b64": base64}``."""


@dataclass(frozen=True, slots=True)
class LastKey:
    """A parameter that stands for a part of the key of the page's last root row."""

    last: int
    """Index of the key part."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A parameter that is bound as a timestamp."""

    moment: str
    """Local date and time, ISO 8601."""


Param = str | int | float | None | LastKey | Moment


@dataclass(frozen=True, slots=True)
class Select:
    """One SELECT, its columns apart from the rest so that a page with a bad value can be read column by column."""

    table: str
    """Declared name of the table, for error messages."""
    head: str
    """Text before the columns."""
    columns: tuple[str, ...]
    """Quoted columns; the first ``anchor`` ones identify a row."""
    tail: str
    """Text after the columns."""
    params: tuple[Param, ...] = ()
    """Values for the question marks in ``tail``."""
    anchor: int = 0
    """How many leading columns identify a row and fix the order of rows."""

    @property
    def sql(self) -> str:
        """The whole statement."""
        return self.head + ", ".join(self.columns) + self.tail

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Select:
        """From JSON."""
        return cls(
            table=raw["table"],
            head=raw["head"],
            columns=tuple(raw["columns"]),
            tail=raw["tail"],
            params=tuple(_param(value) for value in raw["params"]),
            anchor=raw["anchor"],
        )


@dataclass(frozen=True, slots=True)
class PartSelects:
    """The rows of a part that belong to a page, in two forms."""

    ranged: Select
    """For a page that reaches the end of its range: keys of the whole range."""
    closed: Select
    """For a page that ends before: keys up to the page's last (:class:`LastKey`)."""


@dataclass(frozen=True, slots=True)
class Hello:
    """The child's first frame."""

    protocol: int
    """Must be :data:`PROTOCOL`."""
    bits: int
    """32 or 64: which drivers the child can load."""

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> Hello:
        """From JSON."""
        return cls(raw["protocol"], raw["bits"])


@dataclass(frozen=True, slots=True)
class SessionStatement:
    """A statement that prepares the connection."""

    sql: str
    """The statement."""
    required: bool = True
    """False: some servers do not know it; go on without."""


@dataclass(frozen=True, slots=True)
class Open:
    """Connect. Autocommit always; read-only where the driver can."""

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
class Page:
    """The first ``limit`` root rows of a range with their part rows, or a digest of the same."""

    op: ClassVar[str] = "page"
    root: Select
    """Asks for ``limit`` + 1 rows, keys first."""
    parts: tuple[PartSelects, ...]
    limit: int
    """Most root rows to hand over."""
    want: Literal["rows", "digest"]
    """``rows``: a page may end early when it grows large. ``digest``: the whole range or an overflow."""


@dataclass(frozen=True, slots=True)
class Query:
    """A small result, whole."""

    op: ClassVar[str] = "query"
    select: Select
    max_rows: int
    """More rows than this are an error (``too_large``)."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """Keys (the anchor columns) and a digest of each row."""

    op: ClassVar[str] = "glimpse"
    select: Select
    max_rows: int
    """More rows than this are an error (``too_large``)."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the database knows of these tables."""

    op: ClassVar[str] = "catalogue"
    schema: str | None
    """Owner of the tables, where the engine has such a thing."""
    tables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Info:
    """Driver and server."""

    op: ClassVar[str] = "info"


@dataclass(frozen=True, slots=True)
class Close:
    """Disconnect; a later request opens again."""

    op: ClassVar[str] = "close"


Request = Open | Page | Query | Glimpse | Catalogue | Info | Close

Rows = list[list[Any]] | orjson.Fragment
"""Rows as JSON arrays: already serialised on the child's side, lists on the parent's."""


@dataclass(frozen=True, slots=True)
class Done:
    """Reply to ``open`` and ``close``."""


@dataclass(frozen=True, slots=True)
class PageReply:
    """Reply to ``page``."""

    rows: Rows
    """Root rows, with ``rows``."""
    parts: list[Rows]
    """Rows of each part, with ``rows``."""
    count: int
    """Root rows covered."""
    digest: str
    """BLAKE2b-128, hex, over the root rows and each part's rows."""
    last: bool
    """True when the range holds nothing more."""
    overflow: bool
    """With ``digest``: the range holds more than ``limit`` rows; the digest says nothing."""
    odd: bool
    """True when some value may be a marker object."""
    busy: float
    """Seconds spent in execute and fetch."""


@dataclass(frozen=True, slots=True)
class QueryReply:
    """Reply to ``query``."""

    rows: Rows
    odd: bool
    """True when some value may be a marker object."""
    busy: float
    """Seconds spent in execute and fetch."""


@dataclass(frozen=True, slots=True)
class GlimpseReply:
    """Reply to ``glimpse``."""

    keys: Rows
    digests: list[str]
    """BLAKE2b-128 of each row, hex, in the order of the keys."""
    odd: bool
    """True when some key value may be a marker object."""
    busy: float
    """Seconds spent in execute and fetch."""


@dataclass(frozen=True, slots=True)
class ColumnInfo:
    """A column as the database knows it."""

    name: str
    family: str
    """number, text, date, time, timestamp, binary or other."""
    nullable: bool


@dataclass(frozen=True, slots=True)
class TableInfo:
    """A table as the database knows it."""

    columns: tuple[ColumnInfo, ...]
    indexes: tuple[tuple[str, ...], ...]
    """Columns of each index, leading column first."""

    @classmethod
    def parse(cls, raw: Mapping[str, Any]) -> TableInfo:
        """From JSON."""
        return cls(
            tuple(ColumnInfo(**column) for column in raw["columns"]),
            tuple(tuple(index) for index in raw["indexes"]),
        )


@dataclass(frozen=True, slots=True)
class CatalogueReply:
    """Reply to ``catalogue``."""

    tables: dict[str, TableInfo | None]
    """By declared name; None = no such table."""
    busy: float
    """Seconds spent in the driver."""


@dataclass(frozen=True, slots=True)
class InfoReply:
    """Reply to ``info``."""

    driver: str
    driver_version: str
    dbms: str
    dbms_version: str


Reply = Done | PageReply | QueryReply | GlimpseReply | CatalogueReply | InfoReply


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a request failed: codes only."""

    code: str
    """Stable, snake_case."""
    sqlstate: str | None = None
    native: int | None = None
    """The engine's own error number."""
    table: str | None = None
    """Declared name of the table asked for."""


REPLIES: dict[str, type[Reply]] = {
    "open": Done,
    "page": PageReply,
    "query": QueryReply,
    "glimpse": GlimpseReply,
    "catalogue": CatalogueReply,
    "info": InfoReply,
    "close": Done,
}
"""Kind of reply by operation."""


def parse_request(payload: bytes) -> tuple[int, Request | None]:
    """Number and request of a payload; no request = cancel that number. Raises :class:`ProtocolError`."""
    return envelope.parse_request(payload, _request)


def reply_frame(number: int, answer: Reply | Fault) -> bytes:
    """Payload of a reply."""
    return orjson.dumps({"id": number, "error" if isinstance(answer, Fault) else "ok": answer})


def parse_reply(payload: bytes, op: str) -> tuple[int, Reply | Fault]:
    """Number and reply to an operation. Raises :class:`ProtocolError`."""
    try:
        raw = orjson.loads(payload)
        number = int(raw["id"])
        if "error" in raw:
            return number, Fault(**raw["error"])
        kind = REPLIES[op]
        if kind is CatalogueReply:
            raw["ok"]["tables"] = {n: t and TableInfo.parse(t) for n, t in raw["ok"]["tables"].items()}
        return number, kind(**raw["ok"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise ProtocolError(type(error).__name__) from None


def _param(value: Any) -> Param:
    if isinstance(value, dict):
        return LastKey(value["last"]) if "last" in value else Moment(value["moment"])
    if value is None or isinstance(value, str | int | float):
        return value
    raise ProtocolError("bad parameter")


def _request(op: str, raw: Mapping[str, Any]) -> Request:
    match op:
        case "open":
            return Open(raw["connection"], tuple(SessionStatement(**s) for s in raw["session"]), raw["login_timeout"])
        case "page":
            return Page(Select.parse(raw["root"]), tuple(map(_part, raw["parts"])), raw["limit"], raw["want"])
        case "query":
            return Query(Select.parse(raw["select"]), raw["max_rows"])
        case "glimpse":
            return Glimpse(Select.parse(raw["select"]), raw["max_rows"])
        case "catalogue":
            return Catalogue(raw["schema"], tuple(raw["tables"]))
        case "info":
            return Info()
        case "close":
            return Close()
        case _:
            raise ProtocolError("unknown operation")


def _part(raw: Mapping[str, Any]) -> PartSelects:
    return PartSelects(Select.parse(raw["ranged"]), Select.parse(raw["closed"]))
