"""One simulated world: a practice that works, an agent that is killed, a network that lies, a cloud, and a judge.

The judge is the front desk's own model of the practice (:mod:`sandbox.practice.oracle`), compared field by field with
what the cloud holds; it knows nothing of capture or reconcile. The promises are checked all the way:

    P1  after quiet, within the stated bound, the cloud holds exactly what the practice holds
    P2  what the store believes to be sent is held by the cloud or waits in the outbox
    P3  nothing leaves the outbox that the cloud has not acknowledged
    P4  a write-back is written at most once
    P5  every command has one final outcome, and it is true
    P9  after any death the agent goes on by itself
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from agent.capture.engine import Capture
from agent.capture.pace import PaceSettings
from agent.capture.work import CaptureSettings
from agent.cloud.upload import Upload
from agent.model.errors import AgentError, NeedsPerson
from agent.store.sealing import Seal
from agent.store.store import Store, open_store
from agent.wire.cloud import Enrolled, Enrolment
from agent.writeback.engine import WriteBack
from sandbox.cloud.database import Database as CloudDatabase
from sandbox.cloud.service import Cloud
from sandbox.cloud.signing import Signer, SigningKeys
from sandbox.practice.build import Size, build
from sandbox.practice.desk import WEIGHTS, Desk
from sandbox.practice.engine import open_memory
from sandbox.practice.schema import Pms
from tests.sim import calamities, judge
from tests.sim.elements import Crash, Fuse, Network, VirtualClock, Way
from tests.sim.history import IN_TWO_TABLES, History
from tests.sim.judge import Broken
from tests.sim.source import open_source
from tests.sim.writes import Writes

_HISTORY_EVERY = 6
"""In one run of so many, the course of every record is noted and held against the feed (it takes long)."""

ZONE = "America/New_York"
_BOUND = 1800.0
_LONGEST_NAP = 1.0
"""In the end a worker is woken as soon as there is something for it to do; here it looks itself, so often."""
_SHARE_OF_PAUSE = 0.2


@dataclass(slots=True)
class Plan:
    """What may happen in a run; drawn from the seed unless given."""

    pms: Pms
    events: int
    trouble: float
    """Chance that a call to the cloud or the database fails."""
    crashes: float
    """Chance that an event is a fuse being lit."""
    calamities: float
    """Chance that an event is something rare: a restored store, a lost key, another database, a changed schema."""
    writes: float = 0.0
    """Chance that an event is a command being queued."""

    @classmethod
    def drawn(cls, rng: random.Random) -> Plan:
        """A plan."""
        return cls(
            pms=rng.choice(("eaglesoft", "opendental")),
            events=rng.randrange(20, 50),
            trouble=rng.choice((0.0, 0.05, 0.2)),
            crashes=rng.choice((0.05, 0.15, 0.3)),
            calamities=rng.choice((0.0, 0.04, 0.12)),
            writes=rng.choice((0.0, 0.1, 0.25)),
        )


@dataclass(slots=True)
class Parts:
    """How the agent is put together; planted bugs replace a part."""

    open_store: Callable[..., tuple[Store, Path | None]] = open_store
    capture: type[Capture] = Capture
    upload: type[Upload] = Upload
    way: type[Way] = Way
    writeback: type[WriteBack] = WriteBack
    after_boot: Callable[[World], None] = field(default=lambda world: None)


class World:
    """One run."""

    def __init__(self, seed: int, folder: Path, parts: Parts | None = None, plan: Plan | None = None) -> None:
        self.seed = seed
        self.rng = random.Random(seed)
        self.plan = plan or Plan.drawn(self.rng)
        self.parts = parts or Parts()
        self.folder = folder
        self.done: Counter[str] = Counter()
        self.size = Size(
            self.rng.randrange(8, 40), self.rng.randrange(10, 90), self.rng.randrange(5, 80), self.rng.randrange(1, 4)
        )
        self.connection = open_memory(self.plan.pms)
        random_keys = self.plan.pms == "opendental" and self.rng.random() < 0.2
        self.practice = build(self.plan.pms, self.connection, seed, self.size, zone=ZONE, random_keys=random_keys)
        local = self.practice.now.replace(tzinfo=ZoneInfo(ZONE))
        self.clock = VirtualClock(local.astimezone(UTC).timestamp())
        self._give_the_database_our_clock()
        self.history = History() if seed % _HISTORY_EVERY == 0 else None
        self.offered = None if self.history is None else frozenset(WEIGHTS) - IN_TWO_TABLES
        self.open_desk()
        signer = Signer(SigningKeys.make(self.rng.randbytes), self.clock.cloud_now)
        self.cloud = Cloud(CloudDatabase(), self.clock.cloud_now, entropy=self.rng.randbytes, signer=signer)
        self.practice_id = self.cloud.add_practice("Simulated")
        enrolled = self._enrol()
        self.agent_id = enrolled.agent_id
        assert enrolled.command_keys is not None
        self.fuse = Fuse()
        self.network = Network(self.cloud, self.agent_id, self.rng, self.fuse)
        self.path = folder / "store.db"
        self.master = bytes(32)
        self.backup: tuple[bytes, Any] | None = None
        self.store_copy: Path | None = None
        self.broken_schema: str | None = None
        self._boots = 0
        self.zone = ZONE
        self.writes = Writes(self, enrolled.command_keys)
        self.boot()

    # Setting up ------------------------------------------------------------------------------------------------------

    def _enrol(self) -> Enrolled:
        invitation: Any = self.cloud.invite(self.practice_id)
        from agent.cloud.identity import Identity

        request = Enrolment(
            code=invitation.code, public_key=Identity.make().public_jwk(), host="host", agent_version="1"
        )
        answer = self.cloud.enrol(request)
        assert isinstance(answer, Enrolled)
        return answer

    def _give_the_database_our_clock(self) -> None:
        def strftime(form: str, *values: str) -> str:
            moment = datetime.fromisoformat(values[0]) if values[0] != "now" else self.local_now()
            return moment.strftime(form.replace("%f", f"{moment.second:02d}.{moment.microsecond // 1000:03d}"))

        self.connection.create_function("strftime", -1, strftime)

    def local_now(self) -> datetime:
        """The practice's wall clock."""
        return datetime.fromtimestamp(self.clock.cloud_wall, ZoneInfo(ZONE)).replace(tzinfo=None)

    def open_desk(self) -> None:
        """A front desk on the practice as it stands; in some runs every transaction is noted."""
        self.desk = Desk(self.practice, self.connection, self.rng)
        history = self.history
        if history is not None:
            history.note(self)
            self.desk.on_commit = lambda _: history.note(self)

    def boot(self) -> None:
        """Start the agent's process."""
        self._boots += 1
        self.fuse.left = -1
        seal = Seal(self.master)
        stamp = f"boot{self._boots}"
        self.store, aside = self.parts.open_store(self.path, seal, self.clock.time, stamp, self.fuse)
        if aside is not None:
            self.done["store set aside"] += 1
        self.way = self.parts.way(open_source(self.connection, self.plan.pms, ZONE), self.rng, self.fuse)
        self.way.trouble = self.plan.trouble / 4
        self.network.trouble = self.plan.trouble
        pace = PaceSettings(least=5, most=self.rng.choice((8, 20, 60)), step=4)
        share = self.rng.choice((0.05, 0.5, 1.0))
        settings = CaptureSettings(
            poll_seconds=self.rng.choice((0.5, 5.0)),
            lookup_seconds=self.rng.choice((1.0, 30.0)),
            rotation_seconds=self.rng.choice((0.5, 5.0, 60.0)),
            duty=lambda: share,
            load_duty=lambda: 1.0,
            pace=pace,
            delete_floor=4,
            delete_share=0.1,
        )
        self.capture = self.parts.capture(self.way, self.store, self.clock, settings, self.report)
        self.upload = self.parts.upload(
            self.store.outbox,
            self.store.begin_epoch,
            self.network,
            self.clock,
            session=f"run-{self.seed}-{self._boots}",
            host="host",
            report=self.report,
        )
        self._workers = ((self.capture.step, 0.6), (self.upload.step, 0.4), *self.writes.boot())
        self.parts.after_boot(self)

    def report(self, code: str, **_: object) -> None:
        """Events of the agent."""
        self.done[code] += 1

    # Running ---------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Everything that happens, then quiet, then judgement."""
        for _ in range(self.plan.events):
            self.event()
            for _ in range(self.rng.randrange(50)):
                self.clock.advance(min(self.agent_step(), 0.5))
            self.advance(self.rng.choice((0.1, 1.0, 5.0, 5.0, 30.0, 90.0)))
        self.quiet()
        judge.all_is_well(self)
        self.writes.judge()

    def event(self) -> None:
        """One thing happens in the world."""
        draw = self.rng.random()
        if draw < self.plan.calamities:
            calamities.happen(self)
        elif draw < self.plan.calamities + self.plan.crashes:
            self.fuse.left = self.rng.randrange(1, 60)
            self.done["fuse lit"] += 1
        elif self.rng.random() < self.plan.writes:
            self.writes.queue()
        elif draw < 0.5 and self.rng.random() < self.plan.trouble:
            self.network.offline = not self.network.offline
            self.done["network switched"] += 1
        elif self.broken_schema is None:
            self.work()
        if self.rng.random() < 0.05:
            self.network.settle()

    def work(self) -> None:
        """The front desk does something, perhaps in the middle of one of the agent's readings."""
        self.practice.now = self.local_now()
        count = self.rng.choice((1, 1, 2, 3, 8))
        if self.rng.random() < 0.3:
            self.way.between = self._work_between(count)
        else:
            self.desk.work(count, self.offered)
            self.done["desk worked"] += count

    def _work_between(self, count: int) -> Callable[[], None]:
        left = [count]

        def between() -> None:
            if left[0] and self.broken_schema is None:
                left[0] -= 1
                self.practice.now = self.local_now()
                self.desk.work(1, self.offered)
                self.done["desk worked between"] += 1

        return between

    def agent_step(self) -> float:
        """One of the agent's workers takes a step, or dies of it; returns how long it wants to wait."""
        self.writes.tick()
        step = self.rng.choices([step for step, _ in self._workers], [weight for _, weight in self._workers])[0]
        try:
            pause = step()
        except Crash:
            self.done["died"] += 1
            self.store.close()
            self.boot()
            judge.check_store(self)
            return 0.0
        except NeedsPerson as error:
            raise Broken(f"a person is needed: {error.code}") from error
        except AgentError as error:
            self.done[f"error {error.code}"] += 1
            return 0.5
        judge.check_acknowledged(self)
        self.writes.check()
        return pause

    def advance(self, seconds: float) -> None:
        """Time goes on."""
        self.clock.advance(seconds)
        if self.rng.random() < 0.02:
            self.clock.jump(self.rng.uniform(-7200, 7200))
            self.done["clock jumped"] += 1

    def quiet(self) -> None:
        """Everything is mended; each of the agent's workers gets the time that it says it needs."""
        self.fuse.left = -1
        self.way.away, self.way.trouble, self.way.between = False, 0.0, None
        self.network.offline, self.network.trouble = False, 0.0
        calamities.mend_schema(self)
        self.desk.release()
        self.network.settle()
        self.writes.calm()
        began = started = self.clock.monotonic()
        due = [began] * len(self._workers)
        while True:
            now = self.clock.monotonic()
            for number, (step, _) in enumerate(self._workers):
                if due[number] <= now:
                    due[number] = now + min(_LONGEST_NAP, self._quiet_step(step))
            for hold in self.store.holds():
                self.store.accept(hold.id)
                self.clock.advance(0.001)
                started = self.clock.monotonic()
            place = self.store.outbox.place
            if self.capture.work.guard.stopped:
                started = self.clock.monotonic()
            still = self.capture.seen_since(started) and place.acked_seq == place.next_seq - 1
            if still and not self.writes.settled():
                started = self.clock.monotonic()
            elif still:
                for held in self.cloud.holds(self.practice_id):
                    self.cloud.accept_hold(held.hold_id)
                return
            self.clock.advance(max(0.001, min(due) - self.clock.monotonic()))
            if self.clock.monotonic() - began > _BOUND:
                raise Broken(f"not settled within {_BOUND:.0f} s; halted: {self.capture.work.guard.halted}")

    def _quiet_step(self, step: Callable[[], float]) -> float:
        try:
            return step()
        except NeedsPerson as error:
            raise Broken(f"a person is needed: {error.code}") from error
        except AgentError:
            return 0.5


def run_seed(seed: int, folder: Path, parts: Parts | None = None, plan: Plan | None = None) -> World:
    """One run from its seed; raises ``Broken`` (or whatever went wrong) with the seed in its notes."""
    folder.mkdir(parents=True, exist_ok=True)
    world: World | None = None
    try:
        world = World(seed, folder, parts, plan)
        world.run()
    except BaseException as error:
        error.add_note(f"simulation seed {seed}: replay with make sim SEEDS=1 FIRST={seed}")
        raise
    finally:
        if world is not None:
            world.connection.close()  # it holds our clock, which holds the world: nothing else would ever free them
        shutil.rmtree(folder, ignore_errors=True)
    return world


__all__ = ["Broken", "Parts", "Plan", "World", "run_seed", "sqlite3"]
