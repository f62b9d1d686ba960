"""Building a practice: the same from the same seed, odd as asked, in every shape."""

from __future__ import annotations

import pytest

from sandbox.practice.build import START, TINY, Size, build
from sandbox.practice.engine import open_memory
from sandbox.practice.model import Patient
from sandbox.practice.oddities import ALL, dst_days
from sandbox.practice.oracle import expected
from sandbox.practice.schema import Pms, tables_of
from tests.sandbox.practice.rows import BOTH, count, desk_on, rendered, stored

SECRETS = {"password", "timesheet_password", "social_security", "tax_id", "SSN", "BankNumber", "SecurityHash"}


def dump(pms: Pms, seed: int, **options) -> str:
    connection = open_memory(pms)
    build(pms, connection, seed, **options)
    return "\n".join(connection.iterdump())


@pytest.mark.parametrize("pms", BOTH)
def test_the_same_seed_gives_the_same_rows(pms):
    assert dump(pms, 7) == dump(pms, 7)
    assert dump(pms, 7) != dump(pms, 8)


@pytest.mark.parametrize("pms", BOTH)
@pytest.mark.parametrize("random_keys", [False, True])
def test_the_database_holds_what_the_model_says(pms, random_keys):
    desk = desk_on(pms, odd=ALL, random_keys=random_keys)
    assert stored(desk) == rendered(desk)


@pytest.mark.parametrize("pms", BOTH)
def test_there_is_as_much_as_was_asked_for(pms):
    desk = desk_on(pms, size=Size(80, 120, 300), odd=frozenset())
    practice = desk.practice
    assert len(practice.patients) == 80
    assert len(practice.appointments) == 120
    assert sum(len(book) for book in practice.ledger().values()) == 300


@pytest.mark.parametrize("pms", BOTH)
def test_a_practice_without_oddities_has_none(pms):
    text = dump(pms, 3, odd=frozenset())
    assert "0000-00-00" not in text
    assert "2917" not in text
    assert "\0" not in text


def test_a_single_open_dental_office_has_no_clinic_rows():
    desk = desk_on("opendental", size=Size(10, 10, 10, sites=1))
    assert count(desk, "SELECT count(*) FROM clinic") == 0
    assert list(desk.practice.locations) == [0]


def test_a_group_has_clinics_beside_the_practice_itself():
    desk = desk_on("opendental", size=Size(10, 10, 10, sites=3))
    assert count(desk, "SELECT count(*) FROM clinic") == 3
    assert list(desk.practice.locations) == [0, 1, 2, 3]


def test_random_keys_are_spread_over_the_key_space():
    desk = desk_on("opendental", random_keys=True)
    assert max(int(key) for key in desk.practice.patients) > 1 << 55
    assert max(desk.practice.appointments) > 1 << 55


def test_eaglesoft_text_can_be_written_in_windows_1252():
    people = desk_on("eaglesoft", size=Size(300, 10, 10)).practice.patients.values()
    "".join(f"{person.first}{person.last}{person.address}" for person in people).encode("cp1252")
    assert any(not str(person.last).isascii() for person in people)
    assert any("'" in str(person.last) for person in people)
    assert any("-" in str(person.last) for person in people)


@pytest.mark.parametrize("pms", BOTH)
def test_visits_lie_in_the_skipped_and_the_doubled_hour(pms):
    starts = {visit.start for visit in desk_on(pms).practice.appointments.values()}
    days = dst_days(START, "America/New_York")
    assert len(days) >= 2
    assert all(day.replace(hour=2, minute=30) in starts for day in days)


@pytest.mark.parametrize("pms", BOTH)
def test_families_have_minors(pms):
    people = desk_on(pms, odd=frozenset()).practice.patients
    heads = [people[person.guarantor] for person in people.values() if person.guarantor is not None]
    assert len({id(head) for head in heads}) < len(people)
    assert any(_young(person) for person in people.values())


def _young(person: Patient) -> bool:
    return person.birth is not None and person.birth > "2008"


@pytest.mark.parametrize("pms", BOTH)
def test_tempting_columns_are_there(pms):
    names = {name for table in tables_of(pms).values() for name, _ in table.columns}
    assert len(SECRETS & names) >= 3


@pytest.mark.parametrize("pms", BOTH)
def test_building_again_replaces_what_was_there(pms):
    connection = open_memory(pms)
    build(pms, connection, 1)
    build(pms, connection, 2)
    assert "\n".join(connection.iterdump()) == dump(pms, 2)


def test_a_model_that_keeps_only_the_latest_rows_has_no_oracle():
    connection = open_memory("opendental")
    practice = build("opendental", connection, 1, TINY, keep=20)
    assert len(practice.appointments) == 20
    with pytest.raises(ValueError, match="no oracle"):
        expected(practice)
