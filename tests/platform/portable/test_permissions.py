"""The home folder is closed to everybody but its owner."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from agent.model.errors import NeedsPerson
from agent.platform import permissions

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX rights")


def test_a_new_folder_is_made_private(tmp_path: Path):
    permissions.make_private(tmp_path / "a" / "b")
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700


def test_an_open_folder_is_closed(tmp_path: Path):
    tmp_path.chmod(0o755)
    permissions.make_private(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_a_file_in_the_folders_place_is_reported(tmp_path: Path):
    (tmp_path / "home").touch()
    with pytest.raises(NeedsPerson) as caught:
        permissions.make_private(tmp_path / "home")
    assert caught.value.code == "home_unusable"


def test_a_file_that_the_group_may_read_is_not_private(tmp_path: Path):
    file = tmp_path / "file"
    file.touch(0o600)
    assert permissions.is_private(file)
    file.chmod(0o640)
    assert not permissions.is_private(file)
