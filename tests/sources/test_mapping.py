"""The mapper itself: batches, odd keys, invalid records, salts, overrides, counted codes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.model.errors import Terminal
from agent.model.reading import Record, Unreadable
from agent.sources.eaglesoft.patient import patient as eaglesoft_patient
from agent.sources.eaglesoft.pms import EAGLESOFT
from agent.sources.fields import many, text
from agent.sources.layout import layout_of
from agent.sources.mapping import LookupTable, Mapper, Office, check_overrides, id_of
from agent.sources.opendental.appointment import appointment
from agent.sources.opendental.pms import OPENDENTAL
from agent.sources.opendental.reference import operatory
from agent.sources.shape import Shape, Table
from agent.sources.words import Const
from tests.sources.rows import CHICAGO, issues_of, mapper_of, record_of

SHAPES = [*EAGLESOFT.shapes, *OPENDENTAL.shapes]
GARBAGE = [Unreadable("undecodable"), "\ud800", "x\0", -1, 3.7, True, float("nan"), "9999-99-99", "0", "", 1 << 70]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.id)
@pytest.mark.parametrize("value", GARBAGE, ids=lambda value: type(value).__name__)
def test_no_value_breaks_a_batch(shape, value):
    layout = layout_of(shape)
    parts = tuple((tuple(value for _ in layout.part_columns[part]),) for part in layout.parts)
    good = record_of(shape, {})
    odd = Record((5,) if shape.root.integer_key else ("X5",), tuple(value for _ in layout.root_columns), parts)
    mapper = mapper_of(shape)
    results = mapper.map([good, odd, good])
    assert [result.key for result in results] == [good.key, odd.key, good.key]
    assert results[0] == results[2]
    assert [issue for issue in results[1].issues if issue.code in ("unmapped", "invalid")] == []
    assert results[1].data is not None


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.id)
def test_not_even_what_no_bridge_hands_over_breaks_a_batch(shape):
    layout = layout_of(shape)
    odd = Record(("X5",), tuple([] for _ in layout.root_columns), tuple(((),) for _ in layout.parts))
    assert len(mapper_of(shape).map([odd, record_of(shape, {})])) == 2


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.id)
def test_the_careful_way_and_the_fast_way_say_the_same(shape):
    mapper = mapper_of(shape)
    record = record_of(shape, {})
    assert mapper._carefully(record) == mapper._fast([record])[0]


@pytest.mark.parametrize("key", [(None,), ("",), (Unreadable("undecodable"),), ("a\0",), ()])
def test_a_record_whose_key_cannot_be_used_is_set_apart(key):
    record = record_of(operatory, {})._replace(key=key)
    (result,) = mapper_of(operatory).map([record])
    assert (result.id, result.data, issues_of(result)) == (None, None, [("id", "unusable_key")])
    assert id_of(operatory, key) is None


def test_ids_of_composite_and_text_keys_are_folded_and_joined():
    assert id_of(eaglesoft_patient, (" ab1 ", 3)) == "AB1-3"


def test_an_invalid_field_is_nulled_where_it_may_be_null_else_the_record_is_set_apart():
    shape = Shape(
        "operatory",
        "operatory",
        Table("t", ("k",)),
        {"name": Const(5), "location_id": text("a"), "colour": Const("red")},
    )
    (result,) = mapper_of(shape).map([record_of(shape, {"a": "1"})])
    assert result.data == {"name": None, "location_id": "1"}
    assert issues_of(result) == [("colour", "invalid"), ("name", "invalid")]
    worse = replace(shape, resource="provider", fields={"first_name": text("a"), "role": Const("king")})
    (result,) = mapper_of(worse).map([record_of(worse, {})])
    assert (result.id, result.data) == (None, None)
    assert ("role", "invalid") in issues_of(result)


def test_codes_that_no_table_knows_are_counted():
    mapper = mapper_of(appointment, {"definition": {5: ("Perhaps",)}})
    mapper.map([record_of(appointment, {"AptStatus": status, "Confirmed": 5}) for status in (1, 9, 9)])
    assert mapper.unknown_codes() == {
        "opendental.appointment_status": {"9": 2},
        "opendental.confirmation": {"Perhaps": 3},
    }


def test_everything_that_goes_into_mapping_goes_into_the_salt():
    def salt(shape=appointment, names=("A",), office=CHICAGO, absent=()):
        lookups = {"definition": LookupTable(("ItemName",), dict(enumerate([(name,) for name in names])))}
        return Mapper(layout_of(shape, absent), lookups, office).salt

    salts = [
        salt(),
        salt(names=("B",)),
        salt(office=Office("America/New_York")),
        salt(office=Office("America/Chicago", {"1": "America/New_York"})),
        salt(office=Office("America/Chicago", overrides={"opendental.confirmation": {"a": "confirmed"}})),
        salt(shape=replace(appointment, mapping_version=2)),
    ]
    assert len(set(salts)) == len(salts)
    assert salt() == salts[0]
    elsewhere = Office("America/Chicago", overrides={"opendental.gender": {"7": "other"}})
    assert salt(office=elsewhere) == salts[0]


def test_an_override_to_a_value_that_does_not_exist_is_refused():
    with pytest.raises(Terminal) as refused:
        check_overrides([appointment], {"opendental.confirmation": {"a": "perhaps"}})
    assert refused.value.code == "override_invalid"


def test_an_override_of_a_table_that_does_not_exist_is_refused_and_the_tables_are_named():
    with pytest.raises(Terminal) as refused:
        check_overrides([appointment], {"opendental.confirmations": {"a": "confirmed"}})
    assert refused.value.code == "override_invalid"
    assert "opendental.confirmation" in refused.value.advice


def test_a_zone_that_does_not_exist_is_refused():
    with pytest.raises(Terminal) as refused:
        mapper_of(operatory, office=Office("Middle/Earth"))
    assert refused.value.code == "time_zone_unknown"


def test_a_part_that_this_database_lacks_leaves_its_field_without_rows():
    layout = layout_of(eaglesoft_patient, absent_tables=["patient_site_providers"])
    mapper = Mapper(layout, {}, CHICAGO)
    row = tuple("DR1" if name == "preferred_dentist" else None for name in layout.root_columns)
    (result,) = mapper.map([Record(("A1",), row)])
    assert result.data["preferred_providers"] == [{"location_id": None, "dentist_id": "DR1", "hygienist_id": None}]


def test_columns_that_hold_secrets_are_never_read():
    secret = ("password", "ssn", "social", "salt", "answer", "question", "license", "dea_", "deanum", "hash")
    read = {column.lower() for shape in SHAPES for columns in layout_of(shape).columns().values() for column in columns}
    assert [column for column in read if any(word in column for word in secret)] == []


def test_words_know_what_they_read():
    word = many("p", {"a": text("x"), "b": text("y")})
    assert (word.columns, word.part_columns, word.lookups) == ((), {"p": ("x", "y")}, ())
