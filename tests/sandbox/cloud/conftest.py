"""Fixtures for tests of the cloud: each on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import servers


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def cloud_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'cloud.db'}"
        return
    server: servers.Server = request.getfixturevalue("postgresql_server")
    database: servers.Database = request.getfixturevalue("postgresql")
    yield f"postgresql://practice@127.0.0.1:{server.port}/{database.name}"
