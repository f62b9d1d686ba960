"""Cursors of what grows: clocks that are set back, rows about no record, the end of portions."""

from __future__ import annotations

import dataclasses
from typing import Any

from agent.model.reading import Growth
from agent.sources import dialect, growth
from agent.sources.dialect import Draft
from agent.sources.layout import layout_of
from agent.sources.shape import Audit, Stamp
from tests.sources import shapes

LAYOUT = layout_of(shapes.VISIT)
STAMP = Stamp("changed", overlap_seconds=600)
LOG = Audit("visit_log", grows_by="log_id", names=("visit_id",), overlap=3)


def asking(now: str, rows: list[list[Any]]) -> growth.Ask:
    """Answers the clock, and the given rows to anything else."""

    def ask(draft: Draft, max_rows: int) -> tuple[list[list[Any]], float]:
        return ([[now]] if not draft.table else rows[:max_rows]), 0.25

    return ask


def stamps(now: str, rows: list[list[Any]], cursor: Any, limit: int = 10) -> Growth:
    return growth.stamps(asking(now, rows), dialect.mariadb(), LAYOUT, STAMP, cursor, limit=limit)


def test_a_cursor_at_the_end_is_set_back_by_the_overlap() -> None:
    grown = stamps("2026-06-01T12:00:30", [["2026-06-01T12:00:00", 5]], "2026-06-01T11:00:00")
    assert (grown.keys, grown.marks) == ([(5,)], ["2026-06-01T12:00:00"])
    assert grown.cursor == "2026-06-01T11:50:00"
    assert grown.busy == 0.5


def test_at_the_end_of_summer_time_the_cursor_goes_back_with_the_clock() -> None:
    before = stamps("2026-11-01T01:59:50", [["2026-11-01T01:59:00", 5]], "2026-11-01T01:40:00")
    assert before.cursor == "2026-11-01T01:49:00"
    after = stamps("2026-11-01T01:00:10", [["2026-11-01T01:59:00", 5]], before.cursor)
    assert after.cursor == "2026-11-01T00:50:10"


def test_a_stamp_in_the_future_does_not_carry_the_cursor_along() -> None:
    grown = stamps("2026-06-01T12:00:00", [["2036-01-01T00:00:00", 5]], "2026-06-01T11:00:00")
    assert grown.cursor == "2026-06-01T11:50:00"


def test_while_nothing_happens_the_cursor_stands_still() -> None:
    grown = stamps("2026-06-01T12:00:00", [], "2026-06-01T11:00:00")
    assert (grown.keys, grown.cursor, grown.more) == ([], "2026-06-01T11:00:00", False)


def test_a_portion_that_ends_exactly_is_set_back_too() -> None:
    rows = [["2026-06-01T11:30:00", n] for n in range(1, 4)]
    first = stamps("2026-06-01T12:00:00", rows, "2026-06-01T11:00:00", limit=2)
    assert (first.more, first.cursor) == (True, ["2026-06-01T11:30:00", 2])
    none_left = stamps("2026-06-01T12:00:00", [], first.cursor, limit=2)
    assert (none_left.more, none_left.cursor) == (False, "2026-06-01T11:20:00")


def test_audit_rows_about_no_record_name_none_but_move_the_cursor() -> None:
    shape = dataclasses.replace(LAYOUT, shape=shapes.VISIT)
    grown = growth.audit(asking("", [[11, 5], [12, None], [13, 6]]), shape, LOG, 10, 10)
    assert (grown.keys, grown.marks, grown.cursor) == ([(5,), (6,)], [11, 13], 10)
