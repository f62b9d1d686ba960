"""The login that the page makes reads everything and nothing else, on real servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pyodbc
import pytest

from agent.model.reading import Range
from agent.sources import dialect, grants, rights
from agent.sources.bridge.client import ProcessBridge
from agent.sources.eaglesoft.pms import EAGLESOFT
from agent.sources.eaglesoft.writing.rights import WRITES
from agent.sources.mapping import Office
from agent.sources.opendental.pms import OPENDENTAL
from agent.sources.pms import Pms
from agent.sources.reader import Reader
from agent.sources.source import DatabaseSource
from agent.wire.bridge import Open
from sandbox.practice.build import build
from scripts import login_page
from tests.contract.places import SMALL
from tests.servers import Database

WORD = "pw-of-the-test"


@contextmanager
def reading(database: Database, spoken: dialect.Dialect, login: str) -> Iterator[Reader]:
    """A reader with that login."""
    kept = [part for part in database.connection.split(";") if not part.upper().startswith(("UID=", "PWD="))]
    connection = ";".join([*kept, f"UID={login}", f"PWD={WORD}"])
    with closing(ProcessBridge(lambda: Open(connection, spoken.session))) as bridge:
        yield Reader(bridge, spoken)


def reads_everything(pms: Pms, reader: Reader) -> None:
    source = DatabaseSource(pms, reader, Office("America/New_York"))
    found = source.describe()
    assert [shape.stopped for shape in found.shapes if shape.stopped is not None] == []
    assert [warning for warning in found.warnings if warning[0] != "codes_unknown"] == []
    for shape in found.shapes:
        assert source.scan(shape.id, Range(), 100).records
        for accelerator in shape.accelerators:
            if accelerator.kind == "growth":
                source.growth(shape.id, accelerator.name, None, 10)
    source.hint(0)
    assert rights.beyond(reader, ["patient"]) == ()


@pytest.mark.servers
def test_the_login_of_the_page_reads_everything_on_mariadb(mariadb: Database):
    login = "agent_reader_of_columns"
    with closing(pyodbc.connect(mariadb.connection, autocommit=True)) as link:
        name = link.execute("SELECT DATABASE()").fetchval()
        build("opendental", link, 1, SMALL)
        for statement in grants.mariadb(OPENDENTAL, name, f"'{login}'@'%'", WORD):
            link.execute(statement)
        try:
            with reading(mariadb, dialect.mariadb(), login) as reader:
                reads_everything(OPENDENTAL, reader)
                for table, columns in OPENDENTAL.also_read.items():
                    reader.select(table, columns, limit=1)
                with pytest.raises(Exception, match="permission_denied"):
                    reader.select("patient", ("SSN",), limit=1)
        finally:
            link.execute(f"DROP USER '{login}'@'%'")


@pytest.mark.servers
def test_the_login_of_the_page_reads_everything_on_postgresql(postgresql: Database):
    login = "agent_reader_of_columns"
    with closing(pyodbc.connect(postgresql.connection, autocommit=True)) as link:
        build("eaglesoft", link, 1, SMALL)
        for statement in grants.postgresql(EAGLESOFT, login, WORD):
            link.execute(statement)
        try:
            with reading(postgresql, dialect.postgresql("PPM"), login) as reader:
                reads_everything(EAGLESOFT, reader)
                with pytest.raises(Exception, match="permission_denied"):
                    reader.select("patient", ("social_security",), limit=1)
        finally:
            link.execute(f"DROP OWNED BY {login}")
            link.execute(f"DROP ROLE {login}")


def test_the_columns_are_those_that_conditions_name_too():
    tables = grants.columns_read(OPENDENTAL)
    assert {"Category", "DefNum", "IsHidden", "ItemName", "ItemOrder"} == set(tables["definition"])
    assert {"LinkType", "PatNumFrom"} <= set(tables["patientlink"])
    assert "HistApptAction" in tables["histappointment"]
    assert not {"SSN", "MedicaidID"} & set(tables["patient"])


def test_the_page_has_a_statement_for_every_table():
    page = login_page.page()
    for table in grants.columns_read(OPENDENTAL):
        assert f"`opendental`.`{table}`" in page
    for table in grants.columns_read(EAGLESOFT):
        assert page.count(f'"PPM"."{table}"') == (4 if table in WRITES else 2)
