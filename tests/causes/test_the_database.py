"""Causes in the practice's database: each is told within a minute, and gone when it is mended."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyodbc
import pytest

from sandbox.cloud.tls import development_tls
from sandbox.practice.build import Size, build
from sandbox.practice.oddities import OVER_ODBC
from sandbox.servers import mariadb, process
from tests import servers
from tests.causes.watching import Agent, at_work
from tests.cli import office as offices

pytestmark = [pytest.mark.heavy, pytest.mark.servers, pytest.mark.timeout(900)]

_READER = "agent_reader"
_PASSWORD = "one-two-three"


@dataclass
class Practice:
    """A practice on a server of its own, and the agent that reads it."""

    server: servers.Server
    name: str
    connection: str
    agent: Agent

    def run(self, *statements: str) -> None:
        """As the database's owner."""
        with closing(pyodbc.connect(self.connection, autocommit=True)) as link:
            for statement in statements:
                link.execute(statement)

    def throw_out(self) -> None:
        """End the agent's connections: it has to log in again."""
        query = f"SELECT id FROM information_schema.processlist WHERE user = '{_READER}'"
        with closing(pyodbc.connect(self.connection, autocommit=True)) as link:
            for (number,) in link.execute(query).fetchall():
                link.execute(f"KILL {int(number)}")


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    """An agent at work on Open Dental's shape; all causes of this file come over it, one after the other."""
    folder = tmp_path_factory.mktemp("office")
    with servers.own("mariadb") as server:
        database = server.fresh()
        with closing(pyodbc.connect(database.connection, autocommit=True)) as link:
            build("opendental", link, 3, Size(30, 100, 100, 2), odd=OVER_ODBC)
            link.execute(f"CREATE USER {_READER}@'%' IDENTIFIED BY '{_PASSWORD}'")
            link.execute(f"GRANT SELECT ON `{database.name}`.* TO {_READER}@'%'")
        with offices.opened(folder, folder / "none", development_tls(folder / "tls")) as office:
            settings = ("--pms=opendental", f"--connection={server.address(database.name)}", f"--login={_READER}")
            cloud = (f"--cloud={office.cloud.url}", f"--ca-file={office.cloud.ca}")
            result = office.say(
                "init", *settings, "--password-stdin", "--time-zone=America/New_York", *cloud, typed=f"{_PASSWORD}\n"
            )
            assert result.exit_code == 0, result.output
            office.well("enroll", office.code())
            office.settings_of("pace", poll_seconds=1, compare_seconds=2, lookup_minutes=0.05)
            with at_work(office) as agent:
                yield Practice(server, database.name, database.connection, agent)


def test_a_login_that_is_refused(practice: Practice):
    practice.run(f"ALTER USER {_READER}@'%' IDENTIFIED BY 'another'")
    practice.throw_out()
    practice.agent.tells("login_refused")
    practice.run(f"ALTER USER {_READER}@'%' IDENTIFIED BY '{_PASSWORD}'")
    practice.agent.forgets("login_refused")


def test_a_column_that_is_gone(practice: Practice):
    practice.run("ALTER TABLE patient CHANGE Birthdate BornOn date")
    practice.agent.tells("column_missing")
    practice.run("ALTER TABLE patient CHANGE BornOn Birthdate date")
    practice.agent.forgets("column_missing")


def test_a_column_that_has_become_something_else(practice: Practice):
    practice.run("ALTER TABLE patient CHANGE Birthdate Birthdate int")
    practice.agent.tells("schema_changed")
    practice.run("ALTER TABLE patient CHANGE Birthdate Birthdate date")
    practice.agent.forgets("schema_changed")


def test_a_table_that_is_gone(practice: Practice):
    practice.run("RENAME TABLE adjustment TO adjustment_away")
    practice.agent.tells("table_missing")
    practice.run("RENAME TABLE adjustment_away TO adjustment")
    practice.agent.forgets("table_missing")


def test_an_upgrade_under_way(practice: Practice):
    practice.run("UPDATE preference SET ValueString = 'SERVER' WHERE PrefName = 'UpdateInProgressOnComputerName'")
    practice.agent.tells("upgrade_in_progress")
    practice.run("UPDATE preference SET ValueString = '' WHERE PrefName = 'UpdateInProgressOnComputerName'")
    practice.agent.forgets("upgrade_in_progress")


def test_a_server_that_is_stopped(practice: Practice):
    process.end(practice.server.pid, signal.SIGTERM)
    practice.agent.tells("database_unreachable")
    again = mariadb.start(practice.server.port, Path(practice.server.folder), None)
    try:
        practice.agent.forgets("database_unreachable")
        assert not [one for one in practice.agent.warnings().values() if one["severity"] == "error"]
    finally:
        process.end(again, signal.SIGTERM)
