"""Single records for whoever writes: found by id as the feed names them, and read back without an echo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.capture.readback import Readback
from agent.model.errors import AgentError, Retry
from agent.model.reading import Key, Record
from agent.model.writing import Settlement
from agent.store.outbox import EpochChanged
from agent.wire.commands import Command, Target
from tests.capture.plain import Half, PlainSource, row


class Folding(PlainSource):
    """Its database takes text keys for equal that are written differently."""

    def id_of(self, shape: str, key: Key) -> str | None:
        """The key as text, folded."""
        return str(key[0]).strip().upper() or None

    def rows(self, shape: str, keys: Any) -> list[Record]:
        """Committed; keys compare folded, and come back as they are written."""
        wanted = {self.id_of(shape, key) for key in keys}
        return super().rows(shape, [key for key in self.tables[shape] if self.id_of(shape, key) in wanted])


class FoldingHalf(Half):
    """Capture on it."""

    kind_of_source = Folding


class Desk:
    """Capture and read-back on one plain source."""

    def __init__(self, folder: Path) -> None:
        self.half = FoldingHalf(folder)
        self.back = Readback(self.half.capture)
        self.tables = self.half.source.tables
        self.store = self.half.store

    def load(self) -> None:
        """Everything is read for the first time."""
        self.half.settle()

    def command(self, command_id: str = "c1") -> Settlement:
        """A command that is being written; how it is to end."""
        made = Command(
            command_id=command_id,
            practice_id="office",
            queue_seq=1,
            kind="appointment.note",
            target=Target(resource="appointment", id="1"),
            payload={},
            issued_at="2026-03-02T14:00:00Z",
            expires_at="2026-03-03T14:00:00Z",
        )
        self.store.inbox.receive(made, 1e12, look_first=False)
        return Settlement(command_id, "verified")

    def state(self) -> str:
        """How the command stands."""
        kept = self.store.inbox.get("c1")
        assert kept is not None
        return kept.state

    def ids(self, *asked: str, resource: str = "patient") -> list[str]:
        """Those of the ids that are found."""
        return sorted(self.back.look(resource, asked))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    made.tables["appointment"].update({(n,): row(f"visit {n}") for n in range(1, 7)})
    made.tables["patient"].update({("AB",): row("Ada"), (" cd ",): row("Carl")})
    yield made
    made.store.close()


def test_before_capture_has_begun_nothing_can_be_read(desk: Desk):
    assert desk.back.halted == "not_loaded"
    with pytest.raises(Retry) as caught:
        desk.back.look("patient", ["AB"])
    assert caught.value.code == "reading_halted"


def test_while_capture_is_halted_nothing_can_be_read(desk: Desk):
    desk.load()
    desk.half.source.halted = "upgrade"
    desk.half.capture.hasten()
    desk.half.capture.step()
    assert desk.back.halted == "upgrade"
    with pytest.raises(Retry):
        desk.back.day("appointment", "2026-03-02", "2026-03-02")


# By id ----------------------------------------------------------------------------------------------------------------


def test_a_record_is_read_as_it_is_now_not_as_it_was_captured(desk: Desk):
    desk.load()
    desk.tables["appointment"][(3,)] = row("moved")
    (seen,) = desk.back.look("appointment", ["3"]).values()
    assert (seen.id, seen.key, seen.data["name"]) == ("3", (3,), "moved")
    assert len(seen.version) == 32


def test_what_is_not_there_is_left_out(desk: Desk):
    desk.load()
    del desk.tables["appointment"][(2,)]
    desk.tables["appointment"][(3,)] = row("-")
    assert desk.ids("1", "2", "3", "99", resource="appointment") == ["1"]
    assert desk.ids("1", resource="tooth") == []


def test_a_record_that_capture_has_not_seen_yet_is_found(desk: Desk):
    desk.load()
    desk.tables["appointment"][(50,)] = row("new")
    desk.tables["patient"][("EF",)] = row("Eve")
    assert desk.ids("50", resource="appointment") == ["50"] and desk.ids("EF") == ["EF"]


def test_a_text_key_is_found_however_the_database_writes_it(desk: Desk):
    desk.load()
    (seen,) = desk.back.look("patient", ["CD"]).values()
    assert (seen.id, seen.key) == ("CD", (" cd ",))


def test_a_text_key_that_is_written_differently_since_is_still_that_record(desk: Desk):
    desk.load()
    desk.tables["patient"][("cd",)] = desk.tables["patient"].pop((" cd ",))
    assert desk.ids("CD") == ["CD"]


def test_all_records_of_a_day_are_read_now(desk: Desk):
    desk.load()
    desk.tables["appointment"][(7,)] = row("new")
    assert [seen.id for seen in desk.back.day("appointment", "2026-03-02", "2026-03-02")] == list("1234567")


# Reused keys ----------------------------------------------------------------------------------------------------------

ANOTHER = row("Zoe", birth="other", entered="later")


def test_another_person_under_the_key_is_not_found_by_the_old_id(desk: Desk):
    desk.load()
    desk.tables["patient"][("AB",)] = ANOTHER
    assert desk.ids("AB") == [] and desk.ids("AB~2") == ["AB~2"], "before capture has come by"
    desk.half.settle()
    assert desk.ids("AB") == [] and desk.ids("AB~2") == ["AB~2"], "and after"


def test_nor_when_the_key_was_free_in_between(desk: Desk):
    desk.load()
    del desk.tables["patient"][("AB",)]
    desk.half.settle()
    desk.tables["patient"][("AB",)] = ANOTHER
    assert desk.ids("AB") == [] and desk.ids("AB~2") == ["AB~2"]
    desk.half.settle()
    assert desk.ids("AB") == [] and desk.ids("AB~2") == ["AB~2"]


def test_the_same_person_who_comes_back_has_the_old_id(desk: Desk):
    desk.load()
    del desk.tables["patient"][("AB",)]
    desk.half.settle()
    desk.tables["patient"][("AB",)] = row("Ada")
    assert desk.ids("AB", "AB~2") == ["AB"]


# The end of a write ---------------------------------------------------------------------------------------------------


def test_outcome_change_and_version_are_stored_together_and_there_is_no_echo(desk: Desk):
    desk.load()
    desk.tables["appointment"][(1,)] = row("confirmed")
    ended = desk.back.settle(desk.command(), "appointment", (1,))
    assert (ended.record_id, ended.version) == ("1", desk.back.look("appointment", ["1"])["1"].version)
    assert desk.state() == "verified"
    assert desk.half.lines() == ["upsert appointment 1 confirmed"]
    assert desk.half.settle() == []


def test_a_record_that_was_made_is_in_the_feed_at_once(desk: Desk):
    desk.load()
    desk.tables["appointment"][(4,)] = row("moved")
    desk.tables["appointment"][(0,)] = row("new")  # where a range is known
    ended = desk.back.settle(desk.command(), "appointment", (0,))
    assert (ended.record_id, desk.half.lines()) == ("0", ["upsert appointment 0 new"])
    assert desk.half.settle() == ["upsert appointment 4 moved"]


def test_a_new_record_of_a_text_key_comes_into_the_feed_once(desk: Desk):
    desk.load()
    desk.tables["patient"][("EF",)] = row("Eve")
    ended = desk.back.settle(desk.command(), "patient", ("EF",))
    assert (desk.state(), ended.record_id) == ("verified", "EF")
    assert desk.half.lines() + desk.half.settle() == ["upsert patient EF Eve"]


def test_when_the_store_fails_neither_outcome_nor_change_is_kept(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    desk.load()
    desk.tables["appointment"][(1,)] = row("confirmed")
    settlement = desk.command()

    def fails(*_: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(desk.store.inbox, "settle_in", fails)
        with pytest.raises(RuntimeError):
            desk.back.settle(settlement, "appointment", (1,))
    assert (desk.state(), desk.half.lines()) == ("received", [])
    desk.back.settle(settlement, "appointment", (1,))
    assert desk.half.lines() == ["upsert appointment 1 confirmed"] and desk.half.settle() == []


def test_what_is_not_in_the_feed_ends_without_a_version(desk: Desk):
    desk.load()
    ended = desk.back.settle(desk.command(), "document", (9,))
    assert (desk.state(), ended.version) == ("verified", None)


def test_what_is_gone_again_ends_without_a_version(desk: Desk):
    desk.load()
    ended = desk.back.settle(desk.command(), "appointment", (99,))
    assert (desk.state(), ended.record_id, ended.version) == ("verified", None, None)


def test_a_write_ends_while_its_shape_is_still_being_loaded(desk: Desk):
    desk.half.capture.step()  # looks at the source
    assert desk.back.halted is None and not desk.half.capture.work.states["appointment"].loaded
    ended = desk.back.settle(desk.command(), "appointment", (1,))
    assert (desk.state(), ended.record_id, desk.half.lines()) == ("verified", "1", [])
    assert desk.half.settle().count("upsert appointment 1 visit 1") == 1


def test_a_write_ends_in_the_new_epoch_when_one_has_begun(desk: Desk):
    desk.load()
    settlement = desk.command()
    desk.store.begin_epoch(2, {})
    with pytest.raises(AgentError) as caught:
        desk.back.settle(settlement, "appointment", (1,))
    assert isinstance(caught.value, EpochChanged) and desk.state() == "received"
    desk.half.capture.step()
    ended = desk.back.settle(settlement, "appointment", (1,))
    assert (desk.state(), ended.record_id) == ("verified", "1")
