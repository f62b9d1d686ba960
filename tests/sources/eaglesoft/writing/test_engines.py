"""What is run on SQL Anywhere differs from what is tested on PostgreSQL and SQLite in the declared points only."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from agent.model.writing import Task
from agent.sources import dialect
from agent.sources.eaglesoft.writing.engines import Engine, engine_of
from agent.wire.bridge import Moment
from agent.wire.writer import Amount, Apply, Day, Step
from tests.sources.eaglesoft.writing.offices import Office
from tests.sources.eaglesoft.writing.test_channel import MAKERS

SQL_ANYWHERE = engine_of(dialect.sqlanywhere("PPM"))
POSTGRESQL = engine_of(dialect.postgresql("PPM"))
SQLITE = engine_of(dialect.sqlite())


def prepared(office: Office, make: Callable[[Office], Task], engine: Engine) -> Apply:
    """A kind's transaction as an engine takes it; keys as here, so that all three have the same steps."""
    channel = office.channel()
    channel._engine = engine
    channel._ways = channel._known_ways(office.user, lambda: False)
    office.tags = 0
    return channel.prepare(make(office)).content.apply


def plain(step: Step) -> str:
    return re.sub(r" RETURNING .*$", "", step.sql)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_what_sql_anywhere_gets_is_what_is_tested(small_office: Office, make: Callable[[Office], Task]) -> None:
    visits = iter([small_office.visit()] * 3)
    small_office.visit = lambda: next(visits)  # the same for all three
    ours, tested, in_file = (prepared(small_office, make, one) for one in (SQL_ANYWHERE, POSTGRESQL, SQLITE))
    assert [step.name for step in ours.steps] == [step.name for step in tested.steps]
    assert ours.steps[0].name == "may_write"
    for left, middle, right in list(zip(ours.steps, tested.steps, in_file.steps, strict=True))[1:]:
        assert left.sql == plain(middle)
        assert re.sub(r'"(\w+)"', r"[\1]", left.sql.replace('"PPM".', "")) == right.sql
        assert (left.params, left.rows, left.made) == (middle.params, middle.rows, middle.made)
        assert (left.fetch is not None) == (left.sql != middle.sql) == (right.fetch is not None)
        assert left.fetch in (None, "SELECT @@identity")
        assert left.sql.count("?") == len(left.params)


@pytest.mark.parametrize("make", MAKERS, ids=lambda make: make.__name__)
def test_no_value_is_part_of_a_statement(small_office: Office, make: Callable[[Office], Task]) -> None:
    for step in prepared(small_office, make, SQL_ANYWHERE).steps[1:]:
        assert "'" not in step.sql
        literals = re.findall(r"\b\d+\b", step.sql)
        assert set(literals) <= {"0", "1", "2"}, step.sql
        for value in step.params:
            assert not isinstance(value, float)


def test_values_of_dates_and_amounts_are_typed_but_where_they_are_kept_as_text() -> None:
    values = (Moment("2027-01-02T03:04:05"), Day("2027-01-02"), Amount("-1.20"))
    assert tuple(map(SQL_ANYWHERE._value, values)) == values
    assert tuple(map(SQLITE._value, values)) == ("2027-01-02 03:04:05", "2027-01-02", -1.2)


@pytest.mark.parametrize("engine", [SQL_ANYWHERE, POSTGRESQL, SQLITE], ids=lambda one: one.dialect.name)
def test_every_writers_session_bounds_its_waits(engine: Engine) -> None:
    session = " ".join(statement.sql.lower() for statement in engine.session)
    assert "timeout" in session
    assert "read only" not in session and "query_only" not in session


def test_only_an_authenticated_connection_writes_to_sql_anywhere() -> None:
    assert "CONNECTION_PROPERTY('Authenticated') = 'Yes'" in SQL_ANYWHERE.step(SQL_ANYWHERE.may_write).sql


def test_a_dialect_that_eaglesoft_does_not_run_on_is_refused() -> None:
    with pytest.raises(KeyError):
        engine_of(dialect.mariadb())
