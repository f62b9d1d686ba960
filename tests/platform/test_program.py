"""Whether the program is whole."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from agent.platform.program import lost_files


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of three files, as an installer leaves it."""
    info = tmp_path / "some_agent-1.0.dist-info"
    for file in ("agent/one.py", "agent/two.py", "gui/three.py", "some_agent-1.0.dist-info/METADATA"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text("Metadata-Version: 2.1\nName: some-agent\nVersion: 1.0\n")
    names = ("agent/one.py", "agent/two.py", "gui/three.py", "agent/__pycache__/one.cpython-311.pyc")
    (info / "RECORD").write_text("".join(f"{name},,\n" for name in names))
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path


def test_a_program_that_is_whole_misses_nothing(installed: Path):
    assert lost_files("some-agent") == 0


def test_a_file_that_somebody_removed_is_missed(installed: Path):
    (installed / "agent" / "two.py").unlink()
    (installed / "gui" / "three.py").unlink()
    assert lost_files("some-agent") == 2


def test_of_what_was_not_installed_from_a_list_nothing_is_said():
    assert lost_files("no-such-agent") is None
