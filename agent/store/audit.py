"""The audit trail: every command and every decision about it, appended and never changed, each line chained to the one
before by a keyed hash, so that whoever alters, removes or reorders a line without the key is found out.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from agent.store.database import Database
from agent.store.sealing import Seal
from agent.wire.inbox import AuditEntry, Who

DETAIL = b"audit"
"""What details are sealed for."""
_START = bytes(16)
_HEAD = "audit"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the trail is whole."""

    entries: int
    broken_at: int | None
    """Number of the first line that does not fit; None = all do."""
    head: str
    """The last line's hash: noted elsewhere, it proves later that nothing before it was changed."""


class Audit:
    """The trail."""

    def __init__(self, db: Database, seal: Seal, clock: Callable[[], float]) -> None:
        self._db = db
        self._seal = seal
        self._clock = clock

    def add(
        self,
        run: sqlite3.Connection,
        event: str,
        who: Who,
        command_id: str,
        kind: str,
        detail: Mapping[str, Any] | None = None,
        name: str | None = None,
    ) -> None:
        """Inside a transaction: append a line."""
        last = run.execute("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1").fetchone()
        number, previous = (last[0] + 1, last[1]) if last else (1, _START)
        told = orjson.dumps(dict(detail or {}), option=orjson.OPT_SORT_KEYS)
        row = (number, self._clock(), event, who, name, command_id, kind)
        link = self._link(previous, row, told)
        run.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, self._seal.seal(told, DETAIL), link))
        run.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_HEAD, f"{number} {link.hex()}"))

    def entries(self, command_id: str | None = None) -> list[AuditEntry]:
        """The lines (about a command), the oldest first."""
        return [entry for entry, _, _ in self._rows() if command_id in (None, entry.command_id)]

    def verify(self) -> Verdict:
        """Go along the chain."""
        previous, count, broken = _START, 0, None
        for entry, told, link in self._rows():
            count += 1
            row = (entry.number, entry.at, entry.event, entry.who, entry.name, entry.command_id, entry.kind)
            if broken is None and (entry.number != count or link != self._link(previous, row, told)):
                broken = entry.number
            previous = link
        with self._db.reading() as run:
            head = run.execute("SELECT value FROM meta WHERE name = ?", (_HEAD,)).fetchone()
        if broken is None and (head[0] if head else "0 ") != (f"{count} {previous.hex()}" if count else "0 "):
            broken = count + 1  # lines were cut off at the end
        return Verdict(count, broken, previous.hex())

    def _rows(self) -> Iterator[tuple[AuditEntry, bytes, bytes]]:
        with self._db.reading() as run:
            rows = run.execute("SELECT * FROM audit ORDER BY number").fetchall()
        for number, at, event, who, name, command_id, kind, sealed, link in rows:
            told = self._seal.unseal(sealed, DETAIL)
            yield AuditEntry(number, at, event, who, name, command_id, kind, orjson.loads(told)), told, link

    def _link(self, previous: bytes, row: tuple[Any, ...], told: bytes) -> bytes:
        content = orjson.dumps([*row, told.decode()])
        return hashlib.blake2b(previous + content, key=self._seal.digest_key, digest_size=16).digest()
