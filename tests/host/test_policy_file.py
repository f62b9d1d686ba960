"""The office's policy is what its file says now."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.host.policy_file import PolicyFile
from agent.model.errors import Retry
from agent.writeback.policy import Policy

OVERLAPPING = "[booking]\nallow_double_booking = true\n"


@pytest.fixture
def file(tmp_path: Path) -> PolicyFile:
    return PolicyFile(tmp_path)


def write(file: PolicyFile, text: str, second: int) -> None:
    """Write it, at a second of its own whatever the file system's clock resolves."""
    file.path.write_text(text)
    os.utime(file.path, (second, second))


def test_without_a_file_every_kind_has_its_channels_default(file: PolicyFile):
    assert file.read() == Policy()
    assert not file.double_booking()


def test_a_change_counts_from_the_next_decision_on(file: PolicyFile):
    write(file, OVERLAPPING, 1000)
    assert file.double_booking()
    write(file, OVERLAPPING.replace("true", "false"), 1001)
    assert not file.double_booking()
    file.path.unlink()
    assert file.read() == Policy()


def test_a_file_that_has_not_changed_is_not_read_again(file: PolicyFile):
    write(file, OVERLAPPING, 1000)
    assert file.read() is file.read()


def test_what_is_not_known_makes_all_of_it_invalid_until_it_is_corrected(file: PolicyFile):
    write(file, OVERLAPPING, 1000)
    assert file.double_booking()
    write(file, OVERLAPPING + "[bookings]\n", 1001)
    for _ in range(2):
        with pytest.raises(Retry) as caught:
            file.read()
        assert caught.value.code == "policy_invalid"
    assert not file.double_booking()
    write(file, OVERLAPPING, 1002)
    assert file.double_booking()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"stop"])
def test_what_is_no_toml_is_invalid(file: PolicyFile, content: bytes):
    file.path.write_bytes(content)
    with pytest.raises(Retry, match="cannot be read"):
        file.read()


def test_a_file_that_cannot_be_opened_is_invalid(file: PolicyFile):
    file.path.mkdir()
    with pytest.raises(Retry, match="cannot be read"):
        file.read()
