"""Causes on the way of write-backs into the practice's database: told before any write needs it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pyodbc
import pytest

from agent.sources import grants
from agent.sources.eaglesoft.pms import EAGLESOFT
from sandbox.cloud.signing import Signer, SigningKeys
from sandbox.cloud.tls import development_tls
from sandbox.practice.build import Size, build
from sandbox.practice.oddities import OVER_ODBC
from scripts import login_page
from tests import servers
from tests.causes.watching import Agent, at_work
from tests.cli import office as offices

pytestmark = [pytest.mark.heavy, pytest.mark.servers, pytest.mark.timeout(900)]

_READER, _WRITER, _PASSWORD = "agent_reader", "agent_writer", "one-two-three"


@dataclass
class Writable:
    """A practice that is written to with a login of its own, and its agent."""

    database: servers.Database
    agent: Agent

    def throw_out(self) -> None:
        """End the writer's connections: it has to log in again."""
        self.database.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{_WRITER}'")


@pytest.fixture(scope="module")
def writable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writable]:
    """An agent at work on Eaglesoft's shape on PostgreSQL, with a reading and a writing login."""
    folder = tmp_path_factory.mktemp("office")
    with servers.own("postgresql") as server:
        database = server.fresh()
        with closing(pyodbc.connect(database.connection)) as link:
            practice = build("eaglesoft", link, 3, Size(30, 60, 60, 2), odd=OVER_ODBC)
            link.commit()
            dentist = next(str(one.key) for one in practice.providers.values() if one.status == "A")
        database.run(
            *grants.postgresql(EAGLESOFT, _READER, _PASSWORD), *login_page.postgresql_writer(_WRITER, _PASSWORD)
        )
        signer = Signer(SigningKeys.make(secrets.token_bytes), offices.utc_now)
        with offices.opened(folder, folder / "none", development_tls(folder / "tls"), signer) as office:
            where = server.address(database.name)
            cloud = (f"--cloud={office.cloud.url}", f"--ca-file={office.cloud.ca}", "--time-zone=America/New_York")
            reads = (
                "--pms=eaglesoft",
                f"--connection={where}",
                "--schema=PPM",
                f"--login={_READER}",
                "--password-stdin",
            )
            writes = ("--connection", where, "--login", _WRITER, "--user", dentist, "--secrets-stdin")
            for words, typed in (
                (("init", *reads, *cloud), f"{_PASSWORD}\n"),
                (("enroll", office.code()), None),
                (("writes", "setup", *writes), f"{_PASSWORD}\n\n"),
            ):
                result = office.say(*words, typed=typed)
                assert result.exit_code == 0, result.output
            with at_work(office) as agent:
                yield Writable(database, agent)


def test_a_connection_that_may_only_read(writable: Writable):
    rights = 'INSERT, UPDATE ON "PPM"."appointment"'
    writable.database.run(f"REVOKE {rights} FROM {_WRITER}")
    writable.agent.tells("channel_read_only")
    writable.database.run(f"GRANT {rights} TO {_WRITER}")
    writable.agent.forgets("channel_read_only")


def test_a_login_for_writes_that_is_refused(writable: Writable):
    writable.database.run(f"ALTER ROLE {_WRITER} PASSWORD 'another'")
    writable.throw_out()
    writable.agent.tells("channel_refused")
    assert "login_refused" not in writable.agent.warnings()
    writable.database.run(f"ALTER ROLE {_WRITER} PASSWORD '{_PASSWORD}'")
    writable.agent.forgets("channel_refused")
