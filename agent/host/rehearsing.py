"""Rehearses writes: everything short of writing, beside a running agent or before there is one.

Reads the practice's database over a connection of its own, keeps nothing, and sends nothing but what ``look`` asks of
the PMS, and at the operator's wish a trial that is rolled back. Shows what the office's policy, the rules and the
channel say, and the exact request.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from agent.capture.engine import Capture
from agent.capture.readback import Readback
from agent.capture.work import CaptureSettings
from agent.health.masking import mask
from agent.host import channels, settings_file, sources
from agent.host.home import Home
from agent.host.pacing import in_office_hours
from agent.host.policy_file import PolicyFile
from agent.host.secret_names import DATABASE_PASSWORD
from agent.host.settings import Settings
from agent.host.writing import office_of
from agent.model.clock import Clock
from agent.model.errors import NeedsPerson, Retry, Terminal
from agent.model.reasons import REASONS
from agent.model.writing import Capability, Channel, ChannelFacts, Mode, WriteConflict, WriteRefused
from agent.platform.secrets import Secrets
from agent.store.sealing import Seal, new_master_key
from agent.store.store import Store
from agent.wire.commands import Command, CommandRequest
from agent.writeback.engine import WriteBack, payload_of
from agent.writeback.resolving import resolve

_STEPS = 20
_NAME = "rehearsal"


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be written, of one kind."""

    capability: Capability
    mode: Mode
    """What the policy makes of it."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """How a command would fare now."""

    kind: str
    would: str
    """``write``, ``ask`` (a person must approve it), ``reject``, ``conflict`` or ``wait``."""
    reason: str | None
    """Reason code, where it would not be written."""
    title: str
    """The same in words."""
    asks: str
    """What to do about it."""
    rule: str | None
    """The field or rule that the reason is about."""
    request: Mapping[str, Any] | None
    """The exact request or statements; patient data unless it was masked."""
    tried: bool = False
    """Whether the PMS has carried it out and taken it back."""


class Stage:
    """A practice's database and channel, ready for rehearsals."""

    def __init__(
        self, settings: Settings, channel: Channel, readback: Readback, store: Store, home: Path, clock: Clock
    ) -> None:
        self.channel = channel
        self.readback = readback
        self._policy = PolicyFile(home)
        self._settings = settings
        self._now = clock.time
        self._engine = WriteBack(
            store.inbox,
            readback,
            channel,
            office_of(settings, self._policy),
            clock,
            clock.time,
            _nothing,
            _nothing,
        )

    def offers(self) -> list[Offer]:
        """Every kind, and what the policy makes of it."""
        policy = self._policy.read()
        return [Offer(one, policy.mode(one) if one.offered else "off") for one in self.channel.capabilities()]

    def facts(self) -> ChannelFacts:
        """How the channel stands."""
        return self.channel.look()

    def rehearse(
        self, request: CommandRequest, *, unmask: bool = False, whatever_policy: bool = False, trial: bool = False
    ) -> Rehearsed:
        """Everything short of writing. ``whatever_policy``: as if the office had switched the kind on. ``trial``: have
        the PMS carry it out and take it back, where nothing else stands against it.

        Raises:
            NeedsPerson: a trial in office hours.
        """
        if trial and in_office_hours(self._settings.pace, ZoneInfo(self._settings.practice.time_zone), self._now()):
            raise NeedsPerson(
                "office_hours",
                "People work now, and a trial locks for a moment what they work with",
                "Try it after hours, or rehearse without a trial.",
            )
        command = Command(
            command_id=_NAME,
            practice_id="",
            queue_seq=0,
            kind=request.kind,
            target=request.target,
            payload=request.payload,
            expected_version=request.expected_version,
            issued_at="",
            expires_at="",
        )
        try:
            payload = payload_of(command)
            policy = self._policy.read()
            allowed = "on" if whatever_policy else self._engine.permit(command, policy)
            facts = self.facts()
            task, plan = self._engine.rehearse(command, resolve(command, payload, self.readback), policy)
            if trial and facts.state == "ready":
                self.channel.trial(task, plan)
        except (WriteRefused, WriteConflict) as error:
            would = "conflict" if isinstance(error, WriteConflict) else "reject"
            rule = error.fields.get("rule")
            return Rehearsed(
                request.kind, would, error.code, error.title, error.advice, str(rule) if rule else None, None
            )
        except Retry as error:
            return Rehearsed(request.kind, "wait", error.code, error.title, error.advice, None, None)
        shown = plan.shown if unmask else masked(plan.shown)
        if facts.state != "ready":
            reason = REASONS[f"channel_{facts.state}"]
            would = "wait" if reason.ends == "waits" else "reject"
            return Rehearsed(request.kind, would, reason.code, reason.title, reason.asks, None, shown)
        title = "A person must approve it first" if allowed == "ask" else "It would be written"
        title += "; tried in the PMS, and taken back" if trial else ""
        return Rehearsed(request.kind, "ask" if allowed == "ask" else "write", None, title, "", None, shown, trial)


@contextlib.contextmanager
def stage(home: Home, clock: Clock) -> Iterator[Stage]:
    """The practice's database and the way into it, for as long as a block lasts.

    Raises:
        AgentError: the settings or the database cannot be used.
    """
    settings = settings_file.read(home.path)
    secrets = Secrets(home.path)
    with contextlib.ExitStack() as closing:
        reader, close = sources.open_reader(settings, secrets.get(DATABASE_PASSWORD), clock)
        closing.callback(close)
        channel, close = channels.open_channel(
            settings, secrets, reader, clock, double_booking=PolicyFile(home.path).double_booking
        )
        closing.callback(close)
        folder = closing.enter_context(tempfile.TemporaryDirectory())
        store = Store(Path(folder) / "store.db", Seal(new_master_key()), clock.time)
        closing.callback(store.close)
        store.begin_epoch(1, {})
        capture = Capture(sources.source_of(settings, reader), store, clock, CaptureSettings(), _nothing)
        for _ in range(_STEPS):
            capture.step()
            if capture.work.guard.description is not None:
                break
        halted = capture.work.guard.halted
        if halted is not None:
            raise Terminal(halted, "The practice's database cannot be read now", "See `practice-agent doctor`.")
        yield Stage(settings, channel, Readback(capture), store, home.path, clock)


def samples(at: Stage) -> Iterator[CommandRequest]:
    """One plausible command of each kind, made from records that the practice has: for the doctor's rehearsal.

    Kinds for which the practice has no fitting record (no coming visit, no code of a set) are left out.
    """
    read = at.readback
    today = read.now().date()
    visits = [
        one
        for one in read.day("appointment", today.isoformat(), (today + timedelta(days=30)).isoformat())
        if one.data.get("status") == "booked" and one.data.get("patient_id") and one.data.get("operatory_id")
    ]
    coming = next((one for one in visits if datetime.fromisoformat(one.data["start"]) > read.now()), None)
    if coming is None:
        return
    patient = {"resource": "patient", "id": coming.data["patient_id"]}
    visit = {"resource": "appointment", "id": coming.id}
    start = _free_time(at, coming.data["operatory_id"], visits)
    booking = {"operatory_id": coming.data["operatory_id"], "start": start, "duration_minutes": 30}
    provider = coming.data["provider_ids"][:1]
    made: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("appointment.create", patient, booking | {"provider_ids": provider}),
        ("appointment.reschedule", visit, {"start": start}),
        ("appointment.confirm", visit, {}),
        ("appointment.check_in", visit, {}),
        ("appointment.note", visit, {"text": "Rehearsal"}),
        ("appointment.cancel", visit, {}),
        ("patient.update_contact", patient, {"phones": [{"type": "mobile", "number": "2025550123"}]}),
        ("communication.create", patient, {"mode": "phone", "text": "Rehearsal"}),
        ("alert.create", patient, {"text": "Rehearsal"}),
        (
            "patient.create",
            {"resource": "patient"},
            {"first_name": "Rehearsal", "last_name": "Rehearsal", "birth_date": "2000-01-01"},
        ),
    ]
    offered = {one.kind for one in at.channel.capabilities() if one.offered}
    for kind, target, payload in made:
        if kind in offered and (provider or kind != "appointment.create"):
            yield CommandRequest.model_validate({"kind": kind, "target": target, "payload": payload})


def _free_time(at: Stage, operatory: str, visits: Any) -> str:
    """A quarter of an hour of the next weeks at which the operatory is free, within hours for most offices."""
    taken = [
        (datetime.fromisoformat(one.data["start"]), datetime.fromisoformat(one.data["end"]))
        for one in visits
        if one.data.get("operatory_id") == operatory and one.data.get("end")
    ]
    moment = at.readback.now().replace(hour=10, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for _ in range(40):
        weekday = moment.weekday() < _SATURDAY
        if weekday and not any(begins < moment + timedelta(hours=1) and moment < ends for begins, ends in taken):
            break
        moment += timedelta(hours=1) if moment.hour < _LAST_HOUR else timedelta(hours=18)
    return moment.isoformat(timespec="seconds")


_SATURDAY = 5
_LAST_HOUR = 15


def masked(shown: Any) -> Any:
    """A request with its form to be seen and the patient not: statements and steps are the program's own words."""
    match shown:
        case Mapping():
            return {name: value if name in _OWN_WORDS else masked(value) for name, value in shown.items()}
        case list() | tuple():
            return [masked(value) for value in shown]
        case _:
            return mask(shown)


_OWN_WORDS = frozenset({"sql", "step", "rows", "method"})


def _nothing(*_: object, **__: object) -> None:
    """A rehearsal tells nobody and asks nothing of the agent."""
