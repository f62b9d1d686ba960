"""Our practice fits the complete real Open Dental schema, where its file is given (OPENDENTAL_SCHEMA)."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from random import Random

import pyodbc
import pytest

from sandbox.practice.build import build
from sandbox.practice.desk import Desk
from sandbox.practice.oddities import OVER_ODBC
from sandbox.practice.real_schema import load_schema
from sandbox.practice.schema import tables_of
from tests.sandbox.practice.rows import rendered, stored

SCHEMA = os.environ.get("OPENDENTAL_SCHEMA")


@pytest.mark.servers
@pytest.mark.skipif(not SCHEMA, reason="OPENDENTAL_SCHEMA does not name the real Open Dental schema")
def test_the_practice_lives_in_the_real_schema(mariadb):
    assert SCHEMA is not None
    with closing(pyodbc.connect(mariadb.connection)) as connection:
        assert load_schema(connection, Path(SCHEMA)) > 400
        practice = build("opendental", connection, 1, odd=OVER_ODBC - {"zero_dates"})
        desk = Desk(practice, connection, Random(1))
        desk.work(120)
        assert stored(desk) == rendered(desk)


@pytest.mark.servers
@pytest.mark.skipif(not SCHEMA, reason="OPENDENTAL_SCHEMA does not name the real Open Dental schema")
def test_our_tables_have_no_column_that_the_real_ones_lack(mariadb):
    assert SCHEMA is not None
    with closing(pyodbc.connect(mariadb.connection)) as connection:
        load_schema(connection, Path(SCHEMA))
        asked = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = DATABASE()"
        real = {(table.lower(), column) for table, column in connection.execute(asked).fetchall()}
    ours = {(table.name, column) for table in tables_of("opendental").values() for column, _ in table.columns}
    assert ours - real == set()


def test_a_definition_ends_with_its_line(tmp_path):
    dump = tmp_path / "dump.sql"
    dump.write_text(
        "-- a dump\nDROP TABLE IF EXISTS `a`;\n/*!40101 SET x */;\nCREATE TABLE `a` (\n  `b` int\n);\n"
        "INSERT INTO `a` VALUES\n(1);\n"
    )
    done: list[str] = []

    class Connection:
        def cursor(self):
            return self

        def execute(self, statement: str) -> None:
            done.append(statement)

        def commit(self) -> None:
            done.append("commit")

    assert load_schema(Connection(), dump) == 1
    assert done[1:] == ["DROP TABLE IF EXISTS `a`", "CREATE TABLE `a` (\n  `b` int\n)", "commit"]
