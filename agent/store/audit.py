"""The audit trail: every command and every decision about it, appended and never changed, each line chained to the one
before by a keyed hash, so that whoever alters, removes or reorders a line without the key is found out.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from agent.model.errors import StoreDamaged
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
        number, previous = self._end(run)
        told = orjson.dumps(dict(detail or {}), option=orjson.OPT_SORT_KEYS)
        row = (number, self._clock(), event, who, name, command_id, kind)
        link = self._link(previous, row, told)
        run.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, self._seal.seal(told, DETAIL), link))
        run.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_HEAD, self._head(number, link)))

    def entries(self, command_id: str | None = None) -> list[AuditEntry]:
        """The lines (about a command), the oldest first."""
        return [
            AuditEntry(number, at, event, who, name, about, kind, orjson.loads(self._seal.unseal(sealed, DETAIL)))
            for number, at, event, who, name, about, kind, sealed, _ in self._rows()[0]
            if command_id in (None, about)
        ]

    def verify(self) -> Verdict:
        """Go along the chain."""
        previous, count, broken = _START, 0, None
        rows, head = self._rows()
        for *row, sealed, link in rows:
            count += 1
            if broken is None and (row[0] != count or not self._fits(previous, tuple(row), sealed, link)):
                broken = count
            previous = link if isinstance(link, bytes) else _START
        if broken is None and head != (self._head(count, previous) if count else None):
            broken = count + 1  # lines were cut off at the end
        return Verdict(count, broken, previous.hex())

    def _rows(self) -> tuple[list[tuple[Any, ...]], str | None]:
        """All lines, and the word about the last."""
        with self._db.reading() as run:
            rows = run.execute("SELECT * FROM audit ORDER BY number").fetchall()
            head = run.execute("SELECT value FROM meta WHERE name = ?", (_HEAD,)).fetchone()
        return rows, head[0] if head else None

    def _fits(self, previous: bytes, row: tuple[Any, ...], sealed: bytes, link: bytes) -> bool:
        try:
            return bool(link == self._link(previous, row, self._seal.unseal(sealed, DETAIL)))
        except (StoreDamaged, TypeError):  # altered so that it cannot even be opened
            return False

    def _end(self, run: sqlite3.Connection) -> tuple[int, bytes]:
        """Number of the next line, and what it is chained to: the last line that was written, whether or not it is
        still there. Where that was tampered with, the next line does not fit either, so that it is found later too.
        """
        head = run.execute("SELECT value FROM meta WHERE name = ?", (_HEAD,)).fetchone()
        last = run.execute("SELECT coalesce(max(number), 0) FROM audit").fetchone()[0]
        try:
            number, link, _ = str(head[0]).split()
            if head[0] == self._head(int(number), bytes.fromhex(link)):
                return max(int(number), last) + 1, bytes.fromhex(link)
        except (TypeError, ValueError):  # there is none yet, or one that we have not written
            pass
        return last + 1, _START

    def _head(self, number: int, link: bytes) -> str:
        """What stands for the last line: nobody without the key can make it for an earlier one."""
        mac = hashlib.blake2b(b"%d " % number + link, key=self._seal.digest_key, digest_size=16).hexdigest()
        return f"{number} {link.hex()} {mac}"

    def _link(self, previous: bytes, row: tuple[Any, ...], told: bytes) -> bytes:
        content = orjson.dumps([*row, told.decode()])
        return hashlib.blake2b(previous + content, key=self._seal.digest_key, digest_size=16).digest()
