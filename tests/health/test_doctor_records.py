"""What the doctor says of the records, on databases that say what they are told to say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from agent.health import doctor_records as records
from agent.health.doctor_records import Sample
from agent.model.reading import Description, Issue, Key, Mapped, Page, Range, Record
from tests.health.test_doctor import description, shape

NOW = datetime(2026, 3, 2, 12, 0)


class Shelf:
    """A database with records 1..count; some of them odd."""

    def __init__(self, count: int, odd: dict[int, Mapped] | None = None, busy: float = 0.001) -> None:
        self.count = count
        self.odd = odd or {}
        self.busy = busy
        self.limits: list[int] = []

    def describe(self) -> Description:
        return description()

    def scan(self, shape: str, within: Range, limit: int) -> Page:
        first = 1 if within.after is None else int(within.after[0]) + 1
        last = min(self.count, first + limit - 1)
        self.limits.append(limit)
        return Page([Record((n,), (n,)) for n in range(first, last + 1)], b"", last >= self.count, self.busy)

    def map(self, shape: str, records: Sequence[Record]) -> list[Mapped]:
        return [self.odd.get(int(r.key[0]), mapped(r.key)) for r in records]


def mapped(key: Key, **facts: Any) -> Mapped:
    return Mapped(**{"key": key, "id": str(key[0]), "data": {}, **facts})


def test_a_walk_reads_everything_where_it_may_and_rests_in_between():
    rests: list[float] = []
    shelf = Shelf(3000, busy=0.01)
    sample = records.walk(shelf, shape(), 10.0, rests.append)
    assert (sample.read, sample.whole) == (3000, True)
    assert shelf.limits == [50, 100, 200, 400, 800, 1000, 1000]
    assert rests == [0.03] * 6


def test_a_walk_asks_for_less_where_the_engine_is_slow_and_ends_with_its_budget():
    shelf = Shelf(100_000, busy=0.5)
    sample = records.walk(shelf, shape(), 1.0, lambda _: None)
    assert (sample.read, sample.whole) == (100, False)
    assert shelf.limits == [50, 50]


@pytest.mark.parametrize("count", [60_001, 70_000, 3_000_000])
def test_of_what_is_too_much_to_be_read_whole_the_newest_day_is_found_at_the_end(count: int):
    class Years(Shelf):
        """One visit an hour, the last one an hour ago."""

        def map(self, shape: str, records: Sequence[Record]) -> list[Mapped]:
            first = NOW - timedelta(hours=count)
            return [mapped(r.key, data={"start": (first + timedelta(hours=r.key[0])).isoformat()}) for r in records]

    shelf = Years(count, busy=0.5)
    sample = records.walk(shelf, shape("appointment"), 1.0, lambda _: None, NOW.date())
    assert (sample.whole, sample.newest) == (False, NOW.date().isoformat())
    assert len(shelf.limits) < 60
    unordered = records.walk(shelf, shape("appointment", ordered=False), 1.0, lambda _: None, NOW.date())
    assert unordered.newest is None, "better nothing than the age of the oldest ones"


def test_records_are_counted_by_what_became_of_them():
    odd = {
        1: mapped((1,), data=None),
        2: mapped((2,), id=None),
        3: mapped((3,), issues=(Issue("sex", "unknown_code"), Issue("birth_date", "out_of_range"))),
        4: mapped((4,), issues=(Issue("sex", "unknown_code"),)),
    }
    sample = records.walk(Shelf(10, odd), shape(), 1.0, lambda _: None)
    found = list(records.check_records(sample, shape(), None))
    assert found[0].title == "Patient: 9 records, all read, 3 fields need a note"
    assert [line.split(" with")[0] for line in found[0].detail] == ["birth_date: 1 of 10", "sex: 2 of 10"]
    assert (found[0].facts["sex unknown_code"], found[0].facts["left_out"]) == (2, 1)
    assert [(one.name, one.level) for one in found[1:]] == [("patient keys", "warning")]


def test_what_was_not_read_whole_is_as_large_as_the_engine_says():
    half = Sample(read=500)
    assert records.estimate(half, 5000) == 5000
    assert records.estimate(half, 400) is None
    assert records.estimate(Sample(read=500, left_out=1, whole=True), 400) == 499
    assert next(iter(records.check_records(half, shape(), 5000))).title.startswith("Patient: about 5,000 records")
    assert next(iter(records.check_records(half, shape(), None))).title.startswith("Patient: more than 500 records")


def test_codes_that_nobody_knows_are_listed_as_settings_that_wait_for_a_meaning():
    unknown = {"eaglesoft.sex": {"Z": 3, "Ünbekannt": 9, "<b>": 1}, "eaglesoft.position": {"Mascot": 1}}
    found = records.check_codes(unknown, {"eaglesoft.sex": ["female", "male"]})
    assert (found.level, found.code) == ("warning", "codes_unknown")
    assert found.title == "4 codes of this office are not known to the agent"
    assert found.detail == (
        '[codes."eaglesoft.position"]',
        '"xxxxxx" = "..."  # 1 record',
        '[codes."eaglesoft.sex"]  # one of: female, male',
        '"Ünbekannt" = "..."  # 9 records',
        '"Z" = "..."  # 3 records',
        '"<x>" = "..."  # 1 record',
    )
    assert records.check_codes({}, {}).level == "ok"


def test_a_code_that_is_no_code_is_masked_and_of_many_the_most_frequent_are_listed():
    long = "Anna Lovelace called on 3 March about it"
    found = records.check_codes({"t": {long: 1, **{f"C{at}": at + 2 for at in range(30)}}}, {})
    assert "Lovelace" not in "".join(found.detail)
    assert (found.detail[1], found.detail[-1]) == ('"C29" = "..."  # 31 records', "# and 11 more")
