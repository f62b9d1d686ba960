"""A source made of plain dictionaries, and an agent's half around it: what capture's tests play with."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import zstandard

from agent.capture.engine import Capture
from agent.capture.pace import PaceSettings
from agent.capture.work import CaptureSettings
from agent.model.errors import Terminal
from agent.model.reading import (
    Description,
    Glimpse,
    Growth,
    Hint,
    Issue,
    Key,
    Mapped,
    Page,
    Range,
    RangeDigest,
    Record,
    ShapeFacts,
)
from agent.store.sealing import Seal
from agent.store.store import Store

Rows = dict[Key, list[Any]]

PATIENT = ShapeFacts("patient", "patient", "patient", ordered=False, reusable_keys=True)
APPOINTMENT = ShapeFacts("appointment", "appointment", "appointment", ordered=True)


def row(name: str, note: str = "", birth: str = "b", entered: str = "e") -> list[str]:
    """A row of the plain source."""
    return [name, birth, entered, note]


class PlainClock:
    """A clock that is set by hand."""

    now = 1_000_000.0

    def time(self) -> float:
        """Seconds since 1970."""
        return self.now

    def monotonic(self) -> float:
        """Seconds."""
        return self.now


class PlainSource:
    """Tables as dictionaries: key -> [name, birth, entered, note]; a name of "?" cannot be mapped, "-" is no record."""

    def __init__(self, *shapes: ShapeFacts) -> None:
        self.shapes = shapes
        self.tables: dict[str, Rows] = {shape.id: {} for shape in shapes}
        self.uncommitted: dict[str, Rows] = {}
        """What scans show in place of the tables' rows, and reads by key do not."""
        self.dirty_reads = False
        self.database = "one"
        self.marks: dict[str, int] = {}
        self.halted: str | None = None
        self.word = b"salt"
        self.broken: set[str] = set()
        self.named: list[tuple[Key, int]] = []
        """What the audit accelerator names: (key, mark)."""
        self.asked: list[str] = []

    def describe(self) -> Description:
        """As it stands."""
        return Description(
            pms="plain",
            pms_version="1",
            engine="dictionary",
            database=self.database,
            schema="s",
            dirty_reads=self.dirty_reads,
            high_marks=self.marks,
            clock="2026-03-02T09:00:00",
            shapes=self.shapes,
            halted=self.halted,
        )

    def refresh(self) -> frozenset[str]:
        """Nothing is looked up."""
        return frozenset()

    def salt(self, shape: str) -> bytes:
        """A word that tests change."""
        return self.word

    def mapping_version(self, shape: str) -> int:
        """Always one."""
        return 1

    def id_of(self, shape: str, key: Key) -> str | None:
        """The key as text."""
        return str(key[0]) or None

    def key_of(self, shape: str, record_id: str) -> Key | None:
        """The id, as a number where keys are."""
        ordered = next(one.ordered for one in self.shapes if one.id == shape)
        return (int(record_id) if ordered else record_id,)

    def on_days(self, shape: str, first_day: str, last_day: str) -> list[Key]:
        """Everything, as if all of it lay in the window."""
        return [record.key for record in self._within(shape, Range())]

    def _within(self, shape: str, within: Range) -> list[Record]:
        if shape in self.broken:
            raise Terminal("column_missing", "broken", "")
        rows = self.tables[shape] | self.uncommitted.get(shape, {})
        keys = sorted(
            key
            for key in rows
            if (within.after is None or key > within.after) and (within.upto is None or key <= within.upto)
        )
        return [Record(key, [*key, *rows[key]]) for key in keys]

    @staticmethod
    def _digest(records: Sequence[Record]) -> bytes:
        return hashlib.blake2b(orjson.dumps([r.root for r in records]), digest_size=16).digest()

    def scan(self, shape: str, within: Range, limit: int) -> Page:
        """In key order."""
        self.asked.append(f"scan {shape}")
        found = self._within(shape, within)
        return Page(found[:limit], self._digest(found[:limit]), len(found) <= limit, 0.001)

    def digest(self, shape: str, within: Range, limit: int) -> RangeDigest:
        """Of the range."""
        self.asked.append(f"digest {shape}")
        found = self._within(shape, within)
        return RangeDigest(self._digest(found), len(found), len(found) > limit, 0.001)

    def rows(self, shape: str, keys: Sequence[Key]) -> list[Record]:
        """Committed."""
        self.asked.append(f"rows {shape}")
        return [Record(key, [*key, *self.tables[shape][key]]) for key in keys if key in self.tables[shape]]

    def glimpse(self, shape: str, accelerator: str, first_day: str, last_day: str) -> Glimpse:
        """Everything, as if all of it lay in the window."""
        return Glimpse({r.key: self._digest([r]) for r in self._within(shape, Range())}, 0.001)

    def growth(self, shape: str, accelerator: str, cursor: Any, limit: int) -> Growth:
        """What tests have named after the cursor."""
        if cursor is None:
            return Growth([], [], max((m for _, m in self.named), default=0), False, 0.001)
        new = [(k, m) for k, m in self.named if m > cursor]
        return Growth([k for k, _ in new], [m for _, m in new], max([cursor, *(m for _, m in new)]), False, 0.001)

    def hint(self, cursor: Any) -> Hint:
        """None."""
        return Hint(0)

    def map(self, shape: str, records: Sequence[Record]) -> list[Mapped]:
        """Four fields; the first three identify."""
        found = []
        for record in records:
            name, birth, entered, note = record.root[1:5]
            data = {"name": name, "birth": birth, "entered": entered, "note": note}
            record_id = self.id_of(shape, record.key)
            if name == "?":
                found.append(Mapped(record.key, record_id, None, issues=(Issue("name", "invalid"),)))
            elif name == "-":
                found.append(Mapped(record.key, record_id, None))
            else:
                found.append(Mapped(record.key, record_id, data, identity=(name, birth, entered)))
        return found


class Half:
    """Capture with a store, and a look at what waits in its outbox."""

    kind_of_source: type[PlainSource] = PlainSource

    def __init__(self, folder: Path, *shapes: ShapeFacts, **settings: Any) -> None:
        self.clock = PlainClock()
        self.source = self.kind_of_source(*(shapes or (PATIENT, APPOINTMENT)))
        self.store = Store(folder / "store.db", Seal(bytes(32)), self.clock.time)
        self.store.begin_epoch(1, {})
        self.events: list[str] = []
        defaults: dict[str, Any] = {"pace": PaceSettings(least=2, most=4), "delete_floor": 3, "delete_share": 0.0}
        self.settings = CaptureSettings(**(defaults | settings))
        self.capture = Capture(self.source, self.store, self.clock, self.settings, self._report)
        self._read = 0

    def _report(self, code: str, **_: object) -> None:
        self.events.append(code)

    def settle(self) -> list[str]:
        """Let everything be compared; the new lines of the outbox as short words, in order."""
        started = self.clock.now
        self.clock.now += 0.001
        self.capture.hasten()
        for _ in range(2000):
            pause = self.capture.step()
            self.clock.now += max(pause, 0.001)
            if self.capture.seen_since(started) or self.capture.work.guard.halted is not None:
                break
        return self.lines()

    def lines(self) -> list[str]:
        """New lines of the outbox: ``upsert patient 1 Ada``."""
        found = []
        seq = 0
        for chunk in self.store.outbox.pending(1 << 30):
            for line in zstandard.decompress(chunk.frame).split(b"\n")[1:]:
                seq += 1
                if seq > self._read:
                    found.append(_words(orjson.loads(line)))
        self._read = seq
        return found

    def taken(self) -> None:
        """A cloud has taken everything that waited; :meth:`lines` goes on with what comes next."""
        self._read = 0

    def causes(self) -> list[str]:
        """Cause of every chunk."""
        chunks = self.store.outbox.pending(1 << 30)
        return [orjson.loads(zstandard.decompress(c.frame).split(b"\n")[0])["cause"] for c in chunks]


def _words(line: dict[str, Any]) -> str:
    words = [line["op"], line["resource"], str(line.get("id", line.get("count")))]
    if line["op"] == "upsert":
        words.append(line["data"]["name"])
    return " ".join(words)
