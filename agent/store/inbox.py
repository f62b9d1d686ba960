"""The inbox: commands from the cloud, kept before they are acknowledged, each with its state, until they are long over.

Every change of state is written together with its line in the audit trail and its report for the cloud. Commands with
the same target are handed out one at a time, in the order in which the cloud queued them. Must never decide anything.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson

from agent.model.reading import Key
from agent.model.writing import Settlement
from agent.store.audit import DETAIL, Audit
from agent.store.database import Database
from agent.store.packing import pack_key, unpack_key
from agent.store.reports import REPORT, WaitingReports
from agent.store.sealing import Seal
from agent.wire.commands import FINAL, Command, CommandReport, State
from agent.wire.inbox import Intent, Kept, Who

_CONTENT = b"command"
_KEEP_SECONDS = 30 * 86_400.0
"""Commands that are over are kept so long after they expired: until then a repeated one is recognised by its id."""

_LONGEST_REST = 3600.0
"""No command rests longer: one that seems to, rests until a time at which the clock was set back."""

_HEARD_SECONDS = 30.0
"""So long after a start the cloud may say which commands are over before any is carried out."""

_COLUMNS = (
    "sealed, state, received, expires, look_first, attempts, not_before, approved, reason, intent, made, changed,"
    " outcome"
)
_OPEN = ", ".join(f"'{state}'" for state in ("received", "awaiting_approval", "intended", "applied", "needs_person"))

SEALED_COMMANDS = (
    ("SELECT sealed FROM command", _CONTENT),
    ("SELECT intent FROM command WHERE intent IS NOT NULL", _CONTENT),
    ("SELECT made FROM command WHERE made IS NOT NULL", _CONTENT),
    ("SELECT outcome FROM command WHERE outcome IS NOT NULL", _CONTENT),
    ("SELECT sealed FROM report", REPORT),
    ("SELECT sealed FROM audit", DETAIL),
)
"""Where the sealed values are, and what they are sealed for."""


class Inbox:
    """Commands, their states, and what the cloud is to be told of them."""

    def __init__(self, db: Database, seal: Seal, clock: Callable[[], float], audit: Audit) -> None:
        self._db = db
        self._seal = seal
        self._clock = clock
        self._audit = audit
        self._reports = WaitingReports(db, seal, clock)
        self._unheard: frozenset[str] = frozenset()
        """Commands of an earlier process of which the cloud has not been told anew."""
        self._started = 0.0

    # What comes in ---------------------------------------------------------------------------------------------------

    def receive(self, command: Command, expires: float, *, look_first: bool) -> bool:
        """Keep a command; False when one of its id is there already (then it is reported again)."""
        now = self._clock()
        content = command.model_dump_json().encode()
        with self._db.transaction() as run:
            known = self._row(run, command.command_id)
            if known is not None:
                if known.command != command:
                    self._audit.add(run, "refused", "agent", command.command_id, command.kind, {"reason": "replayed"})
                self._repeat(run, command.command_id)
                return False
            self._prune(run, now)
            run.execute(
                "INSERT INTO command (id, seq, target, sealed, state, received, expires, look_first, changed)"
                " VALUES (?, ?, ?, ?, 'received', ?, ?, ?, ?)",
                (
                    command.command_id,
                    command.queue_seq,
                    self._target(command),
                    self._seal.seal(content, _CONTENT),
                    now,
                    expires,
                    int(look_first),
                    now,
                ),
            )
            self._audit.add(run, "received", "cloud", command.command_id, command.kind, {"look_first": look_first})
            self._reports.add(run, command.command_id, "received", now, {})
        return True

    def refuse(self, command_id: str, kind: str, reason: str, rule: str | None = None) -> None:
        """Tell the cloud that something that is no command of ours was refused, and write it down."""
        now = self._clock()
        with self._db.transaction() as run:
            self._audit.add(run, "refused", "agent", command_id, kind, {"reason": reason, "rule": rule})
            if self._row(run, command_id) is None:
                self._reports.add(run, command_id, "rejected", now, {"reason_code": reason, "rule": rule})

    def started(self) -> None:
        """A new process. The store may have been restored from a copy, so an earlier life of the agent may have applied
        any of the open commands, or have ended it: look first, and hear first what the cloud says to how they stand.
        """
        with self._db.transaction() as run:
            self.doubt_in(run)
            unheard = [row[0] for row in run.execute(f"SELECT id FROM command WHERE state IN ({_OPEN})")]
            for command_id in unheard:
                self._repeat(run, command_id)
        self._unheard, self._started = frozenset(unheard), self._clock()

    @staticmethod
    def doubt_in(run: sqlite3.Connection) -> None:
        """The same inside a transaction, where a store begins anew."""
        run.execute(f"UPDATE command SET look_first = 1 WHERE state IN ({_OPEN})")

    # What is to be done ----------------------------------------------------------------------------------------------

    def next(self, now: float, cloud_now: float | None = None) -> Kept | None:
        """The command to work on: of each target the oldest open one, if it need not wait; in the cloud's order.
        ``cloud_now``: the time by the cloud's clock, by which commands expire.
        """
        hearing = self._started <= now < self._started + _HEARD_SECONDS
        unheard = orjson.dumps(sorted(self._unheard) if hearing else [])
        with self._db.reading() as run:
            row = run.execute(
                f"SELECT {_COLUMNS} FROM command AS c WHERE state IN ({_OPEN}) AND NOT EXISTS ("
                f"  SELECT 1 FROM command AS e WHERE e.target = c.target AND e.seq < c.seq AND e.state IN ({_OPEN})"
                ") AND id NOT IN (SELECT value FROM json_each(?)) AND (not_before <= ? OR not_before > ?)"
                " AND (state IN ('received', 'intended', 'applied')"
                " OR (state = 'awaiting_approval' AND (approved OR expires <= ?)))"
                " ORDER BY seq LIMIT 1",
                (unheard, now, now + _LONGEST_REST, now if cloud_now is None else cloud_now),
            ).fetchone()
        return None if row is None else self._kept(row)

    def open(self) -> list[Kept]:
        """All that are not over, in order."""
        return self._list(f"state IN ({_OPEN})")

    def all(self, limit: int = 200) -> list[Kept]:
        """The newest, over or not, in order."""
        return self._list(f"seq > (SELECT coalesce(max(seq), 0) FROM command) - {int(limit)}")

    def get(self, command_id: str) -> Kept | None:
        """One command."""
        with self._db.reading() as run:
            return self._row(run, command_id)

    def counts(self) -> dict[str, int]:
        """State -> commands in it."""
        with self._db.reading() as run:
            return dict(run.execute("SELECT state, count(*) FROM command GROUP BY state").fetchall())

    def begun_since(self, kind: str, moment: float) -> int:
        """How many commands of a kind were begun after a moment: what the office's limits count."""
        with self._db.reading() as run:
            found = run.execute("SELECT count(*) FROM begun WHERE kind = ? AND at > ?", (kind, moment)).fetchone()
        return int(found[0])

    # What happens to them --------------------------------------------------------------------------------------------

    def await_approval(self, command_id: str) -> None:
        """The office's policy wants a person's word."""
        self._move(command_id, "awaiting_approval", "approval_wanted")

    def defer(self, command_id: str, reason: str, not_before: float, fields: Mapping[str, Any] | None = None) -> None:
        """It cannot be done now, and certainly this attempt wrote nothing: rest, and begin again."""
        with self._db.transaction() as run:
            kept = self._need(run, command_id)
            run.execute("UPDATE command SET not_before = ? WHERE id = ?", (not_before, command_id))
            if kept.state != "received" or kept.reason != reason:
                self._change(run, kept, "received", reason, fields)

    def rest(self, command_id: str, reason: str | None, not_before: float) -> None:
        """It cannot be brought further now: rest, as it stands; what was not begun says why it waits."""
        kept = self.get(command_id)
        if kept is not None and kept.state in ("received", "awaiting_approval") and reason is not None:
            self.defer(command_id, reason, not_before)
            return
        with self._db.transaction() as run:
            run.execute("UPDATE command SET not_before = ? WHERE id = ?", (not_before, command_id))

    def intend(self, command_id: str, intent: Intent) -> bool:
        """About to be written; after this, only looking tells whether it was. False when a person has ended it
        meanwhile: it must not be written.
        """
        with self._db.transaction() as run:
            kept = self._need(run, command_id)
            if kept.state in FINAL:
                return False
            first = kept.intent is None
            run.execute(
                "UPDATE command SET attempts = attempts + 1, intent = ?, look_first = 0 WHERE id = ?",
                (self._intent(intent), command_id),
            )
            if first:
                run.execute("INSERT INTO begun VALUES (?, ?)", (kept.command.kind, self._clock()))
            self._change(run, kept, "intended", None, {"attempt": kept.attempts + 1})
        return True

    def lose(self, command_id: str, intent: Intent, not_before: float) -> None:
        """The answer was lost: rest, then look."""
        with self._db.transaction() as run:
            kept = self._need(run, command_id)
            run.execute(
                "UPDATE command SET intent = ?, not_before = ?, look_first = 0 WHERE id = ?",
                (self._intent(intent), not_before, command_id),
            )
            self._change(run, kept, "intended", "outcome_unknown", None)

    def applied(self, command_id: str, resource: str, key: Key) -> None:
        """The PMS has taken it."""
        with self._db.transaction() as run:
            kept = self._need(run, command_id)
            made = self._seal.seal(orjson.dumps([resource, pack_key(key).hex()]), _CONTENT)
            run.execute("UPDATE command SET made = ?, not_before = 0 WHERE id = ?", (made, command_id))
            self._change(run, kept, "applied", None, None)

    def ask_person(self, command_id: str, reason: str) -> None:
        """Nobody but a person can tell."""
        self._move(command_id, "needs_person", reason)

    def settle(self, settlement: Settlement) -> None:
        """It is over."""
        with self._db.transaction() as run:
            self.settle_in(run, settlement)

    def settle_in(self, run: sqlite3.Connection, settlement: Settlement) -> None:
        """The same inside a transaction, beside the change that was read back."""
        kept = self._need(run, settlement.command_id)
        fields = dict(settlement.fields)
        if settlement.record_id is not None:
            made = {"resource": settlement.resource, "id": settlement.record_id, "version": settlement.version}
            fields["record"] = made
        who: Who = "person" if fields.get("decided_by") == "person" else "agent"
        self._change(run, kept, settlement.state, settlement.reason, fields, who)

    def decide(self, command_id: str, verdict: str, name: str) -> State | None:
        """A person decides: ``approve``, ``reject``, ``retry``; the state it leads to, None when there is nothing to
        decide in that way.

        ``approve`` lets a waiting command go on, and says of one that needs a person that its effect is there.
        ``retry`` says that it is not there and may be written. ``reject`` ends it.
        """
        with self._db.transaction() as run:
            kept = self._row(run, command_id)
            if kept is None or kept.state in FINAL or verdict not in ("approve", "reject", "retry"):
                return None
            waiting = kept.state in ("received", "awaiting_approval")
            person = {"decided_by": "person"}
            if verdict == "approve" and waiting:
                run.execute("UPDATE command SET approved = 1, not_before = 0 WHERE id = ?", (command_id,))
                self._audit.add(run, "approved", "person", command_id, kept.command.kind, name=name)
                return kept.state
            if kept.state != "needs_person" and not (verdict == "reject" and waiting):
                return None
            if verdict == "retry":
                run.execute(
                    "UPDATE command SET approved = 1, intent = NULL, made = NULL, look_first = 0, not_before = 0"
                    " WHERE id = ?",
                    (command_id,),
                )
                self._change(run, kept, "received", None, person, "person", name)
                return "received"
            state: State = "verified" if verdict == "approve" else "rejected"
            self._change(run, kept, state, None if verdict == "approve" else "person_refused", person, "person", name)
            return state

    # What the cloud is told ------------------------------------------------------------------------------------------

    def reports(self, limit: int) -> list[CommandReport]:
        """Reports that the cloud has not taken yet, in order."""
        return self._reports.first(limit)

    def reported(self, reports: Iterable[CommandReport], over: Mapping[str, State] | None = None) -> None:
        """The cloud has taken these; ``over``: commands that have ended otherwise than we know, and how. An earlier
        life of the agent has told it, or a person there: such a command must not be carried out.
        """
        told = list(reports)
        with self._db.transaction() as run:
            self._reports.taken(run, told)
            for command_id, state in (over or {}).items():
                kept = self._row(run, command_id)
                if kept is not None and state in FINAL:
                    self._change(run, kept, state, None, None, "cloud", tell=False)
        self._unheard -= {report.command_id for report in told}

    def cloud_offset(self) -> float:
        """Seconds that the cloud's clock was ahead of this machine's when it last mattered."""
        return self._reports.cloud_offset()

    def keep_cloud_offset(self, seconds: float) -> None:
        """Remember that: commands expire by the cloud's clock, also while it cannot be reached."""
        self._reports.keep_cloud_offset(seconds)

    # -----------------------------------------------------------------------------------------------------------------

    def _move(self, command_id: str, state: State, reason: str) -> None:
        with self._db.transaction() as run:
            self._change(run, self._need(run, command_id), state, reason, None)

    def _change(
        self,
        run: sqlite3.Connection,
        kept: Kept,
        state: State,
        reason: str | None,
        fields: Mapping[str, Any] | None,
        who: Who = "agent",
        name: str | None = None,
        *,
        tell: bool = True,
    ) -> None:
        """Into a state, with its line in the trail and, unless it is the cloud that says so, its report."""
        if kept.state in FINAL:
            return
        now = self._clock()
        told = dict(fields or {})
        run.execute(
            "UPDATE command SET state = ?, reason = ?, changed = ?, outcome = ? WHERE id = ?",
            (state, reason, now, self._seal.seal(orjson.dumps(told), _CONTENT), kept.command.command_id),
        )
        noted = {"reason": reason} | {
            key: told[key] for key in ("attempt", "rule", "sqlstate", "native") if key in told
        }
        self._audit.add(run, state, who, kept.command.command_id, kept.command.kind, noted, name)
        if tell:
            self._reports.add(run, kept.command.command_id, state, now, told | {"reason_code": reason})

    def _repeat(self, run: sqlite3.Connection, command_id: str) -> None:
        """The cloud does not know that we have it: say again how it stands."""
        kept = self._row(run, command_id)
        if kept is not None and not self._reports.waits(run, command_id):
            self._reports.add(
                run, command_id, kept.state, kept.changed, dict(kept.outcome) | {"reason_code": kept.reason}
            )

    def _prune(self, run: sqlite3.Connection, now: float) -> None:
        over = ", ".join(f"'{state}'" for state in sorted(FINAL))
        until = now + self.cloud_offset() - _KEEP_SECONDS
        run.execute(f"DELETE FROM command WHERE state IN ({over}) AND expires < ?", (until,))
        run.execute("DELETE FROM begun WHERE at < ?", (now - 2 * 86_400.0,))

    def _target(self, command: Command) -> bytes:
        """What stands for the target: commands without one are each their own."""
        target = command.target
        return self._seal.reference("target", target.resource, target.id or command.command_id)

    def _intent(self, intent: Intent) -> bytes:
        return self._seal.seal(orjson.dumps([intent.before, intent.at, intent.lost]), _CONTENT)

    def _need(self, run: sqlite3.Connection, command_id: str) -> Kept:
        kept = self._row(run, command_id)
        if kept is None:
            raise KeyError(command_id)
        return kept

    def _row(self, run: sqlite3.Connection, command_id: str) -> Kept | None:
        row = run.execute(f"SELECT {_COLUMNS} FROM command WHERE id = ?", (command_id,)).fetchone()
        return None if row is None else self._kept(row)

    def _list(self, where: str) -> list[Kept]:
        with self._db.reading() as run:
            rows = run.execute(f"SELECT {_COLUMNS} FROM command WHERE {where} ORDER BY seq").fetchall()
        return [self._kept(row) for row in rows]

    def _kept(self, row: tuple[Any, ...]) -> Kept:
        content, state, received, expires, look_first, attempts, not_before, approved, reason = row[:9]
        intent, made, changed, outcome = row[9:]
        return Kept(
            command=Command.model_validate_json(self._seal.unseal(content, _CONTENT)),
            state=state,
            received=received,
            expires=expires,
            look_first=bool(look_first),
            attempts=attempts,
            not_before=not_before,
            approved=bool(approved),
            reason=reason,
            intent=None if intent is None else Intent(*orjson.loads(self._seal.unseal(intent, _CONTENT))),
            made=None if made is None else self._made(made),
            changed=changed,
            outcome={} if outcome is None else orjson.loads(self._seal.unseal(outcome, _CONTENT)),
        )

    def _made(self, sealed: bytes) -> tuple[str, Key]:
        resource, packed = orjson.loads(self._seal.unseal(sealed, _CONTENT))
        return resource, unpack_key(bytes.fromhex(packed)) or ()
