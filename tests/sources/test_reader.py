"""The reader against the real engines, through the real child process, and in process over SQLite."""

from __future__ import annotations

import itertools

import pytest

from agent.model.reading import Key, Page, Range
from agent.sources.reader import Reader
from tests.sources import shapes
from tests.sources.practices import Practice


def walked(reader: Reader, shape: str, limit: int) -> list[Page]:
    pages, after = [], None
    while True:
        page = reader.scan(shape, Range(after), limit)
        pages.append(page)
        if page.last:
            return pages
        after = page.records[-1].key


def keys_of(pages: list[Page]) -> list[Key]:
    return [record.key for page in pages for record in page.records]


def test_a_walk_in_pages_finds_every_record_once_in_key_order_with_its_parts(practice: Practice) -> None:
    pages = walked(practice.reader, "visit", 6)
    assert [len(page.records) for page in pages] == [6, 6, 6, 1]
    assert keys_of(pages) == [(n * 10,) for n in range(1, 21) if n != 4]
    layout = practice.reader.layouts["visit"]
    for record in (record for page in pages for record in page.records):
        staff, marks = record.parts
        assert [row[1] for row in staff] == ["A", "B"]
        assert [row[layout.part_index("marks", "text")[1]] for row in marks] == ["kept"]
        assert record.root[layout.root_index("note")] == f"Größe {record.key[0] // 10}"  # type: ignore[operator]
    assert all(page.busy >= 0 for page in pages)


def test_columns_that_no_field_names_are_never_read(practice: Practice) -> None:
    page = practice.reader.scan("visit", Range(), 100)
    assert not any("never read" in record.root for record in page.records)


def test_a_page_and_a_digest_of_the_same_range_agree_also_beside_orphans_and_hidden_rows(practice: Practice) -> None:
    after: Key | None = None
    for page in walked(practice.reader, "visit", 5):
        upto = None if page.last else page.records[-1].key
        digest = practice.reader.digest("visit", Range(after, upto), 5)
        assert (digest.digest, digest.rows, digest.overflow) == (page.digest, len(page.records), False)
        after = upto


@pytest.mark.parametrize("change", ["root", "part", "part added", "root gone"])
def test_a_digest_shows_every_kind_of_change(practice: Practice, change: str) -> None:
    within = Range((50,), (100,))
    before = practice.reader.digest("visit", within, 100)
    assert practice.reader.digest("visit", within, 100).digest == before.digest
    t = practice.table
    practice.run(
        {
            "root": f"UPDATE {t('visit')} SET amount = 7.51 WHERE visit_id = 70",
            "part": f"UPDATE {t('visit_staff')} SET role = 99 WHERE visit_id = 100",
            "part added": f"INSERT INTO {t('visit_mark')} VALUES (5000, 60, 'late', 0)",
            "root gone": f"DELETE FROM {t('visit')} WHERE visit_id = 80",
        }[change]
    )
    assert practice.reader.digest("visit", within, 100).digest != before.digest


def test_a_range_with_more_records_than_the_limit_overflows(practice: Practice) -> None:
    assert practice.reader.digest("visit", Range((10,)), 4).overflow
    assert not practice.reader.digest("visit", Range((10,), (50,)), 4).overflow


def test_text_keys_walk_in_the_databases_own_order(practice: Practice) -> None:
    pages = walked(practice.reader, "person", 7)
    assert [str(key[0]).strip() for key in keys_of(pages)] == [f"P{n:02d}" for n in range(1, 21)]
    assert all(len(record.parts[0]) == 1 for page in pages for record in page.records)
    last = pages[1].records[-1].key
    digest = practice.reader.digest("person", Range(pages[0].records[-1].key, last), 7)
    assert digest.digest == pages[1].digest


def test_composite_keys_walk_without_row_values(practice: Practice) -> None:
    expected = sorted((f"S{n // 7}", f"C{n % 7}") for n in range(1, 21))
    pages = walked(practice.reader, "chair", 4)
    assert keys_of(pages) == expected
    assert all(len(record.parts[0]) == 1 for page in pages for record in page.records)
    for before, page in itertools.pairwise(pages):
        within = Range(before.records[-1].key, page.records[-1].key)
        assert practice.reader.digest("chair", within, 4).digest == page.digest


@pytest.mark.parametrize("shape", ["visit", "person", "chair"])
def test_rows_by_key_are_those_of_a_scan_and_missing_ones_are_left_out(practice: Practice, shape: str) -> None:
    scanned = {record.key: record for record in practice.reader.scan(shape, Range(), 100).records}
    gone: Key = {"visit": (77,), "person": ("nope",), "chair": ("no", "pe")}[shape]
    found = practice.reader.rows(shape, [*scanned, gone])
    assert {record.key: record for record in found} == scanned
    assert practice.reader.rows(shape, []) == []


def test_keys_alone_can_be_read(practice: Practice) -> None:
    assert practice.reader.keys("visit", Range((20,), (60,)), 3) == [(30,), (50,), (60,)]


def test_a_window_slice_takes_in_both_its_days_and_shows_changed_roots(practice: Practice) -> None:
    seen = practice.reader.glimpse("visit", "near", "2026-03-05", "2026-03-07")
    assert set(seen.digests) == {(50,), (60,), (70,)}
    practice.run(f"UPDATE {practice.table('visit')} SET note = 'other' WHERE visit_id = 60")
    again = practice.reader.glimpse("visit", "near", "2026-03-05", "2026-03-07")
    assert {key for key in seen.digests if seen.digests[key] != again.digests[key]} == {(60,)}


@pytest.mark.parametrize("accelerator", ["log", "new"])
def test_what_grows_by_number_begins_at_the_end_and_names_late_rows_by_the_overlap(
    practice: Practice, accelerator: str
) -> None:
    reader, t = practice.reader, practice.table
    begun = reader.growth("visit", accelerator, None, 10)
    assert (begun.keys, begun.more) == ([], False)
    settled = reader.growth("visit", accelerator, begun.cursor, 100)
    table, numbers = ("visit_log", (40, 39)) if accelerator == "log" else ("visit", (301, 300))
    for number in numbers:  # the lower number appears later
        values = f"({number}, 70)" if accelerator == "log" else f"({number}, NULL, NULL, 1, 0, NULL, NULL)"
        practice.run(f"INSERT INTO {t(table)} VALUES {values}")
        settled = reader.growth("visit", accelerator, settled.cursor, 100)
        assert number in settled.marks
        assert (70,) in settled.keys if accelerator == "log" else (number,) in settled.keys
    assert isinstance(settled.cursor, int)


def test_what_grows_is_handed_over_in_portions_without_losing_any(practice: Practice) -> None:
    cursor, marks = 0, []
    for _ in range(20):
        grown = practice.reader.growth("visit", "log", cursor, 6)
        marks += grown.marks
        cursor = grown.cursor
        if not grown.more:
            break
    assert marks == list(range(1, 21))
    assert cursor == 20 - 3


def test_stamps_are_walked_in_portions_even_when_all_are_alike(practice: Practice) -> None:
    practice.run(f"UPDATE {practice.table('visit')} SET changed = '2026-02-01 00:00:00' WHERE visit_id > 50")
    cursor, keys = "2026-01-01T10:00:03", []
    for _ in range(20):
        grown = practice.reader.growth("visit", "changed", cursor, 4)
        assert len(grown.keys) == len(grown.marks)
        keys += grown.keys
        cursor = grown.cursor
        if not grown.more:
            break
    assert sorted(set(keys)) == [(n * 10,) for n in range(3, 21)]
    assert cursor == "2026-01-31T23:59:00"


def test_stamps_begin_at_the_databases_clock(practice: Practice) -> None:
    begun = practice.reader.growth("visit", "changed", None, 10)
    assert begun.keys == []
    assert begun.cursor < practice.reader.now()


def test_lookups_and_small_reads_come_whole(practice: Practice) -> None:
    room = shapes.VISIT.lookups["room"]
    assert practice.reader.query_lookup(room) == [[1, "One"], [2, "Two"]]
    found = practice.reader.select(
        "visit", ("visit_id",), where="visit_id > ? AND state = 1", params=(100,), order=("visit_id",), limit=2
    )
    assert found == [[130], [160]]
    assert practice.reader.greatest("visit_log", "log_id") == 20


def test_the_server_says_what_it_is(practice: Practice) -> None:
    assert practice.reader.version()[0].isdigit()
    assert practice.reader.database()
    assert practice.reader.info().dbms in ("SQLite", "MariaDB", "PostgreSQL")
    assert len(practice.reader.now()) == 19
