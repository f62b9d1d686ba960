"""P7 once more, where the practice's database is a server with logins: what it refuses must tell no canary."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random

import pyodbc
import pytest

from agent.sources import grants
from agent.sources.eaglesoft.pms import EAGLESOFT
from sandbox.practice.build import Size, build
from sandbox.practice.desk import Desk
from sandbox.practice.oddities import OVER_ODBC
from sandbox.servers import process
from scripts import login_page
from tests import servers
from tests.security import canaries, outputs
from tests.security.office import Office, opened

pytestmark = [pytest.mark.heavy, pytest.mark.servers, pytest.mark.timeout(900)]

_READER, _WRITER = "agent_reader", "agent_writer"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as made:
        yield made


def practice_on(database: servers.Database) -> str:
    """A practice full of canaries, with a login that reads and one that writes; the id of a dentist."""
    with closing(pyodbc.connect(database.connection)) as link:
        practice = build("eaglesoft", link, 11, Size(20, 40, 50, 2), odd=OVER_ODBC)
        canaries.plant(Desk(practice, link, Random(11)))
        link.commit()
    words = canaries.LOGIN_PASSWORD
    database.run(*grants.postgresql(EAGLESOFT, _READER, words), *login_page.postgresql_writer(_WRITER, words))
    return next(str(one.key) for one in practice.providers.values() if one.status == "A")


def set_up(office: Office, server: servers.Server, database: servers.Database, dentist: str) -> None:
    """An agent that reads and may write."""
    where, password = server.address(database.name), canaries.LOGIN_PASSWORD
    cloud = (f"--cloud=https://127.0.0.1:{office.port}", f"--ca-file={office.folder / 'trusted.pem'}")
    reads = ("--schema=PPM", f"--login={_READER}", "--password-stdin", "--time-zone=America/New_York")
    assert office.say("init", "--pms=eaglesoft", f"--connection={where}", *reads, *cloud, typed=password)[0] == 0
    file = office.home / "agent.toml"
    file.write_text(file.read_text().replace("[pace]", "[pace]\npoll_seconds = 0.5\ncompare_seconds = 1"))
    assert office.say("enroll", office.code())[0] == 0
    writes = ("--connection", where, "--login", _WRITER, "--user", dentist, "--secrets-stdin")
    assert office.say("writes", "setup", *writes, typed=f"{password}\n\n")[0] == 0
    (office.home / "policy.toml").write_text('[kinds."alert.create"]\nmode = "on"\n')
    assert office.say("doctor", "--html", str(office.folder / "user" / "report.html"))[0] == 0
    assert office.say("sync", "--once")[0] == 0


def refused(office: Office, server: servers.Server, database: servers.Database) -> None:
    """Logins that are changed, rights that are taken, columns and tables that go, a server that stops."""
    patient = f"patient:{canaries.PATIENT['id'][0]}"
    out = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename IN ('agent_reader', 'agent_writer')"
    rights = 'INSERT, UPDATE ON "PPM"."appointment"'
    with office.running() as agent:
        database.run(f"REVOKE {rights} FROM {_WRITER}")
        office.tells("channel_read_only")
        office.queue("alert.create", patient, {"text": canaries.PAYLOAD}, 10)
        database.run(f"GRANT {rights} TO {_WRITER}", f'REVOKE SELECT ON "PPM"."patient" FROM {_READER}')
        database.run(f'REVOKE SELECT (first_name) ON "PPM"."patient" FROM {_READER}', out)
        office.say("doctor")
        office.say("preview", "patient")
        office.look_at(agent)
        for login in (_READER, _WRITER):
            database.run(f"ALTER ROLE {login} PASSWORD 'another'")
        database.run(out)
        office.tells("login_refused")
        office.say("doctor", "--json")
        office.queue("alert.create", patient, {"text": canaries.PAYLOAD}, 5)
        process.end(server.pid, signal.SIGINT)
        office.tells("database_unreachable")
        office.say("doctor")
        office.say("diagnostics", "--send")
        office.show()


def test_what_a_server_refuses_tells_no_canary(office: Office):
    with servers.own("postgresql") as server:
        database = server.fresh()
        dentist = practice_on(database)
        set_up(office, server, database, dentist)
        refused(office, server, database)
    office.ask_fleet()
    held = b"".join(file.read_bytes() for file in office.folder.glob("cloud.db*"))
    assert canaries.found(held) >= {"first name", "last name", "note", "id"}
    assert outputs.leaks(office) == {}
    for code in ("channel_read_only", "login_refused", "database_unreachable"):
        assert any(what.endswith(code) for what in office.said), code
