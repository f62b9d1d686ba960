"""The cloud's database: older tables are brought up to date, newer ones are left alone."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, inspect, text

from agent.model.errors import NeedsPerson
from sandbox.cloud.database import Database
from sandbox.cloud.schema import CLOUD_SCHEMA
from tests.sandbox.cloud.sender import memory_cloud

NEW_IN_2 = ("commands", "command_steps", "ignored_reports")
NEW_IN_3 = ("heartbeat_marks", "seen_warnings", "comparisons", "activity", "watches", "alarms", "alarm_targets")


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


def test_a_database_of_the_first_version_is_brought_up_to_date(cloud_url: str) -> None:
    cloud, _ = memory_cloud(cloud_url)
    practice_id = cloud.add_practice("Elm")
    before = cloud.add_reader_key(practice_id, "old")
    cloud.close()
    run(
        cloud_url,
        *(f"DROP TABLE {name}" for name in NEW_IN_2 + NEW_IN_3),
        "ALTER TABLE reader_keys DROP COLUMN may_write",
        "UPDATE about SET value = '1' WHERE name = 'schema'",
    )
    for _ in range(2):
        cloud, _ = memory_cloud(cloud_url)
        key = cloud.check_reader(str(before))
        assert (getattr(key, "practice_id", None), getattr(key, "may_write", None)) == (practice_id, False)
        assert not cloud.ignored_reports(practice_id)
        cloud.close()
    assert set(NEW_IN_2 + NEW_IN_3) <= tables(cloud_url)


def test_a_newer_database_is_refused_and_nothing_in_it_is_changed(cloud_url: str) -> None:
    Database(cloud_url).close()
    run(cloud_url, f"UPDATE about SET value = '{CLOUD_SCHEMA + 1}' WHERE name = 'schema'", "DROP TABLE commands")
    with pytest.raises(NeedsPerson) as caught:
        Database(cloud_url)
    assert caught.value.code == "database_version"
    assert "commands" not in tables(cloud_url)
