"""The status file is there whole or not at all, and there even when the disk is full."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from agent.host import status_file
from agent.model.errors import Retry


def test_what_is_written_is_read(tmp_path: Path):
    status_file.write(tmp_path, {"pid": 1})
    status_file.write(tmp_path, {"pid": 2})
    assert status_file.read(tmp_path) == {"pid": 2}
    assert [file.name for file in tmp_path.iterdir()] == ["status.json"]


@pytest.mark.parametrize("content", [None, b"", b"{ half", b"[1]", b"\xff"])
def test_what_is_no_document_is_none(tmp_path: Path, content: bytes | None):
    if content is not None:
        (tmp_path / "status.json").write_bytes(content)
    assert status_file.read(tmp_path) is None


def refuse_new_files(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    write_bytes = Path.write_bytes

    def refused(self: Path, data: bytes) -> int:
        if self.suffix == ".new":
            raise OSError(number, "refused")
        return write_bytes(self, data)

    monkeypatch.setattr(Path, "write_bytes", refused)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_on_a_full_disk_it_takes_the_place_of_the_former_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
):
    status_file.write(tmp_path, {"pid": 1})
    refuse_new_files(monkeypatch, number)
    status_file.write(tmp_path, {"pid": 2})
    assert status_file.read(tmp_path) == {"pid": 2}


def test_a_folder_that_cannot_be_written_is_tried_again_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    status_file.write(tmp_path, {"pid": 1})
    refuse_new_files(monkeypatch, errno.EACCES)
    with pytest.raises(Retry) as refused:
        status_file.write(tmp_path, {"pid": 2})
    assert (refused.value.code, refused.value.fields["errno"]) == ("store_unwritable", errno.EACCES)
    assert status_file.read(tmp_path) == {"pid": 1}
