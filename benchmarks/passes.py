"""The agent's two passes over a shape, one statement after the other without rests: first load, and a rotation that
finds nothing.

Measured with everything that belongs to it: the bridge's process, mapping, validation, digests, compression, sealing,
and the store's commits on disk.
"""

from __future__ import annotations

import gc
import os
from dataclasses import dataclass

from agent.capture.loading import Loading
from agent.capture.ranges import Ranges
from agent.capture.work import Work
from agent.model.state import ShapeState
from benchmarks.cost import Cost, Memory, Meter, memory_of
from benchmarks.subject import Target, subject


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over a shape."""

    records: int
    cost: Cost
    """Of the agent and its bridge."""
    busy: float
    """Seconds that the engine was at work, as the governor counts them."""
    longest: float
    """Longest statement of all passes so far, seconds."""


@dataclass(frozen=True, slots=True)
class Passes:
    """All passes of one run."""

    load: dict[str, Pass]
    rotation: dict[str, Pass]
    memory: Memory
    """Of the agent's part and its bridge, at the end."""


def run(target: Target, shapes: tuple[str, ...]) -> Passes:
    """Load these shapes into an outbox, then compare all of them once; run it in a process of its own."""
    with subject(target) as made:
        gc.collect()
        meter = Meter(made.bridge.pid)
        load = {shape: _load(made.work, shape, meter) for shape in shapes}
        rotation = {shape: _rotate(made.work, shape, meter) for shape in shapes}
        assert made.bridge.pid is not None
        return Passes(load, rotation, memory_of(os.getpid()) + memory_of(made.bridge.pid))


def _load(work: Work, name: str, meter: Meter) -> Pass:
    shape = work.guard.shapes[name]
    work.states[name] = ShapeState(name, shape.resource, False, None, 0)
    for other in work.guard.shapes.values():
        work.states.setdefault(other.id, ShapeState(other.id, other.resource, False, None, 0))
    loading = Loading(work)
    busy = work.pace.busy_total
    meter.lap()
    while not work.states[name].loaded:
        loading.page(shape)
    cost = meter.lap()
    records = sum(fence.rows for fence in work.rotation.of(name))
    return Pass(records, cost, work.pace.busy_total - busy, work.pace.longest)


def _rotate(work: Work, name: str, meter: Meter) -> Pass:
    ranges = Ranges(work)
    fences = list(work.rotation.of(name))
    place = work.store.outbox.place
    busy = work.pace.busy_total
    meter.lap()
    for fence in fences:
        ranges.compare(fence)
    cost = meter.lap()
    if work.store.outbox.place != place:
        raise RuntimeError(f"the rotation over {name} was to find nothing")
    return Pass(sum(fence.rows for fence in fences), cost, work.pace.busy_total - busy, work.pace.longest)
