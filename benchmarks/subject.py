"""What is measured: the agent's reading side as the host builds it, on a database that a benchmark names."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from agent.capture.pace import PaceSettings
from agent.capture.work import CaptureSettings, Work
from agent.host.agent import SELDOM
from agent.model.clock import Clock
from agent.sources import dialect as dialects
from agent.sources.bridge.client import ProcessBridge
from agent.sources.dialect import Dialect
from agent.sources.eaglesoft.pms import EAGLESOFT
from agent.sources.mapping import Office
from agent.sources.opendental.pms import OPENDENTAL
from agent.sources.pms import Pms
from agent.sources.reader import Reader
from agent.sources.source import DatabaseSource
from agent.store.sealing import Seal, new_master_key
from agent.store.store import Store
from agent.wire.bridge import Open

ZONE = "America/New_York"

PMS: dict[str, Pms] = {"opendental": OPENDENTAL, "eaglesoft": EAGLESOFT}

DIALECTS: dict[str, Callable[[], Dialect]] = {
    "mariadb": dialects.mariadb,
    "postgresql": lambda: dialects.postgresql("PPM"),
    "sqlite": dialects.sqlite,
}


@dataclass(frozen=True, slots=True)
class Target:
    """A practice's database."""

    pms: str
    engine: str
    """Key of :data:`DIALECTS`."""
    connection: str
    """ODBC connection string."""

    @property
    def spoken(self) -> Dialect:
        """The dialect that it is read in."""
        return DIALECTS[self.engine]()

    def opening(self) -> Open:
        """What a bridge is told to connect."""
        return Open(self.connection, self.spoken.session)


class RealClock:
    """The machine's clock."""

    def time(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Subject:
    """A source with its bridge, and capture's working state over a store on disk."""

    bridge: ProcessBridge
    reader: Reader
    work: Work


@contextmanager
def reading(target: Target) -> Iterator[tuple[ProcessBridge, Reader, DatabaseSource]]:
    """A source over a bridge process that has looked at the database."""
    bridge = ProcessBridge(target.opening)
    try:
        reader = Reader(bridge, target.spoken, deadline=120.0)
        source = DatabaseSource(PMS[target.pms], reader, Office(ZONE))
        source.describe()
        yield bridge, reader, source
    finally:
        bridge.close()


@contextmanager
def subject(target: Target) -> Iterator[Subject]:
    """Capture over a new store in a folder of its own, with no rests between two statements."""
    clock: Clock = RealClock()
    gc.set_threshold(*SELDOM)
    with TemporaryDirectory(prefix="pa-bench-") as folder, reading(target) as (bridge, reader, source):
        store = Store(Path(folder) / "store.db", Seal(new_master_key()), clock.time)
        try:
            store.begin_epoch(1, {})
            settings = CaptureSettings(
                duty=lambda: 1.0, load_duty=lambda: 1.0, pace=PaceSettings(statement_seconds=1.0)
            )
            work = Work(source, store, clock, settings, lambda *_, **__: None)
            work.begin(1)
            work.guard.look(1)
            yield Subject(bridge, reader, work)
        finally:
            store.close()
