"""The host's hash: the same at every start, another for every copy, telling nothing."""

from __future__ import annotations

from pathlib import Path

from agent.platform.host_id import host_id


def test_the_same_machine_and_folder_give_the_same_hash(tmp_path: Path):
    assert host_id(tmp_path) == host_id(tmp_path / ".." / tmp_path.name)


def test_another_machine_or_folder_gives_another_hash(tmp_path: Path):
    hashes = {host_id(tmp_path, "a"), host_id(tmp_path, "b"), host_id(tmp_path / "copy", "a")}
    assert len(hashes) == 3


def test_the_hash_reveals_neither_machine_nor_folder(tmp_path: Path):
    told = host_id(tmp_path, "machine-identity")
    assert len(told) == 32
    assert int(told, 16)
