"""The write-back engine: one command at a time, from the inbox into the practice, once.

    received ─(rules, policy)─▶ intended ─(the channel writes)─▶ applied ─(read back)─▶ verified
        │                          │
        └▶ rejected/conflict/      └─ answer lost, or a crash: look by tag, then by content
           expired                    there ─▶ verified · not there ─▶ again · cannot tell ─▶ a person

The intent is durable before anything is written; whatever dies after it, the next step looks before it writes. The end
is committed together with the change that was read back. Nothing here knows a PMS.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from agent.model.clock import Clock
from agent.model.errors import Retry, StoreDamaged
from agent.model.reasons import REASONS
from agent.model.writing import (
    Capability,
    Channel,
    ChannelFacts,
    Finding,
    NotNow,
    OutcomeUnknown,
    Plan,
    Settlement,
    Task,
    WriteConflict,
    WriteRefused,
)
from agent.wire.commands import Command
from agent.wire.inbox import Intent, Kept
from agent.wire.payloads import PAYLOADS, SUPPORT_KINDS, TARGETS, Payload
from agent.writeback.policy import Hours, Policy
from agent.writeback.ports import Inbox, Practice
from agent.writeback.refusing import refusal
from agent.writeback.resolving import Resolved, resolve
from agent.writeback.rules import Rules

_IDLE_SECONDS = 0.5
_LOOK_AGAIN = {"ready": 60.0}
_SOON = 5.0
_LONGEST_PAUSE = 60.0
_LONGEST_ASKED = 900.0
"""A pause that the PMS asks for is at most so long."""


@dataclass(frozen=True, slots=True)
class Office:
    """What the office says about writes."""

    policy: Callable[[], Policy]
    """Its policy; raises ``Retry("policy_invalid")`` while its file cannot be read."""
    hours: Sequence[Hours]
    """Its office hours, where the policy names no others."""
    zone: str
    """Its IANA zone."""


class WriteBack:
    """The worker that writes."""

    def __init__(
        self,
        inbox: Inbox,
        practice: Practice,
        channel: Channel,
        office: Office,
        clock: Clock,
        cloud_now: Callable[[], float],
        support: Callable[[Command], None],
        report: Callable[..., None],
    ) -> None:
        """``cloud_now``: seconds since 1970 by the cloud's clock. ``support``: carries out a command for the agent."""
        self._inbox = inbox
        self._practice = practice
        self._channel = channel
        self._office = office
        self._clock = clock
        self._cloud_now = cloud_now
        self._support = support
        self.report = report
        """Called with an event code and its fields, none of which hold patient data."""
        self._facts: tuple[float, ChannelFacts] | None = None
        self._quiet: dict[str, float] = {}

    def step(self) -> float:
        """Bring one command further; returns the seconds to wait before the next step."""
        kept = self._inbox.next(self._clock.time(), self._cloud_now())
        return _IDLE_SECONDS if kept is None else self.bring(kept)

    def bring(self, kept: Kept) -> float:
        """Bring this command further, for whoever has chosen it; returns the seconds to wait."""
        try:
            self._advance(kept)
        except StoreDamaged:
            raise
        except Retry as error:
            known = error.code in REASONS
            self._rest(kept, error.code if known else None, error.retry_after or _SOON)
            if not known:
                raise
        except Exception:
            # A bug must neither lose the command nor stop those behind it; the host logs where it is.
            self._rest(kept, "internal_error", _LONGEST_PAUSE)
            raise
        return 0.0

    def _advance(self, kept: Kept) -> None:
        match kept.state:
            case "intended":
                self._find_out(kept)
            case "applied":
                self._verify(kept)
            case _ if self._over(kept) and not kept.look_first:
                self._end(kept, "expired", "expired")
            case _:
                self._begin(kept)

    def _over(self, kept: Kept) -> bool:
        return self._cloud_now() >= kept.expires

    # A command that is due -------------------------------------------------------------------------------------------

    def _begin(self, kept: Kept) -> None:
        """Check it; write the intent; have the channel write."""
        try:
            ready = self._check(kept)
        except (WriteRefused, WriteConflict) as error:
            self._refuse(kept, error)
            return
        if ready is None:
            return
        if self._over(kept):  # looking at everything took that long
            self._end(kept, "expired", "expired")
            return
        task, plan = ready
        intent = Intent(None if task.before is None else dict(task.before), task.now.isoformat(timespec="seconds"))
        if kept.intent is not None:
            intent = replace(intent, at=kept.intent.at)  # an effect may be as old as the first attempt
        if not self._inbox.intend(kept.command.command_id, intent):
            return
        self._apply(replace(kept, state="intended", intent=intent, attempts=kept.attempts + 1), task, plan)

    def _check(self, kept: Kept) -> tuple[Task, Plan] | None:
        """Everything short of writing; None = it is settled already, or a person must approve it first."""
        if kept.command.kind in SUPPORT_KINDS:
            payload_of(kept.command)
            self._support(kept.command)
            self._end(kept, "verified")
            return None
        if self._practice.halted is not None:
            raise _waits("reading_halted")
        try:
            resolved = self._resolved(kept)
        except WriteRefused as error:
            if not kept.look_first or error.code != "reference_unknown":
                raise
            self._conclude(kept, Finding("unclear"))  # what it would be found by is gone
            return None
        if kept.look_first and self._found_first(kept, resolved):
            return None
        policy = self._office.policy()
        allowed = self.permit(kept.command, policy)
        if kept.intent is None:
            self._limits(kept.command.kind, policy)
        facts = self._channel_facts()
        if facts.state != "ready":
            code = f"channel_{facts.state}"
            raise _waits(code) if REASONS[code].ends == "waits" else refusal(code)
        ready = self.rehearse(kept.command, resolved, policy, kept.intent)
        if allowed == "ask" and not kept.approved:
            self._inbox.await_approval(kept.command.command_id)
            return None
        return ready

    def permit(self, command: Command, policy: Policy) -> Literal["ask", "on"]:
        """Whether a person must approve it; raises when it is not offered or not switched on."""
        capability = self.capabilities().get(command.kind)
        if capability is None:
            raise refusal("kind_unknown", "kind")
        if not capability.offered:
            raise refusal(capability.reason or "kind_not_offered", "kind")
        mode = policy.mode(capability)
        if mode == "off":
            raise refusal("kind_off", "kind")
        return mode

    def capabilities(self) -> dict[str, Capability]:
        """Kind -> what the channel offers."""
        return {one.kind: one for one in self._channel.capabilities()}

    def rehearse(
        self, command: Command, resolved: Resolved, policy: Policy, intent: Intent | None = None
    ) -> tuple[Task, Plan]:
        """Rules and the exact request; nothing is written."""
        payload = payload_of(command)
        rules = Rules(self._practice, policy, self._office.hours, self._office.zone)
        rules.check(command, payload, resolved)
        task = self._make_task(command, payload, resolved, rules, intent)
        return task, self._channel.prepare(task)

    def _limits(self, kind: str, policy: Policy) -> None:
        now = self._clock.time()
        limits = policy.of(kind)
        for most, seconds, rule in ((limits.per_hour, 3600.0, "per_hour"), (limits.per_day, 86_400.0, "per_day")):
            if most is not None and self._inbox.begun_since(kind, now - seconds) >= most:
                raise refusal("limit_reached", rule)

    def _found_first(self, kept: Kept, resolved: Resolved) -> bool:
        """An earlier life of the agent may have applied it: False only when it certainly has not, and it is not too
        late to do so now.
        """
        intent = Intent(None, self._local(kept.command.issued_at).isoformat(timespec="seconds"))
        finding = self._channel.find(self._task(replace(kept, intent=intent), resolved))
        if finding.result != "absent":
            self._conclude(kept, finding)
            return True
        if self._over(kept):
            self._end(kept, "expired", "expired")
            return True
        return False

    def _local(self, instant: str) -> datetime:
        return datetime.fromisoformat(instant).astimezone(ZoneInfo(self._office.zone)).replace(tzinfo=None)

    # Writing, and finding out whether it was written -----------------------------------------------------------------

    def _apply(self, kept: Kept, task: Task, plan: Plan) -> None:
        command_id = kept.command.command_id
        try:
            applied = self._channel.apply(task, plan)
        except (WriteRefused, WriteConflict) as error:
            self._facts = None
            self._refuse(kept, error)
        except NotNow as error:
            self._facts = None
            reason = error.code if error.code in REASONS else "channel_unreachable"
            pause = min(error.retry_after or min(_LONGEST_PAUSE, _SOON * kept.attempts), _LONGEST_ASKED)
            self._inbox.defer(command_id, reason, self._clock.time() + pause)
        except OutcomeUnknown:
            self._lost(kept)
        else:
            self._inbox.applied(command_id, applied.resource, applied.key)
            self._verify(replace(kept, state="applied", made=(applied.resource, applied.key)))

    def _lost(self, kept: Kept) -> None:
        assert kept.intent is not None
        now, settle = self._clock.time(), self._channel.settle_seconds
        self._quiet[kept.command.command_id] = self._clock.monotonic() + settle
        self._inbox.lose(kept.command.command_id, replace(kept.intent, lost=now), now + settle)

    def _find_out(self, kept: Kept) -> None:
        """It was intended, and nobody noted what came of it."""
        assert kept.intent is not None
        since = kept.changed if kept.intent.lost is None else kept.intent.lost
        early = self._clock.monotonic() < self._quiet.pop(kept.command.command_id, 0.0)
        if early or self._clock.time() < since + self._channel.settle_seconds:
            self._lost(kept)  # the process died a moment ago, or the clock was changed: it may still arrive
            return
        try:
            finding = self._channel.find(self._task(kept, self._resolved(kept)))
        except WriteRefused:  # what it was about is gone: nothing tells any more what became of it
            finding = Finding("unclear")
        if finding.result != "absent":
            self._conclude(kept, finding)
        elif self._over(kept):
            self._end(kept, "expired", "expired")
        else:
            self._begin(replace(kept, look_first=False))

    def _verify(self, kept: Kept) -> None:
        """The PMS says that it has taken it: see for ourselves."""
        try:
            finding = self._channel.find(self._task(kept, self._resolved(kept)))
        except WriteRefused:
            finding = Finding("overwritten")  # taken for certain, and what it was about is gone since
        if finding.result == "absent":
            finding = Finding("unclear")
        self._conclude(kept, finding)

    def _conclude(self, kept: Kept, finding: Finding) -> None:
        if finding.result == "unclear":
            self._inbox.ask_person(kept.command.command_id, "outcome_unknown")
            self.report("write_unclear", kind=kept.command.kind)
            return
        made = kept.made if finding.key is None or finding.resource is None else (finding.resource, finding.key)
        before = "already_so" if kept.state in {"received", "awaiting_approval"} else None  # found by looking first
        reason = "overwritten_since" if finding.result == "overwritten" else before
        if made is None:
            self._end(kept, "verified", reason)
            return
        resource, key = made
        name = "-".join(str(piece) for piece in key)
        settlement = Settlement(kept.command.command_id, "verified", reason, {}, resource, name)
        self._practice.settle(settlement, resource, key)
        self._ended(kept, "verified", reason)

    # The end ---------------------------------------------------------------------------------------------------------

    def _refuse(self, kept: Kept, error: WriteRefused | WriteConflict) -> None:
        state: Literal["rejected", "conflict"] = "conflict" if isinstance(error, WriteConflict) else "rejected"
        fields = {name: error.fields[name] for name in ("rule", "sqlstate", "native") if error.fields.get(name)}
        resource, record_id = error.fields.get("conflicting_resource"), error.fields.get("conflicting_id")
        conflicting = {"conflicting": {"resource": resource, "id": record_id}} if resource and record_id else {}
        self._end(kept, state, error.code, fields | conflicting)

    def _end(
        self,
        kept: Kept,
        state: Literal["verified", "rejected", "conflict", "expired"],
        reason: str | None = None,
        fields: Mapping[str, Any] | None = None,
    ) -> None:
        told = dict(fields or {})
        if reason is not None:
            told["retryable"] = REASONS[reason].retryable
        self._inbox.settle(Settlement(kept.command.command_id, state, reason, told))
        self._ended(kept, state, reason)

    def _ended(self, kept: Kept, state: str, reason: str | None) -> None:
        seconds = round(self._clock.time() - kept.received, 3)
        self.report("write_ended", kind=kept.command.kind, state=state, reason=reason or "", seconds=seconds)

    def _rest(self, kept: Kept, reason: str | None, seconds: float) -> None:
        """Later again, and those behind it first; whatever was intended must still be looked for."""
        self._inbox.rest(kept.command.command_id, reason, self._clock.time() + min(seconds, _LONGEST_ASKED))

    # -----------------------------------------------------------------------------------------------------------------

    def _resolved(self, kept: Kept) -> Resolved:
        return resolve(kept.command, payload_of(kept.command), self._practice)

    def _task(self, kept: Kept, resolved: Resolved) -> Task:
        rules = Rules(self._practice, Policy(), self._office.hours, self._office.zone)
        return self._make_task(kept.command, payload_of(kept.command), resolved, rules, kept.intent)

    def _make_task(
        self, command: Command, payload: Payload, resolved: Resolved, rules: Rules, intent: Intent | None
    ) -> Task:
        target = resolved.target
        before = None if target is None else target.data
        return Task(
            command_id=command.command_id,
            kind=command.kind,
            payload=payload,
            tag=tag_of(command.command_id),
            target=None if target is None else target.key,
            before=before if intent is None or intent.before is None else intent.before,
            keys=resolved.keys,
            now=self._practice.now(),
            zone=rules.zone(resolved, target if command.target.resource == "appointment" else None),
            intended_at=None if intent is None else datetime.fromisoformat(intent.at),
        )

    def _channel_facts(self) -> ChannelFacts:
        now = self._clock.monotonic()
        if self._facts is None or now >= self._facts[0]:
            facts = self._channel.look()
            self._facts = (now + _LOOK_AGAIN.get(facts.state, _SOON), facts)
        return self._facts[1]


def payload_of(command: Command) -> Payload:
    """A command's payload, checked.

    Raises:
        WriteRefused: ``kind_unknown``, or ``malformed``, naming the field.
    """
    model = PAYLOADS.get(command.kind)
    if model is None:
        raise refusal("kind_unknown", "kind")
    if command.target.resource != TARGETS[command.kind]:
        raise refusal("malformed", "target.resource")
    if (command.target.id is None) != (command.kind == "patient.create" or command.kind in SUPPORT_KINDS):
        raise refusal("malformed", "target.id")
    try:
        return model.model_validate(command.payload)
    except ValidationError as error:
        place = ".".join(str(piece) for piece in error.errors(include_input=False)[0]["loc"])
        raise refusal("malformed", f"payload.{place}") from None


def tag_of(command_id: str) -> str:
    """The short mark that a command leaves on what it creates."""
    digest = hashlib.blake2b(command_id.encode(), digest_size=8).digest()
    return f"PA-{b32encode(digest).decode()[:10]}"


def _waits(code: str) -> Retry:
    return Retry(code, REASONS[code].title, REASONS[code].asks)
