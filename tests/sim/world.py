"""One simulated world: a practice that works, an agent that is killed, a network that lies, a cloud, and a judge.

The judge is the front desk's own model of the practice (:mod:`sandbox.practice.oracle`), compared field by field with what
the cloud holds; it knows nothing of capture or reconcile. The promises are checked all the way:

    P1  after quiet, within the stated bound, the cloud holds exactly what the practice holds
    P2  what the store believes to be sent is held by the cloud or waits in the outbox
    P3  nothing leaves the outbox that the cloud has not acknowledged
    P9  after any death the agent goes on by itself
"""

from __future__ import annotations

import copy
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

import orjson
import zstandard

from agent.capture.changes import UNSENDABLE, with_incarnation
from agent.capture.engine import Capture
from agent.capture.pace import PaceSettings
from agent.capture.reconcile import Reconcile
from agent.capture.work import CaptureSettings
from agent.cloud.upload import Upload
from agent.model.errors import AgentError, NeedsPerson
from agent.model.resources import RESOURCES
from agent.store.sealing import Seal
from agent.store.store import Store, open_store
from agent.wire.cloud import Enrolled, Enrolment
from sandbox.cloud.database import Database as CloudDatabase
from sandbox.cloud.service import Cloud
from sandbox.practice.build import Size, build
from sandbox.practice.desk import Desk
from sandbox.practice.engine import open_memory
from sandbox.practice.oracle import compare, expected
from sandbox.practice.schema import Pms
from tests.sim.elements import Crash, Fuse, Network, VirtualClock, Way
from tests.sim.source import open_source

ZONE = "America/New_York"
_BOUND = 1800.0
_SHARE_OF_PAUSE = 0.2


class Broken(AssertionError):
    """A promise was broken."""


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

    @classmethod
    def drawn(cls, rng: random.Random) -> Plan:
        """A plan."""
        return cls(
            pms=rng.choice(("eaglesoft", "opendental")),
            events=rng.randrange(25, 70),
            trouble=rng.choice((0.0, 0.05, 0.2)),
            crashes=rng.choice((0.05, 0.15, 0.3)),
            calamities=rng.choice((0.0, 0.03, 0.08)),
        )


@dataclass(slots=True)
class Parts:
    """How the agent is put together; planted bugs replace a part."""

    open_store: Callable[..., tuple[Store, Path | None]] = open_store
    capture: type[Capture] = Capture
    upload: type[Upload] = Upload
    way: type[Way] = Way
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
        self.desk = Desk(self.practice, self.connection, self.rng)
        self.cloud = Cloud(CloudDatabase(), self.clock.cloud_now, entropy=lambda n: self.rng.randbytes(n))
        self.practice_id = self.cloud.add_practice("Simulated")
        self.agent_id = self._enrol()
        self.fuse = Fuse()
        self.network = Network(self.cloud, self.agent_id, self.rng, self.fuse)
        self.path = folder / "store.db"
        self.master = bytes(32)
        self.backup: tuple[bytes, Any] | None = None
        self.store_copy: Path | None = None
        self.broken_schema: str | None = None
        self._boots = 0
        self.boot()

    # Setting up ------------------------------------------------------------------------------------------------------

    def _enrol(self) -> str:
        invitation: Any = self.cloud.invite(self.practice_id)
        from agent.cloud.identity import Identity

        request = Enrolment(
            code=invitation.code, public_key=Identity.make().public_jwk(), host="host", agent_version="1"
        )
        answer = self.cloud.enrol(request)
        assert isinstance(answer, Enrolled)
        return answer.agent_id

    def _give_the_database_our_clock(self) -> None:
        def strftime(form: str, *values: str) -> str:
            moment = datetime.fromisoformat(values[0]) if values[0] != "now" else self.local_now()
            return moment.strftime(form.replace("%f", f"{moment.second:02d}.{moment.microsecond // 1000:03d}"))

        self.connection.create_function("strftime", -1, strftime)

    def local_now(self) -> datetime:
        """The practice's wall clock."""
        return datetime.fromtimestamp(self.clock.cloud_wall, ZoneInfo(ZONE)).replace(tzinfo=None)

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
        self.judge()

    def event(self) -> None:
        """One thing happens in the world."""
        draw = self.rng.random()
        if draw < self.plan.calamities:
            self.calamity()
        elif draw < self.plan.calamities + self.plan.crashes:
            self.fuse.left = self.rng.randrange(1, 60)
            self.done["fuse lit"] += 1
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
            self.desk.work(count)
            self.done["desk worked"] += count

    def _work_between(self, count: int) -> Callable[[], None]:
        left = [count]

        def between() -> None:
            if left[0] and self.broken_schema is None:
                left[0] -= 1
                self.practice.now = self.local_now()
                self.desk.work(1)
                self.done["desk worked between"] += 1

        return between

    def agent_step(self) -> float:
        """One of the agent's workers takes a step, or dies of it; returns how long it wants to wait."""
        worker: Any = self.capture if self.rng.random() < 0.6 else self.upload
        try:
            pause: float = worker.step()
        except Crash:
            self.done["died"] += 1
            self.store.close()
            self.boot()
            self.check_store()
            return 0.0
        except NeedsPerson as error:
            raise Broken(f"a person is needed: {error.code}") from error
        except AgentError as error:
            self.done[f"error {error.code}"] += 1
            return 0.5
        self.check_acknowledged()
        return pause

    def advance(self, seconds: float) -> None:
        """Time goes on."""
        self.clock.advance(seconds)
        if self.rng.random() < 0.02:
            self.clock.jump(self.rng.uniform(-7200, 7200))
            self.done["clock jumped"] += 1

    # Calamities ------------------------------------------------------------------------------------------------------

    def calamity(self) -> None:
        """Something rare."""
        names = (
            "copy_store",
            "restore_store",
            "lose_key",
            "cut_store",
            "back_up",
            "restore_database",
            "break_schema",
            "mend_schema",
            "database_away",
            "days_pass",
            "rename_host_clock",
            "late_commit",
        )
        name = self.rng.choice(names)
        self.done[name] += 1
        getattr(self, f"_{name}")()

    def _restart_with(self, harm: Callable[[], None]) -> None:
        self.store.close()
        harm()
        self.boot()

    def _files(self, path: Path) -> list[Path]:
        return [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-shm")]

    def _copy_store(self) -> None:
        """Somebody copies the data folder."""
        self.store_copy = self.folder / "copy.db"
        for source, target in zip(self._files(self.path), self._files(self.store_copy), strict=True):
            target.unlink(missing_ok=True)
            if source.exists():
                shutil.copy(source, target)

    def _restore_store(self) -> None:
        """The data folder is restored from that copy."""
        if self.store_copy is None:
            return
        copied = self.store_copy

        def harm() -> None:
            for source, target in zip(self._files(copied), self._files(self.path), strict=True):
                target.unlink(missing_ok=True)
                if source.exists():
                    shutil.copy(source, target)

        self._restart_with(harm)

    def _lose_key(self) -> None:
        self.master = self.rng.randbytes(32)
        self.store_copy = None
        self._restart_with(lambda: None)

    def _cut_store(self) -> None:
        def harm() -> None:
            content = self.path.read_bytes()
            self.path.write_bytes(content[: self.rng.randrange(len(content))])
            for extra in self._files(self.path)[1:]:
                extra.unlink(missing_ok=True)

        self._restart_with(harm)

    def _back_up(self) -> None:
        """The practice makes a backup."""
        self.backup = (self.connection.serialize(), copy.deepcopy(self.practice))

    def _restore_database(self) -> None:
        """The practice's database is restored from that backup."""
        if self.backup is None or self.broken_schema is not None:
            return
        image, practice = self.backup
        self.connection.deserialize(image)
        now = self.practice.now
        self.practice = copy.deepcopy(practice)
        self.practice.now = now
        self.desk = Desk(self.practice, self.connection, self.rng)
        self.way.between = None

    def _break_schema(self) -> None:
        """An upgrade renames a column that is read."""
        if self.broken_schema is None:
            self.broken_schema = "appointment"
            note = "appointment_notes" if self.plan.pms == "eaglesoft" else "Note"
            self.desk.release()
            self.connection.execute(f"ALTER TABLE appointment RENAME COLUMN {note} TO renamed_by_upgrade")

    def _mend_schema(self) -> None:
        if self.broken_schema is not None:
            note = "appointment_notes" if self.plan.pms == "eaglesoft" else "Note"
            self.connection.execute(f"ALTER TABLE appointment RENAME COLUMN renamed_by_upgrade TO {note}")
            self.broken_schema = None

    def _database_away(self) -> None:
        self.way.away = not self.way.away

    def _days_pass(self) -> None:
        """A weekend, or the night in which the clocks change."""
        self.advance(self.rng.choice((3600.0 * 5, 86400.0, 86400.0 * 3)))

    def _rename_host_clock(self) -> None:
        self.clock.jump(self.rng.uniform(-86400, 86400))

    def _late_commit(self) -> None:
        """A transaction of the front desk commits long after others that began later."""
        if self.broken_schema is None:
            self.practice.now = self.local_now()
            with self.desk.held():
                self.desk.work(self.rng.randrange(1, 4))

    # Judging ---------------------------------------------------------------------------------------------------------

    def quiet(self) -> None:
        """Everything is mended; the agent gets the time that it says it needs."""
        self.fuse.left = -1
        self.way.away, self.way.trouble, self.way.between = False, 0.0, None
        self.network.offline, self.network.trouble = False, 0.0
        self._mend_schema()
        self.desk.release()
        self.network.settle()
        began = started = self.clock.monotonic()
        while True:
            pause = min(self._quiet_step(self.capture), self._quiet_step(self.upload))
            for hold in self.store.holds():
                self.store.accept(hold.id)
                self.clock.advance(0.001)
                started = self.clock.monotonic()
            place = self.store.outbox.place
            if self.capture.work.guard.stopped:
                started = self.clock.monotonic()
            if self.capture.seen_since(started) and place.acked_seq == place.next_seq - 1:
                for held in self.cloud.holds(self.practice_id):
                    self.cloud.accept_hold(held.hold_id)
                return
            self.clock.advance(max(0.001, pause))
            if self.clock.monotonic() - began > _BOUND:
                raise Broken(f"not settled within {_BOUND:.0f} s; halted: {self.capture.work.guard.halted}")

    def _quiet_step(self, worker: Any) -> float:
        try:
            return float(worker.step())
        except NeedsPerson as error:
            raise Broken(f"a person is needed: {error.code}") from error
        except AgentError:
            return 0.5

    def judge(self) -> None:
        """The cloud holds exactly what the practice holds; reconcile says so too; the store believes the truth."""
        self.check_store()
        self.check_identities()
        got = {resource: self.held(resource) for resource in RESOURCES}
        # The practice counts holders of a key that no poll has ever seen, so incarnations are not compared.
        differences = compare(expected(self.practice), got, incarnations=False)
        if differences:
            shown = "; ".join(str(difference) for difference in differences[:8])
            raise Broken(f"{len(differences)} differences: {shown}")
        reconcile = Reconcile(self.capture, self.network)
        for _ in reconcile.run():
            self.capture.step()
            self.upload.step()
            self.clock.advance(0.05)
        if not all(outcome.clean for outcome in reconcile.outcomes):
            raise Broken(f"reconcile: {[o for o in reconcile.outcomes if not o.clean]}")

    def check_identities(self) -> None:
        """No id has ever passed from one person to another, except across an epoch, where nobody could know."""
        last: dict[str, tuple[int, tuple[Any, ...]]] = {}
        after, more = 0, True
        while more:
            entries, after, more = self.cloud.changes(self.practice_id, after)
            for entry in map(orjson.loads, entries):
                if entry["resource"] != "patient" or entry["op"] != "upsert":
                    last.pop(entry["id"], None)
                    continue
                data = entry["data"]
                now = (f"{data['first_name']} {data['last_name']}", data["birth_date"], data.get("entered_date"))
                epoch, before = last.get(entry["id"], (0, now))
                if epoch == entry["epoch"] and all(a and b and a != b for a, b in zip(before, now, strict=True)):
                    raise Broken("an id passed from one person to another")
                last[entry["id"]] = (entry["epoch"], now)

    def held(self, resource: str) -> dict[str, dict[str, Any]]:
        """What the cloud holds of a resource."""
        return {i: r.data for i, r in self.cloud.held(self.practice_id, resource).items()}

    def check_acknowledged(self) -> None:
        """P3: the outbox has let go of nothing that the cloud has not said to hold."""
        place = self.store.outbox.place
        if place.epoch and place.acked_seq > self.network.durable.get(place.epoch, 0):
            raise Broken(f"P3: acknowledged {place.acked_seq} of epoch {place.epoch} without the cloud")

    def check_store(self) -> None:
        """P2: every record that the store believes to be sent is held by the cloud or waits in the outbox."""
        place = self.store.outbox.place
        if place.epoch == 0 or place.epoch not in self.network.durable and place.acked_seq:
            return
        waiting: dict[tuple[str, str], str | None] = {}
        for chunk in self.store.outbox.pending(1 << 40):
            for line in zstandard.decompress(chunk.frame).split(b"\n")[1:]:
                told = orjson.loads(line)
                if told["op"] != "complete":
                    waiting[(told["resource"], told["id"])] = told.get("version")
        cloud = {resource: self.cloud.held(self.practice_id, resource) for resource in RESOURCES}
        if self.network.durable.get(place.epoch, 0) != place.acked_seq:
            return  # a store restored from a copy: its place is settled when the next session begins
        for name, fences in self.store.fences().items():
            resource = name.split(".")[0]
            for fence in fences:
                for key, entry in self.store.entries(fence.id).items():
                    if not entry.version or entry.version == UNSENDABLE:
                        continue
                    base = self.way.id_of(name, key)
                    record_id = with_incarnation(base, entry.incarnation)
                    if (resource, record_id) in waiting:
                        version = waiting[(resource, record_id)]
                    else:
                        record = cloud[resource].get(record_id)
                        version = None if record is None else record.version
                    if version != entry.version.hex():
                        raise Broken(f"P2: {name}: a record counts as sent that was not")


def run_seed(seed: int, folder: Path, parts: Parts | None = None) -> World:
    """One run from its seed; raises ``Broken`` (or whatever went wrong) with the seed in its notes."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        world = World(seed, folder, parts)
        world.run()
    except BaseException as error:
        error.add_note(f"simulation seed {seed}: replay with make sim SEEDS=1 FIRST={seed}")
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return world


__all__ = ["Broken", "Parts", "Plan", "World", "run_seed", "sqlite3"]
