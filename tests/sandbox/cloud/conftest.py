"""Fixtures for tests of the cloud: a database, on SQLite and on a real PostgreSQL; a terminal that runs its program."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cloud.cli import main
from tests import servers


class Terminal:
    """Runs ``practice-cloud`` as its entry point does, in a folder of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        monkeypatch.chdir(folder)
        monkeypatch.delenv("PRACTICE_CLOUD_DB", raising=False)
        monkeypatch.setenv("COLUMNS", "160")
        self._patch, self._capsys = monkeypatch, capsys

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, output, errors."""
        self._patch.setattr(sys, "argv", ["practice-cloud", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = self._capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """The program, run by a person."""
    return Terminal(tmp_path, monkeypatch, capsys)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.servers)])
def cloud_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'cloud.db'}"
        return
    server: servers.Server = request.getfixturevalue("postgresql_server")
    database: servers.Database = request.getfixturevalue("postgresql")
    yield f"postgresql://practice@127.0.0.1:{server.port}/{database.name}"
