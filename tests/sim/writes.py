"""Write-backs in the simulation: an integrator who queues commands, the ways into the practice, what they really did.

Every write that commits in the practice is counted where it commits, under the command that asked for it: neither the
agent's word nor the cloud's is taken for it.

    P4  a command's effect is in the practice at most once
    P5  every command ends in exactly one final outcome, and that outcome is true
"""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from agent.capture.readback import Readback
from agent.cloud.signatures import CommandKeys
from agent.model.errors import Retry
from agent.model.writing import Applied, Plan, Task
from agent.sources.bridge.writer_inprocess import BridgeEnded, InProcessWriter
from agent.sources.dialect import sqlite
from agent.sources.eaglesoft.writing.channel import EaglesoftChannel
from agent.sources.eaglesoft.writing.engines import engine_of
from agent.sources.opendental.writing.channel import OpenDentalChannel
from agent.sources.opendental.writing.exchange import Answer, Method
from agent.sources.opendental.writing.refusals import not_now, unknown
from agent.wire.cloud import Problem
from agent.wire.commands import FINAL, CommandRequest, CommandStatus
from agent.wire.payloads import WRITE_KINDS
from agent.writeback.courier import Courier
from agent.writeback.engine import Office
from agent.writeback.policy import Policy
from sandbox.opendental_api.faults import KINDS, AnswerLost, ConnectionDropped, Fault, Faulty, NotRunning
from sandbox.opendental_api.house import BesideDesk
from sandbox.opendental_api.keys import ApiKeys
from sandbox.opendental_api.service import PREFIX, ApiService
from tests.sim import judge
from tests.sim.source import open_reader

if TYPE_CHECKING:
    from tests.sim.world import World

_FAULTS = tuple(kind for kind in KINDS if kind != "died")
"""A service that dies in the middle of a request leaves half of it behind, which no client can mend."""

_PATIENCE = 65.0
_ALLOWED = Policy.model_validate({"kinds": {kind: {"mode": "on"} for kind in WRITE_KINDS}, "booking": {"hours": []}})


class Effects:
    """What was really written, by command."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.counts: Counter[str] = Counter()
        self.saved: Counter[str] = Counter()
        """As they were when the practice made its backup."""
        self.now: str | None = None
        """The command whose write is under way."""

    def committed(self) -> None:
        """A transaction of the command under way was committed."""
        assert self.now is not None
        self.counts[self.now] += 1
        self._world.done["written"] += 1
        if self._world.broken_schema is None:  # else the front desk sees it after the upgrade
            self._world.desk.learn()
            if self._world.history is not None:
                self._world.history.note(self._world)


class Way:
    """The way of the channel's own questions to the database."""

    def __init__(self, reader: Any, world: World) -> None:
        self._reader = reader
        self._world = world

    def __getattr__(self, name: str) -> Any:
        """The reader's own; a select may fail."""
        if name != "select":
            return getattr(self._reader, name)

        def select(*values: Any, **named: Any) -> Any:
            world = self._world
            if world.way.away or world.rng.random() < world.way.trouble:
                raise Retry("database_unreachable", "away", "")
            return self._reader.select(*values, **named)

        return select


class Session:
    """The practice's connection, lent to the writer: closed there, the server rolls back what was not committed."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.execute = connection.execute
        self.cursor = connection.cursor
        self.commit = connection.commit
        self.rollback = self.close = connection.rollback


class Told:
    """A channel that says which command it is at work for."""

    def __init__(self, channel: Any, effects: Effects) -> None:
        self._channel = channel
        self._effects = effects

    def __getattr__(self, name: str) -> Any:
        """The channel's own."""
        return getattr(self._channel, name)

    def apply(self, task: Task, plan: Plan) -> Applied:
        """Under the command's name."""
        self._effects.now = task.command_id
        applied: Applied = self._channel.apply(task, plan)
        return applied


class Api:
    """Open Dental's API in this process, with the faults of a service and of the way to it."""

    def __init__(self, world: World, effects: Effects) -> None:
        self._world = world
        self._effects = effects
        self._keys = ApiKeys.made_up(world.rng)
        self._asked: dict[tuple[str, str, bytes | None], str | None] = {}
        self._service = ApiService(world.connection, world.local_now, self._keys, BesideDesk(lambda: world.desk))
        self.faulty = Faulty(self, self._draw, world.local_now)
        self.trouble = 0.0

    def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes | None
    ) -> Any:
        """The service itself; what it commits is counted, whenever it gets round to it."""
        answer = self._service.handle(method, path, query, headers, body)
        if method != "GET" and answer.status in (200, 201):
            now, self._effects.now = self._effects.now, self._asked.get((method, path, body))
            self._effects.committed()
            self._effects.now = now
        return answer

    def send(self, method: Method, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """One request."""
        world = self._world
        world.fuse("before the API's request")
        place, _, query = path.partition("?")
        content = None if body is None else orjson.dumps(body)
        headers = {"Authorization": self._keys.header, "Content-Type": "application/json"}
        whole = f"{PREFIX}/{place}"
        self._asked[(method, whole, content)] = self._effects.now
        try:
            delivery = self.faulty.handle(method, whole, dict(parse_qsl(query)), headers, content)
        except NotRunning:
            raise not_now("channel_unreachable") from None
        except (ConnectionDropped, AnswerLost):
            raise unknown() from None
        world.clock.advance(min(delivery.after, _PATIENCE))
        if delivery.after > _PATIENCE:
            raise unknown()
        world.fuse("before the API's answer")
        found = delivery.answer
        value = orjson.loads(found.body) if found.body[:1] in (b"{", b"[") else None
        return Answer(found.status, {name.lower(): one for name, one in found.headers.items()}, value)

    def _draw(self, method: str, path: str) -> Fault | None:
        del path
        rng = self._world.rng
        if rng.random() >= self.trouble:
            return None
        kind = rng.choice(_FAULTS)
        late = {"seconds": 60.0, "lands_after": rng.uniform(60.0, 120.0)} if method != "GET" else {"seconds": 60.0}
        return Fault(kind, **(late if kind in ("late", "never") else {"seconds": rng.uniform(0.1, 70.0)}))


class Writes:
    """The write-back side of a world."""

    def __init__(self, world: World, key_set: Mapping[str, Any]) -> None:
        self._world = world
        self._rng: random.Random = world.rng
        self.effects = Effects(world)
        self.queued: list[str] = []
        self._finals: dict[str, str] = {}
        self._keys = CommandKeys.from_key_set(key_set, world.practice_id)
        self._api = Api(world, self.effects) if world.plan.pms == "opendental" else None

    # The agent's side ------------------------------------------------------------------------------------------------

    def boot(self) -> tuple[tuple[Callable[[], float], float], ...]:
        """The agent's process starts: its workers, and how often they come."""
        world = self._world
        world.store.inbox.started()
        courier = Courier(
            world.store.inbox,
            world.network,
            self._keys,
            world.clock,
            session=lambda: world.upload.session if world.upload.connected else None,
            report=world.report,
            wait=0.0,
        )
        self.engine = world.parts.writeback(
            world.store.inbox,
            Readback(world.capture),
            Told(self._channel(), self.effects),
            Office(lambda: _ALLOWED, (), world.zone),
            world.clock,
            courier.cloud_now,
            lambda _command: None,
            world.report,
        )

        def fetch() -> float:
            # The poll itself does not wait here; where nothing was ever queued it would find nothing, at some length.
            return (courier.fetch() or 1.0) if self.queued else 5.0

        return (fetch, 0.1), (courier.deliver, 0.1), (self.engine.step, 0.2)

    def _channel(self) -> Any:
        world = self._world
        reader: Any = Way(open_reader(world.connection), world)
        if self._api is not None:
            self._api.trouble = world.plan.trouble
            return OpenDentalChannel(self._api, reader)
        writer = InProcessWriter(lambda: Session(world.connection), engine_of(sqlite()).session, hook=self._point)
        user = next(str(one.key) for one in world.practice.providers.values() if one.status == "A")
        return EaglesoftChannel(reader, writer, user)

    def _point(self, point: str) -> None:
        """A point of a transaction: the bridge, the connection or the agent may die at each."""
        if point == "committed" and self.effects.now is not None:
            self.effects.committed()
        self._world.fuse(point)
        if self._rng.random() < self._world.way.trouble:
            raise BridgeEnded

    def tick(self) -> None:
        """Time has passed: what the API has still to do is done when it is due."""
        if self._api is not None:
            self._api.faulty.land()

    def restored(self) -> None:
        """The practice's database was restored: what was written since the backup is undone, and may be written again
        where its command is not over.
        """
        over = {status.command_id for status in self._statuses() if status.final}
        for command_id in list(self.effects.counts):
            kept = self._world.store.inbox.get(command_id)
            if command_id not in over and (kept is None or kept.state not in FINAL):
                self.effects.counts[command_id] = self.effects.saved[command_id]

    def calm(self) -> None:
        """Nothing goes wrong any more; what is under way arrives."""
        if self._api is not None:
            self._api.trouble = 0.0
            self._api.faulty.land(everything=True)

    # The integrator's side -------------------------------------------------------------------------------------------

    def queue(self) -> None:
        """Queue some command, on what the cloud holds."""
        world, rng = self._world, self._rng
        made = self._draw()
        if made is None:
            return
        kind, target, payload = made
        versions = {i: r.version for i, r in world.cloud.held(world.practice_id, target["resource"]).items()}
        expected = versions.get(target["id"]) if target["id"] and rng.random() < 0.3 else None
        request = CommandRequest.model_validate(
            {
                "kind": kind,
                "target": target,
                "payload": payload,
                "expected_version": expected,
                "expires_in": rng.choice((30, 300, 3600, 86_400)),
            }
        )
        answer = world.cloud.queue_command(world.practice_id, f"key-{len(self.queued)}-{world.seed}", request)
        if isinstance(answer, Problem):
            raise judge.Broken(f"a command was not taken: {answer.code}")
        assert isinstance(answer, CommandStatus)
        self.queued.append(answer.command_id)
        world.done[f"queued {kind}"] += 1

    def _draw(self) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        rng = self._rng
        held = {name: judge.held(self._world, name) for name in ("patient", "appointment", "operatory", "provider")}
        if not held["patient"] or not held["operatory"] or not held["provider"]:
            return None
        patient = {"resource": "patient", "id": rng.choice(sorted(held["patient"]))}
        kind = rng.choice([one for one in WRITE_KINDS if one not in ("document.attach", "payment.post")])
        if kind.startswith("appointment.") and kind != "appointment.create":
            if not held["appointment"]:
                return None
            return kind, {"resource": "appointment", "id": rng.choice(sorted(held["appointment"]))}, self._visit(kind)
        start = self._time()
        match kind:
            case "appointment.create":
                booking = {
                    "operatory_id": rng.choice(sorted(held["operatory"])),
                    "provider_ids": [rng.choice(sorted(held["provider"]))],
                    "start": start,
                    "duration_minutes": rng.choice((10, 30, 60)),
                }
                return kind, patient, booking
            case "patient.create":
                name = f"Sim{rng.randrange(10**6)}"
                born = {"first_name": "New", "last_name": name, "birth_date": "1990-02-03"}
                return kind, {"resource": "patient", "id": None}, born
            case "patient.update_contact":
                number = f"212555{rng.randrange(10**4):04d}"
                return kind, patient, {"phones": [{"type": rng.choice(("home", "work", "mobile")), "number": number}]}
            case "communication.create":
                return kind, patient, {"mode": "phone", "text": f"Call {rng.randrange(10**6)}"}
            case _:
                return kind, patient, {"text": f"Alert {rng.randrange(10**6)}"}

    def _visit(self, kind: str) -> dict[str, Any]:
        match kind:
            case "appointment.reschedule":
                return {"start": self._time()}
            case "appointment.note":
                return {"text": f"Note {self._rng.randrange(10**6)}"}
            case "appointment.confirm":
                return {"confirmation": self._rng.choice(("confirmed", "unconfirmed"))}
            case _:
                return {}

    def _time(self) -> str:
        """A time of the next weeks, on the hour or half of it."""
        day = self._world.local_now() + timedelta(days=self._rng.randrange(1, 20))
        at = day.replace(hour=self._rng.randrange(8, 17), minute=self._rng.choice((0, 30)), second=0, microsecond=0)
        return at.isoformat()

    # The judge's side ------------------------------------------------------------------------------------------------

    def check(self) -> None:
        """All the way: nothing twice, and what is final stays as it is."""
        twice = [command for command, count in self.effects.counts.items() if count > 1]
        if twice:
            raise judge.Broken(f"P4: {len(twice)} commands were written twice")

    def settled(self) -> bool:
        """Whether the agent and the cloud agree that nothing is under way; people decide what needs them."""
        inbox = self._world.store.inbox
        for kept in inbox.open():
            if kept.state == "needs_person":
                seen = bool(self.effects.counts[kept.command.command_id])
                self._world.done["a person decided"] += 1
                inbox.decide(kept.command.command_id, "approve" if seen else "retry", "somebody")
        return not inbox.open() and not inbox.reports(1) and all(one.final for one in self._statuses())

    def _statuses(self) -> Iterable[CommandStatus]:
        for command_id in self.queued:
            status = self._world.cloud.command_status(self._world.practice_id, command_id)
            assert isinstance(status, CommandStatus)
            yield status

    def judge(self) -> None:
        """Every command has one final outcome, and it is true."""
        self.check()
        for status in self._statuses():
            count = self.effects.counts[status.command_id]
            finals = [step.state for step in status.steps if step.state in FINAL]
            if len(finals) != 1:
                raise judge.Broken(f"P5: {status.kind} has {len(finals)} final outcomes")
            found_so = status.outcome is not None and status.outcome.reason_code == "already_so"
            if (finals[0] == "verified") != bool(count) and not (finals[0] == "verified" and found_so):
                raise judge.Broken(f"P5: {status.kind} is {finals[0]} and was written {count} times")
            self._world.done[f"{finals[0]} {status.outcome.reason_code if status.outcome else ''}".strip()] += 1
        if self._world.store.audit.verify().broken_at is not None:
            raise judge.Broken("the audit trail is broken")
