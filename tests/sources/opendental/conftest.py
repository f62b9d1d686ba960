"""Fixtures for tests of Open Dental's channel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources.opendental.offices import Office, office


@pytest.fixture
def practice(tmp_path: Path) -> Iterator[Office]:
    """A small practice with the stand-in of its API."""
    with office(tmp_path / "practice.db") as made:
        yield made
