"""A simulated office in which something dies at a named point of a command's way; the practice itself is the judge.

The parts are the simulation's: the real store file, engine, courier and channels, the reference cloud with its signer.
Here nothing is left to chance: the points of an undisturbed way are noted first, then something dies at each of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.model.errors import AgentError, Retry
from agent.sources.bridge.writer_inprocess import BridgeEnded, InProcessWriter
from agent.sources.dialect import sqlite
from agent.sources.eaglesoft.writing.channel import EaglesoftChannel
from agent.sources.eaglesoft.writing.engines import engine_of
from agent.sources.opendental.writing.channel import OpenDentalChannel
from agent.sources.opendental.writing.refusals import not_now, unknown
from agent.wire.cloud import Enrolled
from agent.wire.commands import FINAL, CommandRequest, CommandStatus
from sandbox.practice.schema import Pms
from tests.crash.orders import Order, Orders
from tests.sim import judge
from tests.sim.elements import Crash, Fuse
from tests.sim.judge import Broken
from tests.sim.source import open_reader
from tests.sim.world import Plan, World
from tests.sim.writes import Api, Effects, Session, Way, Writes

AGENT, OTHER = "agent", "other"
_MADE = {
    "eaglesoft": {
        "appointment.create": "appointment",
        "patient.create": "patient",
        "communication.create": "operatory_notes",
        "payment.post": "transactions_header",
        "alert.create": "patient_alerts",
        "appointment.reschedule": "appt_log",
        "appointment.confirm": "appt_log",
        "appointment.check_in": "appt_log",
        "appointment.note": "appt_log",
        "appointment.cancel": "appt_log",
    },
    "opendental": {
        "appointment.create": "appointment",
        "patient.create": "patient",
        "communication.create": "commlog",
        "payment.post": "payment",
        "alert.create": "popup",
        "document.attach": "document",
    },
}
"""Where a write of a kind leaves exactly one row."""

_ROUNDS = 400


@dataclass(frozen=True, slots=True)
class Kill:
    """Who dies, and where."""

    who: str
    """``agent``, or ``other``: whoever works at that point (writer bridge, connection, API, cloud, disk)."""
    after: int
    """At which point, counted from 1 (from the death before, if there was one)."""


class Points(Fuse):
    """The points of a way, while it is watched."""

    def __init__(self) -> None:
        super().__init__()
        self.watching = False
        self.who = AGENT
        self.seen: list[str] = []
        self.hit: str | None = None

    def __call__(self, seam: str = "") -> None:
        """A point is reached."""
        if not self.watching:
            return
        self.seen.append(seam)
        if self.left > 0:
            self.left -= 1
            if self.left == 0:
                self.hit = seam
                raise self._death(seam)

    def _death(self, seam: str) -> BaseException:
        if self.who == AGENT:
            return Crash()
        match seam:
            case "before the request" | "before the answer":
                return Retry("timeout", "the way to the cloud", "")
            case "before the API's request":
                return not_now("channel_unreachable")
            case "before the API's answer":
                return unknown()
            case "before a look" | "after a look" | "before a question" | "after a question":
                return Retry("bridge_died", "the reader", "")
            case "transaction begun" | "before commit":
                return Retry("disk_full", "the disk", "")
            case "after commit":
                return Crash()  # nobody else is at work here
            case _:
                return BridgeEnded()


class _Watched(Way):
    """The way of the channel's own questions, with its points."""

    def __getattr__(self, name: str) -> Any:
        """The reader's own."""
        found = super().__getattr__(name)
        if name != "select":
            return found

        def select(*values: Any, **named: Any) -> Any:
            self._world.fuse("before a look")
            answer = found(*values, **named)
            self._world.fuse("after a look")
            return answer

        return select


class _CountingApi(Api):
    """The API, which counts what it carries out by command and request."""

    def __init__(self, world: World, effects: Effects) -> None:
        super().__init__(world, effects)
        self.carried: Counter[tuple[str | None, str]] = Counter()

    def handle(self, method: str, path: str, query: Any, headers: Any, body: bytes | None) -> Any:
        """The service itself."""
        answer = super().handle(method, path, query, headers, body)
        if method != "GET" and answer.status in (200, 201):
            self.carried[(self._asked.get((method, path, body)), path)] += 1
        return answer


class _Writes(Writes):
    def __init__(self, world: World, key_set: Mapping[str, Any]) -> None:
        super().__init__(world, key_set)
        self.api = None if self._api is None else _CountingApi(world, self.effects)
        self._api = self.api

    def _channel(self) -> Any:
        world = self._world
        reader: Any = _Watched(open_reader(world.connection), world)
        if self._api is not None:
            return OpenDentalChannel(self._api, reader)
        writer = InProcessWriter(lambda: Session(world.connection), engine_of(sqlite()).session, hook=self._point)
        user = next(str(one.key) for one in world.practice.providers.values() if one.status == "A")
        return EaglesoftChannel(reader, writer, user)

    def truth(self, command_id: str, kind: str) -> int:
        """How often a command was carried out in the practice."""
        if self.api is None:
            return self.effects.counts[command_id]
        carried = {path: count for (command, path), count in self.api.carried.items() if command == command_id}
        if any(count > 1 for count in carried.values()):
            raise Broken(f"P4: a request of {kind} was carried out twice")
        return sum(count for path, count in carried.items() if kind != "appointment.cancel" or path.endswith("/Break"))


class Office(World):
    """A practice, an agent, a cloud; nothing happens but commands and deaths."""

    def __init__(self, pms: Pms, seed: int, folder: Path) -> None:
        self.points = Points()
        super().__init__(seed, folder, None, Plan(pms, 0, 0.0, 0.0, 0.0, 0.0))
        self.store.close()
        self.fuse = self.network.fuse = self.points
        assert self._enrolled.command_keys is not None
        self.commanded = self.writes = _Writes(self, self._enrolled.command_keys)
        self.boot()
        self.quiet()
        self.orders = Orders(self.desk, judge.held(self, "code"))
        self.kills: Counter[str] = Counter()
        """Deaths by who and where."""
        self.asked: Counter[str] = Counter()
        """Commands that a person had to decide, by kind."""
        self.outcomes: Counter[str] = Counter()
        """Commands by kind and final state."""
        self._carried: list[tuple[str, str]] = []

    def _enrol(self) -> Enrolled:
        self._enrolled = super()._enrol()
        return self._enrolled

    # One command -----------------------------------------------------------------------------------------------------

    def points_of(self, kind: str) -> list[str]:
        """The points of an undisturbed way, in order."""
        self.carry_out(kind, ())
        return list(self.points.seen)

    def carry_out(self, kind: str, kills: Sequence[Kill]) -> list[str]:
        """Queue a command, let something die on its way, go on until all is over, judge; returns where it died."""
        self.practice.now = self.local_now()
        order = self.orders.of(kind)
        before = self._rows(kind)
        command_id = self._queue(order)
        where = self._go_on(command_id, kind, list(kills))
        self._carried.append((command_id, kind))
        count = self._judge(command_id, kind)
        status = self._status(command_id)
        reason = status.outcome.reason_code if status.outcome is not None else None
        self.outcomes[" ".join(filter(None, (kind, status.state, reason)))] += 1
        if kind in _MADE[self.plan.pms] and self._rows(kind) - before != count:
            raise Broken(f"P4: {kind} has left {self._rows(kind) - before} rows")
        return where

    def _queue(self, order: Order) -> str:
        request = CommandRequest.model_validate(order.request())
        answer = self.cloud.queue_command(self.practice_id, f"key-{len(self.commanded.queued)}", request)
        assert isinstance(answer, CommandStatus), answer
        self.commanded.queued.append(answer.command_id)
        return answer.command_id

    def _go_on(self, command_id: str, kind: str, kills: list[Kill]) -> list[str]:
        where: list[str] = []
        self.points.seen.clear()
        self._light(kills)
        for number in range(_ROUNDS):
            self._read()
            for step in self._commanding():
                self._step(step, kills, where)
            self._decide(kind)
            if self._over(command_id) and self.points.left <= 0 and not kills:
                return where
            if self._over(command_id):  # the way was shorter than the point
                self.points.left = -1
                return where
            self.clock.advance(0.1 if number < 20 else 10.0)
        raise Broken(f"{kind} does not come to an end: {[one.state for one in self.store.inbox.open()]}")

    def _step(self, step: Any, kills: list[Kill], where: list[str]) -> None:
        self.points.hit, self.points.watching = None, True
        try:
            step()
        except Crash:
            self.points.watching = False
            self.store.close()
            self.boot()
        except AgentError as error:
            self.done[f"error {error.code}"] += 1
        finally:
            self.points.watching = False
        if self.points.hit is not None:
            self.kills[f"{self.points.who}: {self.points.hit}"] += 1
            where.append(f"{self.points.who} {self.points.hit}")
            self._light(kills)

    def _light(self, kills: list[Kill]) -> None:
        if kills:
            kill = kills.pop(0)
            self.points.who, self.points.left = kill.who, kill.after
        else:
            self.points.left = -1

    def _read(self) -> None:
        """The agent has a session and reads; nothing dies of it here."""
        for _ in range(50):
            if self.upload.connected and self.writes.engine._practice.halted is None:
                return
            for step in (self.capture.step, self.upload.step):
                try:
                    step()
                except AgentError as error:
                    self.done[f"error {error.code}"] += 1
            self.clock.advance(0.05)

    def _commanding(self) -> Iterable[Any]:
        # Boot makes new ones; each is looked up when its turn comes.
        for position in (2, 4, 3):
            yield self._workers[position][0]

    def _decide(self, kind: str) -> None:
        for kept in self.store.inbox.open():
            if kept.state == "needs_person":
                self.asked[kind] += 1
                there = self.commanded.truth(kept.command.command_id, kind)
                self.store.inbox.decide(kept.command.command_id, "approve" if there else "retry", "somebody")

    # The judge -------------------------------------------------------------------------------------------------------

    def _status(self, command_id: str) -> CommandStatus:
        status = self.cloud.command_status(self.practice_id, command_id)
        assert isinstance(status, CommandStatus)
        return status

    def _over(self, command_id: str) -> bool:
        inbox = self.store.inbox
        return not inbox.open() and not inbox.reports(1) and self._status(command_id).final

    def _judge(self, command_id: str, kind: str) -> int:
        status = self._status(command_id)
        finals = [step.state for step in status.steps if step.state in FINAL]
        count = self.commanded.truth(command_id, kind)
        if count > 1:
            raise Broken(f"P4: {kind} was written {count} times")
        if len(finals) != 1:
            raise Broken(f"P5: {kind} has {len(finals)} final outcomes")
        if (finals[0] == "verified") != bool(count):
            raise Broken(f"P5: {kind} is {finals[0]} and was written {count} times")
        return count

    def _rows(self, kind: str) -> int:
        table = _MADE[self.plan.pms].get(kind)
        return 0 if table is None else int(self.connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])

    def end(self) -> None:
        """All is quiet: the cloud holds what the practice holds, every command has its one outcome."""
        self.commanded.queued.clear()  # they are over, one by one
        self.quiet()
        judge.all_is_well(self)
        assert self.store.audit.verify().entries
        for command_id, kind in self._carried:
            self._judge(command_id, kind)
