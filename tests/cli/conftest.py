"""Fixtures of the command line's tests."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from sandbox.cloud.tls import ServerTls, development_tls
from sandbox.practice.build import build
from tests.cli.office import Office, opened
from tests.cli.writes import Writing, writable


@pytest.fixture(scope="session")
def practice_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Eaglesoft-shaped practice; copied for each test."""
    file = tmp_path_factory.mktemp("practice") / "practice.db"
    with closing(sqlite3.connect(file)) as connection:
        build("eaglesoft", connection, seed=7)
        connection.commit()
    return file


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ServerTls:
    """The cloud's certificate."""
    return development_tls(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def office(tmp_path: Path, practice_file: Path, tls: ServerTls) -> Iterator[Office]:
    """A practice and a cloud; no agent yet."""
    practice = tmp_path / "practice.db"
    shutil.copy(practice_file, practice)
    with opened(tmp_path, practice, tls) as office:
        yield office


@pytest.fixture
def agent(office: Office) -> Office:
    """The same with an agent that is set up and enrolled."""
    office.set_up()
    return office


@pytest.fixture(scope="session")
def writable_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as of today: it has visits to come."""
    return writable(tmp_path_factory.mktemp("practice") / "practice.db")


@pytest.fixture
def writing(tmp_path: Path, writable_file: Path, tls: ServerTls) -> Iterator[Writing]:
    """An agent that is set up and enrolled, has loaded everything, and may write; it does not run yet."""
    with Writing.opened(tmp_path, writable_file, tls) as made:
        yield made
