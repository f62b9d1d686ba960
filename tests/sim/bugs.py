"""Planted bugs: mistakes that programs like this one are known for. The simulation must catch every one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from agent.capture.ranges import Ranges
from agent.cloud.upload import Upload
from agent.model.errors import Retry
from agent.model.reading import Key, Page, ShapeFacts
from agent.model.state import Commit, Entry, Fence, NewFence, Pending
from agent.store.store import Store, open_store
from agent.wire.cloud import chain
from agent.wire.inbox import Kept
from agent.writeback.engine import WriteBack
from tests.sim.world import Parts, Plan, World


class CheckpointFirst(Store):
    """Writes what is known before the changes that made it known, in two transactions."""

    def commit(self, step: Commit, chunk: Callable[[Sequence[bytes]], bytes] | None = None) -> dict[str, list[int]]:
        """The planted bug."""
        lines, step.lines = step.lines, []
        numbers = super().commit(step, chunk)
        if lines:
            super().commit(Commit(step.epoch, step.cause, lines, step.observed_at), chunk)
        return numbers


class AckFirst(Upload):
    """Lets chunks go although the cloud has not answered: it was sent, so it will have arrived."""

    def step(self) -> float:
        """The planted bug."""
        try:
            return super().step()
        except Retry:
            outbox: Any = self._outbox
            link = outbox.place.acked_chain
            chunks: list[Pending] = outbox.pending(1 << 20) if self.connected else []
            for one in chunks:
                link = chain(link, one.frame)
            if chunks:
                outbox.acknowledge(chunks[-1].first_seq + chunks[-1].count - 1, link)
            raise


class FetchOrder(Ranges):
    """A sweep for deletes that goes by the position of rows, not by their keys."""

    def _sort(self, shape: ShapeFacts, page: Page, known: dict[Key, Entry], *, remap: bool) -> Any:
        """The planted bug: the n-th row is taken for the n-th known one; only a shorter list means deletes."""
        found = super()._sort(shape, page, known, remap=remap)
        surplus = len(known) - len(page.records)
        tail = list(known)[len(page.records) :] if surplus > 0 else []
        found.missing = {key: known[key] for key in tail} if page.last else {}
        for key in found.missing:
            found.same.pop(key, None)
        return found

    def _confirm(self, shape: ShapeFacts, found: Any, known: dict[Key, Entry]) -> None:
        """And without asking again."""


class SkippingHint(Ranges):
    """A hint that may skip work: tables of which it names no change are taken as unchanged."""

    def compare(self, fence: Fence) -> None:
        """The planted bug."""
        work = self._work
        quiet = fence.shape in ("patient", "provider", "operatory")
        if quiet and fence.digest and fence.salt == work.source.salt(fence.shape):
            work.rotation.checked(fence, work.clock.monotonic(), work.clock.time())
            return
        super().compare(fence)


class UnfencedStore(Store):
    """A new epoch keeps what the old one knew as sent."""

    def begin_epoch(self, epoch: int, incarnations: dict[str, dict[str, int]]) -> None:
        """The planted bug."""
        kept = self.fences()
        states = self.states()
        entries: dict[int, dict[Key, Entry]] = {f.id: self.entries(f.id) for fs in kept.values() for f in fs}
        super().begin_epoch(epoch, incarnations)
        step = Commit(epoch, states=list(states.values()))
        for shape, fences in kept.items():
            for fence in fences:
                step.fences.append((None, shape, [NewFence(fence.within, fence.digest, fence.salt, entries[fence.id])]))
        self.commit(step)


def with_store(kind: type[Store]) -> Parts:
    """Parts with another store."""

    def opened(path: Path, seal: Any, clock: Any, stamp: str, seam: Any) -> tuple[Store, Path | None]:
        store, aside = open_store(path, seal, clock, stamp, seam)
        store.__class__ = kind
        return store, aside

    return Parts(open_store=opened)


def with_ranges(kind: type[Ranges]) -> Parts:
    """Parts with another way to compare ranges."""

    def after_boot(world: World) -> None:
        world.capture._ranges = kind(world.capture.work)

    return Parts(after_boot=after_boot)


class Hasty(WriteBack):
    """Writes again when an answer was lost, without looking whether it was written."""

    def _find_out(self, kept: Kept) -> None:
        """The planted bug."""
        self._begin(kept)


PLANTED: dict[str, Parts] = {
    "checkpoint before outbox": with_store(CheckpointFirst),
    "acknowledged before durable": Parts(upload=AckFirst),
    "a sweep that trusts fetch order": with_ranges(FetchOrder),
    "a hint that skips": with_ranges(SkippingHint),
    "an epoch that is not fenced": with_store(UnfencedStore),
    "a write that is tried again without looking": Parts(writeback=Hasty),
}
"""Name -> how the agent is put together with that bug."""


PLANS: dict[str, Plan] = {
    "an epoch that is not fenced": Plan("eaglesoft", events=60, trouble=0.0, crashes=0.02, calamities=0.4),
    "a write that is tried again without looking": Plan(
        "opendental", events=60, trouble=0.3, crashes=0.1, calamities=0.0, writes=0.5
    ),
}
"""Where a bug shows only in rare worlds: a plan that makes them."""
