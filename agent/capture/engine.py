"""Capture: one bounded piece of work per step, from the practice's database to the outbox.

The order of things in a step, most urgent first: look at the source as a whole; poll the accelerators; read dirty keys
again; read lookups again; go on with the first load; compare the range that has waited longest. Everything a step
learned is committed in one transaction with the changes it made; nothing else is kept, so a step may die anywhere.

Two rules carry correctness. *What is stored as known is never newer than what was sent*: entries and lines come from
the same reading and are committed together. *Rotation guarantees, accelerators hurry*: an accelerator only names keys
to be read again; whatever it misses, the rotation finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from agent.capture.accelerators import Accelerators
from agent.capture.dirty import Dirty
from agent.capture.guard import LOOK_EVERY
from agent.capture.loading import Loading
from agent.capture.ports import Source, Store
from agent.capture.ranges import Ranges
from agent.capture.work import CaptureSettings, Report, Work
from agent.model.clock import Clock
from agent.model.errors import Retry, StoreDamaged, Terminal
from agent.model.reading import Key, ShapeFacts
from agent.model.state import Commit, Entry, Fence, ShapeState


class Capture:
    """The capture worker."""

    def __init__(self, source: Source, store: Store, clock: Clock, settings: CaptureSettings, report: Report) -> None:
        self.work = Work(source, store, clock, settings, report)
        """What is known of the shapes, the fences, the database and the pace."""
        self.full = False
        """True while nothing is read because too much waits for the cloud."""
        self._loading = Loading(self.work)
        self._ranges = Ranges(self.work)
        self._clock = clock
        self._look_due = 0.0
        self._refresh_due = 0.0
        self._looked = 0.0
        self._turn = 0
        self._passed_over = 0
        self._at: str | None = None

    def step(self) -> float:
        """One bounded piece of work; returns the seconds to wait before the next."""
        work = self.work
        place = work.store.outbox.place
        if place.epoch == 0:
            return 0.5
        if place.epoch != work.epoch:
            self._begin(place.epoch)
        self.full = work.store.outbox.size >= work.settings.outbox_bytes
        if self.full:
            return 1.0
        now = self._clock.monotonic()
        if now >= self._look_due:
            self._look(now)
            return 0.0
        if work.guard.halted is not None:
            return max(0.0, self._look_due - now)
        self._at = None
        try:
            return self._next(now)
        except Retry:
            # Whatever answers next may be another database: look before reading on.
            self._look_due = 0.0
            raise
        except Terminal as error:
            # The database is not what it was: leave this shape alone, keep the others, and look at all of it again.
            if self._at is None or isinstance(error, StoreDamaged):
                raise
            work.guard.suspend(self._at, error.code)
            self._look_due = 0.0
            work.report("shape_stopped", shape=self._at, reason=error.code)
            return 0.0

    def hasten(self) -> None:
        """Somebody asks for news at once: poll, look at small tables, and at every range."""
        self._look_due = self._refresh_due = 0.0
        if self.work.epoch > 0:
            self._accelerators.hasten()
            for shape in self.work.guard.shapes:
                self.work.rotation.hasten(shape)

    def seen_since(self, moment: float) -> bool:
        """True when, after ``moment`` (monotonic), the database was looked at and every range compared, every shape
        that can be read is loaded, and no key waits to be read again.
        """
        work = self.work
        return (
            work.epoch > 0
            and work.epoch == work.store.outbox.place.epoch
            and work.guard.halted is None
            and self._looked >= moment
            and not self._dirty
            and all(work.states[name].loaded for name in work.guard.shapes)
            and all(work.rotation.seen_since(name, moment) for name in work.guard.shapes)
        )

    @property
    def waiting(self) -> bool:
        """True while keys wait to be read again."""
        return bool(self._dirty)

    def mark(self, keys: Iterable[tuple[str, Key]]) -> None:
        """Have these records, (shape, key), read again."""
        commit = self.work.commit()
        commit.dirty.extend(keys)
        if commit.dirty:
            self.work.store.commit(commit)
            self._dirty.add(commit.dirty)

    def renew(self, shape: str, keys: list[Key], commit: Commit) -> None:
        """Read these records now; what is new about them goes into the commit, with what it holds already."""
        self._dirty.renew(shape, keys, commit)

    def resend(self, shape: ShapeFacts, keys: Sequence[Key]) -> int:
        """Read these records and send them whatever was sent before; returns how many there are."""
        records = self.work.source.rows(shape.id, keys)
        commit = self.work.commit("repair")
        known = {key: entry for fence in self.work.rotation.of(shape.id) for key, entry in self._known(fence, keys)}
        digests = self.work.changes.digests(records)
        self.work.changes.write(commit, shape, records, digests, known, resend=True)
        self.work.write(commit, None, None, [])
        return len(records)

    def _known(self, fence: Fence, keys: Sequence[Key]) -> list[tuple[Key, Entry]]:
        entries = self.work.store.entries(fence.id)
        return [(key, entries[key]) for key in keys if key in entries]

    def _begin(self, epoch: int) -> None:
        work = self.work
        work.begin(epoch)
        self._dirty = Dirty(work)
        self._accelerators = Accelerators(work.source, work.store, self._clock, work.settings.poll_seconds)
        self._look_due = self._refresh_due = 0.0

    def _look(self, now: float) -> None:
        work = self.work
        accepted = work.guard.look(work.epoch)
        self._looked = now
        self._look_due = now + (LOOK_EVERY if work.guard.halted is None else 10.0)
        settings = work.settings
        small = frozenset(shape.id for shape in work.guard.shapes.values() if shape.small)
        every = {s: settings.lookup_seconds if s in small else settings.rotation_seconds for s in work.guard.shapes}
        for shape in work.guard.shapes.values():
            if shape.id not in work.states:
                work.states[shape.id] = ShapeState(shape.id, shape.resource, False, None, 0)
        work.rotation.every(every, small)
        if accepted:
            self.hasten()
        back = [name for name, at in work.refused.items() if work.rotation.seen_since(name, at + _AFTER_REFUSAL)]
        if back:
            work.store.commit(Commit(work.epoch, withdrawn=[("mass_delete", name) for name in back]))
            for name in back:
                del work.refused[name]
        if work.guard.halted is not None:
            work.report("capture_halted", reason=work.guard.halted)

    def _next(self, now: float) -> float:
        """The most urgent piece of work there is."""
        work = self.work
        hurried = self._accelerators.due_at if not self._dirty else 0.0
        hurried = max(hurried, work.pace.hurried_at(urgent=bool(self._dirty)))
        due = work.pace.unhurried_at()
        if now >= due and self._passed_over >= _PATIENCE:
            self._passed_over = 0
            self._unhurried(now)
            return 0.0
        self._passed_over += 1
        if now >= hurried:
            if self._dirty:
                self._at = self._dirty.first_shape
                self._dirty.reread()
            else:
                self._poll(now)
            return 0.0
        if now >= self._refresh_due:
            for name in work.source.refresh():
                work.rotation.hasten(name)
            self._refresh_due = now + work.settings.lookup_seconds
            return 0.0
        self._passed_over = 0
        if now >= due:
            due = self._unhurried(now)
        return max(0.0, min(due, hurried, self._refresh_due, self._look_due) - now)

    def _unhurried(self, now: float) -> float:
        """One page of the first load or one range of the rotation; returns when there is more to do (monotonic)."""
        work = self.work
        loading = self._loading.next()
        found = work.rotation.next((name for name in work.guard.shapes if work.states[name].loaded), now)
        self._turn += 1
        if found is not None and found[0] <= now and (loading is None or self._turn % _ROTATE_WHILE_LOADING == 0):
            self._at = found[1].shape
            self._ranges.compare(found[1])
            return now
        if loading is not None:
            self._at = loading.id
            self._loading.page(loading)
            return now
        return now + 1.0 if found is None else found[0]

    def _poll(self, now: float) -> None:
        work = self.work
        self._at = self._accelerators.shape
        commit = work.commit()
        news = self._accelerators.poll(work.guard.shapes, commit, now, self.now().date())
        work.pace.hurried(news.busy, self._clock.monotonic(), work.settings.duty())
        for name in news.shapes:
            work.rotation.hasten(name)
        if news.lookups:
            self._refresh_due = 0.0
        if commit.dirty or commit.cursors:
            try:
                work.store.commit(commit)
            except BaseException:
                self._accelerators.forget()
                raise
            self._dirty.add(commit.dirty)

    def now(self) -> datetime:
        """The practice's wall clock, by its database's own."""
        assert self.work.guard.description is not None
        seen = datetime.fromisoformat(self.work.guard.description.clock)
        return seen + timedelta(seconds=self._clock.monotonic() - self._looked)


_AFTER_REFUSAL = 0.25
"""Every range of a shape was compared so many seconds after deletes were last withheld, and none was withheld again:
the records are back, and nobody need decide."""

_PATIENCE = 8
"""However much there is to hurry and however slow the machine: the load or the rotation gets every so many-th step."""

_ROTATE_WHILE_LOADING = 4
"""During a first load, one slice in so many goes to ranges that are loaded already."""
