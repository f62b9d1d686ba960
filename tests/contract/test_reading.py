"""How every source reads: pages, digests, rows by key, and what tells of a change."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from agent.model.reading import Key, Range
from sandbox.practice.oracle import compare, derived, expected
from tests.contract.places import Place


@pytest.fixture(autouse=True)
def described(place: Place) -> None:
    place.source.describe()


def test_the_whole_practice_is_read_as_the_oracle_says(place: Place):
    assert compare(expected(place.desk.practice), place.canonical()) == []
    utc = {one.id: one.derived for one in place.mapped("appointment")}
    assert utc == derived(expected(place.desk.practice))


def test_after_a_busy_day_it_is_still_read_as_the_oracle_says(place: Place):
    place.desk.work(60)
    place.source.refresh()
    assert compare(expected(place.desk.practice), place.canonical(), incarnations=False) == []


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_pages_of_any_size_hold_every_record_once_in_key_order(place: Place, limit: int):
    for shape in place.pms.shapes:
        whole = place.records(shape.id)
        assert place.records(shape.id, limit) == whole
        keys = [record.key for record in whole]
        assert len(set(keys)) == len(keys)
        if shape.root.integer_key:
            assert keys == sorted(keys)


@pytest.mark.parametrize("shape", ["patient", "appointment"])
def test_ranges_between_fences_hold_every_record_once(place: Place, shape: str):
    keys = [record.key for record in place.records(shape)]
    fences: list[Key | None] = [None, *keys[9::10], None]
    ranges = [Range(after, upto) for after, upto in pairwise(fences)]
    found = [record.key for within in ranges for record in place.records(shape, 4, within)]
    assert found == keys


def test_a_digest_says_what_the_page_of_the_same_range_says(place: Place):
    for shape in place.pms.shapes:
        page = place.source.scan(shape.id, Range(), 1000)
        digest = place.source.digest(shape.id, Range(), 1000)
        assert page.last
        assert (digest.digest, digest.rows, digest.overflow) == (page.digest, len(page.records), False)
    assert place.source.digest("patient", Range(), 5).overflow


CHANGES: dict[str, list[tuple[str, str, str, tuple[Any, ...]]]] = {
    "eaglesoft": [
        ("patient", "root", "UPDATE {patient} SET first_name = ? WHERE patient_id = ?", ("Zed",)),
        ("appointment", "part", "DELETE FROM {appointment_provider} WHERE appointment_id = ?", ()),
        ("ledger_entry", "part", "UPDATE {transactions_detail} SET amount = amount + 1 WHERE tran_num = ?", ()),
    ],
    "opendental": [
        ("patient", "root", "UPDATE {patient} SET FName = ? WHERE PatNum = ?", ("Zed",)),
        ("ledger_entry.payment", "part", "UPDATE {paysplit} SET SplitAmt = SplitAmt + 1 WHERE PayNum = ?", ()),
    ],
}


def test_a_digest_changes_exactly_with_the_content_parts_included(place: Place):
    for shape, kind, sql, values in CHANGES[place.pms.name]:
        records = [one for one in place.records(shape) if kind == "root" or any(one.parts)]
        key = records[len(records) // 2].key
        before = place.source.digest(shape, Range(), 1000)
        assert place.source.digest(shape, Range(), 1000).digest == before.digest
        place.run(sql, *values, *key)
        after = place.source.digest(shape, Range(), 1000)
        assert after.digest != before.digest, (shape, kind)
        assert after.rows == before.rows


def test_a_change_in_columns_that_are_not_read_changes_no_digest(place: Place):
    column = {"eaglesoft": "current_bal", "opendental": "EstBalance"}[place.pms.name]
    before = place.source.digest("patient", Range(), 1000)
    extra = ", DateTStamp = DateTStamp" if place.engine == "mariadb" else ""
    place.run(f"UPDATE {{patient}} SET {column} = 99{extra}")
    assert place.source.digest("patient", Range(), 1000).digest == before.digest


def test_records_are_read_by_key_and_those_that_are_gone_left_out(place: Place):
    for shape in place.pms.shapes:
        some = place.records(shape.id)[:30:3]
        gone: Key = (31_999,) if shape.root.integer_key else ("?gone",)
        found = place.source.rows(shape.id, [*(record.key for record in some), gone])
        assert {record.key: record for record in found} == {record.key: record for record in some}
    assert place.source.rows("patient", []) == []


def test_what_the_declaration_leaves_out_is_not_read_by_key_either(place: Place):
    where = {"eaglesoft": "classification = 2", "opendental": "AptStatus IN (6, 7, 8)"}[place.pms.name]
    key = {"eaglesoft": "appointment_id", "opendental": "AptNum"}[place.pms.name]
    sql = f"SELECT {key} FROM {place.database.name('appointment')} WHERE {where}"
    blocks = [tuple(row) for row in place.database.connection.execute(sql).fetchall()]
    assert blocks
    assert place.source.rows("appointment", blocks) == []


def growing(place: Place) -> list[tuple[str, str]]:
    return [
        (shape.id, accelerator.name)
        for shape in place.source.describe().shapes
        for accelerator in shape.accelerators
        if accelerator.kind == "growth"
    ]


def named(place: Place, shape: str, accelerator: str, cursor: Any) -> set[Key]:
    keys: set[Key] = set()
    more = True
    while more:
        news = place.source.growth(shape, accelerator, cursor, 5)
        keys |= set(news.keys)
        cursor, more = news.cursor, news.more
    return keys


def test_what_grows_names_new_appointments_and_ledger_lines(place: Place):
    cursors = {one: place.source.growth(*one, None, 100) for one in growing(place)}
    assert {one: news.keys for one, news in cursors.items() if news.keys} == {}
    known = {shape: {record.key for record in place.records(shape)} for shape, _ in cursors}
    patient = place.desk.new_patient()
    for _ in range(3):
        place.desk.book(patient)
        place.desk.post_payment(patient)
        place.desk.post_charge(patient)
    found: dict[str, set[Key]] = {}
    for (shape, accelerator), news in cursors.items():
        found.setdefault(shape, set()).update(named(place, shape, accelerator, news.cursor))
    for shape in cursors:
        new = {record.key for record in place.records(shape[0])} - known[shape[0]]
        assert new <= found[shape[0]], shape


def test_audit_rows_name_an_appointment_that_was_moved_or_deleted(place: Place):
    name = {"eaglesoft": "log", "opendental": "history"}[place.pms.name]
    cursor = place.source.growth("appointment", name, None, 100).cursor
    moved, gone = (one for one, _ in zip(place.desk.practice.appointments.values(), range(2), strict=False))
    place.desk.move(moved)
    place.desk.delete_appointment(gone, trace=True)
    assert {(moved.key,), (gone.key,)} <= named(place, "appointment", name, cursor)


def test_a_windows_slice_tells_what_changed_in_it(place: Place):
    windows = [
        (shape.id, accelerator.name)
        for shape in place.source.describe().shapes
        for accelerator in shape.accelerators
        if accelerator.kind == "window"
    ]
    if not windows:
        pytest.skip("nothing here is compared by window")
    visit = next(one for one in place.desk.practice.appointments.values() if one.start is not None and one.status == 1)
    assert visit.start is not None
    day = visit.start.date().isoformat()
    before = place.source.glimpse(*windows[0], day, day).digests
    assert (visit.key,) in before
    place.desk.annotate(visit, "another note")
    after = place.source.glimpse(*windows[0], day, day).digests
    assert {key for key in before | after if before.get(key) != after.get(key)} == {(visit.key,)}


def test_a_hint_names_days_and_set_up_that_changed(place: Place):
    start = place.source.hint(None)
    assert (start.shapes, dict(start.days), start.lookups) == (frozenset(), {}, False)
    if place.pms.news is None:
        assert place.source.hint(start.cursor).cursor is None
        return
    place.desk.rename_definition()
    place.desk.rename_chair()
    news = place.source.hint(start.cursor)
    assert news.lookups
    assert "operatory" in news.shapes
    quiet = place.source.hint(news.cursor)
    assert (quiet.cursor, quiet.shapes, quiet.lookups) == (news.cursor, frozenset(), False)


def test_the_office_renames_hides_and_adds_codes(place: Place):
    desk, hints = place.desk, place.source.hint(None).cursor
    sets = {"eaglesoft": ("paytype", "note_type"), "opendental": ("payment", "document", "communication")}
    codes = {shape.id for shape in place.pms.shapes if shape.resource == "code"}
    before = {shape: place.source.digest(shape, Range(), 1000).digest for shape in codes}
    for category in sets[place.pms.name]:
        desk.add_code(category, "Another")
    hidden = desk.hide_code()
    assert hidden is not None
    desk.rename_code("Renamed")
    if place.pms.name == "opendental":
        desk.add_code("confirmation", "Texted")
        assert codes <= place.source.hint(hints).shapes
    after = {shape: place.source.digest(shape, Range(), 1000).digest for shape in codes}
    assert [shape for shape in codes if before[shape] == after[shape]] == []
    held = place.canonical()["code"]
    assert compare({"code": expected(desk.practice)["code"]}, {"code": held}) == []
    assert {data["label"] for data in held.values()} >= {"Another", "Renamed"}
    assert {data["set"] for data in held.values()} == {shape.removeprefix("code.") for shape in codes}


def test_hints_go_on_when_old_notices_were_purged(place: Place):
    if place.pms.news is None:
        pytest.skip("no notices here")
    place.desk.rename_chair()
    cursor = place.source.hint(0).cursor
    place.run("DELETE FROM {signalod}")
    assert place.source.hint(cursor).cursor == cursor
    place.desk.rename_chair()
    assert place.source.hint(cursor).cursor is not None


def test_a_changed_lookup_changes_the_salt_of_the_shapes_that_use_it_only(place: Place):
    salts = {shape.id: place.source.salt(shape.id) for shape in place.pms.shapes}
    assert place.source.refresh() == frozenset()
    if place.pms.name == "eaglesoft":
        place.run("UPDATE {services} SET ada_code = 'X99'")
        touched = {"ledger_entry"}
    else:
        place.run("UPDATE {definition} SET ItemName = 'Perhaps' WHERE Category = 2")
        touched = {"appointment"}
    assert place.source.refresh() == touched
    assert {name for name, salt in salts.items() if place.source.salt(name) != salt} == touched


def test_mapping_gives_the_same_ids_every_time(place: Place):
    for shape in place.pms.shapes:
        records = place.records(shape.id)
        ids = [one.id for one in place.source.map(shape.id, records)]
        assert [place.source.id_of(shape.id, record.key) for record in records] == ids
        assert [one.id for one in place.fresh().map(shape.id, records)] == ids
        assert None not in ids
    everything = [
        (shape.resource, place.source.id_of(shape.id, record.key))
        for shape in place.pms.shapes
        for record in place.records(shape.id)
    ]
    assert len(set(everything)) == len(everything)


def test_codes_that_nobody_declared_are_counted_by_table(place: Place):
    place.mapped("patient")
    table = {"eaglesoft": "eaglesoft.sex", "opendental": "opendental.gender"}[place.pms.name]
    assert table in place.source.unknown_codes()
    assert ("codes_unknown", table) in place.source.describe().warnings


def test_text_that_the_charset_cannot_decode_costs_one_field(place: Place):
    column = {"eaglesoft": "last_name", "opendental": "LName"}[place.pms.name]
    key_column = {"eaglesoft": "patient_id", "opendental": "PatNum"}[place.pms.name]
    if place.engine in ("postgresql", "mariadb"):
        pytest.skip("this engine refuses to store such text")
    key = place.records("patient")[3].key
    place.run(f"UPDATE {{patient}} SET {column} = CAST(x'ff80fe' AS TEXT) WHERE {key_column} = ?", *key)
    (result,) = place.source.map("patient", place.source.rows("patient", [key]))
    assert result.data is not None
    assert result.data["last_name"] is None
    assert ("last_name", "undecodable") in [(issue.field, issue.code) for issue in result.issues]
    assert len(place.mapped("patient")) == len(place.records("patient"))
