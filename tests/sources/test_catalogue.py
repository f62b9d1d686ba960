"""What the database says of its tables, and what the check makes of it."""

from __future__ import annotations

import dataclasses

from agent.sources import catalogue
from agent.sources.catalogue import Finding
from agent.sources.layout import Layout, layout_of
from agent.sources.shape import Part
from tests.sources import shapes
from tests.sources.practices import Practice

LAYOUTS = [layout_of(shape) for shape in shapes.SHAPES.values()]


def found(practice: Practice, layout: Layout) -> list[Finding]:
    return catalogue.check(layout, practice.reader.catalogue(catalogue.tables_read([layout])))


def test_a_database_as_declared_gives_no_findings(practice: Practice) -> None:
    assert [finding for layout in LAYOUTS for finding in found(practice, layout)] == []


def test_columns_types_and_indexes_are_told(practice: Practice) -> None:
    tables = practice.reader.catalogue(["visit", "visit_staff", "nothing", "visit_mar_"])
    assert tables["nothing"] is None
    assert tables["visit_mar_"] is None
    assert tables["visit"] is not None
    families = {column.name: column.family for column in tables["visit"].columns}
    assert families == {
        "visit_id": "number",
        "starts": "timestamp",
        "note": "text",
        "state": "number",
        "amount": "number",
        "changed": "timestamp",
        "secret": "text",
    }
    assert catalogue.has_index(tables, "visit_staff", ("visit_id",))
    assert catalogue.has_index(tables, "visit_staff", ("staff_id", "visit_id"))
    assert not catalogue.has_index(tables, "visit_staff", ("staff_id",))


def test_a_missing_column_and_a_retyped_one_are_named(practice: Practice) -> None:
    table = practice.table("visit")
    practice.run(f"ALTER TABLE {table} DROP COLUMN note", f"ALTER TABLE {table} DROP COLUMN amount")
    practice.run(f"ALTER TABLE {table} ADD COLUMN amount VARCHAR(20)")
    assert found(practice, layout_of(shapes.VISIT)) == [
        Finding("column_missing", "visit", "note"),
        Finding("type_changed", "visit", "amount", "number", "text"),
    ]


def test_a_vanished_table_is_named_and_hides_no_other(practice: Practice) -> None:
    practice.run(f"DROP TABLE {practice.table('visit_mark')}")
    findings = found(practice, layout_of(shapes.VISIT))
    assert findings == [Finding("table_missing", "visit_mark")]
    assert all(finding.stops for finding in findings)


def test_parts_and_windows_without_an_index_are_named_but_stop_nothing(practice: Practice) -> None:
    on = {"mariadb": " ON visit"}.get(practice.engine, "")
    practice.run(f"DROP INDEX {practice.table('visit_starts') if not on else 'visit_starts'}{on}")
    findings = found(practice, layout_of(shapes.VISIT))
    assert findings == [Finding("index_missing", "visit", "starts")]
    assert not findings[0].stops


def test_an_optional_column_and_part_that_are_absent_are_not_read(practice: Practice) -> None:
    parts = {**shapes.VISIT.parts, "new": Part("visit_new", on=("visit_id",), order=("n",), optional=True)}
    shape = dataclasses.replace(shapes.VISIT, parts=parts)
    practice.run(f"ALTER TABLE {practice.table('visit')} DROP COLUMN note")
    layout = layout_of(shape, absent=[("visit", "note")], absent_tables=["visit_new"])
    assert not layout.has(None, "note")
    assert layout.parts == ("staff", "marks")
    assert found(practice, layout) == []


def test_the_fingerprint_changes_with_a_used_column_only(practice: Practice) -> None:
    def taken() -> str:
        return catalogue.fingerprint(LAYOUTS, practice.reader.catalogue(catalogue.tables_read(LAYOUTS)))

    before = taken()
    practice.run(f"ALTER TABLE {practice.table('visit')} ADD COLUMN extra INTEGER")
    assert taken() == before
    practice.run(f"ALTER TABLE {practice.table('visit')} DROP COLUMN note")
    assert taken() != before
