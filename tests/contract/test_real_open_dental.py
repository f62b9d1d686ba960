"""The Open Dental adapter on the complete real schema, where its file is given (OPENDENTAL_SCHEMA)."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path
from random import Random

import pyodbc
import pytest

from agent.sources import dialect
from agent.sources.bridge.client import ProcessBridge
from agent.sources.mapping import Office
from agent.sources.opendental.pms import OPENDENTAL
from agent.wire.bridge import Open
from sandbox.practice.build import build
from sandbox.practice.desk import Desk
from sandbox.practice.oddities import OVER_ODBC
from sandbox.practice.oracle import compare, expected
from sandbox.practice.real_schema import load_schema
from tests.contract.places import SMALL, Place

SCHEMA = os.environ.get("OPENDENTAL_SCHEMA")

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not SCHEMA, reason="OPENDENTAL_SCHEMA does not name the real Open Dental schema: absent here"),
]


@pytest.fixture
def real(mariadb):
    """A practice in the real schema."""
    assert SCHEMA is not None
    spoken = dialect.mariadb()
    with closing(pyodbc.connect(mariadb.connection, autocommit=True)) as link:
        load_schema(link, Path(SCHEMA))
        desk = Desk(build("opendental", link, 3, SMALL, odd=OVER_ODBC - {"zero_dates"}), link, Random(3))
        with closing(ProcessBridge(lambda: Open(mariadb.connection, spoken.session))) as bridge:
            yield Place(OPENDENTAL, "mariadb", desk, bridge, spoken, Office(desk.practice.zone))


def test_every_shape_is_read_and_mapped_from_the_real_tables(real):
    found = real.source.describe()
    assert [shape.id for shape in found.shapes if shape.stopped is not None] == []
    assert [warning for warning in found.warnings if warning[0] != "codes_unknown"] == []
    assert (found.halted, found.dirty_reads) == (None, False)
    assert compare(expected(real.desk.practice), real.canonical(found)) == []
    real.desk.work(60)
    real.source.refresh()
    assert compare(expected(real.desk.practice), real.canonical(), incarnations=False) == []


def test_the_accelerators_are_those_that_the_real_indexes_allow(real):
    accelerators = {
        shape.id: {accelerator.name for accelerator in shape.accelerators} for shape in real.source.describe().shapes
    }
    assert accelerators["patient"] == {"new"}
    assert accelerators["appointment"] == {"history", "new"}
    assert accelerators["ledger_entry.procedure"] == {"stamp"}
    assert accelerators["ledger_entry.adjustment"] == {"stamp"}
    assert accelerators["ledger_entry.payment"] == {"new", "splits"}
    assert accelerators["ledger_entry.insurance_payment"] == {"stamp"}
    assert accelerators["ledger_entry.write_off"] == {"stamp"}
