"""The source over an in-process database: what it refuses, and what it finds out when. The contract has the rest."""

from __future__ import annotations

import sqlite3

import pytest

from agent.model.errors import Terminal
from agent.model.reading import Range
from agent.sources import dialect
from agent.sources.bridge.inprocess import InProcessBridge
from agent.sources.eaglesoft.pms import EAGLESOFT
from agent.sources.mapping import Office
from agent.sources.opendental.pms import OPENDENTAL
from agent.sources.pms import Pms
from agent.sources.reader import Reader
from agent.sources.source import DatabaseSource
from sandbox.practice.build import Size, build
from sandbox.practice.engine import open_memory

HERE = Office("America/Chicago")


def source_on(connection: sqlite3.Connection, pms: Pms = OPENDENTAL, office: Office = HERE) -> DatabaseSource:
    return DatabaseSource(pms, Reader(InProcessBridge(lambda: connection), dialect.sqlite()), office)


@pytest.fixture
def practice():
    connection = open_memory("opendental")
    build("opendental", connection, 1, Size(10, 20, 20))
    return connection


def test_an_engine_that_the_pms_does_not_run_on_is_refused(practice):
    with pytest.raises(Terminal) as refused:
        DatabaseSource(EAGLESOFT, Reader(InProcessBridge(lambda: practice), dialect.mariadb()), HERE)
    assert refused.value.code == "dialect_unsupported"


def test_a_code_table_that_says_what_does_not_exist_is_refused_at_once(practice):
    with pytest.raises(Terminal) as refused:
        source_on(practice, office=Office("America/Chicago", overrides={"opendental.confirmation": {"x": "maybe"}}))
    assert refused.value.code == "override_invalid"


def test_a_source_finds_out_what_it_needs_when_it_is_asked_without_a_description(practice):
    source = source_on(practice)
    page = source.scan("appointment", Range(), 100)
    assert all(one.id for one in source.map("appointment", page.records))
    assert source_on(practice).refresh() == frozenset()
    assert source_on(practice).hint(None).shapes == frozenset()


def test_an_empty_practice_is_described(practice):
    found = source_on(open_memory("opendental")).describe()
    assert (found.pms_version, found.halted) == (None, None)
    assert ("version_unknown", "?") in found.warnings
    assert set(found.high_marks.values()) == {0}


def test_no_fingerprint_is_taken_while_the_pms_is_upgraded(practice):
    practice.execute("UPDATE preference SET ValueString = 'PC' WHERE PrefName = 'UpdateInProgressOnComputerName'")
    found = source_on(practice).describe()
    assert (found.halted, found.database, dict(found.high_marks)) == ("upgrade_in_progress", "", {})


@pytest.mark.parametrize(
    ("version", "known"),
    [("24.3.10.0", True), ("21.1", True), ("20.5.1", False), ("27.1", False), ("26", True), ("", False), (None, False)],
)
def test_versions_that_the_declarations_were_made_for_are_known(version, known):
    assert OPENDENTAL.knows(version) is known
