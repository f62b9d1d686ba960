"""The acts, one function each, in the order in which they are told: what is done, and what is shown of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from agent.model.errors import AgentError
from agent.model.resources import RESOURCES
from sandbox.demo.arrivals import Arrival, delays
from sandbox.demo.board import board
from sandbox.demo.cloud_reader import CloudAway
from sandbox.demo.plan import PRACTICE
from sandbox.demo.screen import Screen
from sandbox.demo.show import Show
from sandbox.demo.stage import CLOUD, Stage, pause
from sandbox.demo.watch import ROTATION
from sandbox.practice.oracle import expected

_LOOK_SECONDS = 0.2


@dataclass(slots=True)
class Story:
    """What the acts share."""

    stage: Stage
    screen: Screen
    show: Show
    faults: list[str] = field(default_factory=list)
    """What was not as it should be."""

    def check(self, fine: bool, good: str, bad: str) -> None:
        """Say how something is, and remember when it is not as it should be."""
        if not self.screen.verdict(fine, good, bad):
            self.faults.append(bad)


class Order(Protocol):
    """A command that is under way when the agent is killed."""

    def queue(self) -> None:
        """Queue it, just before."""

    def missed(self) -> None:
        """The agent is dead."""

    def ended(self) -> bool:
        """Whether it has ended."""

    def prove(self) -> None:
        """Say what became of it."""


def build(stage: Stage, screen: Screen) -> int:
    """Act 1; returns how many records the cloud must hold in the end."""
    plan = stage.plan
    screen.act(1, "A practice", f"{PRACTICE}, invented from seed {plan.seed}: {plan.title}, read over ODBC.")
    with screen.busy("building it"):
        stage.open_practice()
    counts = {resource: len(found) for resource, found in expected(stage.front.practice).items()}
    screen.table(("holds", "records"), [(name.replace("_", " "), f"{counts[name]:,}") for name in RESOURCES], right=[1])
    screen.say("Families, merges, broken dates, unknown codes and non-ASCII names are among them, as in a real one.")
    return sum(counts.values())


def enrol(stage: Stage, screen: Screen, policy: str, told_policy: str) -> None:
    """Act 2; ``policy``: what the office lets the cloud write."""
    screen.act(2, "A cloud, and an agent that is enrolled with it")
    stage.tell = screen.command
    stage.serve_cloud()
    code = stage.invite()
    stage.init_agent()
    stage.call_agent("enroll", code)
    stage.set_up_writes(policy)
    stage.tell = lambda _: None
    screen.good(f"TLS at {stage.reader.url}; enrolled by a one-time code, with a key that was made here.")
    screen.good(f"A way to write: {told_policy}")
    screen.say(
        "The demo looks every second and compares everything every few seconds; an office is treated more gently.",
        style="dim",
    )


def load(story: Story, total: int) -> None:
    """Act 3."""
    stage, screen = story.stage, story.screen
    screen.act(3, "First load", "Everything is read once, kept sealed on the disk, and delivered in order.")
    begun = stage.clock.monotonic()
    stage.tell = screen.command
    stage.run_agent()
    stage.tell = lambda _: None
    agent = stage.agent
    assert agent is not None
    with screen.bars(("read from the practice", "held by the cloud     "), total) as show:

        def complete() -> bool:
            status, here = stage.status(), stage.reader.status()
            show((sum(one["records"] for one in status.get("resources", [])), here["feed_seq"]))
            pause(_LOOK_SECONDS)
            return len(here["loads"]) == len(RESOURCES)

        stage.wait(complete, agent, "the first load")
        show((total, total))
    seconds = stage.clock.monotonic() - begun
    held = story.show.skip()
    epoch = stage.reader.status()["epoch"]
    screen.good(f"{held:,} records in {seconds:.0f} s, start of the agent included; epoch {epoch} is complete.")


def live(story: Story) -> None:
    """Act 4."""
    stage, screen, show = story.stage, story.screen, story.show
    screen.act(
        4,
        "The front desk works",
        "Every change is followed from its commit in the practice until a reader of the cloud's feed sees it.",
    )
    seconds, begun = stage.plan.times.live, len(stage.front.done)
    with board(screen) as shown:
        show.run(shown, seconds=seconds, rate=stage.plan.rate, foot=lambda: _standing(story))
        show.run(shown, until=lambda: not show.arrivals.waiting(), foot=lambda: _standing(story))
    done, arrived = stage.front.done[begun:], show.arrivals.arrived
    screen.good(f"{len(done)} operations of {len(set(done))} kinds became {len(arrived)} changes; all have arrived.")
    _delays(screen, arrived)
    only = sum(one.way == ROTATION for one in arrived)
    if only:
        screen.say(
            f"{only} of them left no trace in this PMS; the round over everything found them (shown as rotation).",
            style="dim",
        )


def outage(story: Story) -> None:
    """Act 6."""
    stage, screen, show = story.stage, story.screen, story.show
    plan = stage.plan
    screen.act(6, "The cloud goes away", f"{CLOUD} is stopped. The front desk does not notice and works on.")
    port = stage.stop_cloud()
    begun = len(show.arrivals.arrived)
    with board(screen) as shown:
        show.run(shown, seconds=plan.times.away / 2, rate=plan.rate, foot=lambda: _outbox(story))
        stage.front.do("bulk_move", count=plan.bulk)
        show.run(shown, seconds=plan.times.away / 2, rate=plan.rate, foot=lambda: _outbox(story))
        show.run(shown, until=lambda: stage.status()["waiting"]["changes"] > 0, foot=lambda: _outbox(story))
        waited = stage.status()["waiting"]["changes"]
        stage.serve_cloud(port)
        stage.reader.plan_fault(kind="lost", path="/batches")
        back = stage.clock.time()
        show.run(
            shown,
            until=lambda: _in_step(story, back) and not stage.status()["waiting"]["changes"],
            rate=plan.rate / 4,
            foot=lambda: _outbox(story),
        )
    arrived = len(show.arrivals.arrived) - begun
    screen.good(f"{waited:,} changes waited on the disk, sealed.")
    screen.good(f"The cloud is back: {arrived:,} changes have arrived, and the outbox is empty.")
    story.check(
        stage.reader.faults_left() == 0,
        "Its first answer was lost on purpose: the same batch came twice, and changed nothing the second time.",
        "The answer that was to be lost was never given.",
    )
    _in_order(story)


def crash(story: Story, order: Order) -> None:
    """Act 7."""
    stage, screen, show = story.stage, story.screen, story.show
    plan, agent = stage.plan, stage.agent
    assert agent is not None
    before = stage.reader.status()
    screen.act(7, "The agent is killed", f"kill -9 {agent.pid}, in the middle of its work. The front desk works on.")
    stage.front.do("bulk_confirm", count=plan.bulk)
    children = agent.children()
    order.queue()
    agent.kill()
    order.missed()
    begun = len(show.arrivals.arrived)
    with board(screen) as shown:
        show.run(shown, seconds=plan.times.dead, rate=plan.rate, foot=lambda: f"no agent; {_standing(story)}")
        stage.run_agent()
        back = stage.clock.time()
        show.run(
            shown,
            until=lambda: _in_step(story, back) and order.ended(),
            rate=plan.rate / 4,
            foot=lambda: _standing(story),
        )
    after = stage.reader.status()
    story.check(
        after["epoch"] == before["epoch"],
        f"Started again: it goes on in epoch {after['epoch']} behind {before['acked_seq']:,}, by itself.",
        f"It had to begin epoch {after['epoch']} after epoch {before['epoch']}.",
    )
    screen.good(f"{len(show.arrivals.arrived) - begun:,} changes have arrived since.")
    story.check(
        not any(one.is_running() for one in children),
        "Its bridges to the database ended with it.",
        "A bridge lives on.",
    )
    order.prove()
    _in_order(story)


def _in_order(story: Story) -> None:
    disorder = story.show.arrivals.disorder
    story.check(
        not disorder, "The feed is in order, and nothing is in it twice.", f"{disorder} entries are out of order."
    )


def _in_step(story: Story, moment: float) -> bool:
    """Whether everything has arrived that was committed by then."""
    return not story.show.arrivals.waiting(moment) and not story.show.cloud_away


def _standing(story: Story) -> str:
    show = story.show
    found = len(show.arrivals.arrived)
    return f"{len(story.stage.front.done)} operations, {found} changes arrived, {show.arrivals.waiting()} under way"


def _outbox(story: Story) -> str:
    waiting = story.stage.status().get("waiting", {})
    changes, size, oldest = waiting.get("changes", 0), waiting.get("bytes", 0), waiting.get("oldest_seconds")
    age = "" if oldest is None else f", the oldest for {oldest:.0f} s"
    cloud = "cloud AWAY" if story.show.cloud_away else "cloud there"
    show, done = story.show, len(story.stage.front.done)
    outbox = f"outbox: {changes} changes, {size / 1024:.0f} KB{age}"
    return f"{cloud}; {outbox}; {done} operations, {len(show.arrivals.arrived)} changes arrived"


def _delays(screen: Screen, arrived: list[Arrival]) -> None:
    rows = [
        (name, f"{one.count:,}", f"{one.median:.1f} s", f"{one.worst_percent:.1f} s")
        for name, one in delays(arrived).items()
    ]
    screen.table(("commit to feed", "changes", "median", "p99"), rows, right=[1, 2, 3])


def told(error: AgentError) -> str:
    """An error, for the end of a story that could not be told."""
    return f"{error.title}. {error.advice}" if not isinstance(error, CloudAway) else "The cloud does not answer."
