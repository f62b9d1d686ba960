"""Fixtures of the local API's tests: an office, and a service in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.api.client import LocalAgent
from tests.api.stations import Service, serving, until_state
from tests.cli.conftest import agent, office, practice_file, tls, writable_file, writing

__all__ = ["agent", "office", "practice_file", "tls", "writable_file", "writing"]


@pytest.fixture
def idle(tmp_path: Path) -> Iterator[Service]:
    """A service in a home without settings."""
    with serving(tmp_path / "home") as made:
        yield made


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One for all tests of a module, without settings: what is asked of it begins no work on anybody's database."""
    with serving(tmp_path_factory.mktemp("service") / "home") as made:
        with LocalAgent(made.home) as client:
            until_state(client, "not_set_up")
        yield made
