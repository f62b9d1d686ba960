"""The desk: what a person asks for runs between capture's own steps, and is answered whatever becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.host.desk import Desk
from agent.model.errors import Retry
from agent.store.requests import Request
from tests.capture.cloud import PlainCloud
from tests.capture.plain import Half, row


class Upload:
    """What the desk asks of upload."""

    def __init__(self, half: Half) -> None:
        self.half = half

    def afresh(self) -> None:
        """Begins the next epoch at once."""
        self.half.store.begin_epoch(self.half.store.outbox.place.epoch + 1, {})


class Place:
    """A desk with an agent's half and a cloud around it."""

    def __init__(self, folder: Path) -> None:
        self.half = Half(folder)
        self.half.source.tables["patient"] = {(k,): row(k) for k in "ABC"}
        self.cloud = PlainCloud(self.half)
        self.desk = Desk(self.half.capture, Upload(self.half), self.cloud, self.half.store, self.half.clock)
        self.requests = self.half.store.requests

    def run(self, number: int, *, deliver: bool = True) -> Request:
        """Steps until a request is answered."""
        for _ in range(4000):
            self.half.clock.now += max(self.desk.step(), 0.001)
            if deliver:
                self.cloud.take()
            found = self.requests.get(number)
            assert found is not None
            if found.state in ("done", "failed"):
                return found
        raise AssertionError("never answered")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.half.store.close()


def test_a_sync_is_done_when_everything_was_compared_and_delivered(place: Place):
    found = place.run(place.requests.ask("sync"))
    assert (found.state, found.answer) == ("done", {"records": 3, "acked_seq": 5})
    assert set(place.cloud.held["patient"]) == {"A", "B", "C"}


def test_a_sync_finds_what_changed_before_it_was_asked_for(place: Place):
    place.run(place.requests.ask("sync"))
    place.half.source.tables["patient"][("D",)] = row("D")
    place.run(place.requests.ask("sync"))
    assert set(place.cloud.held["patient"]) == {"A", "B", "C", "D"}


def test_a_sync_waits_for_the_cloud_and_tells_how_far_it_is(place: Place):
    number = place.requests.ask("sync")
    with pytest.raises(AssertionError, match="never answered"):
        place.run(number, deliver=False)
    found = place.requests.get(number)
    assert found is not None and (found.state, found.answer) == ("running", {"records": 3, "acked_seq": 0})
    assert place.run(number).state == "done"


def test_a_snapshot_begins_an_epoch_and_sends_everything_in_it(place: Place):
    place.run(place.requests.ask("sync"))
    found = place.run(place.requests.ask("snapshot"))
    assert found.answer == {"epoch": 2, "records": 3, "acked_seq": 5}


def test_a_reconcile_answers_with_its_outcomes(place: Place):
    place.run(place.requests.ask("sync"))
    place.cloud.held["patient"]["A"] = "0" * 32
    found = place.run(place.requests.ask("reconcile", resources=["patient"], repair=True))
    assert found.answer is not None
    (outcome,) = found.answer["outcomes"]
    assert (outcome["matched"], outcome["different"], outcome["repaired"]) == (2, 1, 1)
    assert found.answer.keys() == {"outcomes"}


def test_what_the_last_comparison_of_each_resource_found_is_told_and_kept(place: Place):
    earlier = {"at": "2026-01-01T00:00:00Z", "resources": {"provider": {"at": "2026-01-01T00:00:00Z", "extra": 2}}}
    told = place.desk.reconciled(earlier)
    assert told() == earlier
    place.run(place.requests.ask("sync"))
    place.cloud.held["patient"]["A"] = "0" * 32
    for repair, differing in ((True, 0), (False, 1)):
        place.cloud.held["patient"]["A"] = "0" * 32
        place.run(place.requests.ask("reconcile", resources=["patient"], repair=repair))
        found = told()
        assert found is not None and (found["different"], found["repaired"]) == (1, repair)
        assert found["resources"]["patient"]["different"] == differing
        assert found["resources"]["provider"] == earlier["resources"]["provider"]


def test_requests_are_done_one_after_the_other_in_the_order_in_which_they_came(place: Place):
    numbers = [place.requests.ask("sync") for _ in range(3)]
    done = []
    for number in numbers:
        place.run(number)
        done.append([place.requests.get(one).state for one in numbers])
    assert done[0] in (["done", "waiting", "waiting"], ["done", "running", "waiting"])
    assert done[2] == ["done"] * 3


def failing(place: Place, error: Exception, times: int = -1) -> None:
    """The cloud's answer to a reconcile is an error, so many times (-1 = always)."""
    left = [times]

    def before_answer(_: int) -> None:
        if left[0]:
            left[0] -= 1
            raise error

    place.cloud.before_answer = before_answer


def test_what_is_away_for_a_moment_is_asked_again(place: Place):
    place.run(place.requests.ask("sync"))
    failing(place, Retry("offline", "t", "a"), 3)
    assert place.run(place.requests.ask("reconcile", resources=["patient"], repair=False)).state == "done"


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (Retry("offline", "Away", "Wait."), {"kind": "Retry", "code": "offline", "title": "Away", "advice": "Wait."}),
        (ValueError("Ada Lovelace"), {"kind": "AgentError", "code": "internal_error"}),
    ],
)
def test_a_request_that_fails_says_why_and_the_next_one_is_done(place: Place, error: Exception, answer: dict[str, str]):
    place.run(place.requests.ask("sync"))
    failing(place, error)
    number = place.requests.ask("reconcile", resources=["patient"], repair=False)
    found = quietly(lambda: place.run(number))
    assert found.state == "failed" and found.answer is not None
    assert {key: found.answer[key] for key in answer} == answer
    assert "Ada" not in str(found.answer)
    assert place.run(place.requests.ask("sync")).state == "done"


def quietly(run: Callable[[], Request]) -> Request:
    """As the host does: a bug in a step is logged, and the steps go on."""
    for _ in range(5):
        try:
            return run()
        except ValueError:
            continue
    raise AssertionError("a bug at every step")


@pytest.mark.parametrize(("kind", "arguments"), [("dance", {}), ("reconcile", {"unheard": "of"})])
def test_a_request_of_another_version_is_refused_or_done_and_harms_nothing(
    place: Place, kind: str, arguments: dict[str, Any]
):
    place.run(place.requests.ask("sync"))
    found = place.run(place.requests.ask(kind, **arguments))
    if kind == "dance":
        assert found.state == "failed" and found.answer is not None and found.answer["code"] == "request_unknown"
    else:
        assert found.state == "done"
    assert place.run(place.requests.ask("sync")).state == "done"


def test_capture_goes_on_while_a_request_is_worked_on(place: Place):
    place.run(place.requests.ask("sync"))
    number = place.requests.ask("reconcile", resources=["patient"], repair=False)
    place.half.source.tables["appointment"][(1,)] = row("booked meanwhile")
    place.half.capture.hasten()
    place.run(number)
    place.half.settle()
    place.cloud.take()
    assert "1" in place.cloud.held["appointment"]
