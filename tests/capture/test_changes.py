"""From records to lines: what is new, what differs, what is gone, whose key it is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from agent.capture.changes import UNSENDABLE, ChangeMaker, complete_line, delete_line, with_incarnation
from agent.model.canonical import version_of
from agent.model.reading import Issue, Key, Mapped, Record
from agent.model.state import Commit, Entry
from agent.wire.cloud import Complete, Delete, Stale, Upsert, parse_line
from tests.capture.plain import APPOINTMENT, PATIENT, Half, row


class Place:
    """A change maker, and what it makes of one record after another."""

    def __init__(self, folder: Path) -> None:
        self.half = Half(folder)
        self.made = ChangeMaker(self.half.source, self.half.store)
        self.known: dict[Key, Entry] = {}

    def see(self, key: str, content: list[Any], *, resend: bool = False) -> Commit:
        """A patient is read; what is known follows."""
        commit = Commit(1)
        record = Record((key,), [key, *content])
        (digest,) = self.made.digests([record])
        self.known |= self.made.write(commit, PATIENT, [record], [digest], self.known, resend=resend)
        self.half.store.commit(commit, b"".join)
        return commit

    def miss(self, key: str) -> Commit:
        """A patient is gone."""
        commit = Commit(1)
        self.made.gone(commit, PATIENT, (key,), self.known.pop((key,)))
        self.half.store.commit(commit, b"".join)
        return commit


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.half.store.close()


def lines(commit: Commit) -> list[Any]:
    return [parse_line(line) for line in commit.lines]


def test_a_new_record_is_sent_whole_in_the_words_of_the_contract(place: Place):
    (line,) = lines(place.see("A", row('Ada "\u2028" Ünal', note="x")))
    assert isinstance(line, Upsert)
    assert (line.resource, line.id, line.mapping_version) == ("patient", "A", 1)
    assert (line.source.table, line.source.key) == ("patient", ["A"])
    assert line.data == {"name": 'Ada "\u2028" Ünal', "birth": "b", "entered": "e", "note": "x"}
    assert line.version == version_of(orjson.dumps(line.data, option=orjson.OPT_SORT_KEYS))
    assert place.known[("A",)].version.hex() == line.version


def test_what_is_derived_noted_or_stamped_goes_beside_the_data_and_is_not_part_of_the_version(place: Place):
    plain = place.half.source.map

    def mapped(shape: str, records: list[Record]) -> list[Mapped]:
        return [
            replace(
                one,
                derived={"start_utc": None},
                source_updated_at="2026-03-02T09:00:00",
                issues=(Issue("note", "odd"),),
            )
            for one in plain(shape, records)
        ]

    place.see("A", row("Ada"))
    before = place.known[("A",)]
    place.half.source.map = mapped
    assert place.see("A", row("Ada")).lines == []
    assert place.known[("A",)] == before
    (line,) = lines(place.see("A", row("Eve")))
    assert line.derived == {"start_utc": None} and line.source_updated_at == "2026-03-02T09:00:00"
    assert [(issue.field, issue.code) for issue in line.issues] == [("note", "odd")]


def test_the_same_again_is_not_sent_unless_it_is_to_be_sent_again(place: Place):
    first = place.see("A", row("Ada"))
    assert place.see("A", row("Ada")).lines == []
    assert place.see("A", row("Ada"), resend=True).lines == first.lines


def test_digests_are_keyed_and_change_with_every_part(place: Place):
    records = [Record(("A",), ["A", "x"]), Record(("A",), ["A", "y"]), Record(("A",), ["A", "x"], ((["p"],),))]
    found = place.made.digests(records)
    assert len(set(found)) == 3 and {len(one) for one in found} == {16}
    assert found[0] != hashlib.blake2b(orjson.dumps((["A", "x"], ())), digest_size=16).digest()
    assert found == place.made.digests(records)


def test_a_record_that_is_gone_is_deleted_once_and_one_that_was_never_sent_not_at_all(place: Place):
    place.see("A", row("Ada"))
    (line,) = lines(place.miss("A"))
    assert isinstance(line, Delete) and line.id == "A"
    place.see("B", row("-"))
    assert place.miss("B").lines == []


def test_a_record_that_cannot_be_mapped_is_set_apart_and_what_was_sent_of_it_grows_stale(place: Place):
    commit = place.see("A", row("?"))
    assert commit.lines == [] and place.half.store.quarantined() == {"patient": 1}
    place.see("A", row("Ada"))
    assert place.half.store.quarantined() == {}
    (line,) = lines(place.see("A", row("?")))
    assert isinstance(line, Stale) and (line.id, line.reason) == ("A", "invalid")
    assert place.known[("A",)].version == UNSENDABLE
    (line,) = lines(place.see("A", row("Ada")))
    assert isinstance(line, Upsert)
    assert place.half.store.quarantined() == {}


def test_one_that_goes_while_it_cannot_be_sent_is_deleted_and_set_apart_no_more(place: Place):
    place.see("A", row("Ada"))
    place.see("A", row("?"))
    (line,) = lines(place.miss("A"))
    assert isinstance(line, Delete)
    assert place.half.store.quarantined() == {}


def test_a_key_that_cannot_be_used_is_set_apart_by_that_name(place: Place):
    commit = place.see("", row("Ada"))
    assert commit.lines == [] and commit.quarantine == [("patient", ("",), "key_unusable")]


HOLDERS = [
    (row("Ada", birth="1950", entered="2001"), "A"),
    (row("Ada M", birth="1950", entered="2001"), "A"),  # another name: the same person
    (row("Ada M", birth="1951", entered="2001"), "A"),  # a date corrected
    (row("Bob", birth="1999", entered="2026"), "A~2"),  # nothing is the same
    (row("Eve", birth="2000", entered="2027"), "A~3"),
]


def test_holders_of_a_key_are_told_apart_only_when_nothing_is_the_same(place: Place):
    current = None
    for content, record_id in HOLDERS:
        found = lines(place.see("A", content))
        assert [one.id for one in found if isinstance(one, Upsert)] == [record_id]
        gone = [one.id for one in found if isinstance(one, Delete)]
        assert gone == ([current] if current not in (None, record_id) else [])
        current = record_id


def test_what_is_unknown_of_a_holder_tells_nobody_apart(place: Place):
    place.see("A", row("Ada", birth="1950", entered="2001"))
    (line,) = lines(place.see("A", [None, "1999", "2026", ""]))
    assert line.id == "A"


def test_identities_are_kept_as_keyed_digests_and_never_as_they_are(place: Place):
    place.see("A", row("Ada", birth="1950", entered="2001"))
    identity = place.known[("A",)].identity
    assert {len(one) for one in identity} == {8}
    assert hashlib.blake2b(b"1950", digest_size=8).digest() not in identity


def test_lines_are_those_of_the_contract():
    assert isinstance(parse_line(delete_line(APPOINTMENT, "7", (7,))), Delete)
    done = parse_line(complete_line("patient", 3))
    assert isinstance(done, Complete) and done.count == 3
    assert [with_incarnation("7", n) for n in (1, 2, 10)] == ["7", "7~2", "7~10"]
