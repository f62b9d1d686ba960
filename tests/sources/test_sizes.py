"""About how many rows there are, as each engine tells it without counting."""

from __future__ import annotations

from agent.sources.sizes import about
from tests.sources.practices import Practice


def test_an_engine_that_keeps_count_says_about_how_many_rows_there_are(practice: Practice):
    practice.run(*(f"INSERT INTO {practice.table('room')} (room_id, title) VALUES ({n}, 'x')" for n in range(100, 200)))
    if practice.engine in ("mariadb", "postgresql"):
        practice.run(f"ANALYZE {'TABLE ' if practice.engine == 'mariadb' else ''}{practice.table('room')}")
    found = about(practice.reader, "room")
    assert found is not None
    assert 90 <= found <= 220


def test_a_table_that_is_not_there_has_no_size_and_is_no_error(practice: Practice):
    assert about(practice.reader, "unheard_of") is None
