"""What capture needs of the world: a source to read from and a store to keep things in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from agent.model.reading import (
    Description,
    Glimpse,
    Growth,
    Hint,
    Key,
    Mapped,
    Page,
    Range,
    RangeDigest,
    Record,
)
from agent.model.state import Commit, Entry, Fence, Former, Hold, Place, ShapeState


class Source(Protocol):
    """A practice's database, as questions that can be asked of it.

    Every method may raise :class:`agent.model.errors.Retry` (the database is away or too slow; ask again later),
    ``Terminal`` (this cannot work: for example a used column is gone) or ``NeedsPerson``. Nothing is ever answered in
    part.
    """

    def describe(self) -> Description:
        """Look at the database afresh: version, fingerprints, shapes, warnings, whether work must halt."""

    def refresh(self) -> frozenset[str]:
        """Read the lookups again; names the shapes whose salt has changed by it."""

    def salt(self, shape: str) -> bytes:
        """Digest of everything but the rows that goes into mapping: mapping version, code tables, zone, lookups."""

    def mapping_version(self, shape: str) -> int:
        """Version number of the shape's mapping."""

    def id_of(self, shape: str, key: Key) -> str | None:
        """Canonical id of a key (prefix, trimmed, folded), without an incarnation suffix; None = unusable key."""

    def key_of(self, shape: str, record_id: str) -> Key | None:
        """The key that a canonical id (without an incarnation suffix) was made of; None = not an id of this shape."""

    def on_days(self, shape: str, first_day: str, last_day: str) -> list[Key]:
        """Keys of the records of a window (local dates, both inclusive)."""

    def scan(self, shape: str, within: Range, limit: int) -> Page:
        """The first ``limit`` records of a range, read whole, in key order."""

    def rows(self, shape: str, keys: Sequence[Key]) -> list[Record]:
        """These records, read whole and committed; those that are gone are left out. At most 500 keys."""

    def digest(self, shape: str, within: Range, limit: int) -> RangeDigest:
        """One digest for a range of at most ``limit`` records."""

    def glimpse(self, shape: str, accelerator: str, first_day: str, last_day: str) -> Glimpse:
        """Keys and root digests of the records of a window's slice (local dates, both inclusive)."""

    def growth(self, shape: str, accelerator: str, cursor: Any, limit: int) -> Growth:
        """Root keys named by what has grown since ``cursor``; None = begin at the present end, naming none."""

    def hint(self, cursor: Any) -> Hint:
        """What may have changed since ``cursor``, cheaply; None = begin now."""

    def map(self, shape: str, records: Sequence[Record]) -> list[Mapped]:
        """Records in canonical form, in the order given. Never raises for odd data."""


class Outbox(Protocol):
    """What capture sees of the outbox."""

    @property
    def place(self) -> Place:
        """Epoch and numbers."""

    @property
    def size(self) -> int:
        """Bytes that wait for the cloud."""


class Store(Protocol):
    """The agent's durable truth, as capture reads and writes it."""

    @property
    def outbox(self) -> Outbox:
        """The outbox."""

    @property
    def digest_key(self) -> bytes:
        """Key for digests of records."""

    def states(self) -> dict[str, ShapeState]:
        """How far each shape has got."""

    def fences(self) -> dict[str, list[Fence]]:
        """All fences, per shape in key order."""

    def entries(self, fence: int) -> dict[Key, Entry]:
        """What is known of the records of a fence."""

    def cursor(self, name: str) -> Any:
        """An accelerator's cursor; None = none yet."""

    def dirty(self) -> list[tuple[str, Key]]:
        """Keys to be re-read, oldest first."""

    def former(self, shape: str, base_id: str) -> Former | None:
        """The earlier holder of a reused key."""

    def mark(self, name: str) -> Any:
        """A fact about the database, or None."""

    def holds(self, *, open_only: bool = True) -> list[Hold]:
        """Work that waits for a person."""

    def accepted(self, kind: str, shape: str | None, since: float) -> Hold | None:
        """The last such hold that a person accepted after ``since`` (seconds since 1970), if any."""

    def commit(self, step: Commit, chunk: Callable[[Sequence[bytes]], bytes] | None = None) -> dict[str, list[int]]:
        """Write everything a step learned, in one transaction; returns the ids of new fences per shape.

        ``chunk`` makes a chunk of some of the step's lines: large ones need several.
        """
