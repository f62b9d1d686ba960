"""The one way to commit: what is in memory follows what was committed, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.model.errors import Retry
from agent.model.state import Commit
from tests.capture.plain import Half, row


@pytest.fixture
def half(tmp_path: Path) -> Iterator[Half]:
    """A practice of thirty visits that is loaded."""
    made = Half(tmp_path, delete_floor=4)
    made.source.tables["appointment"] = {(n,): row(f"v{n}") for n in range(1, 31)}
    made.settle()
    yield made
    made.store.close()


def full_disk(half: Half, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """The disk is full for so many commits with change lines."""
    commit, left = half.store.commit, [times]

    def refuse(step: Commit, chunk=None):
        if step.lines and left[0]:
            left[0] -= 1
            raise Retry("disk_full", "The disk is full", "")
        return commit(step, chunk)

    monkeypatch.setattr(half.store, "commit", refuse)


def settled(half: Half) -> list[str]:
    """Like ``settle``, with a host that tries again."""
    for _ in range(50):
        try:
            return half.settle()
        except Retry:
            half.clock.now += 1.0
    raise AssertionError("never settled")


def test_a_step_that_was_not_committed_is_taken_again_with_the_same_result(half: Half, monkeypatch: pytest.MonkeyPatch):
    rows = half.source.tables["appointment"]
    rows[(3,)] = row("moved")
    del rows[(5,)]
    full_disk(half, monkeypatch, 3)
    assert sorted(settled(half)) == ["delete appointment 5", "upsert appointment 3 moved"]
    assert half.settle() == []
    assert half.capture.work.states["appointment"].count == 29


def test_deletes_that_were_not_committed_do_not_count_towards_many_deletes(half: Half, monkeypatch: pytest.MonkeyPatch):
    rows = half.source.tables["appointment"]
    del rows[(5,)], rows[(6,)]
    full_disk(half, monkeypatch, 6)
    assert sorted(settled(half)) == ["delete appointment 5", "delete appointment 6"]
    assert half.store.holds() == []


def test_deletes_of_an_hour_are_counted_together_and_then_forgotten(half: Half):
    rows = half.source.tables["appointment"]
    for n in (1, 2, 3, 4):
        del rows[(n,)]
        assert half.settle() == [f"delete appointment {n}"]
    del rows[(5,)]
    assert half.settle() == []
    assert half.settle() == []
    assert half.store.holds()[0].detail == {"deletes": 5, "limit": 4}
    assert half.events.count("mass_delete_held") == 1
    half.clock.now += 3600.0
    assert half.settle() == ["delete appointment 5"]


def test_a_share_of_a_large_shape_may_go_without_asking(tmp_path: Path):
    half = Half(tmp_path, delete_floor=1, delete_share=0.2)
    rows = half.source.tables["appointment"]
    rows.update({(n,): row(f"v{n}") for n in range(1, 31)})
    half.settle()
    for n in range(1, 6):
        del rows[(n,)]
    assert len(half.settle()) == 5
    del rows[(6,)]
    assert half.settle() == []
    half.store.close()


def test_every_chunk_says_what_it_is_of_and_why(half: Half):
    half.source.tables["appointment"][(3,)] = row("moved")
    half.settle()
    assert half.causes()[-1] == "change"
    before = half.source.map

    def mapped_otherwise(shape, records):
        found = before(shape, records)
        for one in found:
            one.data["note"] = "as mapped now"
        return found

    half.source.word, half.source.map = b"another", mapped_otherwise
    assert len(half.settle()) == 30
    assert half.causes()[-1] == "remap"


def test_a_new_epoch_begins_without_anything_in_memory(half: Half):
    half.store.begin_epoch(2, {})
    half.taken()
    assert len(half.settle()) == 32
    assert half.capture.work.epoch == 2
    assert half.capture.work.states["appointment"].count == 30
