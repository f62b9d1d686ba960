"""Fixtures of the contract that every adapter keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.places import ADAPTERS, Place, in_file, on_server


def _engine(adapter: str) -> str:
    return adapter.partition("-")[2]


@pytest.fixture(
    params=[
        pytest.param(name, marks=[pytest.mark.servers] if _engine(name) in ("mariadb", "postgresql") else [])
        for name in ADAPTERS
    ]
)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Every adapter in turn, on a practice of its own."""
    pms, _, engine = request.param.partition("-")
    if engine in ("mariadb", "postgresql"):
        with on_server(pms, engine, request.getfixturevalue(engine)) as made:
            yield made
    else:
        with in_file(pms, engine, tmp_path / "practice.db") as made:
            yield made
