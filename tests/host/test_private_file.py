"""Small files of the home: whole, private, and never what a death left half written."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from agent.host import private_file


def test_a_file_is_replaced_whole_and_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_bytes(b"old")
    private_file.write(file, b"new")
    assert file.read_bytes() == b"new"
    assert [one.name for one in tmp_path.iterdir()] == ["agent.toml"]
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_a_death_left_behind_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / "agent.toml.new").write_bytes(b"half a fi")
    private_file.write(tmp_path / "agent.toml", b"whole")
    assert (tmp_path / "agent.toml").read_bytes() == b"whole"
    assert not (tmp_path / "agent.toml.new").exists()


def test_a_failed_write_leaves_the_file_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "agent.toml"
    file.write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("agent.host.private_file.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        private_file.write(file, b"new")
    assert file.read_bytes() == b"old"
