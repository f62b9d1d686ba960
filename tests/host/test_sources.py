"""From settings to a source: the connection string, the dialect, the office."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from agent.host import sources
from agent.host.clock import SystemClock
from agent.host.settings import Settings
from agent.model.reading import Range
from sandbox.practice.build import build
from sandbox.practice.oddities import OVER_ODBC
from tests.host.test_settings import GOOD


def settings(pms: str = "eaglesoft", **source: Any) -> Settings:
    given = {"dialect": "sqlite", "connection": "DSN=Office", **source}
    return Settings.model_validate({**GOOD, "practice": {"pms": pms, "time_zone": "America/New_York"}, "source": given})


@pytest.mark.parametrize(
    ("source", "password", "made"),
    [
        ({}, None, "DSN=Office"),
        ({"connection": "DSN=Office; "}, None, "DSN=Office"),
        ({"login": "reader"}, None, "DSN=Office;UID=reader"),
        ({"login": "reader"}, "", "DSN=Office;UID=reader"),
        ({"login": "reader"}, "s3cret", "DSN=Office;UID=reader;PWD=s3cret"),
        ({"login": "a;b"}, "x;UID=sa}", "DSN=Office;UID={a;b};PWD={x;UID=sa}}}"),
    ],
)
def test_a_login_and_a_password_are_put_in_whatever_characters_they_have(
    source: dict[str, Any], password: str | None, made: str
):
    assert sources.connection_string(settings(**source), password) == made


@pytest.mark.parametrize(
    ("dialect", "schema", "name", "owner"),
    [
        ("sqlanywhere", None, "sqlanywhere", "PPM"),
        ("sqlanywhere", "DBA", "sqlanywhere", "DBA"),
        ("postgresql", "PPM", "postgresql", "PPM"),
        ("mariadb", None, "mariadb", None),
        ("sqlite", None, "sqlite", None),
    ],
)
def test_the_dialect_and_its_schema_are_those_of_the_settings(dialect, schema, name, owner):
    made = sources.dialect_of(settings(dialect=dialect, schema=schema))
    assert (made.name, made.schema) == (name, owner)


def test_the_office_is_what_the_settings_say_of_zones_and_codes():
    practice = {
        "pms": "opendental",
        "time_zone": "America/New_York",
        "location": [
            {"id": "1", "name": "Main"},
            {"id": "2", "name": "West", "time_zone": "America/Chicago"},
        ],
    }
    codes = {"confirmation": {"7": "confirmed"}, "opendental.sex": {"9": "other"}}
    made = sources.office_of(Settings.model_validate({**GOOD, "practice": practice, "codes": codes}))
    assert made.zone == "America/New_York" and dict(made.zones) == {"2": "America/Chicago"}
    assert made.overrides == {"opendental.confirmation": {"7": "confirmed"}, "opendental.sex": {"9": "other"}}


def test_a_source_reads_through_a_child_process_and_leaves_none_behind(tmp_path: Path):
    file = tmp_path / "practice.db"
    with closing(sqlite3.connect(file)) as connection:
        build("eaglesoft", connection, 2, odd=OVER_ODBC)
    source, close = sources.open_source(settings(connection=f"Driver=SQLite3;Database={file}"), None, SystemClock())
    try:
        assert source.describe().pms == "eaglesoft"
        page = source.scan("patient", Range(), 10)
        assert len(page.records) == 10
        assert all(one.data is not None for one in source.map("patient", page.records))
    finally:
        close()
