"""The outbox: changes numbered within an epoch, chained, sealed, kept until the cloud has acknowledged them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence

from agent.model.errors import Retry
from agent.model.state import Pending, Place
from agent.store.database import Database
from agent.store.sealing import Seal
from agent.wire.cloud import CHAIN_START, chain

FRAME = b"frame"
"""What frames are sealed for."""


CHUNK_BYTES = 2 * 1024 * 1024
"""A chunk is full when its lines have grown to this many bytes: a batch must be able to carry it, however large the
records of a page are."""


def portions(lines: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """The lines of a step, cut into those of one chunk each."""
    begin = size = 0
    for end, line in enumerate(lines):
        if end > begin and size + len(line) > CHUNK_BYTES:
            yield lines[begin:end]
            begin, size = end, 0
        size += len(line)
    if begin < len(lines):
        yield lines[begin:]


class EpochChanged(Retry):
    """The step was planned in an epoch that has ended; plan it again."""


class Outbox:
    """Numbers, chunks and acknowledgements."""

    def __init__(self, db: Database, seal: Seal, clock: Callable[[], float]) -> None:
        self._db = db
        self._seal = seal
        self._clock = clock
        self.reload()

    def reload(self) -> None:
        """Read the place from the file."""
        with self._db.reading() as run:
            row = run.execute("SELECT value FROM meta WHERE name = 'place'").fetchone()
            tail = run.execute("SELECT chain FROM outbox ORDER BY first_seq DESC LIMIT 1").fetchone()
            size = run.execute("SELECT coalesce(sum(size), 0), count(*) FROM outbox").fetchone()
        epoch, next_seq, acked_seq, acked = row[0].split(" ") if row else ("0", "1", "0", CHAIN_START.hex())
        self._place = Place(int(epoch), int(next_seq), int(acked_seq), bytes.fromhex(acked))
        self._tail: bytes = tail[0] if tail else self._place.acked_chain
        self._size, self._chunks = size
        self._next = (self._place, self._tail, self._size, self._chunks)

    @property
    def place(self) -> Place:
        """Where the outbox stands."""
        return self._place

    @property
    def size(self) -> int:
        """Bytes waiting."""
        return int(self._size)

    def check_epoch(self, epoch: int) -> None:
        """At the start of a commit: refuse a step that was planned in another epoch."""
        self._next = (self._place, self._tail, self._size, self._chunks)
        if epoch != self._place.epoch:
            raise EpochChanged("epoch_changed", "A new epoch has begun", "The step is planned again.")

    def restart(self, run: sqlite3.Connection, epoch: int) -> None:
        """Inside ``begin_epoch``'s transaction: number from 1 again."""
        self._write(run, Place(epoch, 1, 0, CHAIN_START))
        self._next = (Place(epoch, 1, 0, CHAIN_START), CHAIN_START, 0, 0)

    def append(self, run: sqlite3.Connection, frame: bytes, count: int, now: float) -> None:
        """Inside a commit's transaction: number a chunk's changes and keep it, after what was appended before."""
        place, tail, size, chunks = self._next
        link = chain(tail, frame)
        sealed = self._seal.seal(frame, FRAME)
        run.execute(
            "INSERT INTO outbox VALUES (?, ?, ?, ?, ?, ?)", (place.next_seq, count, link, len(frame), now, sealed)
        )
        moved = Place(place.epoch, place.next_seq + count, place.acked_seq, place.acked_chain)
        self._write(run, moved)
        self._next = (moved, link, size + len(frame), chunks + 1)

    def settled(self) -> None:
        """After the transaction was committed, still under the lock: what was written is so."""
        self._place, self._tail, self._size, self._chunks = self._next

    def pending(self, limit_bytes: int) -> list[Pending]:
        """The oldest chunks that wait, at least one if there is any, up to about ``limit_bytes``."""
        found: list[Pending] = []
        total = 0
        with self._db.reading() as run:
            rows = run.execute("SELECT first_seq, count, sealed, size, created FROM outbox ORDER BY first_seq")
            for first_seq, count, sealed, size, created in rows:
                if found and total + size > limit_bytes:
                    break
                found.append(Pending(first_seq, count, self._seal.unseal(sealed, FRAME), created))
                total += size
        return found

    def knows(self, seq: int, link: bytes) -> bool:
        """Whether ``seq`` with this chain value is a place in our own course (acknowledged, or the end of a chunk)."""
        if seq == self._place.acked_seq:
            return link == self._place.acked_chain
        with self._db.reading() as run:
            row = run.execute("SELECT chain FROM outbox WHERE first_seq + count - 1 = ?", (seq,)).fetchone()
        return row is not None and row[0] == link

    def acknowledge(self, seq: int, link: bytes) -> None:
        """The cloud holds everything up to ``seq`` durably; those chunks may go."""
        with self._db.exclusive():
            with self._db.transaction() as run:
                gone, size, oldest = run.execute(
                    "SELECT count(*), coalesce(sum(size), 0), min(created) FROM outbox"
                    " WHERE first_seq + count - 1 <= ?",
                    (seq,),
                ).fetchone()
                run.execute("DELETE FROM outbox WHERE first_seq + count - 1 <= ?", (seq,))
                place = Place(self._place.epoch, self._place.next_seq, seq, link)
                self._write(run, place)
                now = self._clock()
                run.execute("INSERT OR REPLACE INTO meta VALUES ('last_ack', ?)", (now,))
                if oldest is not None:
                    run.execute("INSERT OR REPLACE INTO meta VALUES ('last_lag', ?)", (now - oldest,))
                chunks = self._chunks - gone
                self._next = (place, self._tail if chunks else link, self._size - size, chunks)
            self.settled()

    @staticmethod
    def _write(run: sqlite3.Connection, place: Place) -> None:
        value = f"{place.epoch} {place.next_seq} {place.acked_seq} {place.acked_chain.hex()}"
        run.execute("INSERT OR REPLACE INTO meta VALUES ('place', ?)", (value,))
