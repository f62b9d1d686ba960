"""An agent's write half on a bench: a real inbox on a real file, the engine, and the plain practice around them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from agent.model.clock import iso_utc
from agent.store.audit import Audit
from agent.store.database import Database
from agent.store.inbox import Inbox
from agent.store.sealing import Seal
from agent.wire.commands import FINAL, Command, CommandReport, State, Target
from agent.wire.payloads import TARGETS
from agent.writeback.engine import Office, WriteBack, tag_of
from agent.writeback.policy import parse
from tests.writeback.plain import Crash, Effect, PlainChannel, PlainClock, PlainPractice

BOOKING: dict[str, Any] = {
    "operatory_id": "o2",
    "provider_ids": ["d1"],
    "start": "2026-03-03T10:00:00",
    "duration_minutes": 60,
}
"""A visit that can be booked."""


def command(kind: str, target: str | None, payload: Mapping[str, Any], seq: int = 1, **more: Any) -> Command:
    """A command as the cloud signs it; expires a day after tests begin."""
    resource = more.pop("resource", TARGETS.get(kind, "patient"))
    fields: dict[str, Any] = {
        "command_id": f"c{seq}",
        "practice_id": "office",
        "queue_seq": seq,
        "kind": kind,
        "target": Target(resource=resource, id=target),
        "payload": dict(payload),
        "issued_at": "2026-03-02T13:59:00Z",
        "expires_at": "2026-03-03T14:00:00Z",
    }
    return Command(**(fields | more))


def over_already(reports: Iterable[CommandReport], ends: Mapping[str, State]) -> dict[str, State]:
    """What a cloud that knows these ends answers to reports: those of commands that it thought were over."""
    told = (one.command_id for one in reports if one.state not in FINAL)
    return {command_id: ends[command_id] for command_id in told if command_id in ends}


class Bench:
    """The write half; dies and comes back as it is told."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "store.db"
        self.clock = PlainClock()
        self.practice = PlainPractice(self.clock)
        self.channel = PlainChannel(self.practice)
        self.policy = ""
        """Text of the policy file."""
        self.hours: tuple[Any, ...] = ()
        self.supported: list[tuple[str, Mapping[str, Any]]] = []
        self.events: list[str] = []
        self.problems: list[str] = []
        """What steps have raised."""
        self.reports: list[CommandReport] = []
        """What the cloud has taken."""
        self.online = True
        """Whether the cloud hears at once of a process that has begun."""
        self.die_at: int | None = None
        """Die at the n-th seam of the store from now on."""
        self.seal = Seal(bytes(range(32)))
        self.last = 0
        self.given: dict[str, Command] = {}
        """Every command that the cloud has queued."""
        self._open()

    def _open(self) -> None:
        self.db = Database(self.path, self._seam)
        self.audit = Audit(self.db, self.seal, self.clock.time)
        self.inbox = Inbox(self.db, self.seal, self.clock.time, self.audit)
        self.practice.inbox = self.inbox
        self.engine = WriteBack(
            self.inbox,
            self.practice,
            self.channel,
            Office(lambda: parse(self.policy), self.hours, "America/New_York"),
            self.clock,
            self.clock.cloud_now,
            lambda command: self.supported.append((command.kind, command.payload)),
            lambda code, **_: self.events.append(code),
        )

    def _seam(self, _: str) -> None:
        if self.die_at is not None:
            self.die_at -= 1
            if self.die_at < 0:
                self.die_at = None
                raise Crash("at a seam")

    def restart(self) -> None:
        """The process ends, and another begins on the same file, and polls."""
        self.die_at = None
        self.db.close()
        self._open()
        self.inbox.started()
        self.see_the_clouds_clock()
        if self.online:
            self.deliver()

    def close(self) -> None:
        """Put the file away."""
        self.db.close()

    # ------------------------------------------------------------------------------------------------------------------

    def give(self, kind: str, target: str | None, payload: Mapping[str, Any] | None = None, **more: Any) -> str:
        """The cloud queues a command, and the agent keeps it; its id."""
        look_first = more.pop("look_first", False)
        expires_in = more.pop("expires_in", None)
        self.last += 1
        if expires_in is not None:
            more["expires_at"] = iso_utc(self.clock.cloud + expires_in)
        made = command(kind, target, payload or {}, self.last, **more)
        self.given[made.command_id] = made
        self.hand_over(made.command_id, look_first)
        return made.command_id

    def hand_over(self, command_id: str, look_first: bool) -> None:
        """The cloud delivers a command (again)."""
        self.see_the_clouds_clock()
        self.inbox.receive(self.given[command_id], self.expires(command_id), look_first=look_first)

    def see_the_clouds_clock(self) -> None:
        """As the courier does at every poll."""
        self.inbox.keep_cloud_offset(self.clock.cloud - self.clock.time())

    def expires(self, command_id: str) -> float:
        """When a command expires, by the cloud's clock."""
        return datetime.fromisoformat(self.given[command_id].expires_at).timestamp()

    def run(self) -> None:
        """Step until there is nothing to do now; a process that dies comes back."""
        for _ in range(200):
            try:
                if self.engine.step() > 0:
                    return
            except Crash:
                self.restart()
            except Exception as error:  # noqa: BLE001 - the host's worker goes on as well
                self.problems.append(getattr(error, "code", type(error).__name__))
        raise AssertionError("the engine never rests")

    def wait(self, seconds: float, pace: float = 5.0) -> None:
        """Time passes, and the engine works."""
        self.run()
        while seconds > 0:
            self.clock.advance(min(pace, seconds))
            seconds -= pace
            self.run()

    def do(self, kind: str, target: str | None, payload: Mapping[str, Any] | None = None, **more: Any) -> CommandReport:
        """Give a command, and let two minutes pass; the newest word about it."""
        command_id = self.give(kind, target, payload, **more)
        self.wait(120)
        return self.told(command_id)[-1]

    def deliver(self) -> None:
        """The cloud takes what there is, and says what is over."""
        found = self.inbox.reports(500)
        over = over_already(
            found, {report.command_id: report.state for report in self.reports if report.state in FINAL}
        )
        self.reports += found
        self.inbox.reported(found, over)

    def told(self, command_id: str) -> list[CommandReport]:
        """Everything that was said about a command."""
        self.deliver()
        return [report for report in self.reports if report.command_id == command_id]

    def states(self, command_id: str) -> list[str]:
        """The states that a command was in."""
        return [report.state for report in self.told(command_id)]

    def ended(self, command_id: str) -> bool:
        """Whether it is over."""
        kept = self.inbox.get(command_id)
        return kept is not None and kept.state in FINAL

    def effects(self, command_id: str) -> list[Effect]:
        """What it has written."""
        return self.practice.of(tag_of(command_id))
