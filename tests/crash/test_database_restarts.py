"""The database server stops in the middle of the first load and comes back: the agent goes on where it was."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pyodbc
import pytest

from sandbox.cloud.tls import ServerTls
from sandbox.practice.build import Size, build
from sandbox.practice.desk import Desk
from sandbox.practice.oddities import OVER_ODBC
from sandbox.servers import mariadb, process
from tests import servers
from tests.cli import office as offices
from tests.crash.workplace import Practice, Workplace, set_up, until

pytestmark = pytest.mark.servers


@pytest.fixture
def server() -> Iterator[servers.Server]:
    """A MariaDB server that this test may stop."""
    with servers.own("mariadb") as made:
        yield made


def answers(connection: str) -> bool:
    """Whether the server takes connections."""
    try:
        pyodbc.connect(connection).close()
    except pyodbc.Error:
        return False
    return True


def test_a_database_restarted_in_the_middle_of_a_load_costs_nothing(
    server: servers.Server, tmp_path: Path, tls: ServerTls
):
    database = server.fresh()
    with closing(pyodbc.connect(database.connection, autocommit=True)) as connection:
        practice = build("opendental", connection, 3, Size(200, 1500, 2000, 2), odd=OVER_ODBC)
    settings = (
        "--pms=opendental",
        f"--connection={server.address(database.name)}",
        f"--login={mariadb.OWNER}",
        "--password-stdin",
        "--time-zone=America/New_York",
    )
    with offices.opened(tmp_path, tmp_path / "none", tls) as office:
        cloud = (f"--cloud={office.cloud.url}", f"--ca-file={office.cloud.ca}")
        workplace = set_up(Workplace(office, Practice(None, None)), (*settings, *cloud), 0.2, password="")
        with workplace.running():
            until(lambda: len(workplace.events("captured")) > 5, "a part of the load")
            process.end(server.pid, signal.SIGTERM)
            until(lambda: workplace.events("database_lost") or workplace.events("database_unreachable"), "the loss")
            assert not all(one["loaded"] for one in workplace.say("status")[1]["status"]["resources"])
            again = mariadb.start(server.port, Path(server.folder), None)
            try:
                until(lambda: answers(database.connection), "the server, again")
                with closing(pyodbc.connect(database.connection, autocommit=True)) as connection:
                    workplace.practice = Practice(Desk(practice, connection, Random(1)), connection)
                    workplace.practice.work(20)
                    workplace.settled()
            finally:
                process.end(again, signal.SIGTERM)
    assert workplace.check_feed() == {1}
