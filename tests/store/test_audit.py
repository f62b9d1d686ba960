"""The audit trail: whoever changes, removes, reorders or cuts off a line without the key is found out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.store.audit import Audit
from agent.store.database import Database
from agent.store.sealing import Seal

LINES = 5


class Trail:
    """A trail of five lines, and a way to tamper with its file."""

    def __init__(self, path: Path) -> None:
        self.db = Database(path)
        self.path = path
        self.seal = Seal(bytes(range(32)))
        self.now = 1000.0
        self.audit = Audit(self.db, self.seal, lambda: self.now)
        for number in range(1, LINES + 1):
            self.add(number)

    def add(self, number: int) -> None:
        """Another line."""
        self.now += 0.25
        with self.db.transaction() as run:
            self.audit.add(run, "intended", "agent", f"c{number}", "alert.create", {"attempt": number}, "kim")

    def add_and_fail(self) -> None:
        """A step that adds a line and comes to nothing."""
        with self.db.transaction() as run:
            self.audit.add(run, "intended", "agent", "c6", "alert.create")
            raise KeyError

    def tamper(self, *statements: str) -> None:
        """What somebody with the file and without the key may do."""
        with sqlite3.connect(self.path) as other:
            for statement in statements:
                other.execute(statement)
        other.close()

    @property
    def broken_at(self) -> int | None:
        """The first line that does not fit."""
        return self.audit.verify().broken_at


@pytest.fixture
def trail(path: Path) -> Iterator[Trail]:
    made = Trail(path)
    yield made
    made.db.close()


def test_an_untouched_trail_is_whole_and_tells_what_happened(trail: Trail):
    found = trail.audit.verify()
    assert (found.entries, found.broken_at, len(found.head)) == (LINES, None, 32)
    line = trail.audit.entries("c3")[0]
    assert (line.number, line.event, line.who, line.name, line.kind) == (3, "intended", "agent", "kim", "alert.create")
    assert line.detail == {"attempt": 3} and len(trail.audit.entries()) == LINES


def test_an_empty_trail_is_whole(tmp_path: Path):
    db = Database(tmp_path / "empty.db")
    found = Audit(db, Seal(bytes(range(32))), lambda: 0.0).verify()
    assert (found.entries, found.broken_at) == (0, None)
    db.close()


def test_the_trail_goes_on_after_a_restart(trail: Trail, path: Path):
    trail.db.close()
    trail.db = Database(path)
    trail.audit = Audit(trail.db, trail.seal, lambda: trail.now)
    trail.add(6)
    assert trail.broken_at is None and trail.audit.verify().entries == LINES + 1


def test_a_line_of_a_step_that_was_not_committed_is_not_there(trail: Trail):
    with pytest.raises(KeyError):
        trail.add_and_fail()
    assert trail.broken_at is None and len(trail.audit.entries()) == LINES


COLUMNS = {
    "at": "at + 1",
    "event": "'verified'",
    "who": "'person'",
    "name": "'lee'",
    "command_id": "'c9'",
    "kind": "'payment.post'",
    "sealed": "x'00'",
    "hash": "x'00112233445566778899aabbccddeeff'",
}


@pytest.mark.parametrize("number", range(1, LINES + 1))
@pytest.mark.parametrize("column", list(COLUMNS))
def test_a_line_that_was_changed_is_found(trail: Trail, number: int, column: str):
    trail.tamper(f"UPDATE audit SET {column} = {COLUMNS[column]} WHERE number = {number}")
    assert trail.broken_at == number


@pytest.mark.parametrize("column", ["event", "command_id", "hash", "sealed"])
def test_a_line_that_holds_what_no_line_holds_is_found(trail: Trail, column: str):
    trail.tamper(
        f"UPDATE audit SET {column} = {'7' if column in ('hash', 'sealed') else chr(120) + chr(39) + 'ff' + chr(39)}"
    )
    assert trail.broken_at == 1


@pytest.mark.parametrize("number", range(1, LINES + 1))
def test_a_line_that_was_removed_is_found(trail: Trail, number: int):
    trail.tamper(f"DELETE FROM audit WHERE number = {number}")
    assert trail.broken_at is not None


def test_a_line_that_was_removed_is_found_though_the_others_are_counted_again(trail: Trail):
    trail.tamper(
        "DELETE FROM audit WHERE number = 2",
        *(f"UPDATE audit SET number = {n - 1} WHERE number = {n}" for n in (3, 4, 5)),
    )
    assert trail.broken_at == 2


def test_details_that_were_exchanged_are_found(trail: Trail):
    trail.tamper("UPDATE audit SET sealed = (SELECT sealed FROM audit WHERE number = 4) WHERE number = 2")
    assert trail.broken_at == 2


def test_lines_that_were_exchanged_are_found(trail: Trail):
    trail.tamper(*(f"UPDATE audit SET number = {to} WHERE number = {n}" for n, to in ((2, 99), (3, 2), (99, 3))))
    assert trail.broken_at == 2


def test_a_line_that_was_put_in_is_found(trail: Trail):
    trail.tamper(
        "INSERT INTO audit SELECT 6, at, event, who, name, command_id, kind, sealed, hash FROM audit WHERE number = 5"
    )
    assert trail.broken_at == 6


CUTS: dict[str, Callable[[int], list[str]]] = {
    "cut off": lambda last: [f"DELETE FROM audit WHERE number > {last}"],
    "and the head with them": lambda last: [
        f"DELETE FROM audit WHERE number > {last}",
        "DELETE FROM meta WHERE name = 'audit'",
    ],
    "and the head made to fit": lambda last: [
        f"DELETE FROM audit WHERE number > {last}",
        (
            "UPDATE meta SET value = (SELECT number || ' ' || lower(hex(hash)) || substr(value, -33) FROM audit"
            f" WHERE number = {last}) WHERE name = 'audit'"
        ),
    ],
}


@pytest.mark.parametrize("last", range(1, LINES))
@pytest.mark.parametrize("cut", list(CUTS))
def test_lines_that_were_cut_off_are_found(trail: Trail, cut: str, last: int):
    trail.tamper(*CUTS[cut](last))
    assert trail.broken_at == last + 1


@pytest.mark.parametrize("head", ["'5'", "'a b c'", "7", "x'ff'"])
def test_a_head_that_nobody_has_written_is_found_and_stops_nothing(trail: Trail, head: str):
    trail.tamper(f"UPDATE meta SET value = {head} WHERE name = 'audit'")
    assert trail.broken_at == 6
    trail.add(6)
    assert trail.broken_at == 6


def test_lines_that_were_all_cut_off_are_found(trail: Trail):
    trail.tamper("DELETE FROM audit")
    assert trail.broken_at == 1


@pytest.mark.parametrize("cut", list(CUTS))
def test_lines_that_were_cut_off_are_found_although_the_trail_goes_on(trail: Trail, cut: str):
    trail.tamper(*CUTS[cut](3))
    trail.add(4)
    trail.add(5)
    assert trail.broken_at == 4
