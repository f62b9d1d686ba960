"""The channel into an Eaglesoft database: direct SQL through the writer bridge, with the vendor's authentication.

Owns what is known of a write's outcome, never its repetition: each call of ``apply`` runs one transaction. Reads
through the reader, writes through the writer alone. Unverified on a real Eaglesoft: every kind is off until the office
turns it on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agent.model.errors import AgentError, NeedsPerson
from agent.model.reasons import REASONS
from agent.model.writing import Applied, Capability, ChannelFacts, Finding, Plan, Task
from agent.sources.bridge.writer_port import WriterBridge
from agent.sources.eaglesoft.writing import kinds
from agent.sources.eaglesoft.writing.alerts import Alerts
from agent.sources.eaglesoft.writing.booking import Booking
from agent.sources.eaglesoft.writing.engines import engine_of
from agent.sources.eaglesoft.writing.looking import Looking
from agent.sources.eaglesoft.writing.notes import Notes
from agent.sources.eaglesoft.writing.payments import Payments
from agent.sources.eaglesoft.writing.people import People
from agent.sources.eaglesoft.writing.refusals import conflict, is_login, is_read_only, not_written, refused, unknown
from agent.sources.eaglesoft.writing.schedule import Schedule
from agent.sources.eaglesoft.writing.transaction import Prepared, shown
from agent.sources.reader import Reader
from agent.wire.writer import Committed, Made, OneOf, Outcome, Trial, Unknown

SETTLE_SECONDS = 5.0
"""After a lost answer: how long the server may need to notice that the connection is gone."""

APPLY_SECONDS = 10.0
LOOK_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class _Way:
    """How a kind is written and found again."""

    prepare: Callable[[Task], Prepared]
    find: Callable[[Task], Finding]


class EaglesoftChannel:
    """How Eaglesoft takes writes."""

    def __init__(
        self,
        reader: Reader,
        writer: WriterBridge | None,
        user_id: str | None,
        *,
        double_booking: Callable[[], bool] = lambda: False,
    ) -> None:
        """``writer``: None where the office has set up no login that writes. ``user_id``: the provider id that the
        office names as the author of writes. ``double_booking``: whether it lets a chair be booked twice now.
        """
        self._writer = writer
        self._user = user_id
        self._engine = engine_of(reader.dialect)
        self._looking = Looking(reader, self._engine)
        self._ways = self._known_ways(user_id, double_booking) if user_id is not None else {}

    @property
    def name(self) -> str:
        """As people call it."""
        return "Eaglesoft database"

    @property
    def settle_seconds(self) -> float:
        """After a lost answer: how long the effect may still appear."""
        return SETTLE_SECONDS

    def capabilities(self) -> Sequence[Capability]:
        """Every kind of write, offered or not."""
        return kinds.capabilities()

    def look(self) -> ChannelFacts:
        """Whether the login may write now, and whether the office's user is there."""
        if self._writer is None:
            return ChannelFacts(self.name, "not_configured", "No login that writes is set up.")
        if self._user is None:
            return ChannelFacts(self.name, "not_configured", "No provider is named as the author of writes.")
        state = self._writer.trial(Trial((self._engine.step(self._engine.may_write),)), LOOK_SECONDS)
        if not isinstance(state, Committed):
            if is_read_only(state):
                return ChannelFacts(self.name, "read_only", REASONS["channel_read_only"].title + ".")
            code = "" if state.fault is None else state.fault.code
            return ChannelFacts(self.name, "refused" if is_login(state) else "unreachable", code)
        try:
            user = self._looking.one("provider", ("status",), "provider_id = ?", (self._user,))
        except NeedsPerson as error:
            return ChannelFacts(self.name, "refused", error.code)
        except AgentError as error:
            return ChannelFacts(self.name, "unreachable", error.code)
        if user is None:
            return ChannelFacts(self.name, "not_configured", "The provider named as the author of writes is unknown.")
        return ChannelFacts(self.name, "ready")

    def prepare(self, task: Task) -> Plan:
        """The statements of the transaction; reads, no effect."""
        prepared = self._way(task).prepare(task)
        return Plan(shown(prepared.apply), prepared)

    def apply(self, task: Task, plan: Plan) -> Applied:
        """Run the transaction, once."""
        prepared, writer = self._prepared(task, plan)
        outcome = self._done(writer.apply(prepared.apply, APPLY_SECONDS))
        return Applied(prepared.resource, _key(prepared, outcome))

    def trial(self, task: Task, plan: Plan) -> None:
        """Run the transaction and roll it back."""
        prepared, writer = self._prepared(task, plan)
        self._done(writer.trial(Trial(prepared.apply.steps, prepared.apply.attempts), APPLY_SECONDS))

    def find(self, task: Task) -> Finding:
        """Whether the task has been carried out; reads committed rows only."""
        return self._way(task, finding=True).find(task)

    # ------------------------------------------------------------------------------------------------------------------

    def _prepared(self, task: Task, plan: Plan) -> tuple[Prepared, WriterBridge]:
        self._way(task)
        assert self._writer is not None
        prepared = plan.content
        assert isinstance(prepared, Prepared)
        if prepared.stale is not None:
            raise conflict("changed_meanwhile", rule=prepared.stale)
        return prepared, self._writer

    def _done(self, outcome: Outcome) -> Committed:
        if isinstance(outcome, Unknown):
            raise unknown(outcome.fault)
        if not isinstance(outcome, Committed):
            if outcome.fault is not None and outcome.fault.code in ("column_missing", "table_missing"):
                self._looking.forget()
            raise not_written(outcome)
        return outcome

    def _way(self, task: Task, *, finding: bool = False) -> _Way:
        if task.kind == "document.attach":
            raise refused("needs_vendor_interface")
        if self._user is None or (self._writer is None and not finding):
            raise refused("channel_not_configured")
        way = self._ways.get(task.kind)
        if way is None:
            raise refused("kind_not_offered")
        return way

    def _known_ways(self, user: str, double_booking: Callable[[], bool]) -> Mapping[str, _Way]:
        looking, engine = self._looking, self._engine
        booking = Booking(looking, engine, user, double_booking)
        schedule = Schedule(looking, engine, user, double_booking)
        people, notes = People(looking, engine), Notes(looking, engine, user)
        payments, alerts = Payments(looking, engine, notes, user), Alerts(looking, engine)
        return {
            "appointment.create": _Way(booking.create, booking.find),
            "appointment.reschedule": _Way(schedule.reschedule, lambda t: schedule.find(t, schedule.shows_moved)),
            "appointment.confirm": _Way(schedule.confirm, lambda t: schedule.find(t, schedule.shows_confirmed)),
            "appointment.check_in": _Way(schedule.check_in, lambda t: schedule.find(t, schedule.shows_arrived)),
            "appointment.note": _Way(schedule.note, lambda t: schedule.find(t, schedule.shows_note, adds=True)),
            "appointment.cancel": _Way(schedule.cancel, lambda t: schedule.find(t, schedule.shows_cancelled)),
            "patient.update_contact": _Way(people.update_contact, people.find_contact),
            "patient.create": _Way(people.create, people.find_created),
            "communication.create": _Way(notes.create, notes.find),
            "payment.post": _Way(payments.post, payments.find),
            "alert.create": _Way(alerts.create, alerts.find),
        }


def _key(prepared: Prepared, outcome: Committed) -> tuple[int | str, ...]:
    key: list[int | str] = []
    for part in prepared.key:
        if isinstance(part, Made):
            made = outcome.made[part.made]
            assert made is not None
            key.append(made)
        elif isinstance(part, OneOf):
            key.append(part.one_of[outcome.attempt])
        else:
            key.append(part)
    return tuple(key)
