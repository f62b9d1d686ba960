"""Files for some readers: they have their rights before they have their content, whatever was there before."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agent.platform import permissions


@pytest.mark.parametrize(("readers", "mode"), [("all", 0o644), ("group", 0o640), ("owner", 0o600)])
def test_each_reader_has_its_mode_whatever_the_umask(tmp_path: Path, readers: permissions.Readers, mode: int):
    before = os.umask(0o077)
    try:
        permissions.write_for(tmp_path / "token", "first", readers)
        permissions.write_for(tmp_path / "token", "second", readers)
    finally:
        os.umask(before)
    assert (tmp_path / "token").read_text() == "second"
    assert (tmp_path / "token").stat().st_mode & 0o777 == mode


def test_a_link_that_somebody_laid_is_replaced_not_followed(tmp_path: Path):
    precious = tmp_path / "precious"
    precious.write_text("mine")
    for name in ("token", "token.new"):
        (tmp_path / name).symlink_to(precious)
    permissions.write_for(tmp_path / "token", "secret", "owner")
    assert precious.read_text() == "mine"
    assert not (tmp_path / "token").is_symlink()
