"""From JSON rows to records: markers, keys, and parts beside their roots."""

from __future__ import annotations

from agent.model.reading import Unreadable
from agent.sources.layout import layout_of
from agent.sources.records import key_of, readable, records_of
from tests.sources import shapes

VISIT, PERSON = layout_of(shapes.VISIT), layout_of(shapes.PERSON)


def test_markers_become_unreadable_values_and_bytes_become_text_where_they_are_text() -> None:
    rows = [[1, {"!": "undecodable"}, {"!": "out_of_range"}], [2, {"!b64": "w7w="}, {"!b64": "/w=="}]]
    assert readable(rows, odd=True) == [
        [1, Unreadable("undecodable"), Unreadable("out_of_range")],
        [2, "ü", Unreadable("undecodable")],
    ]


def test_integer_keys_are_integers_whatever_the_driver_makes_of_them() -> None:
    assert key_of(VISIT, ["12", "x"]) == (12,)
    assert key_of(VISIT, [12.0, "x"]) == (12,)


def test_text_keys_stay_raw() -> None:
    assert key_of(PERSON, ["ab1  ", "x"]) == ("ab1  ",)


def test_an_unreadable_key_is_empty() -> None:
    assert key_of(PERSON, [Unreadable("undecodable")]) == ("",)
    assert key_of(VISIT, [None]) == ("",)


def test_parts_lie_beside_their_roots_and_orphans_nowhere() -> None:
    records = records_of(VISIT, [[1, "a"], [2, "b"]], [[[2, "A"], [2, "B"], [3, "C"]], []])
    assert [record.parts for record in records] == [((), ()), (([2, "A"], [2, "B"]), ())]


def test_part_rows_find_text_keys_written_in_another_case_as_the_database_does() -> None:
    records = records_of(PERSON, [["AB1  ", "x"], ["CD2", "y"]], [[["ab1", 7], ["CD2  ", 8]]])
    assert [record.parts for record in records] == [((["ab1", 7],),), ((["CD2  ", 8],),)]


def test_where_the_database_tells_cases_apart_so_do_parts() -> None:
    records = records_of(PERSON, [["AB1", "x"], ["ab1", "y"]], [[["ab1", 7], ["AB1", 8]]])
    assert [record.parts for record in records] == [((["AB1", 8],),), ((["ab1", 7],),)]
