"""A practice made of dictionaries and a channel that writes into it: what tests of write-back play with.

Whatever is written leaves a trace that nobody can remove (:attr:`PlainPractice.effects`); tests judge by it, and the
channel finds by it, as a real one finds by tags and logs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from agent.model.canonical import encode, version_of
from agent.model.errors import Retry
from agent.model.reading import Key
from agent.model.writing import (
    Applied,
    Capability,
    ChannelFacts,
    ChannelState,
    Finding,
    NotNow,
    OutcomeUnknown,
    Plan,
    Settlement,
    Task,
    WriteConflict,
    WriteRefused,
)
from agent.wire.payloads import WRITE_KINDS

Data = dict[str, Any]
MONDAY = datetime(2026, 3, 2, 9, 0)
"""When tests begin, by the practice's clock in New York."""


class Crash(BaseException):
    """The process dies here. Not an ``Exception``: nothing may catch it."""


class PlainClock:
    """Time that moves only when it is told to; the machine's wall clock may be wrong and may jump."""

    def __init__(self) -> None:
        self.cloud = 1_772_460_000.0  # 2026-03-02 14:00 UTC
        self.wrong = 0.0
        """How many seconds the machine's wall clock is ahead of the cloud's."""
        self.passed = 0.0

    def time(self) -> float:
        """Seconds since 1970, as the machine believes."""
        return self.cloud + self.wrong

    def monotonic(self) -> float:
        """Seconds since the test began."""
        return self.passed

    def cloud_now(self) -> float:
        """Seconds since 1970 by the cloud's clock."""
        return self.cloud

    def advance(self, seconds: float) -> None:
        """Time goes on."""
        self.cloud += seconds
        self.passed += seconds


@dataclass(frozen=True, slots=True)
class PlainSeen:
    """A record as it is now."""

    id: str
    key: Key
    data: Data
    version: str


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that was written."""

    tag: str
    resource: str
    id: str
    changes: Data
    at: float
    """When, by the cloud's clock."""
    sent: float
    """When the channel was told to."""


class Settles(Protocol):
    """An inbox that commands end in."""

    def settle(self, settlement: Settlement) -> None:
        """It is over."""


def records() -> dict[str, dict[str, Data]]:
    """A small practice: resource -> id -> fields."""
    visit = {"patient_id": "p1", "provider_ids": ["d1"], "time_zone": "America/New_York", "note": ""}
    codes = ("confirmation_status", "communication_type", "document_category", "payment_type")
    return {
        "patient": {
            "p1": {"status": "active", "phones": [], "email": None, "alert": None},
            "p2": {"status": "active", "phones": [], "email": None, "alert": None},
            "gone": {"status": "deceased", "phones": [], "email": None, "alert": None},
            "former": {"status": "inactive", "phones": [], "email": None, "alert": None},
            "merged": {"status": "active", "merged_into": "p1", "phones": [], "email": None, "alert": None},
        },
        "appointment": {
            "a1": booked(visit, "2026-03-03T10:00:00", "o1"),
            "a2": booked(visit, "2026-03-03T14:00:00", "o1"),
            "done": booked(visit, "2026-03-02T08:00:00", "o1") | {"status": "completed"},
            "away": booked(visit, "2026-03-03T11:00:00", "o1") | {"status": "cancelled"},
        },
        "provider": {
            "d1": {"active": True, "role": "dentist"},
            "d2": {"active": True, "role": "dentist"},
            "retired": {"active": False, "role": "dentist"},
            "desk": {"active": True, "role": "staff"},
        },
        "operatory": {
            "o1": {"active": True, "location_id": "east"},
            "o2": {"active": True, "location_id": "east"},
            "shut": {"active": False, "location_id": "east"},
            "far": {"active": True, "location_id": "west"},
        },
        "location": {"east": {"time_zone": "America/New_York"}, "west": {"time_zone": "America/Phoenix"}},
        "appointment_type": {"check": {"active": True}, "crown": {"active": True}},
        "code": {name: {"set": name, "active": True} for name in codes},
        "communication": {},
        "document": {},
        "payment": {},
    }


def booked(visit: Data, start: str, operatory: str) -> Data:
    """An hour's visit."""
    end = (datetime.fromisoformat(start) + timedelta(hours=1)).isoformat()
    times = {"start": start, "end": end, "duration_minutes": 60, "operatory_id": operatory}
    return visit | times | {"status": "booked", "confirmation": "unconfirmed"}


class PlainPractice:
    """The practice; ends commands in whatever inbox it is given."""

    def __init__(self, clock: PlainClock) -> None:
        self.clock = clock
        self.inbox: Settles | None = None
        self.tables = records()
        self.halted: str | None = None
        self.away = False
        """The database does not answer."""
        self.moved = timedelta()
        """What to add to the practice's clock: tests look at another day."""
        self.effects: list[Effect] = []
        """Everything that write-back has ever written here, whatever became of it since."""
        self._late: list[Effect] = []

    def now(self) -> datetime:
        """The wall clock in New York."""
        return MONDAY + self.moved + timedelta(seconds=self.clock.passed)

    def look(self, resource: str, ids: Iterable[str]) -> dict[str, PlainSeen]:
        """These records."""
        self._answer()
        table = self.tables.get(resource, {})
        return {one: _seen(one, table[one]) for one in ids if one in table}

    def day(self, resource: str, first_day: str, last_day: str) -> list[PlainSeen]:
        """The records of some days."""
        self._answer()
        table = self.tables.get(resource, {})
        return [_seen(one, data) for one, data in table.items() if first_day <= data["start"][:10] <= last_day]

    def settle(self, settlement: Settlement, resource: str, key: Key) -> Settlement:
        """End a command with what is there now."""
        seen = self.look(resource, [str(key[0])]).get(str(key[0]))
        if seen is not None:
            settlement = replace(settlement, resource=resource, record_id=seen.id, version=seen.version)
        assert self.inbox is not None
        self.inbox.settle(settlement)
        return settlement

    def version(self, resource: str, record_id: str) -> str:
        """Version of a record as it is now."""
        return _seen(record_id, self.tables[resource][record_id]).version

    def edit(self, resource: str, record_id: str, **fields: Any) -> None:
        """The front desk changes a record."""
        if record_id in self.tables[resource]:
            self.tables[resource][record_id].update(fields)

    def of(self, tag: str) -> list[Effect]:
        """What was written under a tag."""
        self.land()
        return [effect for effect in self.effects if effect.tag == tag]

    @property
    def quiet(self) -> bool:
        """Nothing is on its way."""
        self.land()
        return not self._late

    def shows(self, effect: Effect) -> bool:
        """Whether an effect is still to be seen."""
        data = self.tables[effect.resource].get(effect.id)
        return data is not None and effect.changes.items() <= data.items()

    def write(self, effect: Effect) -> None:
        """Write."""
        self.effects.append(effect)
        self.tables[effect.resource].setdefault(effect.id, {}).update(effect.changes)

    def write_late(self, effect: Effect) -> None:
        """It is on its way, and lands at its time."""
        self._late.append(effect)

    def land(self) -> None:
        """What was on its way and has come by now."""
        for effect in [one for one in self._late if one.at <= self.clock.cloud]:
            self._late.remove(effect)
            self.write(effect)

    def _answer(self) -> None:
        self.land()
        if self.away:
            raise Retry("connection_lost", "The database is away", "Wait.")


@dataclass
class PlainChannel:
    """The way into it, with faults: each :meth:`apply` takes the next one of :attr:`faults`, if there is one.

    ``refuse``, ``conflict``, ``not_now``; ``die_before``, ``die_after`` the write; ``lose_before``, ``lose_after``: the
    answer is lost; ``lose_late``, ``die_late``: and the write lands within the settling time; ``bug_before``,
    ``bug_after``; ``desk_before``: the front desk changes the same record just before, which the channel notices;
    ``desk_after``: just after.
    """

    practice: PlainPractice
    name: str = "Plain"
    settle_seconds: float = 30.0
    state: ChannelState = "ready"
    faults: list[str] = field(default_factory=list)
    blind: bool = False
    """It cannot tell what became of a task."""
    changes: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Kind -> what its capability declares otherwise."""
    looked: int = 0
    """How many times it looked for a task."""

    def capabilities(self) -> Sequence[Capability]:
        """All kinds, on."""
        usual = {"offered": True, "default": "on", "verified": "stand-in"}
        return [Capability(kind, **(usual | self.changes.get(kind, {}))) for kind in WRITE_KINDS]

    def look(self) -> ChannelFacts:
        """As it stands."""
        return ChannelFacts(self.name, self.state)

    def prepare(self, task: Task) -> Plan:
        """What would be written."""
        if "☃" in str(task.payload):
            raise WriteRefused("text_not_storable", "no", "no", rule="payload.text")
        resource, record_id, changes = _outcome(task)
        return Plan({"set": changes}, Effect(task.tag, resource, record_id, changes, 0.0, 0.0))

    def apply(self, task: Task, plan: Plan) -> Applied:
        """Write."""
        fault = self.faults.pop(0) if self.faults else ""
        practice = self.practice
        effect = replace(plan.content, at=practice.clock.cloud, sent=practice.clock.cloud)
        self._before(fault, effect)
        if fault.endswith("_late"):
            practice.write_late(replace(effect, at=practice.clock.cloud + self.settle_seconds - 1))
        elif not fault.endswith("_before") or fault == "desk_before":
            practice.write(effect)
        if fault == "desk_after":
            practice.edit(effect.resource, effect.id, **dict.fromkeys(effect.changes, "the office's"))
        if fault.startswith("die"):
            raise Crash(fault)
        if fault.startswith("lose"):
            raise OutcomeUnknown("outcome_unknown", "The answer was lost", "Look.")
        if fault.startswith("bug"):
            raise KeyError(fault)
        return Applied(effect.resource, (effect.id,))

    def _before(self, fault: str, effect: Effect) -> None:
        """What the PMS says at once."""
        if fault == "refuse":
            raise WriteRefused("pms_refused", "no", "no", sqlstate="23000", native=1452)
        if fault == "not_now":
            raise NotNow("channel_unreachable", "not now", "Wait.")
        if fault == "desk_before":
            self.practice.edit(effect.resource, effect.id, note="the office's")
        if fault in ("conflict", "desk_before") and effect.id in self.practice.tables[effect.resource]:
            raise WriteConflict("changed_meanwhile", "changed", "Read again.")

    def trial(self, task: Task, plan: Plan) -> None:
        raise WriteRefused("no_trial", "No trial", "None.")

    def find(self, task: Task) -> Finding:
        """By the trace."""
        self.looked += 1
        if self.practice.away:
            raise Retry("connection_lost", "The database is away", "Wait.")
        if self.blind:
            return Finding("unclear")
        written = self.practice.of(task.tag)
        if not written:
            return Finding("absent")
        last = written[-1]
        return Finding("applied" if self.practice.shows(last) else "overwritten", last.resource, (last.id,))


def _outcome(task: Task) -> tuple[str, str, Data]:
    """Resource, id and fields that a task sets."""
    payload = task.payload.model_dump(exclude_unset=True)
    area, verb = task.kind.split(".")
    made = f"new-{task.tag}"
    target = str(task.target[0]) if task.target else made
    match area, verb:
        case "appointment", "create":
            visit = {"patient_id": target, "provider_ids": payload["provider_ids"], "time_zone": task.zone}
            return "appointment", made, booked(visit, payload["start"], payload["operatory_id"])
        case "appointment", "cancel":
            return "appointment", target, {"status": "cancelled"}
        case "appointment", "check_in":
            return "appointment", target, {"status": "arrived"}
        case "appointment", "reschedule":
            before = (task.before or {}) | payload
            return "appointment", target, booked({}, before["start"], before["operatory_id"])
        case ("appointment", _) | ("patient", _):
            return area, target, payload or {"confirmation": "confirmed"}
        case "alert", _:
            return "patient", target, {"alert": payload["text"]}
        case _:
            return area, made, payload | {"patient_id": target}


def _seen(record_id: str, data: Data) -> PlainSeen:
    return PlainSeen(record_id, (record_id,), dict(data), version_of(encode(data)))
