"""Rules about commands on their way: delivered until kept, reported once, ended once."""

from __future__ import annotations

import threading
import time

from agent.wire.cloud import Session
from agent.wire.commands import CommandReport, Reports, ReportsAccepted
from sandbox.conformance.agent import Agent, ids_of
from sandbox.conformance.rules import Book, expect
from sandbox.conformance.stage import Stage

DELIVERY = Book("delivery")
REPORTS = Book("report")
EXPIRY = Book("expiry")

_PROMPT = 5.0
_WAIT = 1.0
_SHORTEST = 30


def _accepted(agent: Agent, command_id: str, number: int, state: str, **said: str) -> int:
    return agent.reported(command_id, number, state, **said).message(ReportsAccepted).accepted


@DELIVERY.rule("order", "Commands come in the order in which they were queued")
def _order(stage: Stage) -> None:
    stage.agent.clear()
    ids = [stage.queued(target={"resource": "patient", "id": stage.id(f"P{n % 2}")}) for n in range(6)]
    fetched = stage.agent.fetched()
    expect(ids_of(fetched) == ids, "all of them, first in first out")
    places = [command.queue_seq for command, _ in fetched]
    expect(places == sorted(set(places)), "queue_seq that rises")


@DELIVERY.rule("until_kept", "A command is handed out, and counted, until the agent has reported about it")
def _until_kept(stage: Stage) -> None:
    stage.agent.clear()
    kept, ended, other = (stage.queued() for _ in range(3))
    expect([count for _, count in stage.agent.fetched()] == [1, 1, 1], "delivery_count 1")
    expect([count for _, count in stage.agent.fetched()] == [2, 2, 2], "delivery_count 2 when nothing was reported")
    _accepted(stage.agent, kept, 1, "received")
    _accepted(stage.agent, ended, 1, "rejected", reason_code="inactive")
    again = stage.agent.fetched()
    expect((ids_of(again), [count for _, count in again]) == ([other], [3]), "only what is not reported, counted on")
    expect(stage.status(other).delivery_count == 3, "the count in the status")


@DELIVERY.rule("resumed", "A session that goes on gets nothing again that was reported")
def _resumed(stage: Stage) -> None:
    stage.agent.clear()
    kept = stage.queued()
    stage.agent.fetched()
    _accepted(stage.agent, kept, 1, "received")
    expect(stage.agent.begin(stage.agent.place(0)).message(Session).resumed, "a session that resumes")
    expect(stage.agent.fetched() == [], "nothing again")


@DELIVERY.rule("new_epoch", "In a new epoch everything that has not ended comes again, with its count going on")
def _new_epoch(stage: Stage) -> None:
    stage.agent.clear()
    kept, intended, ended = (stage.queued() for _ in range(3))
    stage.agent.fetched()
    _accepted(stage.agent, kept, 1, "received")
    _accepted(stage.agent, intended, 7, "intended")
    _accepted(stage.agent, ended, 1, "verified")
    stage.agent.fresh()
    again = [(command.command_id, count) for command, count in stage.agent.fetched()]
    expect(
        again == [(kept, 2), (intended, 2)], "the two that are open, with delivery_count 2, and not the one that ended"
    )
    expect(_accepted(stage.agent, intended, 1, "verified") == 1, "reports that a new store numbers afresh")
    expect(stage.status(intended).state == "verified", "the state that the new store reports")


@DELIVERY.rule("superseded", "Only the newest session may fetch and report")
def _superseded(stage: Stage) -> None:
    stage.agent.clear()
    agent, old = stage.agent, stage.agent.session
    agent.fresh()
    agent.take(session=old).problem(409, "superseded")
    agent.call("POST", "commands/reports", Reports(session=old, reports=[])).problem(409, "superseded")


@DELIVERY.rule("woken", "An agent that waits is answered as soon as there is a command")
def _woken(stage: Stage) -> None:
    stage.agent.clear()
    page = stage.aside(lambda: stage.agent.fetched(wait=12))
    _pause(_WAIT)
    begun = time.monotonic()
    queued = stage.queued()
    expect(ids_of(page.result()) == [queued], "the command")
    expect(time.monotonic() - begun < _PROMPT, f"an answer within {_PROMPT:.0f} seconds after it was queued")


@DELIVERY.rule("waits", "A wait in vain ends in time with an empty page; one of more than 30 seconds is refused")
def _waits(stage: Stage) -> None:
    stage.agent.clear()
    begun = time.monotonic()
    expect(stage.agent.deliveries(wait=_WAIT) == [], "an empty page")
    lasted = time.monotonic() - begun
    expect(_WAIT * 0.8 <= lasted < _WAIT + 10, "an answer when the wait is over")
    stage.agent.take(wait=31).problem(400)


@DELIVERY.rule("wait_superseded", "A wait of a session that is superseded meanwhile delivers nothing")
def _wait_superseded(stage: Stage) -> None:
    stage.agent.clear()
    agent, old = stage.agent, stage.agent.session
    page = stage.aside(lambda: agent.take(wait=4, session=old))
    _pause(_WAIT / 2)
    agent.fresh()
    stage.queued()
    answer = page.result()
    expect(answer.status == 409 or answer.json()["deliveries"] == [], "409 superseded, or nothing")
    expect([count for _, count in agent.fetched()] == [1], "the command for the newest session, at its first delivery")


@REPORTS.rule("steps", "Every state is kept with its time and reason, in order")
def _steps(stage: Stage) -> None:
    stage.agent.clear()
    queued = stage.queued()
    stage.agent.fetched()
    for number, state in enumerate(("received", "awaiting_approval", "intended", "applied", "verified"), 1):
        _accepted(
            stage.agent, queued, number, state, reason_code="already_so" if state == "verified" else "approval_wanted"
        )
    status = stage.status(queued)
    states = [step.state for step in status.steps]
    expect(
        states == ["queued", "received", "awaiting_approval", "intended", "applied", "verified"], "all states, in order"
    )
    expect(status.steps[-1].reason_code == "already_so" and status.final, "the reason of the last, and final")
    expect(status.outcome is not None and status.outcome.number == 5, "the newest report as the outcome")


@REPORTS.rule("again", "A report that comes again, or late, changes nothing")
def _again(stage: Stage) -> None:
    stage.agent.clear()
    queued = stage.queued()
    stage.agent.fetched()
    told = [
        _accepted(stage.agent, queued, number, state)
        for number, state in ((2, "intended"), (2, "intended"), (1, "received"))
    ]
    expect(told == [1, 0, 0], "accepted 1, then 0")
    expect([step.state for step in stage.status(queued).steps] == ["queued", "intended"], "each state once")


@REPORTS.rule("one_end", "A command that has ended stays as it ended")
def _one_end(stage: Stage) -> None:
    stage.agent.clear()
    queued = stage.queued()
    stage.agent.fetched()
    _accepted(stage.agent, queued, 1, "verified")
    before = stage.status(queued)
    for number, state in ((2, "rejected"), (3, "intended"), (4, "needs_person")):
        expect(_accepted(stage.agent, queued, number, state) == 0, "accepted 0 after the end")
    expect(stage.status(queued) == before, "the outcome as it was")
    expect(stage.agent.fetched() == [], "nothing delivered after the end")


@REPORTS.rule("over", "Who reports a command as open that has ended is told how it ended")
def _over(stage: Stage) -> None:
    stage.agent.clear()
    ended, going_on = stage.queued(), stage.queued()
    stage.agent.fetched()
    _accepted(stage.agent, ended, 1, "rejected")
    at = stage.clock.now().isoformat()
    told = [CommandReport(command_id=one, number=2, state="received", at=at) for one in (ended, going_on)]
    answer = stage.agent.call("POST", "commands/reports", Reports(session=stage.agent.session, reports=told))
    over = [(one.command_id, one.state) for one in answer.message(ReportsAccepted).over]
    expect(over == [(ended, "rejected")], "the ended one is over, the other one is not")


@REPORTS.rule("open", "needs_person and awaiting_approval are not the end")
def _open(stage: Stage) -> None:
    for state in ("needs_person", "awaiting_approval"):
        stage.agent.clear()
        queued = stage.queued()
        stage.agent.fetched()
        _accepted(stage.agent, queued, 1, state)
        expect(not stage.status(queued).final, f"{state} is open")
        expect(_accepted(stage.agent, queued, 2, "verified") == 1, f"an end after {state}")


@REPORTS.rule("unknown", "Reports about commands that are not known are passed over; the others count")
def _unknown(stage: Stage) -> None:
    stage.agent.clear()
    queued = stage.queued()
    stage.agent.fetched()
    at = stage.clock.now().isoformat()
    told = [CommandReport(command_id=one, number=1, state="received", at=at) for one in (stage.id("nobody"), queued)]
    answer = stage.agent.call("POST", "commands/reports", Reports(session=stage.agent.session, reports=told))
    expect(answer.message(ReportsAccepted).accepted == 1, "accepted 1 of 2")
    expect(stage.status(queued).state == "received", "the report that is good is taken")


@EXPIRY.rule(
    "cloud", "What expires before it was handed out ends as expired; what was handed out stays the agent's (30 s)"
)
def _expiry(stage: Stage) -> None:
    stage.agent.clear()
    delivered = stage.queued(expires_in=_SHORTEST)
    stage.agent.fetched()
    never = stage.queued(expires_in=_SHORTEST)
    stage.clock.wait(_SHORTEST + 1.5)
    status = stage.status(never)
    expect((status.state, status.final, status.delivery_count) == ("expired", True, 0), "expired by the cloud")
    expect(stage.status(delivered).state == "queued", "nothing decided about what was handed out")
    expect(ids_of(stage.agent.fetched()) == [delivered], "it is handed out again, the other one not")
    _accepted(stage.agent, delivered, 1, "expired", reason_code="expired")
    expect(stage.status(delivered).final, "the agent's word ends it")


def _pause(seconds: float) -> None:
    """Real time: long enough for a request to arrive."""
    threading.Event().wait(seconds)
