"""Keys that something has named: read again whole, and what is new about them sent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.capture.engine import Capture
from tests.capture.plain import Half, row


@pytest.fixture
def half(tmp_path: Path) -> Iterator[Half]:
    """An agent's half that has loaded everything."""
    made = Half(tmp_path)
    made.source.tables["appointment"] = {(n,): row(f"v{n}") for n in range(1, 10)}
    made.source.tables["patient"] = {(k,): row(k) for k in "BCD"}
    made.settle()
    made.source.asked.clear()
    yield made
    made.store.close()


def reread(half: Half, *named: tuple[str, tuple[int | str]]) -> list[str]:
    """Name keys, and let capture go on until none waits."""
    half.capture.mark(set(named))
    for _ in range(200):
        if not half.capture.waiting:
            return half.lines()
        half.clock.now += max(half.capture.step(), 0.001)
    raise AssertionError("keys wait for ever")


def test_what_was_named_is_read_by_its_key_and_only_changes_are_sent(half: Half):
    half.source.tables["appointment"][(3,)] = row("moved")
    assert reread(half, ("appointment", (3,)), ("appointment", (4,))) == ["upsert appointment 3 moved"]
    assert "rows appointment" in half.source.asked
    assert not any(asked.startswith("scan") for asked in half.source.asked)


def test_one_that_is_gone_is_a_delete_and_one_that_never_was_is_nothing(half: Half):
    del half.source.tables["appointment"][(5,)]
    assert reread(half, ("appointment", (5,)), ("appointment", (77,))) == ["delete appointment 5"]


def test_a_new_record_goes_into_the_range_that_its_key_lies_in(half: Half):
    half.source.tables["appointment"][(70,)] = row("new")
    assert reread(half, ("appointment", (70,))) == ["upsert appointment 70 new"]
    assert half.settle() == []


def test_what_waits_survives_a_restart(half: Half):
    half.source.tables["appointment"][(3,)] = row("moved")
    half.capture.mark({("appointment", (3,))})
    half.capture = Capture(half.source, half.store, half.clock, half.settings, lambda code, **_: None)
    half.clock.now += half.capture.step()  # it looks at the database first
    assert reread(half) == ["upsert appointment 3 moved"]
    again = Capture(half.source, half.store, half.clock, half.settings, lambda code, **_: None)
    again.step()
    assert not again.waiting


def test_a_new_text_key_which_only_the_database_can_place_hastens_the_rotation(half: Half):
    half.source.tables["patient"][("Ada",)] = row("Ada")
    assert reread(half, ("patient", ("Ada",))) == []
    before = half.clock.now
    for _ in range(50):
        half.clock.now += max(half.capture.step(), 0.001)
        if "upsert patient Ada Ada" in half.lines():
            break
    assert half.clock.now - before < 5.0


def test_a_key_of_a_shape_that_cannot_be_read_is_let_go(half: Half):
    assert reread(half, ("no_such_shape", (1,))) == []
