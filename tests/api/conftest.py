"""Fixtures of the local API's tests: an office, and a service in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.stations import Service, serving
from tests.cli.conftest import agent, office, practice_file, tls, writable_file, writing

__all__ = ["agent", "office", "practice_file", "tls", "writable_file", "writing"]


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[Service]:
    """A service in a home without settings."""
    with serving(tmp_path / "home") as made:
        yield made
