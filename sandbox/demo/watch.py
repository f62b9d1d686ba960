"""What each operation of the front desk must bring to the cloud: found out from the model, by the oracle.

Knows when an operation was committed, which records it changed and what could tell the agent of it early. Knows
nothing of the agent; what it says is checked against what arrives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

from sandbox.practice.books import Books
from sandbox.practice.desk import Desk
from sandbox.practice.eaglesoft import Eaglesoft
from sandbox.practice.engine import Row, Target
from sandbox.practice.model import Appointment, Entity, Entry, Key, Patient, Practice
from sandbox.practice.opendental import OpenDental
from sandbox.practice.oracle import expected
from sandbox.practice.writer import Writer

Name = tuple[str, str]
"""Resource and id, without an incarnation suffix."""

Content = dict[str, Any] | None
"""Canonical fields; None = there is no such record."""

ROTATION = "rotation"
"""Only the round over everything can see it."""

_LARGE = ("patient", "appointment", "ledger_entry")
_AUDITED = {"appt_log", "histappointment"}
_WINDOW = (-7, 90)
"""Days of appointments, counted from today, that the agent looks at often."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change that must arrive."""

    name: Name
    before: Content
    after: Content
    at: float
    """When it was committed, seconds since 1970."""
    way: str
    """What tells the agent of it; :data:`ROTATION` where nothing does."""


class _Touched:
    """An entity that an operation works on, as it was before."""

    def __init__(self, entity: Entity, before: dict[Name, Content], fresh: bool) -> None:
        self.entity = entity
        self.before = before
        self.fresh = fresh
        self.details = _details(entity)


class _Noting(Writer):
    """A writer that says what it is given."""

    on_touch: Callable[[Entity, bool], None]
    on_journal: Callable[[str], None]

    def add(self, entity: Entity) -> None:
        """Insert an entity's rows."""
        self.on_touch(entity, True)
        super().add(entity)

    def remove(self, entity: Entity) -> None:
        """Delete an entity's rows."""
        self.on_touch(entity, False)
        super().remove(entity)

    @contextmanager
    def changing(self, *entities: Entity) -> Iterator[None]:
        """Write what the block changes in these entities."""
        for entity in entities:
            self.on_touch(entity, False)
        with super().changing(*entities):
            yield

    def journal(self, target: Target, row: Row) -> None:
        """Append a row that belongs to no entity."""
        self.on_journal(target.table)
        super().journal(target, row)


class _NotingEaglesoft(_Noting, Eaglesoft):
    pass


class _NotingOpenDental(_Noting, OpenDental):
    pass


class WatchedDesk(Desk):
    """A front desk that says after each operation what it has changed."""

    def __init__(self, practice: Practice, connection: Any, rng: Random, time: Callable[[], float]) -> None:
        super().__init__(practice, connection, rng)
        kind = _NotingEaglesoft if practice.pms == "eaglesoft" else _NotingOpenDental
        noting = kind(practice, self.writer.database, rng)
        noting.on_touch, noting.on_journal = self._touch, self._journal
        noting.serving = True
        self.writer, self.books = noting, Books(noting)
        self.on_commit = self._committed
        self.on_changes: Callable[[str, list[Change]], None] = _ignore
        """Called after each operation with its name and what it changed."""
        self._time = time
        self._touched: dict[int, _Touched] = {}
        self._journalled: set[str] = set()

    def _touch(self, entity: Entity, fresh: bool) -> None:
        if id(entity) not in self._touched:
            before = (_without if fresh else canonical)(self.practice, entity)
            self._touched[id(entity)] = _Touched(entity, before, fresh)

    def _journal(self, table: str) -> None:
        self._journalled.add(table)

    def _committed(self, operation: str) -> None:
        at = self._time()
        touched, self._touched = self._touched, {}
        journalled, self._journalled = self._journalled, set()
        audited = bool(journalled & _AUDITED)
        changes: list[Change] = []
        for one in touched.values():
            alive = _alive(self.practice, one.entity)
            after = canonical(self.practice, one.entity) if alive else {}
            way = _way(self.practice, one, alive=alive, audited=audited)
            changes += [
                Change(name, one.before.get(name), after.get(name), at, way)
                for name in one.before.keys() | after.keys()
                if one.before.get(name) != after.get(name)
            ]
        self.on_changes(operation, changes)


def canonical(practice: Practice, entity: Entity) -> dict[Name, Content]:
    """The records that depend on an entity, as they must be in the cloud; all there are for one of the set-up."""
    part = replace(practice, patients={}, appointments={}, charges={}, payments={}, adjustments={}, insurance={})
    store = _store(part, entity)
    if store is None:
        return _flat(practice)
    store[entity.key] = entity
    return {name: data for name, data in _flat(part).items() if name[0] in _LARGE}


def _flat(practice: Practice) -> dict[Name, Content]:
    return {
        (resource, base(one)): data for resource, found in expected(practice).items() for one, data in found.items()
    }


def base(record_id: str) -> str:
    """An id without its incarnation suffix."""
    return record_id.partition("~")[0]


def _without(practice: Practice, entity: Entity) -> dict[Name, Content]:
    """The same before there was such an entity."""
    if _store(practice, entity) is not None:
        return {}
    types = {key: one for key, one in practice.types.items() if one is not entity}
    definitions = {key: one for key, one in practice.definitions.items() if one is not entity}
    return _flat(replace(practice, types=types, definitions=definitions))


def _store(practice: Practice, entity: Entity) -> dict[Any, Any] | None:
    """Where a patient, a visit or a ledger line stands in the model; None for the set-up, which others depend on."""
    match entity:
        case Patient():
            return practice.patients
        case Appointment():
            return practice.appointments
        case Entry():
            return practice.ledger()[entity.family]
        case _:
            return None


def _alive(practice: Practice, entity: Entity) -> bool:
    store = _store(practice, entity)
    return store is None or store.get(entity.key) is entity


def _details(entity: Entity) -> frozenset[Key]:
    return frozenset(split.key for split in entity.splits) if isinstance(entity, Entry) else frozenset()


def _way(practice: Practice, one: _Touched, *, alive: bool, audited: bool) -> str:
    """What tells the agent early of a change of this entity, as the PMS keeps its tables."""
    entity = one.entity
    stamped = practice.pms == "opendental"
    if isinstance(entity, Patient):
        return "change stamp" if stamped and alive else ROTATION
    if isinstance(entity, Appointment):
        return _way_of_visit(practice, entity, alive=alive, audited=audited, stamped=stamped)
    if not isinstance(entity, Entry):
        return "small table"
    if not alive:
        return ROTATION
    if stamped and entity.family != "payment":
        return "change stamp"
    return "new key" if one.fresh or _details(entity) - one.details else ROTATION


def _way_of_visit(practice: Practice, visit: Appointment, *, alive: bool, audited: bool, stamped: bool) -> str:
    if stamped and alive:
        return "change stamp"
    if audited:
        return "audit row"
    today = practice.now
    near = visit.start is not None and timedelta(_WINDOW[0]) < visit.start - today < timedelta(_WINDOW[1])
    return "date window" if near else ROTATION


def _ignore(operation: str, changes: list[Change]) -> None:
    """Nobody wants to know."""
