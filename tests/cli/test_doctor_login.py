"""The statements that ``doctor`` prints for a login, run as they stand on a real server, make one that suffices."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import pyodbc
import pytest

from agent.sources import grants
from sandbox.practice.build import Size, build
from sandbox.practice.oddities import OVER_ODBC
from tests import servers
from tests.cli.office import Office

pytestmark = [pytest.mark.heavy, pytest.mark.servers, pytest.mark.timeout(600)]

PASSWORD = "one-two-three"
MIGHTY = {
    "mariadb": (
        f"CREATE USER boss@'%' IDENTIFIED BY '{PASSWORD}'",
        "GRANT ALL ON *.* TO boss@'%'",
    ),
    "postgresql": (f"CREATE ROLE boss LOGIN SUPERUSER PASSWORD '{PASSWORD}'",),
}
INVENTED = frozenset({"codes_unknown", "database_clock_wrong", "database_old"})
"""What is told of an invented practice of last year on a server that keeps UTC."""
LESS = {
    "mariadb": "REVOKE SELECT (`Birthdate`) ON `{name}`.`patient` FROM {login}",
    "postgresql": 'REVOKE SELECT ("birth_date") ON "PPM"."patient" FROM {login}',
}
SOFTWARE = {"mariadb": "opendental", "postgresql": "eaglesoft"}


@contextmanager
def practice(engine: str) -> Iterator[tuple[servers.Server, servers.Database]]:
    """A practice on a server of its own: the logins made here are nobody else's."""
    with servers.own(engine) as server:
        database = server.fresh()
        with closing(pyodbc.connect(database.connection)) as link:
            build(SOFTWARE[engine], link, 3, Size(30, 40, 40, 2), odd=OVER_ODBC)
            link.commit()
        database.run(*MIGHTY[engine])
        yield server, database


def told(office: Office, engine: str, address: str, login: str) -> dict[tuple[str, str], dict[str, Any]]:
    """What the doctor finds with a login."""
    schema = ("--schema=PPM",) if engine == "postgresql" else ()
    words = (f"--pms={SOFTWARE[engine]}", f"--connection={address}", f"--login={login}", "--password-stdin", *schema)
    cloud = (f"--cloud={office.cloud.url}", f"--ca-file={office.cloud.ca}", "--time-zone=America/New_York")
    result = office.say("init", *words, *cloud, "--force", typed=f"{PASSWORD}\n")
    assert result.exit_code == 0, result.output
    return {(one["area"], one["name"]): one for one in json.loads(office.say("doctor", "--json").stdout)["findings"]}


@pytest.mark.parametrize("engine", list(SOFTWARE))
def test_the_printed_statements_make_a_login_that_the_doctor_has_nothing_to_say_about(office: Office, engine: str):
    with practice(engine) as (server, database):
        address = server.address(database.name)
        rights = told(office, engine, address, "boss")["database", "rights"]
        assert (rights["level"], rights["code"]) == ("warning", "login_can_write")
        assert {"INSERT", "DELETE"} <= set(rights["facts"]["beyond"].split(", "))

        database.run(*(line.removesuffix(";").replace(grants.PASSWORD, PASSWORD) for line in rights["detail"]))
        found = told(office, engine, address, grants.LOGIN)
        assert found["database", "rights"]["title"] == "The login can read, and nothing else"
        assert found["database", "rights"]["detail"] == []
        judged = [one for one in found.values() if one["area"] in ("database", "resources", "records", "samples")]
        assert {one["code"] for one in judged if one["level"] != "ok"} <= INVENTED

        login = rights["detail"][0].split()[2] if engine == "mariadb" else grants.LOGIN
        database.run(LESS[engine].format(name=database.name, login=login))
        found = told(office, engine, address, grants.LOGIN)
        lacks = found["database", "rights"]
        assert (lacks["level"], lacks["code"]) == ("warning", "permission_denied")
        assert lacks["detail"] == rights["detail"]
        assert "patient." in lacks["title"] and "irth" in lacks["title"]
