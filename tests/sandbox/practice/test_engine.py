"""Practices on every engine: in memory, in a file, on a real MariaDB and on a real PostgreSQL server over ODBC."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from random import Random

import pyodbc
import pytest

from sandbox.practice.build import TINY, build
from sandbox.practice.desk import Desk
from sandbox.practice.engine import open_file, open_memory
from sandbox.practice.oddities import ALL
from tests.sandbox.practice.rows import rendered, stored

WORK = 120


def test_a_practice_in_memory_gives_dates_as_text():
    connection = open_memory("eaglesoft")
    build("eaglesoft", connection, 1)
    start, entered = connection.execute(
        "SELECT start_time, date_appointed FROM appointment WHERE start_time > '2025' AND date_appointed IS NOT NULL"
    ).fetchone()
    assert len(start) == len("2025-03-03 09:00:00")
    assert len(entered) == len("2025-03-03")


def test_keys_of_eaglesoft_compare_without_case():
    connection = open_memory("eaglesoft")
    build("eaglesoft", connection, 1)
    assert connection.execute("SELECT count(*) FROM patient WHERE patient_id = 'K9ZQ'").fetchone()[0] == 1


def test_a_reader_of_a_file_does_not_stop_the_front_desk(tmp_path):
    with closing(open_file("eaglesoft", str(tmp_path / "practice.db"))) as connection:
        desk = Desk(build("eaglesoft", connection, 1), connection, Random(1))
        with closing(sqlite3.connect(tmp_path / "practice.db")) as reader:
            rows = reader.execute("SELECT patient_id FROM patient")
            rows.fetchone()
            desk.work(20)
        assert stored(desk) == rendered(desk)


def test_sqlite_over_odbc_can_be_built_and_worked_on(tmp_path):
    link = f"DRIVER={{SQLite3}};DATABASE={tmp_path / 'practice.db'};"
    with closing(pyodbc.connect(link)) as connection:
        desk = Desk(build("eaglesoft", connection, 1, odd=ALL - {"nul"}), connection, Random(1))
        desk.work(30)
    with closing(sqlite3.connect(tmp_path / "practice.db")) as connection:
        seen = Desk(desk.practice, connection, Random(1))
        assert stored(seen) == rendered(seen)


@pytest.mark.servers
@pytest.mark.parametrize("random_keys", [False, True])
def test_open_dental_lives_on_mariadb(mariadb, random_keys):
    with closing(pyodbc.connect(mariadb.connection)) as connection:
        # What a driver makes of NUL and of zero dates is its own affair; the next test reads them on the server.
        odd = ALL - {"nul", "zero_dates"}
        practice = build("opendental", connection, 1, TINY, odd=odd, random_keys=random_keys)
        desk = Desk(practice, connection, Random(1))
        assert stored(desk) == rendered(desk)
        desk.work(WORK)
        assert stored(desk) == rendered(desk)


@pytest.mark.servers
def test_mariadb_holds_nul_and_zero_dates_and_moves_the_stamps(mariadb):
    with closing(pyodbc.connect(mariadb.connection)) as connection:
        desk = Desk(build("opendental", connection, 1), connection, Random(1))
        cursor = connection.cursor()
        assert cursor.execute("SELECT count(*) FROM patient WHERE HEX(FName) LIKE '%00%'").fetchval() >= 1
        assert cursor.execute("SELECT count(*) FROM patient WHERE CAST(Birthdate AS CHAR) = '0000-00-00'").fetchval()
        visit = desk.annotate(text="now")
        assert visit is not None
        age = "SELECT TIMESTAMPDIFF(SECOND, DateTStamp, NOW()) FROM appointment WHERE AptNum = ?"
        assert 0 <= cursor.execute(age, visit.key).fetchval() < 60
        engines = (
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND engine <> 'MyISAM'"
        )
        assert cursor.execute(engines).fetchval() == 0
        index = "SELECT count(*) FROM information_schema.statistics WHERE table_schema = DATABASE()"
        index += " AND table_name IN ('appointment', 'patient') AND column_name = 'DateTStamp'"
        assert cursor.execute(index).fetchval() == 0


@pytest.mark.servers
def test_eaglesoft_lives_on_postgresql(postgresql):
    with closing(pyodbc.connect(postgresql.connection)) as connection:
        desk = Desk(build("eaglesoft", connection, 1, odd=ALL), connection, Random(1))
        assert stored(desk) == rendered(desk)
        desk.work(WORK)
        assert stored(desk) == rendered(desk)
        assert connection.execute('SELECT count(*) FROM "PPM"."transactions"').fetchval() > 0
