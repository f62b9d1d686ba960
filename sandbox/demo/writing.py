"""The act in which the cloud writes: what is asked for, what became of it, how long that took; what is refused, why."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sandbox.demo.acts import Story
from sandbox.demo.integrator import Choice, Integrator, Told, document
from sandbox.demo.office import wall_clock
from sandbox.demo.stage import POLICY, Stage, pause

WRITTEN = (
    *("appointment.create", "appointment.reschedule", "appointment.confirm"),
    *("patient.update_contact", "communication.create"),
)
"""Kinds that are shown on every PMS."""

FURTHER = ("appointment.cancel", "payment.post", "document.attach")
"""Kinds that Open Dental's API takes as well."""

OFF = "alert.create"
"""A kind that the office has switched off."""

_AHEAD, _FAR_AHEAD = 30, 200
"""Days from today; nobody else books so far ahead as the second."""

_WIDE = 115
"""Columns of a terminal on which the moments have room too."""

_BEGUN = 0.15
"""Seconds in which the agent gets a command and begins."""

_TICK = 0.1

Request = tuple[str, str, tuple[str, str], dict[str, Any]]
"""In words, kind, target, payload."""


def policy(pms: str) -> str:
    """What the office allows."""
    on = kinds(pms)
    tables = [f'[kinds."{kind}"]\nmode = "{"off" if kind == OFF else "on"}"\n' for kind in (*on, OFF)]
    return "\n".join([*tables, "[booking]\nhours = []\n"])


def kinds(pms: str) -> tuple[str, ...]:
    """The kinds that the office has switched on."""
    return WRITTEN + FURTHER if pms == "opendental" else WRITTEN


def told_policy(stage: Stage) -> str:
    """What the office has switched on, in a sentence."""
    return f"{POLICY} switches on {', '.join(kinds(stage.plan.pms))}; everything else is off."


def integrator(stage: Stage) -> Integrator:
    """Somebody who may queue commands."""
    return Integrator(stage.reader, stage.clock.monotonic, pause)


def write(story: Story) -> None:
    """Act 5."""
    stage, screen = story.stage, story.screen
    screen.act(
        5,
        "The cloud writes",
        "An integrator queues commands over HTTPS. Each is signed, checked by the agent, written, and read back.",
    )
    by = integrator(stage)
    choice = Choice(stage.reader, wall_clock(stage.clock.time()))
    visits = choice.booked()
    before = stage.reader.record("appointment", visits[0])["version"]
    done = _written(story, by, choice, visits)
    _refused(story, by, choice, visits[0], before)
    _came_back(story, done)
    stage.front.learn()
    story.show.skip()
    story.show.arrivals.forget()
    stage.tell = screen.command
    lines = stage.call_agent("writes").splitlines()
    heads, *rows = [[cell.strip() for cell in line.split("\t")] for line in lines]
    shown = len(heads) if not screen.live or screen.console.width >= _WIDE else -1
    screen.table(heads[:shown], [row[:shown] for row in rows])
    screen.say(stage.call_agent("audit", "verify").strip())
    stage.tell = lambda _: None


def _requests(choice: Choice, visits: list[str], pms: str) -> list[Request]:
    person, start = ("patient", choice.patients[0]), choice.free_day(_AHEAD)
    later = {"start": (start + timedelta(hours=2)).isoformat(), "operatory_id": choice.chair}
    phone = {"phones": [{"type": "mobile", "number": "202-555-0147"}]}
    talk = {"mode": "phone", "direction": "received", "text": "Asked for a visit online."}
    found: list[Request] = [
        ("book a visit", "appointment.create", person, choice.visit(start)),
        ("move a visit", "appointment.reschedule", ("appointment", visits[0]), later),
        ("confirm a visit", "appointment.confirm", ("appointment", visits[1]), {}),
        ("a new mobile number", "patient.update_contact", person, phone),
        ("a line in the log of contacts", "communication.create", person, talk),
    ]
    if pms == "opendental":
        money = {"amount": "45.00", "type_id": choice.code("payment_type")}
        paper = {"category_id": choice.code("document_category"), "description": "Consent", "extension": "pdf"}
        found += [
            ("cancel a visit", "appointment.cancel", ("appointment", visits[2]), {"reason": "cancelled"}),
            ("post a payment", "payment.post", person, money),
            ("attach a document", "document.attach", person, paper | {"content": document()}),
        ]
    return found


def _written(story: Story, by: Integrator, choice: Choice, visits: list[str]) -> list[Told]:
    stage, screen = story.stage, story.screen
    done: list[Told] = []
    rows: list[tuple[str, ...]] = []
    for words, kind, target, payload in _requests(choice, visits, stage.plan.pms):
        with screen.busy(kind):
            told = by.ask(kind, target, payload, stage.plan.times.patience, key=f"demo-{kind}")
        done.append(told)
        rows.append((words, kind, _outcome(told), f"{told.milliseconds:,.0f} ms"))
    screen.table(("asked for", "kind", "outcome", "queued to told"), rows, right=[3])
    failed = [told.status["kind"] for told in done if told.state != "verified" or told.reason is not None]
    story.check(not failed, f"{len(done)} writes, each read back from the practice.", f"Not written: {failed}.")
    words, kind, target, payload = _requests(choice, visits, stage.plan.pms)[0]
    again = by.queue(kind, target, payload, key=f"demo-{kind}")
    story.check(
        again["command_id"] == done[0].status["command_id"],
        "Asked again with the same Idempotency-Key, the cloud says how the first one stands: nobody is booked twice.",
        "The same Idempotency-Key gave another command.",
    )
    return done


def _outcome(told: Told) -> str:
    return told.state if told.reason is None else f"{told.state}, {told.reason.code}"


def _refused(story: Story, by: Integrator, choice: Choice, moved: str, version: str) -> None:
    """What must not be written, and what the answer asks for."""
    stage, screen = story.stage, story.screen
    other = ("patient", choice.patients[1])
    taken, past = (
        choice.visit(choice.free_day(_AHEAD)),
        choice.visit(wall_clock(stage.clock.time()) - timedelta(days=1)),
    )
    asked: list[tuple[str, str, tuple[str, str], dict[str, Any], str | None, str]] = [
        ("a visit where one is", "appointment.create", other, taken, None, "double_booked"),
        ("confirm as it was before", "appointment.confirm", ("appointment", moved), {}, version, "version_changed"),
        ("a visit yesterday", "appointment.create", other, past, None, "in_the_past"),
        ("an alert", OFF, other, {"text": "Ask for the new address"}, None, "kind_off"),
    ]
    screen.say("And what must not be written:")
    for words, kind, target, payload, based_on, wanted in asked:
        with screen.busy(kind):
            told = by.ask(kind, target, payload, stage.plan.times.patience, version=based_on)
        reason = told.reason
        got = "" if reason is None else reason.code
        means = "" if reason is None else f"{reason.title}. {reason.asks}"
        line = f"{words}: {told.state}, {got} ({told.milliseconds:,.0f} ms). {means}"
        story.check(got == wanted and told.state == (reason and reason.ends), line, f"{line} {wanted} was expected.")


def _came_back(story: Story, done: list[Told]) -> None:
    """What was written is in the feed, in the version that was read back."""
    stage, agent = story.stage, story.stage.agent
    assert agent is not None
    wanted = {
        (told.record["resource"], told.record["id"]): told.record["version"]
        for told in done
        if told.record is not None and told.record["version"] is not None
    }

    def there() -> bool:
        pause(_TICK)
        story.show.skip()
        return all(stage.reader.record(*name)["version"] == version for name, version in wanted.items())

    stage.wait(there, agent, "what was written to come back in the feed")
    story.screen.good(
        f"All of it has come back in the feed: {len(wanted)} records in the versions that were read back."
    )


class UnderWay:
    """A booking that is queued when the agent is about to be killed, or is dead.

    After a kill in the middle of a request to Open Dental's API the agent waits a minute before it looks, because the
    service may still be at it: there the booking is queued a moment later.
    """

    def __init__(self, story: Story) -> None:
        self._story = story
        self._by = integrator(story.stage)
        self._at: datetime | None = None
        self._chair = ""
        self._command_id = ""
        self._apart = story.stage.plan.pms == "opendental"

    def queue(self) -> None:
        """Queue it and let the agent begin."""
        if not self._apart:
            self._queue()
            pause(_BEGUN)

    def missed(self) -> None:
        """Queue it now, where that was not done before."""
        if self._apart:
            self._queue()

    def ended(self) -> bool:
        """Whether the cloud knows its end."""
        return bool(self._story.stage.reader.command(self._command_id)["final"])

    def prove(self) -> None:
        """It was written once: the practice has one visit there, and the cloud one end."""
        stage = self._story.stage
        stage.front.learn()
        status = stage.reader.command(self._command_id)
        visits = stage.front.practice.appointments.values()
        count = sum(str(one.chair) == self._chair and one.start == self._at for one in visits)
        when = "after the kill" if self._apart else "a moment before the kill"
        self._story.check(
            status["state"] == "verified" and count == 1,
            f"A booking was queued {when}: delivered {_times(status['delivery_count'])}, it is in the practice once.",
            f"The booking that was queued {when} is {status['state']}, and in the practice {_times(count)}.",
        )

    def _queue(self) -> None:
        stage = self._story.stage
        choice = Choice(stage.reader, wall_clock(stage.clock.time()))
        self._at, self._chair = choice.free_day(_FAR_AHEAD), choice.chair
        patient = ("patient", choice.patients[2])
        self._command_id = self._by.queue("appointment.create", patient, choice.visit(self._at))["command_id"]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
