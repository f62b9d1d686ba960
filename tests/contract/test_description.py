"""What every source says of the database behind it, and what it does about a database that is not as declared."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from agent.capture.guard import same_database
from agent.capture.ports import Source
from agent.model.errors import Terminal
from agent.model.reading import Range
from agent.sources.mapping import Office
from tests.contract.places import Place, in_file, on_server


def _typed(place: Place) -> Source:
    return place.source


def stopped(place: Place) -> dict[str, str]:
    found = place.fresh().describe()
    return {shape.id: shape.stopped for shape in found.shapes if shape.stopped is not None}


def test_a_practice_is_described(place: Place):
    found = _typed(place).describe()
    assert found.pms == place.pms.name
    assert found.pms_version is not None
    assert found.engine
    assert found.halted is None
    assert [code for code, _ in found.warnings if code != "codes_unknown"] == []
    assert [shape.id for shape in found.shapes] == [shape.id for shape in place.pms.shapes]
    assert [shape.id for shape in found.shapes if shape.stopped is not None] == []
    assert {shape.resource for shape in found.shapes} == {
        *("location", "provider", "operatory", "appointment_type", "code", "patient", "appointment", "ledger_entry")
    }
    assert found.high_marks
    assert dt.datetime.fromisoformat(found.clock).year > 2000


def test_two_looks_at_the_same_database_say_the_same(place: Place):
    first, second = place.source.describe(), place.fresh().describe()
    assert (first.database, first.schema, first.shapes) == (second.database, second.schema, second.shapes)


def test_work_in_the_practice_leaves_the_fingerprint_that_of_the_same_database(place: Place):
    first = place.source.describe()
    place.desk.work(40)
    second = place.source.describe()
    assert same_database(first.database, second.database)
    assert first.schema == second.schema


def test_another_database_is_told_apart(place: Place, request: pytest.FixtureRequest, tmp_path: Path):
    here = place.source.describe().database
    if place.engine in ("mariadb", "postgresql"):
        other = request.getfixturevalue(f"{place.engine}_server").fresh()
        opened = on_server(place.pms.name, place.engine, other, seed=99)
    else:
        opened = in_file(place.pms.name, place.engine, tmp_path / "other.db", seed=99)
    with opened as elsewhere:
        assert not same_database(here, elsewhere.source.describe().database)


def test_high_marks_rise_with_work_and_fall_when_rows_are_gone(place: Place):
    mark = place.pms.marks[0]
    at_first = place.source.describe().high_marks[mark.name]
    for name in ("book", "move", "new_patient", "post_charge"):
        place.desk.do(name)
    before = place.source.describe().high_marks[mark.name]
    assert before > at_first
    row = f"SELECT max({mark.column}) FROM {place.database.name(mark.table)}"
    assert before == place.desk.writer.database.connection.execute(row).fetchone()[0]
    place.run(f"DELETE FROM {{{mark.table}}} WHERE {mark.column} = ?", before)
    assert place.source.describe().high_marks[mark.name] < before


def test_a_missing_column_stops_one_shape_and_is_named(place: Place):
    column = {"eaglesoft": "cell_phone", "opendental": "WirelessPhone"}[place.pms.name]
    before = place.source.describe()
    assert place.records("patient")
    place.run(f"ALTER TABLE {{patient}} DROP COLUMN {column}")
    assert stopped(place) == {"patient": f"column_missing:patient.{column}"}
    found = place.source.describe()
    assert ("column_missing", f"patient.{column}") in found.warnings
    assert found.schema != before.schema
    with pytest.raises(Terminal) as refused:
        place.source.scan("patient", Range(), 10)
    assert refused.value.code == "column_missing"
    assert place.records("appointment")


def test_a_vanished_table_stops_its_shapes_and_is_never_read_as_all_deleted(place: Place):
    table = {"eaglesoft": "appointment_provider", "opendental": "paysplit"}[place.pms.name]
    shape = {"eaglesoft": "appointment", "opendental": "ledger_entry.payment"}[place.pms.name]
    place.run(f"DROP TABLE {{{table}}}")
    assert stopped(place) == {shape: f"table_missing:{table}"}
    place.source.describe()
    with pytest.raises(Terminal) as refused:
        place.source.digest(shape, Range(), 10)
    assert refused.value.code == "table_missing"
    assert refused.value.fields["shape"] == shape


def test_a_retyped_column_stops_its_shape(place: Place):
    table, column, shape = {
        "eaglesoft": ("transactions_header", "tran_date", "ledger_entry"),
        "opendental": ("adjustment", "AdjDate", "ledger_entry.adjustment"),
    }[place.pms.name]
    if place.engine == "postgresql":
        place.run("DROP VIEW {transactions}")
        place.run(f"ALTER TABLE {{{table}}} ALTER COLUMN {column} TYPE varchar(20)")
    elif place.engine == "mariadb":
        place.run(f"ALTER TABLE {{{table}}} MODIFY {column} varchar(20)")
    else:
        if place.pms.name == "eaglesoft":
            place.run("DROP INDEX transactions_header_date")
        place.run(f"ALTER TABLE {{{table}}} RENAME COLUMN {column} TO was")
        place.run(f"ALTER TABLE {{{table}}} ADD COLUMN {column} varchar(20)")
    assert stopped(place) == {shape: f"schema_changed:{table}.{column}"}


def test_a_missing_lookup_table_stops_the_shapes_that_need_it(place: Place):
    table, shapes = {
        "eaglesoft": ("services", {"ledger_entry"}),
        "opendental": ("procedurecode", {"ledger_entry.procedure"}),
    }[place.pms.name]
    place.run(f"DROP TABLE {{{table}}}")
    assert stopped(place).keys() == shapes


def test_an_extra_column_is_none_of_our_business(place: Place):
    before = place.source.describe()
    place.run("ALTER TABLE {patient} ADD COLUMN favourite_colour varchar(20)")
    assert place.source.describe().schema == before.schema


def test_an_accelerator_that_the_database_does_not_allow_is_left_out(place: Place):
    if place.pms.name == "eaglesoft":
        place.run("DROP TABLE {appt_log}")
        names, gone = {"days", "new"}, "appt_log"
    else:
        index = "ALTER TABLE {procedurelog} DROP INDEX DateTStampPN"
        place.run(index if place.engine == "mariadb" else "DROP INDEX procedurelog_DateTStampPN")
        names, gone = set(), None
    shape = {"eaglesoft": "appointment", "opendental": "ledger_entry.procedure"}[place.pms.name]
    found = place.source.describe()
    facts = next(facts for facts in found.shapes if facts.id == shape)
    assert facts.stopped is None
    assert {accelerator.name for accelerator in facts.accelerators} == names
    assert gone is None or gone in {what for _, what in found.warnings}


def test_a_window_is_compared_only_where_nothing_better_tells(place: Place):
    def accelerators() -> set[str]:
        facts = next(facts for facts in place.fresh().describe().shapes if facts.id == "appointment")
        return {accelerator.name for accelerator in facts.accelerators}

    if place.pms.name == "eaglesoft":
        assert accelerators() == {"days", "log", "new"}
        return
    assert accelerators() == {"history", "new"}


def test_an_unknown_version_is_a_warning_and_reading_goes_on(place: Place):
    if place.pms.name == "eaglesoft":
        place.run("UPDATE {system_preferences} SET version = ?", "99.1")
    else:
        place.run("UPDATE {preference} SET ValueString = ? WHERE PrefName = 'ProgramVersion'", "99.1")
    found = place.source.describe()
    assert ("version_unknown", "99.1") in found.warnings
    assert (found.pms_version, found.halted) == ("99.1", None)


def test_work_halts_while_the_pms_is_upgraded(place: Place):
    if place.pms.name != "opendental":
        pytest.skip("only Open Dental says that it is being upgraded")
    place.desk.upgrade("OFFICE-PC")
    assert place.source.describe().halted == "upgrade_in_progress"
    place.desk.upgrade("")
    assert place.source.describe().halted is None


def test_a_table_that_only_newer_versions_have_is_not_missed(place: Place):
    if place.pms.name != "eaglesoft":
        pytest.skip("only Eaglesoft has an optional table")
    place.run("DROP TABLE {patient_site_providers}")
    assert stopped(place) == {}
    place.source.describe()
    lists = [one.data["preferred_providers"] for one in place.mapped("patient") if one.data is not None]
    assert {entry["location_id"] for entries in lists for entry in entries} == {None}


def test_settings_of_another_office_give_another_salt(place: Place):
    elsewhere = place.fresh(Office("America/Los_Angeles"))
    place.source.describe(), elsewhere.describe()
    assert place.source.salt("appointment") != elsewhere.salt("appointment")
