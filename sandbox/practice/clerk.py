"""What every clerk at the front desk has: the practice, the program (a writer), a seeded sense of chance.

An operation is a method marked with :func:`operation`: what it collects is sent as one transaction when it returns,
unless it
was called by another operation, of which it is then a part.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from random import Random
from typing import Any, TypeVar, cast

from sandbox.practice.books import Books
from sandbox.practice.build import writer_for
from sandbox.practice.eaglesoft import Eaglesoft
from sandbox.practice.engine import Database
from sandbox.practice.model import Appointment, Chair, Entity, Key, Patient, Practice
from sandbox.practice.opendental import OpenDental
from sandbox.practice.people import People
from sandbox.practice.writer import Writer

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")


class Clerk:
    """Works on a practice through its program."""

    def __init__(self, practice: Practice, connection: Any, rng: Random) -> None:
        self.practice = practice
        """The model: all that is true."""
        self.rng = rng
        self.writer: Writer = writer_for(practice, Database(connection), rng)
        self.writer.serving = True
        self.books = Books(self.writer)
        self.people = People(practice, rng)
        self.audit = 1.0
        """Share of changes of appointments that leave an audit row (Eaglesoft's coverage is not known)."""
        self.on_commit: Callable[[str], None] | None = None
        """Called with the operation's name after each commit."""
        self.lock = threading.RLock()
        """Held during an operation; whoever else works on the same practice and model holds it meanwhile."""
        self._depth = 0
        self._late = False

    @property
    def now(self) -> datetime:
        """The practice's wall clock (naive local time)."""
        return self.practice.now

    @now.setter
    def now(self, moment: datetime) -> None:
        self.practice.now = moment

    @property
    def eaglesoft(self) -> Eaglesoft | None:
        """The program, if it is Eaglesoft."""
        return self.writer if isinstance(self.writer, Eaglesoft) else None

    @property
    def opendental(self) -> OpenDental | None:
        """The program, if it is Open Dental."""
        return self.writer if isinstance(self.writer, OpenDental) else None

    @contextmanager
    def held(self) -> Iterator[None]:
        """What the block does is not committed before :meth:`release`, or before something touches the same rows.

        The model has it at once: release before the model is compared with anything, or copied.
        """
        self._late = True
        try:
            yield
        finally:
            self._late = False

    def release(self) -> None:
        """Commit what was held back by :meth:`held`."""
        with self.lock:
            self.writer.release()

    def learn(self) -> int:
        """Read what others wrote into the database; how many records (in Open Dental: log lines) were news."""
        from sandbox.practice import reread, reread_eaglesoft

        with self.lock:
            self.writer.release()
            if self.eaglesoft is not None:
                return reread_eaglesoft.learn(self.eaglesoft)
            return reread.learn(self.practice, self.writer.database)

    def choose(self, store: dict[Any, T], fits: Callable[[T], bool] | None = None) -> T | None:
        """Any member that fits, or None."""
        some = list(store.values()) if fits is None else [one for one in store.values() if fits(one)]
        return self.rng.choice(some) if some else None

    def stamped(self, entity: Entity) -> None:
        """Tell workstations of changed set-up, where the program does."""
        if self.opendental is not None:
            self.opendental.signal_setup(entity)

    def living(self) -> Patient | None:
        """Any patient who can still be treated."""
        gone: tuple[str | int, ...] = (3, 4, 5)
        return self.choose(
            self.practice.patients, lambda p: p.status not in gone and p.deceased != "Y" and p.is_patient != "N"
        )

    def provider(self, hygienist: bool = False) -> Key | None:
        """Any working dentist or hygienist."""
        role = (1 if self.eaglesoft else 0) + int(hygienist)
        found = self.choose(self.practice.providers, lambda p: p.role == role and not p.hidden and p.status in ("A", 0))
        return None if found is None else found.key

    def chair(self) -> Chair | None:
        """Any chair in use."""
        return self.choose(self.practice.chairs, lambda one: not one.hidden)

    def site_of(self, appointment: Appointment) -> int | None:
        """Where work of this visit is booked to."""
        chair = self.practice.chairs.get(appointment.chair or 0)
        return chair.location if chair is not None else appointment.location or None

    def finish(self, name: str) -> None:
        """End an operation: send what was collected."""
        self._depth -= 1
        if not self._depth:
            self.writer.commit(late=self._late)
            if self.on_commit is not None:
                self.on_commit(name)

    def begin(self) -> None:
        """Begin an operation, or a part of one."""
        self._depth += 1


def operation(method: F) -> F:
    """Mark a method as one operation: one transaction of the program."""

    @functools.wraps(method)
    def run(self: Clerk, *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            self.begin()
            try:
                return method(self, *args, **kwargs)
            finally:
                self.finish(method.__name__)

    return cast(F, run)
