"""The mailbox: what one process asks for, another one answers, and a restart forgets what was under way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.store.database import Database
from agent.store.requests import Requests


class Box:
    """A mailbox with a clock that is set by hand, and the other process's view of it."""

    def __init__(self, path: Path) -> None:
        self.now = 1_000_000.0
        self.path = path
        self.ours, self.theirs = Database(path), Database(path)
        self.agent = Requests(self.ours, lambda: self.now)
        self.person = Requests(self.theirs, lambda: self.now)


@pytest.fixture
def box(path: Path) -> Iterator[Box]:
    made = Box(path)
    yield made
    made.ours.close()
    made.theirs.close()


def test_what_is_asked_for_is_found_in_order_and_answered(box: Box):
    first = box.person.ask("sync")
    second = box.person.ask("reconcile", resources=["patient"], repair=True)
    found = box.agent.next()
    assert found is not None and (found.id, found.kind, found.arguments, found.state) == (first, "sync", {}, "waiting")
    box.agent.tell(first, "running", {"records": 7})
    seen = box.person.get(first)
    assert seen is not None and (seen.state, seen.answer) == ("running", {"records": 7})
    found = box.agent.next()
    assert found is not None and (found.id, found.arguments) == (second, {"resources": ["patient"], "repair": True})
    box.agent.tell(first, "done", {"records": 9})
    seen = box.person.get(first)
    assert seen is not None and (seen.state, seen.answer) == ("done", {"records": 9})


def test_nothing_asked_for_is_nothing_to_do(box: Box):
    assert box.agent.next() is None
    assert box.person.get(404) is None


def test_a_restart_fails_what_was_waiting_or_under_way_and_keeps_answers(box: Box):
    done, running, waiting = (box.person.ask("sync") for _ in range(3))
    box.agent.tell(done, "done", {"records": 1})
    box.agent.tell(running, "running", {"records": 1})
    box.agent.drop_unfinished()
    states = [getattr(box.person.get(number), "state", None) for number in (done, running, waiting)]
    assert states == ["done", "failed", "failed"]
    assert box.agent.next() is None


def test_requests_of_yesterday_are_forgotten(box: Box):
    old = box.person.ask("sync")
    box.now += 1000.0
    young = box.person.ask("sync")
    box.now += 85_401.0
    box.person.ask("sync")
    assert box.person.get(old) is None and box.person.get(young) is not None
