"""The agent at work on Open Dental: writers' waits, changes' way, the rotation's bound, memory (figures 3 to 6).

One run of the real agent against the real cloud. First the writer is watched alone, then through the first load, then
through a whole rotation while the accelerators are polled and changes are made.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from typing import Any

from agent.host.settings import OfficeHours, Pace
from benchmarks import desk
from benchmarks.field import Field, compared_since, field_of, loaded
from benchmarks.practices import Practice
from benchmarks.report import Figure
from benchmarks.rows import Shares
from benchmarks.sizes import GOAL, Plan
from tests import servers

WAIT_GOAL = 50.0
MEDIAN_GOAL, P99_GOAL = 3.0, 6.0
BOUND_GOAL = 30.0
MEMORY_GOAL = 120.0

_LOGIN = "bench_reader"

_ALWAYS = OfficeHours(days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"), opens="00:00", closes="24:00")
"""The agent keeps the duty of office hours whenever the benchmark is run."""


@dataclass(slots=True)
class Phases:
    """Moments, seconds since 1970."""

    control: float = 0.0
    load: float = 0.0
    rotation: float = 0.0
    end: float = 0.0


def measure(practice: Practice, plan: Plan, shares: Shares | None) -> list[Figure]:
    """Figures 3 to 6; ``shares`` tell how busy a rotation keeps the engine (None: that figure is left out)."""
    connection = practice.target.connection
    servers.run(
        connection,
        f"CREATE USER IF NOT EXISTS {_LOGIN}@'%' IDENTIFIED BY ''",
        f"GRANT SELECT ON *.* TO {_LOGIN}@'%'",
        *desk.WATCH,
    )
    phases = Phases(control=time.time())
    pace = Pace(office_hours=(_ALWAYS,), compare_seconds=plan.compare, lookup_minutes=min(0.5, plan.compare / 60))
    with field_of(practice.target, _LOGIN, pace) as field, _writer(connection) as waits:
        phases.control = time.time()
        threading.Event().wait(plan.control)
        phases.load = time.time()
        field.start()
        if not field.until(loaded, plan.patience):
            raise RuntimeError("the first load was not delivered in time")
        phases.rotation = time.time()
        after = field.newest()
        busy_before = _busy(field)
        with _changing(connection, plan) as changes:
            made = changes.result()
            whole = field.until(compared_since(phases.rotation), plan.patience)
        phases.end = time.time()
        spent = _busy(field) - busy_before
        document = field.status()
        last = document["acked_seq"] + document["waiting"]["changes"]
        field.until(lambda status: status["acked_seq"] >= last, 60.0)
        arrived = list(field.arrivals(after))
        assert field.watch is not None
        now, peak = field.watch.now(), field.watch.peak
        field.stop()
        waits.stop.set()
        seen = waits.future.result(60)
    figures = _waits(practice, seen, phases, connection)
    figures += _latencies(practice, made, arrived)
    if shares is not None:
        figures += _bounds(practice, shares, phases, whole, spent, document)
    held = f"RSS with shared pages counted twice; PSS {now.pss / 2**20:.0f}, private {now.private / 2**20:.0f} MiB"
    figures.append(
        Figure("memory: agent + bridge, at the end", now.rss / 2**20, "MiB", MEMORY_GOAL, practice.engine, held)
    )
    held = f"PSS {peak.pss / 2**20:.0f} MiB; sampled every second"
    figures.append(Figure("memory: the most seen", peak.rss / 2**20, "MiB", MEMORY_GOAL, practice.engine, held))
    return figures


@dataclass(slots=True)
class _Writer:
    stop: Event
    future: Future[desk.Waits]


@contextmanager
def _writer(connection: str) -> Iterator[_Writer]:
    context = multiprocessing.get_context("spawn")
    with context.Manager() as manager, ProcessPoolExecutor(1, mp_context=context) as pool:
        stop: Any = manager.Event()
        ready: Any = manager.Event()
        future = pool.submit(desk.update_rows, connection, stop, ready)
        try:
            ready.wait(30)
            yield _Writer(stop, future)
        finally:
            stop.set()


@contextmanager
def _changing(connection: str, plan: Plan) -> Iterator[Future[list[desk.Made]]]:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool.submit(desk.make_changes, connection, plan.changes, plan.pause)


def _busy(field: Field) -> float:
    return float(field.status()["pace"]["busy_seconds"])


def _waits(practice: Practice, seen: desk.Waits, phases: Phases, connection: str) -> list[Figure]:
    size = practice.size
    where = f"{practice.schema}, MyISAM, {size.appointments:,} appointments, {size.patients:,} patients"
    figures = []
    for name, goal, begin, end in (
        ("without the agent", None, phases.control, phases.load),
        ("first load", WAIT_GOAL, phases.load, phases.rotation),
        ("rotation and polling", WAIT_GOAL, phases.rotation, phases.end),
    ):
        tall = seen.between(begin, end)
        over = sum(one > WAIT_GOAL / 1000 for one, _ in tall)
        longest, table = tall[-1] if tall else (desk.TALL, "none")
        how = f"{where}; {end - begin:.0f} s, {over} waits over {WAIT_GOAL:.0f} ms, the longest at {table}"
        figures.append(Figure(f"writer's longest wait: {name}", 1000 * longest, "ms", goal, practice.engine, how))
        longest, count = desk.locked(connection, begin, end)
        how = f"as the server counted it; {count} waits over {1000 * desk.TALL:.0f} ms; the rest is the machine's doing"
        figures.append(Figure(f"of it for a lock: {name}", 1000 * longest, "ms", goal, practice.engine, how))
    return figures


def _latencies(
    practice: Practice, made: Sequence[desk.Made], arrived: Sequence[tuple[str, str, float]]
) -> list[Figure]:
    moments: dict[tuple[str, str], list[float]] = {}
    for resource, name, moment in arrived:
        moments.setdefault((resource, name), []).append(moment)
    took = []
    lost = 0
    for change in made:
        at = next((at for at in moments.get((change.resource, change.id), ()) if at >= change.at), None)
        if at is None:
            lost += 1
        else:
            took.append(at - change.at)
    took.sort()
    if not took:
        raise RuntimeError("no change reached the cloud")
    how = f"{len(took)} changes of 4 kinds, 5 s poll, cloud over TLS on loopback" + (
        f"; {lost} not seen" if lost else ""
    )
    ninety_ninth = took[min(len(took) - 1, int(len(took) * 0.99))]
    return [
        Figure("change to acknowledged: median", took[len(took) // 2], "s", MEDIAN_GOAL, practice.engine, how),
        Figure(
            "change to acknowledged: p99", ninety_ninth, "s", P99_GOAL, practice.engine, f"longest {took[-1]:.1f} s"
        ),
    ]


def _bounds(
    practice: Practice, shares: Shares, phases: Phases, whole: bool, spent: float, document: dict[str, Any]
) -> list[Figure]:
    duty = float(document["pace"]["duty_limit"])
    size = practice.size
    lasted = phases.end - phases.rotation
    own = shares.busy(size.patients, size.appointments, size.ledger)
    other = max(0.0, spent - own) / lasted
    busy = shares.busy(GOAL.patients, GOAL.appointments, GOAL.ledger)
    bound = (busy / max(0.001, duty - other) + shares.rest / duty) / 60
    figures = [
        Figure(
            "bound of any other change",
            bound,
            "min",
            BOUND_GOAL,
            practice.engine,
            f"from {busy:.1f} s at work for 30k/400k/2M; duty {duty:.0%}, of which polls {other:.1%}",
        )
    ]
    named = f"{size.patients:,}/{size.appointments:,}/{size.ledger:,}"
    if whole:
        goal = BOUND_GOAL if size == GOAL else None
        how = f"a whole rotation as it ran, {named}, beside changes and a writer"
        figures.append(Figure("rotation, for real", lasted / 60, "min", goal, practice.engine, how))
    return figures
