"""Fixtures for all tests: real database servers, started when first asked for and shared by the run's workers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers


@pytest.fixture(scope="session")
def meeting_place(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of this test run share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@pytest.fixture(scope="session")
def mariadb_server(meeting_place: Path) -> Iterator[servers.Server]:
    """The run's MariaDB server."""
    with servers.shared("mariadb", meeting_place) as server:
        yield server


@pytest.fixture(scope="session")
def postgresql_server(meeting_place: Path) -> Iterator[servers.Server]:
    """The run's PostgreSQL server."""
    with servers.shared("postgresql", meeting_place) as server:
        yield server


@pytest.fixture
def mariadb(mariadb_server: servers.Server) -> Iterator[servers.Database]:
    """An empty MariaDB database."""
    database = mariadb_server.fresh()
    yield database
    mariadb_server.drop(database)


@pytest.fixture
def postgresql(postgresql_server: servers.Server) -> Iterator[servers.Database]:
    """An empty PostgreSQL database."""
    database = postgresql_server.fresh()
    yield database
    postgresql_server.drop(database)
