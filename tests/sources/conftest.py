"""Fixtures for tests of the reading side."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources.practices import ENGINES, Practice, in_file, on_server


@pytest.fixture(params=[pytest.param(engine, marks=pytest.mark.servers) for engine in ENGINES])
def practice(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Practice]:
    """The test tables on every engine in turn."""
    if request.param in ("mariadb", "postgresql"):
        with on_server(request.param, request.getfixturevalue(request.param)) as made:
            yield made
    else:
        with in_file(request.param, tmp_path / "practice.db") as made:
            yield made
