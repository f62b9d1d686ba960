"""What a source hands over: keys, ranges, records, pages, mapped records, and what it says of itself.

These are the words that capture and the sources share. Hot paths use slotted dataclasses and tuples; nothing here
knows a database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

KeyPart = int | str
Key = tuple[KeyPart, ...]
"""A record's key exactly as the database returned it. Keys are compared only inside the database."""

Row = Sequence[Any]
"""Column values as JSON has them: str, int, float, bool, None; dates and times ISO 8601; decimals as strings."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands in a row for a value that the driver could not hand over."""

    reason: Literal["undecodable", "out_of_range", "too_long"]


@dataclass(frozen=True, slots=True)
class Range:
    """Keys after ``after`` up to and including ``upto``; None = open."""

    after: Key | None = None
    upto: Key | None = None


class Record(NamedTuple):
    """A record read whole: its root row and the rows of its parts. A tuple, because there are so many of them."""

    key: Key
    root: Row
    parts: tuple[tuple[Row, ...], ...] = ()
    """Rows of each part, in the order in which the shape declares the parts."""


@dataclass(frozen=True, slots=True)
class Page:
    """Records in key order, all of one statement per table."""

    records: list[Record]
    digest: bytes
    """Digest of the page: equals :attr:`RangeDigest.digest` of the same range with the same content."""
    last: bool
    """True when the range holds nothing after the last record."""
    busy: float
    """Seconds during which the engine was at work for this page, at most."""


@dataclass(frozen=True, slots=True)
class RangeDigest:
    """Digest of a fenced range, computed beside the driver."""

    digest: bytes
    rows: int
    overflow: bool
    """True when the range holds more records than the limit; then the digest says nothing."""
    busy: float
    """Seconds during which the engine was at work, at most."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """Keys of a slice of records with a digest of each root row: what a window accelerator compares."""

    digests: dict[Key, bytes]
    busy: float


@dataclass(frozen=True, slots=True)
class Growth:
    """What an accelerator that grows (audit rows, stamps, high-water marks) has to say since a cursor."""

    keys: list[Key]
    """Root keys named, one per audit row or record seen; a key may be named more than once."""
    marks: list[int | str]
    """Parallel to ``keys``: the audit number, key or stamp by which it was named. The overlap that covers late commits
    names things again; whoever has seen the same (key, mark) before need not read it again."""
    cursor: Any
    """JSON value to continue from: exact while ``more`` is true, else set back by the overlap."""
    more: bool
    """True when there is more to fetch at once."""
    busy: float


@dataclass(frozen=True, slots=True)
class Hint:
    """Cheap news: may anything have changed? A hint brings work forward and never skips any."""

    cursor: Any
    shapes: frozenset[str] = frozenset()
    """Shapes whose records should be looked at now."""
    days: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Shape -> local dates whose window slices should be looked at now."""
    lookups: bool = False
    """Lookups should be read again now."""
    busy: float = 0.0


@dataclass(frozen=True, slots=True)
class Issue:
    """A field that could not be read or mapped as it should."""

    field: str
    code: str
    """For example undecodable, out_of_range, unknown_code, nonexistent_local_time, dangling."""


@dataclass(slots=True)
class Mapped:
    """A record in canonical form, or the reason why it has none.

    Not frozen: there is one for every row, and frozen ones take twice as long to make.
    """

    key: Key
    id: str | None
    """Canonical id, without an incarnation suffix; None = the key cannot be used (quarantine)."""
    data: dict[str, Any] | None
    """Canonical fields; None = the record is not part of the feed (filtered out by the declaration)."""
    derived: dict[str, Any] | None = None
    """Fields derived from others (UTC times): sent, not part of the version."""
    source_updated_at: str | None = None
    """The PMS's own change stamp, where it has one."""
    issues: tuple[Issue, ...] = ()
    identity: tuple[str | None, ...] = ()
    """What tells one person from another who got the same key later (name, birth date, entry date)."""
    canonical: bytes | None = field(default=None, compare=False, repr=False)
    """Canonical bytes of ``data`` where the source has made them already (:func:`agent.model.canonical.encode`)."""


@dataclass(frozen=True, slots=True)
class Accelerator:
    """Something that tells early that records of a shape may have changed."""

    name: str
    kind: Literal["window", "growth"]
    bound: float = 0.0
    """Seconds between two looks at it."""
    days_back: int = 0
    """Window only: first day, counted back from today."""
    days_ahead: int = 0
    """Window only: last day, counted ahead from today."""


@dataclass(frozen=True, slots=True)
class ShapeFacts:
    """What capture must know of a record shape; how it is read and mapped stays with the source."""

    id: str
    """Stable name, unique in the source: ``patient``, ``ledger_entry.adjustment``."""
    resource: str
    table: str
    """The root table, as the feed names it."""
    ordered: bool
    """True when keys are integers, so that they compare here as they do in the database."""
    accelerators: tuple[Accelerator, ...] = ()
    small: bool = False
    """True for reference tables that fit one page: compared whole at every lookup interval, not by rotation."""
    reusable_keys: bool = False
    """True when the PMS gives the key of a deleted record to a new one."""
    stopped: str | None = None
    """Why this shape cannot be read on this database (a warning code and what it names), or None."""


@dataclass(frozen=True, slots=True)
class Description:
    """What a source says of the database behind it."""

    pms: str
    """``eaglesoft``, ``opendental``, ..."""
    pms_version: str | None
    engine: str
    """Database engine and version."""
    database: str
    """Fingerprint of the database: digests of its oldest rows, separated by blanks. Single ones may change; when most
    of them differ at once, another database answers under the same name."""
    schema: str
    """Fingerprint of the tables and columns used."""
    dirty_reads: bool
    """True when scans may show uncommitted rows: then every change is confirmed by ``rows``."""
    high_marks: Mapping[str, int]
    """Marks that only rise (append-only keys); a fall means a restored or another database."""
    clock: str
    """The database's own local time, ISO 8601."""
    shapes: tuple[ShapeFacts, ...]
    warnings: tuple[tuple[str, str], ...] = ()
    """(code, what it names) of everything found that a person should know."""
    halted: str | None = None
    """Why nothing may be read now (an upgrade of the PMS is running), or None."""
    sizes: Mapping[str, int] = field(default_factory=dict)
    """Shape -> about how many rows its root table has, where the engine says so by itself. For people who wait."""
