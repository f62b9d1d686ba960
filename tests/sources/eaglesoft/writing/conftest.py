"""Practices that are written to, on every engine in turn."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources.eaglesoft.writing.offices import ENGINES, Office, in_file, on_server


@pytest.fixture(
    params=[pytest.param(name, marks=[pytest.mark.servers] if name == "postgresql" else []) for name in ENGINES]
)
def office(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """A practice of its own, on every engine in turn."""
    if request.param == "postgresql":
        with on_server(request.getfixturevalue("postgresql")) as made:
            yield made
    else:
        with in_file(request.param, tmp_path / "practice.db") as made:
            yield made


@pytest.fixture
def small_office(tmp_path: Path) -> Iterator[Office]:
    """A practice in a file, written to in this process."""
    with in_file("inprocess", tmp_path / "practice.db") as made:
        yield made
