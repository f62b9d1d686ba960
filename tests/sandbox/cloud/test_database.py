"""The cloud's database: older tables are brought up to date, newer ones are left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from agent.model.errors import NeedsPerson
from sandbox.cloud.database import Database
from sandbox.cloud.schema import CLOUD_SCHEMA
from tests import servers
from tests.sandbox.cloud.sender import memory_cloud

NEW_IN_2 = ("commands", "command_steps", "ignored_reports")
NEW_IN_3 = ("heartbeat_marks", "seen_warnings", "comparisons", "activity", "watches", "alarms", "alarm_targets")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'cloud.db'}"
        return
    server: servers.Server = request.getfixturevalue("postgresql_server")
    database: servers.Database = request.getfixturevalue("postgresql")
    yield f"postgresql://practice@127.0.0.1:{server.port}/{database.name}"


def run(url: str, *statements: str) -> None:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as db:
        for statement in statements:
            db.execute(text(statement))
    engine.dispose()


def tables(url: str) -> set[str]:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found


def test_a_database_of_the_first_version_is_brought_up_to_date(url: str) -> None:
    cloud, _ = memory_cloud(url)
    practice_id = cloud.add_practice("Elm")
    before = cloud.add_reader_key(practice_id, "old")
    cloud.close()
    run(
        url,
        *(f"DROP TABLE {name}" for name in NEW_IN_2 + NEW_IN_3),
        "ALTER TABLE reader_keys DROP COLUMN may_write",
        "UPDATE about SET value = '1' WHERE name = 'schema'",
    )
    for _ in range(2):
        cloud, _ = memory_cloud(url)
        key = cloud.check_reader(str(before))
        assert (getattr(key, "practice_id", None), getattr(key, "may_write", None)) == (practice_id, False)
        assert not cloud.ignored_reports(practice_id)
        cloud.close()
    assert set(NEW_IN_2 + NEW_IN_3) <= tables(url)


def test_a_newer_database_is_refused_and_nothing_in_it_is_changed(url: str) -> None:
    Database(url).close()
    run(url, f"UPDATE about SET value = '{CLOUD_SCHEMA + 1}' WHERE name = 'schema'", "DROP TABLE commands")
    with pytest.raises(NeedsPerson) as caught:
        Database(url)
    assert caught.value.code == "database_version"
    assert "commands" not in tables(url)
