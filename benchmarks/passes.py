"""The agent's two passes over a shape, one statement after the other without rests: first load, and a rotation that
finds nothing. After each page or range the floor fetches the same one.

Measured with everything that belongs to it: the bridge's process, mapping, validation, digests, compression, sealing,
and the store's commits on disk.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from agent.capture.loading import Loading
from agent.capture.ranges import Ranges
from agent.model.reading import Range
from agent.model.state import ShapeState
from benchmarks.cost import NOTHING, Memory, Meter, memory_of
from benchmarks.floor import Fetched, Floor, floor
from benchmarks.subject import Subject, Target, subject


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over a shape."""

    cpu: float
    """Seconds of CPU, of the agent and its bridge."""
    floor: Fetched
    """The same ranges, fetched bare in turns with it."""
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
    with subject(target) as made, floor(target) as ground:
        gc.collect()
        load = {shape: _measured(made, ground, shape, _load) for shape in shapes}
        rotation = {shape: _measured(made, ground, shape, _rotate) for shape in shapes}
        assert made.bridge.pid is not None
        return Passes(load, rotation, memory_of(os.getpid()) + memory_of(made.bridge.pid))


def _measured(made: Subject, ground: Floor, shape: str, steps: Callable[[Subject, str], Iterator[Range]]) -> Pass:
    """A pass whose steps take turns with the floor. The bridge rests meanwhile, so its time is taken as a whole."""
    pace = made.work.pace
    busy = pace.busy_total
    bridge = Meter(made.bridge.pid, own=False)
    own = Meter()
    spent, bare = NOTHING, Fetched()
    for within in steps(made, shape):
        spent += own.lap()
        bare += ground.fetch(shape, within)
        own.lap()
    return Pass(spent.cpu + bridge.lap().cpu, bare, pace.busy_total - busy, pace.longest)


def _load(made: Subject, name: str) -> Iterator[Range]:
    work = made.work
    for shape in work.guard.shapes.values():
        work.states.setdefault(shape.id, ShapeState(shape.id, shape.resource, False, None, 0))
    loading = Loading(work)
    while not work.states[name].loaded:
        loading.page(work.guard.shapes[name])
        yield work.rotation.of(name)[-1].within


def _rotate(made: Subject, name: str) -> Iterator[Range]:
    work = made.work
    ranges = Ranges(work)
    place = work.store.outbox.place
    for fence in list(work.rotation.of(name)):
        ranges.compare(fence)
        yield fence.within
    if work.store.outbox.place != place:
        raise RuntimeError(f"the rotation over {name} was to find nothing")
