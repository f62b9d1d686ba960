"""The reference cloud without HTTP: every call of the contract as a method; synchronous, the clock handed in.

The HTTP layer and the deterministic simulation call the same methods. Refusals are returned as
:class:`~agent.wire.cloud.Problem`, and what is refused leaves no trace. Must never read a clock or draw
randomness by itself.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from agent.wire.cloud import (
    BatchAccepted,
    BundleAccepted,
    Enrolled,
    Enrolment,
    Heartbeat,
    HeartbeatAccepted,
    ReconcileRequest,
    ReconcileResponse,
    Session,
    SessionRequest,
    Token,
)
from agent.wire.commands import (
    CommandRequest,
    CommandsPage,
    CommandStatus,
    KeySet,
    Reports,
    ReportsAccepted,
    State,
)
from sandbox.cloud import (
    bundles,
    commanding,
    completing,
    delivering,
    enrolments,
    fleet,
    fleet_memory,
    queueing,
    reading,
    reconciling,
    reporting,
    sessions,
    tokens,
)
from sandbox.cloud.alarms_desk import Desk
from sandbox.cloud.alarms_rules import Limits
from sandbox.cloud.alarms_seal import Seal
from sandbox.cloud.alarms_watch import CertificateLife, Watch
from sandbox.cloud.applying import Applier
from sandbox.cloud.batches import MAX_DEPTH, nesting, read_batch, read_chunks
from sandbox.cloud.bell import Bell
from sandbox.cloud.completing import DeleteLimit, Hold
from sandbox.cloud.database import Database
from sandbox.cloud.enrolments import PLAIN, Invitation, Practice, ReaderKey
from sandbox.cloud.fleet import Fleet, PracticeHealth
from sandbox.cloud.names import Entropy, instant, practice_of
from sandbox.cloud.reading import PracticeStatus
from sandbox.cloud.refusal import answers_problems, refuse
from sandbox.cloud.signing import CommandSigner, SignerRefused
from sandbox.cloud.totals import Totals, totals


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """The current state of a record, for callers in the same process."""

    version: str
    deleted: bool
    stale_since: str | None
    data: dict[str, Any]
    """Canonical fields (of a deleted record: what it held last)."""


class Cloud:
    """A cloud on a database."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], datetime],
        *,
        entropy: Entropy = secrets.token_bytes,
        delete_limit: DeleteLimit | None = None,
        signer: CommandSigner | None = None,
        seal: Seal | None = None,
    ) -> None:
        """``now`` gives an aware datetime; ``entropy`` random bytes (seeded in a simulation).

        ``signer`` None: commands are refused. ``seal`` None: alarms go nowhere.
        """
        self._database = database
        self._now = now
        self._entropy = entropy
        self._limit = delete_limit if delete_limit is not None else DeleteLimit()
        self._signer = signer
        self.alarms = Desk(database, now, entropy, seal)
        """Webhooks and the messages on their way to them."""
        self.bell = Bell()
        """Rings when there is something for a practice's agent to fetch."""

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    # -- for whoever runs the cloud

    def add_practice(self, name: str) -> str:
        """A new practice; its id."""
        with self._database.write() as db:
            return enrolments.add_practice(db, name, self._now(), self._entropy)

    def find_practice(self, name: str) -> str | None:
        """The id of the practice with this id or name."""
        with self._database.read() as db:
            return enrolments.find_practice(db, name)

    def practices(self) -> list[Practice]:
        """All practices."""
        with self._database.read() as db:
            return enrolments.list_practices(db)

    @answers_problems
    def invite(self, practice_id: str, lasts: timedelta = timedelta(days=7)) -> Invitation:
        """A one-time enrolment code."""
        with self._database.write() as db:
            return enrolments.invite(db, practice_id, lasts, self._now(), self._entropy)

    @answers_problems
    def add_reader_key(self, practice_id: str, label: str, *, may_write: bool = False) -> str:
        """A key with which the practice's data can be read, and commands queued if it may write; shown once."""
        with self._database.write() as db:
            return enrolments.add_reader_key(db, practice_id, label, self._now(), self._entropy, may_write=may_write)

    def holds(self, practice_id: str, state: str | None = "open") -> list[Hold]:
        """Deletes that wait for a person; ``state`` None = also those decided."""
        with self._database.read() as db:
            return completing.list_holds(db, practice_id, state)

    @answers_problems
    def accept_hold(self, hold_id: str) -> int:
        """Let a hold's deletes happen; the number of records deleted."""
        practice_id, _, number = hold_id.partition(".")
        with self._database.write() as db:
            practice = enrolments.lock_practice(db, practice_id)
            if not number.isdecimal() or len(number) > 9:
                refuse(404, "hold_unknown", "There is no such hold, or it is decided already")
            applier = Applier(db, practice_id, practice.feed_seq, instant(self._now()))
            return completing.accept_hold(applier, int(number))

    def watch(
        self, limits: Limits | None = None, certificate: Callable[[], CertificateLife | None] = lambda: None
    ) -> Watch:
        """What looks at every practice and raises alarms; ``certificate``: the life of the one that is served with."""
        return Watch(self._database, self._now, self._entropy, limits, certificate)

    # -- for agents

    @answers_problems
    def enrol(self, request: Enrolment) -> Enrolled:
        """``POST /v1/enrolments``."""
        keys = self._command_keys()
        with self._database.write() as db:
            return enrolments.enrol(db, request, self._now(), self._entropy, keys)

    @answers_problems
    def unenrol(self, agent_id: str) -> None:
        """``DELETE /v1/enrolments/{agent_id}``."""
        with self._database.write() as db:
            enrolments.unenrol(db, agent_id)

    @answers_problems
    def issue_token(self, assertion: str, audiences: Collection[str]) -> Token:
        """``POST /oauth2/token``; ``audiences``: the URLs by which this endpoint may be named."""
        with self._database.write() as db:
            return tokens.issue(db, assertion, audiences, self._now(), self._entropy)

    @answers_problems
    def check_token(self, token: str) -> str:
        """The agent that a bearer token was given to."""
        with self._database.read() as db:
            return tokens.check(db, token, self._now())

    @answers_problems
    def begin_session(self, agent_id: str, request: SessionRequest) -> Session:
        """``POST /v1/agents/{id}/epochs``."""
        with self._database.write() as db:
            begun = sessions.begin(db, agent_id, request, self._now())
        self.bell.ring(practice_of(agent_id))
        return begun

    @answers_problems
    def accept_batch(self, agent_id: str, body: bytes) -> BatchAccepted:
        """``POST /v1/agents/{id}/batches``: all of it is applied, or nothing."""
        header, frames = read_batch(body)
        contents = list(read_chunks(frames, [place.count for place in header.chunks]))
        with self._database.write() as db:
            practice, fit = sessions.locate(db, agent_id, header, frames)
            if fit.held == len(frames):
                return sessions.position(db, practice.practice_id, header.epoch)
            applier = Applier(db, practice.practice_id, practice.feed_seq, instant(self._now()))
            return sessions.take(applier, fit, header, contents[fit.held :], self._limit)

    @answers_problems
    def heartbeat(self, agent_id: str, beat: Heartbeat) -> HeartbeatAccepted:
        """``PUT /v1/agents/{id}/heartbeat``."""
        plain = len(beat.agent_version) <= 100 and PLAIN.fullmatch(beat.agent_version)
        if nesting(beat.status) > MAX_DEPTH or len(beat.sent_at) > 40 or not plain:
            refuse(422, "bad_request", "The heartbeat is not valid")
        with self._database.write() as db:
            received = fleet_memory.take_beat(db, agent_id, beat, self._now())
        return HeartbeatAccepted(received_at=received)

    @answers_problems
    def reconcile(self, agent_id: str, request: ReconcileRequest) -> ReconcileResponse:
        """``POST /v1/agents/{id}/reconciliations``."""
        with self._database.read() as db:
            enrolments.active_agent(db, agent_id)
            answer = reconciling.reconcile(db, agent_id, request)
        with self._database.write() as db:
            fleet_memory.note_comparison(db, agent_id, request, answer, self._now())
        return answer

    @answers_problems
    def commands_for(self, agent_id: str, session: str, keys: int = 0) -> CommandsPage:
        """``GET /v1/agents/{id}/commands`` without the wait: what the agent does not keep yet, counted as delivered.

        ``keys``: version of the key set that the agent knows, 0 = not told.
        """
        practice_id, now = practice_of(agent_id), self._now()
        with self._database.read() as db:
            delivering.newest_session(db, agent_id, session)
            some = delivering.waits(db, practice_id)
        key_set = self._signer.handover(keys) if self._signer is not None else None
        page = CommandsPage(deliveries=[], cloud_time=instant(now), key_set=key_set)
        if not some or (keys and self._behind(keys + 1)):
            return page  # whoever is several key sets behind learns them first, one by one
        with self._database.write() as db:
            return page.model_copy(update={"deliveries": delivering.deliver(db, agent_id, session, now)})

    def practices_waiting(self, practice_ids: Collection[str]) -> set[str]:
        """Those of the practices whose agent has something to fetch."""
        with self._database.read() as db:
            return delivering.waiting_practices(db, sorted(practice_ids))

    @answers_problems
    def report_commands(self, agent_id: str, reports: Reports) -> ReportsAccepted:
        """``POST /v1/agents/{id}/commands/reports``."""
        with self._database.write() as db:
            return reporting.take(db, agent_id, reports, self._now())

    @answers_problems
    def take_bundle(self, agent_id: str, bundle: str, content: bytes) -> BundleAccepted:
        """``PUT /v1/agents/{id}/diagnostics/{bundle}``."""
        with self._database.write() as db:
            return bundles.take(db, agent_id, bundle, content, self._now())

    def bundles(self, practice_id: str | None = None) -> list[bundles.BundleLine]:
        """Diagnostics bundles that agents have sent, newest first."""
        with self._database.read() as db:
            return bundles.listed(db, practice_id)

    @answers_problems
    def bundle(self, name: str) -> bytes:
        """A diagnostics bundle as it came."""
        with self._database.read() as db:
            return bundles.content_of(db, name)

    # -- for readers

    @answers_problems
    def queue_command(self, practice_id: str, idempotency_key: str, request: CommandRequest) -> CommandStatus:
        """``POST /v1/practices/{id}/commands``."""
        with self._database.write() as db:
            asked = (practice_id, idempotency_key, request, self._now(), self._entropy)
            queued = queueing.queue(db, self._signer, *asked)
        self.bell.ring(practice_id)
        return queued

    @answers_problems
    def command_status(self, practice_id: str, command_id: str) -> CommandStatus:
        """``GET /v1/practices/{id}/commands/{command_id}``."""
        self._end_overdue(practice_id)
        with self._database.read() as db:
            return commanding.see(db, practice_id, command_id)

    @answers_problems
    def commands(
        self, practice_id: str, after: int = 0, state: State | None = None, limit: int = 100
    ) -> commanding.CommandStatusPage:
        """``GET /v1/practices/{id}/commands``: those queued after a place."""
        self._end_overdue(practice_id)
        with self._database.read() as db:
            return commanding.page(db, practice_id, after, state, limit)

    def ignored_reports(self, practice_id: str) -> dict[str, int]:
        """How many reports were ignored: ``command_unknown``, ``after_final``."""
        with self._database.read() as db:
            return commanding.ignored(db, practice_id)

    @answers_problems
    def check_reader(self, secret: str) -> ReaderKey:
        """What a reader's key is good for."""
        with self._database.read() as db:
            return enrolments.check_reader(db, secret)

    def changes(self, practice_id: str, after: int = 0, limit: int = 500) -> tuple[list[bytes], int, bool]:
        """Feed entries after a number, as JSON; the next ``after``; whether there is more."""
        with self._database.read() as db:
            return reading.changes(db, practice_id, after, limit)

    @answers_problems
    def records(
        self,
        practice_id: str,
        resource: str,
        *,
        updated_since: str | None = None,
        cursor: str | None = None,
        limit: int = 500,
        include_deleted: bool = False,
    ) -> tuple[list[bytes], str | None]:
        """A page of a resource's current state, as JSON, and the next cursor."""
        with self._database.read() as db:
            asked = reading.Asked(updated_since, cursor, limit, include_deleted)
            return reading.state(db, practice_id, resource, asked)

    @answers_problems
    def record(self, practice_id: str, resource: str, record_id: str) -> bytes:
        """One record, deleted or not, as JSON."""
        with self._database.read() as db:
            return reading.record(db, practice_id, resource, record_id)

    def held(self, practice_id: str, resource: str, *, include_deleted: bool = False) -> dict[str, HeldRecord]:
        """The whole current state of a resource, by id."""
        with self._database.read() as db:
            return {
                one["id"]: HeldRecord(one["version"], one["deleted"], one["stale_since"], one["content"]["data"])
                for one in map(orjson.loads, reading.everything(db, practice_id, resource, include_deleted))
            }

    @answers_problems
    def totals(self, practice_id: str, first_day: str, last_day: str) -> Totals:
        """Sums per day and location over the current state."""
        with self._database.read() as db:
            return totals(db, practice_id, first_day, last_day)

    @answers_problems
    def status(self, practice_id: str) -> PracticeStatus:
        """How the practice's feed stands."""
        with self._database.read() as db:
            return reading.status(db, practice_id)

    @answers_problems
    def health(self, practice_id: str) -> PracticeHealth:
        """How the practice's agent fares: ``GET /v1/practices/{id}/health``."""
        with self._database.read() as db:
            return fleet.health(db, practice_id, self._now())

    def fleet(self) -> Fleet:
        """How all practices fare, the worst first: ``GET /v1/fleet``."""
        with self._database.read() as db:
            return fleet.fleet(db, self._now())

    def _end_overdue(self, practice_id: str) -> None:
        """End what has expired without ever having been handed out, before somebody looks."""
        now = self._now()
        with self._database.read() as db:
            late = commanding.overdue(db, practice_id, instant(now))
        if late:
            with self._database.write() as db:
                enrolments.lock_practice(db, practice_id)
                delivering.expire(db, practice_id, now)

    def _command_keys(self) -> KeySet | None:
        """What a new agent is told; a signer that does not answer refuses the enrolment, rather than trust nobody."""
        try:
            return self._signer.key_set() if self._signer is not None else None
        except SignerRefused as refused:
            refuse(refused.status, refused.code, refused.title)

    def _behind(self, keys: int) -> bool:
        """Whether there is still a key set after this one."""
        return self._signer is not None and self._signer.handover(keys) is not None
