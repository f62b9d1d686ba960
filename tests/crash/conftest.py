"""An office that works: a practice with a front desk, a cloud over TLS, an agent that is set up to be quick."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cloud.tls import ServerTls, development_tls
from tests.crash.workplace import FEW, KILLS, Workplace, opened, practice_in


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ServerTls:
    """The cloud's certificate."""
    return development_tls(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def workplace(tmp_path: Path, tls: ServerTls) -> Iterator[Workplace]:
    """A practice at work and an agent that is enrolled and has not run yet."""
    with opened(tmp_path, tls, 1.0) as made:
        yield made


@pytest.fixture
def unhurried(tmp_path: Path, tls: ServerTls) -> Iterator[Workplace]:
    """The same with an agent that takes its time, so that there are more instants to be killed at."""
    with opened(tmp_path, tls, 0.1) as made:
        yield made


@pytest.fixture(scope="session")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another practice's database."""
    file = tmp_path_factory.mktemp("other") / "practice.db"
    practice_in(file, seed=99).connection.close()
    return file


@pytest.fixture
def other_practice(saved: Path, tmp_path: Path) -> Path:
    """A copy of another practice's database."""
    return Path(shutil.copy(saved, tmp_path / "other.db"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Real processes and real time: all but a few kills are behind ``make crash``."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.timeout(1200))
            if item.path.name != "test_write_kills.py" and (item.path.name != "test_kills.py" or KILLS > FEW):
                item.add_marker(pytest.mark.heavy)
