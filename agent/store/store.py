"""The store: what the agent knows and has not yet delivered, and the only place where it is written.

Everything a step learned comes as one :class:`~agent.model.state.Commit` and is written in one transaction, together
with the chunk of changes it made. The outbox side (numbers, chain, acknowledgement) is in :mod:`agent.store.outbox`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import orjson

from agent.model.errors import StoreDamaged
from agent.model.reading import Key
from agent.model.state import Commit, Entry, Fence, Former, Hold, NewFence, ShapeState
from agent.store.audit import Audit
from agent.store.database import Database, Seam, no_seam, set_aside
from agent.store.inbox import SEALED_COMMANDS, Inbox
from agent.store.outbox import FRAME, Outbox, portions
from agent.store.packing import (
    pack_bounds,
    pack_entries,
    pack_key,
    unpack_bounds,
    unpack_entries,
    unpack_key,
)
from agent.store.requests import Requests
from agent.store.sealing import Seal

_ENTRIES = b"entries"
_BOUNDS = b"bounds"
_KEY = b"key"
_CURSOR = b"cursor"
_MARK = b"mark"

_SEALED = (
    ("SELECT bounds FROM fence", _BOUNDS),
    ("SELECT sealed FROM entries", _ENTRIES),
    ("SELECT after FROM shape WHERE after IS NOT NULL", _KEY),
    ("SELECT sealed FROM dirty", _KEY),
    ("SELECT sealed FROM cursor", _CURSOR),
    ("SELECT sealed FROM outbox", FRAME),
    ("SELECT value FROM meta WHERE name LIKE 'mark:%'", _MARK),
    *SEALED_COMMANDS,
)
"""Where sealed values are, and what they are sealed for."""


class Store:
    """The durable truth of one agent."""

    def __init__(self, path: Path, seal: Seal, clock: Callable[[], float], seam: Seam = no_seam) -> None:
        """Opens or makes the file; raises ``StoreDamaged`` when it cannot be used."""
        self._seal = seal
        self._clock = clock
        self._db = Database(path, seam)
        self.digest_key = seal.digest_key
        """Key for digests of records."""
        try:
            self._check_key()
            self.outbox = Outbox(self._db, seal, clock)
            """Numbers, chunks and acknowledgements."""
            self.requests = Requests(self._db, clock)
            """What other processes ask of the running agent."""
            self.audit = Audit(self._db, seal, clock)
            """What became of commands, and who decided."""
            self.inbox = Inbox(self._db, seal, clock, self.audit)
            """Commands from the cloud."""
        except BaseException:
            self._db.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _check_key(self) -> None:
        with self._db.transaction() as run:
            row = run.execute("SELECT value FROM meta WHERE name = 'canary'").fetchone()
            if row is None:
                run.execute("INSERT INTO meta VALUES ('canary', ?)", (self._seal.seal(b"practice-agent", b"canary"),))
            else:
                self._seal.unseal(row[0], b"canary")

    def check(self) -> None:
        """Open every sealed value once: where a page was torn, SQLite itself may see nothing wrong.

        Raises:
            StoreDamaged: one cannot be opened.
        """
        with self._db.reading() as run:
            for select, purpose in _SEALED:
                for (sealed,) in run.execute(select):
                    self._seal.unseal(sealed, purpose)

    # What is known --------------------------------------------------------------------------------------------------

    def states(self) -> dict[str, ShapeState]:
        """How far each shape has got."""
        with self._db.reading() as run:
            rows = run.execute("SELECT name, resource, loaded, after, count FROM shape").fetchall()
        return {
            name: ShapeState(
                name,
                resource,
                bool(loaded),
                None if after is None else unpack_key(self._seal.unseal(after, _KEY)),
                count,
            )
            for name, resource, loaded, after, count in rows
        }

    def fences(self) -> dict[str, list[Fence]]:
        """All fences, per shape in key order."""
        with self._db.reading() as run:
            rows = run.execute(
                "SELECT id, shape, bounds, digest, salt, rows, checked FROM fence ORDER BY shape, pos"
            ).fetchall()
        found: dict[str, list[Fence]] = {}
        for number, shape, bounds, digest, salt, count, checked in rows:
            within = unpack_bounds(self._seal.unseal(bounds, _BOUNDS))
            found.setdefault(shape, []).append(Fence(number, shape, within, digest, salt, count, checked))
        return found

    def entries(self, fence: int) -> dict[Key, Entry]:
        """What is known of the records of a fence."""
        with self._db.reading() as run:
            row = run.execute("SELECT sealed FROM entries WHERE fence = ?", (fence,)).fetchone()
        return {} if row is None else unpack_entries(self._seal.unseal(row[0], _ENTRIES))

    def cursor(self, name: str) -> Any:
        """An accelerator's cursor; None = none yet."""
        with self._db.reading() as run:
            row = run.execute("SELECT sealed FROM cursor WHERE name = ?", (name,)).fetchone()
        return None if row is None else orjson.loads(self._seal.unseal(row[0], _CURSOR))

    def dirty(self) -> list[tuple[str, Key]]:
        """Keys to be re-read, oldest first."""
        with self._db.reading() as run:
            rows = run.execute("SELECT shape, sealed FROM dirty ORDER BY since").fetchall()
        return [(shape, unpack_key(self._seal.unseal(sealed, _KEY)) or ()) for shape, sealed in rows]

    def former(self, shape: str, base_id: str) -> Former | None:
        """The earlier holder of a reused key, if the key has been free in between."""
        with self._db.reading() as run:
            row = run.execute(
                "SELECT incarnation, identity FROM former WHERE shape = ? AND ref = ?",
                (shape, self._seal.reference(shape, base_id)),
            ).fetchone()
        return None if row is None else Former(row[0], tuple(row[1][i : i + 8] for i in range(0, len(row[1]), 8)))

    def mark(self, name: str) -> Any:
        """A fact about the database (fingerprint, high marks), or None."""
        with self._db.reading() as run:
            row = run.execute("SELECT value FROM meta WHERE name = ?", (f"mark:{name}",)).fetchone()
        return None if row is None else orjson.loads(self._seal.unseal(row[0], _MARK))

    def holds(self, *, open_only: bool = True) -> list[Hold]:
        """Work that waits for a person."""
        with self._db.reading() as run:
            rows = run.execute("SELECT id, kind, shape, detail, created, decision FROM hold ORDER BY id").fetchall()
        found = [Hold(i, kind, shape, orjson.loads(d), created, dec) for i, kind, shape, d, created, dec in rows]
        return [hold for hold in found if hold.decision == "open" or not open_only]

    def accepted(self, kind: str, shape: str | None, since: float) -> Hold | None:
        """The last such hold that a person accepted after ``since`` (seconds since 1970), if any."""
        with self._db.reading() as run:
            row = run.execute(
                "SELECT id, detail, created FROM hold"
                " WHERE kind = ? AND shape IS ? AND decision = 'accepted' AND decided >= ? ORDER BY decided DESC",
                (kind, shape, since),
            ).fetchone()
        return None if row is None else Hold(row[0], kind, shape, orjson.loads(row[1]), row[2], "accepted")  # type: ignore[arg-type]

    def accept(self, hold: int) -> bool:
        """A person accepts a hold; False when there is no such open one."""
        with self._db.transaction() as run:
            done = run.execute(
                "UPDATE hold SET decision = 'accepted', decided = ? WHERE id = ? AND decision = 'open'",
                (self._clock(), hold),
            )
            return done.rowcount == 1

    def deliveries(self) -> tuple[float | None, float | None, float | None]:
        """Of deliveries: when the last was acknowledged, how long its oldest change had waited, and since when the
        oldest change waits that is not acknowledged yet (seconds since 1970, seconds, seconds since 1970).
        """
        with self._db.reading() as run:
            facts = dict(run.execute("SELECT name, value FROM meta WHERE name IN ('last_ack', 'last_lag')").fetchall())
            oldest = run.execute("SELECT min(created) FROM outbox").fetchone()[0]
        return facts.get("last_ack"), facts.get("last_lag"), oldest

    def quarantined(self) -> dict[str, int]:
        """Records that cannot be sent, counted per shape."""
        with self._db.reading() as run:
            return dict(run.execute("SELECT shape, count(*) FROM quarantine GROUP BY shape").fetchall())

    # What is learned ------------------------------------------------------------------------------------------------

    def begin_epoch(self, epoch: int, incarnations: dict[str, dict[str, int]]) -> None:
        """Begin an epoch: everything is to be read and sent again. ``incarnations``: shape -> base id -> number."""
        with self._db.exclusive():
            with self._db.transaction() as run:
                self._clear(run, incarnations)
                self.inbox.doubt_in(run)
                self.outbox.restart(run, epoch)
            self.outbox.settled()

    def _clear(self, run: Any, incarnations: dict[str, dict[str, int]]) -> None:
        for table in ("fence", "entries", "outbox", "cursor", "dirty", "shape", "quarantine"):
            run.execute(f"DELETE FROM {table}")
        for shape, numbers in incarnations.items():
            run.executemany(
                "INSERT INTO former VALUES (?, ?, ?, x'') ON CONFLICT DO NOTHING",
                [(shape, self._seal.reference(shape, base), number) for base, number in numbers.items()],
            )

    def commit(self, step: Commit, chunk: Callable[[Sequence[bytes]], bytes] | None = None) -> dict[str, list[int]]:
        """Write everything a step learned. ``chunk`` makes a compressed chunk of some of its lines.

        Returns the ids of new fences, per shape in the order given.

        Raises:
            EpochChanged: when another epoch has begun since the step was planned.
        """
        chunks = [] if chunk is None else [(chunk(lines), len(lines)) for lines in portions(step.lines)]
        now = self._clock()
        seal = self._seal
        sealed = {
            id(fence): seal.seal(pack_entries(fence.entries), _ENTRIES) for _, _, new in step.fences for fence in new
        }
        with self._db.exclusive():
            with self._db.transaction() as run:
                self.outbox.check_epoch(step.epoch)
                numbers = self._write(run, step, sealed, now)
                for frame, count in chunks:
                    self.outbox.append(run, frame, count, now)
                for settlement in step.settle:
                    self.inbox.settle_in(run, settlement)
            self.outbox.settled()
        return numbers

    def _write(self, run: Any, step: Commit, sealed: dict[int, bytes], now: float) -> dict[str, list[int]]:
        numbers: dict[str, list[int]] = {}
        seal = self._seal
        for old, shape, new in step.fences:
            numbers.setdefault(shape, []).extend(self._replace(run, old, shape, new, sealed, now))
        for fence, entries in step.entries.items():
            run.execute(
                "UPDATE entries SET sealed = ? WHERE fence = ?", (seal.seal(pack_entries(entries), _ENTRIES), fence)
            )
            run.execute("UPDATE fence SET rows = ?, digest = x'' WHERE id = ?", (len(entries), fence))
        run.executemany("UPDATE fence SET checked = ? WHERE id = ?", [(at, i) for i, at in step.checked.items()])
        for state in step.states:
            after = None if state.after is None else seal.seal(pack_key(state.after), _KEY)
            run.execute(
                "INSERT OR REPLACE INTO shape VALUES (?, ?, ?, ?, ?)",
                (state.shape, state.resource, int(state.loaded), after, state.count),
            )
        self._write_keys(run, step, now)
        run.executemany(
            "UPDATE hold SET decision = 'withdrawn' WHERE kind = ? AND shape IS ? AND decision = 'open'", step.withdrawn
        )
        if step.hold is not None:
            kind, shape_held, detail = step.hold
            known = run.execute(
                "SELECT id FROM hold WHERE kind = ? AND shape IS ? AND decision = 'open'", (kind, shape_held)
            ).fetchone()
            if known is None:
                run.execute(
                    "INSERT INTO hold VALUES (NULL, ?, ?, ?, ?, 'open', NULL)",
                    (kind, shape_held, orjson.dumps(detail).decode(), now),
                )
        for name, value in step.marks.items():
            sealed_mark = seal.seal(orjson.dumps(value), _MARK)
            run.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (f"mark:{name}", sealed_mark))
        return numbers

    def _replace(
        self, run: Any, old: int | None, shape: str, new: Sequence[NewFence], sealed: dict[int, bytes], now: float
    ) -> list[int]:
        if old is None:
            pos = run.execute("SELECT coalesce(max(pos), 0) + 1 FROM fence WHERE shape = ?", (shape,)).fetchone()[0]
        else:
            pos = run.execute("SELECT pos FROM fence WHERE id = ?", (old,)).fetchone()[0]
            run.execute("DELETE FROM fence WHERE id = ?", (old,))
            run.execute("DELETE FROM entries WHERE fence = ?", (old,))
            if len(new) > 1:
                run.execute("UPDATE fence SET pos = pos + ? WHERE shape = ? AND pos > ?", (len(new) - 1, shape, pos))
        numbers = []
        for offset, fence in enumerate(new):
            bounds = self._seal.seal(pack_bounds(fence.within), _BOUNDS)
            made = run.execute(
                "INSERT INTO fence VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)",
                (shape, pos + offset, bounds, fence.digest, fence.salt, len(fence.entries), 0 if fence.unread else now),
            )
            run.execute("INSERT INTO entries VALUES (?, ?)", (made.lastrowid, sealed[id(fence)]))
            numbers.append(made.lastrowid)
        return numbers

    def _write_keys(self, run: Any, step: Commit, now: float) -> None:
        seal = self._seal
        for name, value in step.cursors.items():
            run.execute("INSERT OR REPLACE INTO cursor VALUES (?, ?)", (name, seal.seal(orjson.dumps(value), _CURSOR)))
        for shape, key in step.clean:
            run.execute("DELETE FROM dirty WHERE shape = ? AND ref = ?", (shape, self._ref(shape, key)))
        for shape, key in step.dirty:
            run.execute(
                "INSERT INTO dirty VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (shape, self._ref(shape, key), seal.seal(pack_key(key), _KEY), now),
            )
        for (shape, base_id), former in step.former.items():
            ref = seal.reference(shape, base_id)
            run.execute("DELETE FROM former WHERE shape = ? AND ref = ?", (shape, ref))
            if former is not None:
                identity = b"".join(part or bytes(8) for part in former.identity)
                run.execute("INSERT INTO former VALUES (?, ?, ?, ?)", (shape, ref, former.incarnation, identity))
        for shape, key, reason in step.quarantine:
            run.execute(
                "INSERT INTO quarantine VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (shape, self._ref(shape, key), reason, now),
            )
        for shape, key in step.release:
            run.execute("DELETE FROM quarantine WHERE shape = ? AND ref = ?", (shape, self._ref(shape, key)))

    def _ref(self, shape: str, key: Key) -> bytes:
        return self._seal.reference(shape, hashlib.sha256(pack_key(key)).hexdigest())


def open_store(
    path: Path, seal: Seal, clock: Callable[[], float], stamp: str, seam: Seam = no_seam
) -> tuple[Store, Path | None]:
    """Open the store; one that is damaged or sealed with another key is set aside and begun anew.

    Returns the store and where the old one went, if it was set aside (``stamp`` becomes part of its name).
    """
    try:
        store = Store(path, seal, clock, seam)
        try:
            store.check()
        except BaseException:
            store.close()
            raise
        return store, None
    except StoreDamaged:
        aside = set_aside(path, stamp)
    return Store(path, seal, clock, seam), aside
