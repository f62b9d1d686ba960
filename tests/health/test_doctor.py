"""The doctor's checks, on databases that say what they are told to say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.health import doctor
from agent.health.doctor import Finding, Sample
from agent.model.errors import NeedsPerson
from agent.model.reading import Accelerator, Description, Issue, Key, Mapped, Page, Range, Record, ShapeFacts

NOON_IN_NEW_YORK = 1_741_021_200.0  # 2025-03-03T17:00:00Z


def shape(name: str = "patient", **facts: Any) -> ShapeFacts:
    return ShapeFacts(
        **{"id": name, "resource": name.split(".", maxsplit=1)[0], "table": name, "ordered": True, **facts}
    )


def description(**facts: Any) -> Description:
    usual: dict[str, Any] = {
        "pms": "eaglesoft",
        "pms_version": "21.20",
        "engine": "SQL Anywhere 17",
        "database": "d",
        "schema": "s",
        "dirty_reads": True,
        "high_marks": {},
        "clock": "2025-03-03T12:00:01",
        "shapes": (),
    }
    return Description(**{**usual, **facts})


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


def level(found: Finding) -> tuple[str, str | None]:
    return found.level, found.code


def test_a_version_that_is_known_is_fine_and_another_is_told():
    fine = list(doctor.check_version(description()))
    assert [level(one) for one in fine] == [("ok", None), ("ok", None)]
    odd = list(doctor.check_version(description(warnings=(("version_unknown", "99"),), halted="upgrade_in_progress")))
    assert [level(one) for one in odd] == [
        ("ok", None),
        ("warning", "version_unknown"),
        ("warning", "upgrade_in_progress"),
    ]


def test_the_database_s_clock_is_compared_in_the_practice_s_zone():
    zone = "America/New_York"
    assert doctor.check_clock(description(), zone, NOON_IN_NEW_YORK).level == "ok"
    hours = doctor.check_clock(description(clock="2025-03-03T17:00:30"), zone, NOON_IN_NEW_YORK)
    assert "+5 hours" in hours.title and "time zone" in hours.title
    minutes = doctor.check_clock(description(clock="2025-03-03T11:53:00"), zone, NOON_IN_NEW_YORK)
    assert "-7 minutes" in minutes.title


def test_a_login_that_can_write_is_a_warning():
    assert level(doctor.check_rights(True, users=True)) == ("warning", "login_can_write")
    assert doctor.check_rights(False, users=True).level == "ok"
    assert "cannot be told" in doctor.check_rights(None, users=True).title
    assert "no users" in doctor.check_rights(None, users=False).title


def test_a_stopped_shape_fails_and_names_table_and_column():
    shapes = (shape(stopped="column_missing:patient.birth_date"), shape("provider"))
    patient, provider = doctor.check_shapes(description(shapes=shapes))
    assert level(patient) == ("failed", "column_missing")
    assert "patient.birth_date" in patient.title
    assert patient.facts["missing"] == "patient.birth_date"
    assert "by comparing" in provider.title


def test_accelerators_are_named_and_a_missing_index_is_told():
    quick = shape("appointment", accelerators=(Accelerator("days", "window"), Accelerator("log", "growth")))
    found = list(doctor.check_shapes(description(shapes=(quick,), warnings=(("index_missing", "appt_log.id"),))))
    assert "days, log" in found[0].title
    assert level(found[1]) == ("warning", "index_missing")


def test_a_walk_reads_everything_where_it_may_and_rests_in_between():
    rests: list[float] = []
    shelf = Shelf(3000, busy=0.01)
    sample = doctor.walk(shelf, shape(), 10.0, rests.append)
    assert (sample.read, sample.whole) == (3000, True)
    assert shelf.limits == [50, 100, 200, 400, 800, 1000, 1000]
    assert rests == [0.03] * 6


def test_a_walk_asks_for_less_where_the_engine_is_slow_and_ends_with_its_budget():
    shelf = Shelf(100_000, busy=0.5)
    sample = doctor.walk(shelf, shape(), 1.0, lambda _: None)
    assert (sample.read, sample.whole) == (100, False)
    assert shelf.limits == [50, 50]


def test_records_are_counted_by_what_became_of_them():
    odd = {
        1: mapped((1,), data=None),
        2: mapped((2,), id=None),
        3: mapped((3,), issues=(Issue("sex", "unknown_code"), Issue("birth_date", "out_of_range"))),
        4: mapped((4,), issues=(Issue("sex", "unknown_code"),)),
    }
    sample = doctor.walk(Shelf(10, odd), shape(), 1.0, lambda _: None)
    found = list(doctor.check_records(sample, shape(), None))
    assert found[0].title == "9 records; 10 mapped, 3 issues"
    assert [(one.name, one.level) for one in found[1:]] == [
        ("patient keys", "warning"),
        ("patient.birth_date out_of_range", "ok"),
        ("patient.sex unknown_code", "warning"),
    ]


def test_what_was_not_read_whole_is_as_large_as_the_engine_says():
    half = Sample(read=500)
    assert doctor.estimate(half, 5000) == 5000
    assert doctor.estimate(half, 400) is None
    assert doctor.estimate(Sample(read=500, left_out=1, whole=True), 400) == 499
    assert next(iter(doctor.check_records(half, shape(), 5000))).title.startswith("about 5,000 records")
    assert next(iter(doctor.check_records(half, shape(), None))).title.startswith("more than 500 records")


def test_an_error_ends_a_check_with_its_own_words():
    error = NeedsPerson("permission_denied", "The login may not read a table", "Grant it.", table="patient")
    found = doctor.failed("records", "patient", error)
    assert level(found) == ("failed", "permission_denied")
    assert found.facts == {"table": "patient"}


def test_disk_folder_and_clock_are_judged():
    assert doctor.check_disk(100_000_000, 512).level == "failed"
    assert doctor.check_disk(1_000_000_000, 512).level == "warning"
    assert doctor.check_disk(10_000_000_000, 512).level == "ok"
    assert doctor.check_private(True).level == "ok"
    assert doctor.check_private(False).code == "home_open"
    assert doctor.check_offset(None) is None
    near, far = doctor.check_offset(1.0), doctor.check_offset(-600.0)
    assert near is not None and near.level == "ok"
    assert far is not None and "+10 minutes" in far.title
