"""Workers: what an error's disposition makes of a worker's pauses, what is remembered, what is logged."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable

import pytest

from agent.host.log import Event, EventLog
from agent.host.runner import Thread, Worker
from agent.model.errors import AgentError, NeedsPerson, Retry, Terminal


class Clock:
    """Stands still until it is moved."""

    now = 1000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now


class Script:
    """A worker whose steps are told in advance: a pause, or an error."""

    def __init__(self, *steps: float | Exception) -> None:
        self.steps = list(steps)
        self.events: list[Event] = []
        self.clock = Clock()
        log = EventLog(None, lambda: "now", strict=True, listener=lambda _, event: self.events.append(event))
        self.worker = Worker("upload", self.step, self.clock, log, random.Random(1))

    def step(self) -> float:
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    @property
    def codes(self) -> list[str]:
        return [event.code for event in self.events]


def away(after: float | None = None) -> Retry:
    return Retry("offline", "The cloud is away", "Wait.", retry_after=after)


def test_a_step_that_goes_well_says_how_long_to_wait():
    script = Script(0.0, 2.5)
    assert [script.worker.once(), script.worker.once()] == [0.0, 2.5]
    assert script.worker.problem is None and script.events == []


def test_what_is_away_is_tried_again_after_pauses_that_differ_and_are_no_longer_than_it_has_been_away():
    script = Script(*(away() for _ in range(60)))
    pauses: list[float] = []
    for _ in range(60):
        lasted = sum(pauses)
        pauses.append(script.worker.once())
        script.clock.now += pauses[-1]
        assert 0.5 <= pauses[-1] <= min(60.0, max(1.0, lasted))
    assert max(pauses) > 50.0
    assert len(set(pauses)) == 60


def test_the_pause_that_the_other_side_asked_for_is_kept_and_a_little_more():
    script = Script(away(after=120.0), away(after=0.0))
    assert 120.0 <= script.worker.once() <= 121.0
    assert 0.0 <= script.worker.once() <= 1.0


@pytest.mark.parametrize("kind", [Terminal, NeedsPerson, AgentError])
def test_what_trying_does_not_mend_is_looked_at_every_minute(kind: type[AgentError]):
    assert Script(kind("refused", "t", "a")).worker.once() == 60.0


def test_a_problem_lasts_since_its_beginning_and_is_logged_once():
    script = Script(away(), away(), away(), 1.0, away())
    for _ in range(3):
        script.worker.once()
        script.clock.now += 5
    problem = script.worker.problem
    assert problem is not None and (problem.error.code, problem.since) == ("offline", 1000.0)
    script.worker.once()
    assert script.worker.problem is None
    assert script.codes == ["offline", "upload_well_again"]
    assert script.events[-1].fields == {"seconds": 15.0}
    script.clock.now += 5
    script.worker.once()
    problem = script.worker.problem
    assert problem is not None and problem.since == 1020.0


def test_one_problem_that_follows_another_is_logged_and_lasts_since_the_first():
    script = Script(away(), Retry("timeout", "t", "a"))
    script.worker.once()
    script.clock.now += 5
    script.worker.once()
    problem = script.worker.problem
    assert problem is not None and (problem.error.code, problem.since) == ("timeout", 1000.0)
    assert script.codes == ["offline", "timeout"]


def test_after_a_step_that_went_well_pauses_are_short_again():
    script = Script(*(away() for _ in range(10)), 0.0, away())
    for _ in range(11):
        script.worker.once()
    assert script.worker.once() <= 1.0


def test_a_bug_is_told_by_its_type_and_place_and_never_by_its_text():
    script = Script(ValueError("Ada Lovelace, born 1815"), 0.0)
    assert script.worker.once() == 60.0
    (event,) = script.events
    assert event.code == "internal_error"
    assert event.fields["kind"] == "ValueError"
    assert ":" in str(event.fields["place"])
    assert "Ada" not in repr(event) and "Ada" not in str(script.worker.problem)
    assert script.worker.once() == 0.0


def running(step: Callable[[], float]) -> Thread:
    log = EventLog(None, lambda: "now")
    thread = Thread(Worker("worker", step, Clock(), log, random.Random(1)))
    thread.start()
    return thread


def test_a_thread_steps_until_it_is_stopped_and_can_be_woken():
    stepped = threading.Semaphore(0)

    def step() -> float:
        stepped.release()
        return 1000.0

    thread = running(step)
    assert stepped.acquire(timeout=10)
    thread.wake()
    assert stepped.acquire(timeout=10)
    assert thread.stop(10)
    assert not stepped.acquire(blocking=False)


def test_a_thread_that_does_not_end_its_step_is_told():
    begun, end = threading.Event(), threading.Event()

    def step() -> float:
        begun.set()
        end.wait(30)
        return 0.0

    thread = running(step)
    assert begun.wait(10)
    assert not thread.stop(0.05)
    end.set()
    assert thread.stop(10)


def test_a_wake_that_comes_during_a_step_is_not_lost():
    begun, go_on, again = threading.Event(), threading.Event(), threading.Event()

    def step() -> float:
        if begun.is_set():
            again.set()
            return 1000.0
        begun.set()
        go_on.wait(30)
        return 1000.0

    thread = running(step)
    assert begun.wait(10)
    thread.wake()
    go_on.set()
    assert again.wait(10)
    assert thread.stop(10)


def waiting_for(error: AgentError) -> tuple[Thread, threading.Semaphore]:
    """A thread whose every step ends in this error, and the number of its steps."""
    stepped = threading.Semaphore(0)

    def step() -> float:
        stepped.release()
        raise error

    thread = running(step)
    assert stepped.acquire(timeout=10)
    while thread.worker.problem is None:
        threading.Event().wait(0.001)
    return thread, stepped


def test_more_work_does_not_cut_a_pause_after_a_failure_short():
    thread, stepped = waiting_for(NeedsPerson("bad_login", "Refused", "Ask."))
    thread.wake()
    assert not stepped.acquire(timeout=0.1)
    assert thread.stop(10)


def test_trouble_that_is_over_for_one_worker_is_tried_again_by_those_that_met_the_same():
    well = Script(away(), 1.0)
    over: list[str] = []
    well.worker.on_well = over.append
    well.worker.once()
    assert over == []
    well.worker.once()
    assert over == ["offline"]
    for error, tries in (
        (away(after=1000.0), False),
        (Retry("slow", "Slow", "Wait.", retry_after=None), False),
        (NeedsPerson("offline", "Refused", "Ask."), False),
    ):
        thread, stepped = waiting_for(error)
        thread.try_again("offline")
        assert stepped.acquire(timeout=0.1) == tries
        assert thread.stop(10)


def test_a_worker_that_waits_for_what_is_over_steps_at_once():
    stepped = threading.Semaphore(0)
    errors = [away() for _ in range(8)]

    def step() -> float:
        stepped.release()
        if errors:
            raise errors.pop()
        return 1000.0

    thread = running(step)
    for _ in range(9):
        # The pause after eight failures may be a minute long: nobody waits for it.
        while not stepped.acquire(timeout=0.02):
            thread.try_again("offline")
    assert thread.stop(10)
