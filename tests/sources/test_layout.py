"""Which columns a layout reads, and in which order."""

from __future__ import annotations

import pytest

from agent.sources.layout import layout_of
from tests.sources import shapes


def test_keys_come_first_and_every_column_once() -> None:
    layout = layout_of(shapes.VISIT)
    assert layout.root_columns == ("visit_id", "starts", "note", "state", "amount", "changed")
    assert layout.part_columns == {"staff": ("visit_id", "staff_id", "role"), "marks": ("visit_id", "mark_id", "text")}
    assert layout.parts == ("staff", "marks")


def test_a_column_is_found_where_it_stands_in_the_row() -> None:
    layout = layout_of(shapes.VISIT)
    assert layout.root_index("note") == 2
    assert layout.part_index("marks", "text") == (1, 2)
    assert layout.has(None, "note")
    assert layout.has("staff", "role")
    assert not layout.has("staff", "note")
    with pytest.raises(KeyError):
        layout.root_index("secret")


def test_absent_columns_are_left_out_regardless_of_case() -> None:
    layout = layout_of(shapes.VISIT, absent=[("Visit", "NOTE"), ("visit_staff", "role")])
    assert not layout.has(None, "note")
    assert not layout.has("staff", "role")
    assert layout.has(None, "state")


def test_every_column_read_is_told_by_table_accelerators_and_lookups_too() -> None:
    columns = layout_of(shapes.VISIT).columns()
    assert columns["visit_log"] == ("log_id", "visit_id")
    assert columns["room"] == ("room_id", "title")
    assert set(columns) == {"visit", "visit_staff", "visit_mark", "visit_log", "room"}


def test_what_is_compared_or_counted_has_a_family() -> None:
    families = layout_of(shapes.VISIT).families
    assert families["visit", "visit_id"] == "number"
    assert families["visit", "starts"] == "timestamp"
    assert families["visit_log", "log_id"] == "number"
    assert ("person", "person_id") not in layout_of(shapes.PERSON).families
