"""The enrolment's file: whole or not there, and no secret in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.host import enrolment
from agent.host.enrolment import Enrolled
from agent.model.errors import NeedsPerson

WHO = Enrolled("p1.a1", "p1", "Elm Street Dental – Süd")


def test_what_is_kept_is_there_after_a_restart_and_gone_when_forgotten(tmp_path: Path):
    assert enrolment.read(tmp_path) is None
    enrolment.write(tmp_path, WHO)
    enrolment.write(tmp_path, WHO)
    assert enrolment.read(tmp_path) == WHO
    assert [file.name for file in tmp_path.iterdir()] == ["enrolment.json"]
    enrolment.forget(tmp_path)
    enrolment.forget(tmp_path)
    assert enrolment.read(tmp_path) is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'"x"', b"\xff\xfe"])
def test_a_damaged_file_says_what_to_do(tmp_path: Path, content: bytes):
    (tmp_path / "enrolment.json").write_bytes(content)
    with pytest.raises(NeedsPerson) as refused:
        enrolment.read(tmp_path)
    assert refused.value.code == "enrolment_damaged"
    assert "--takeover" in refused.value.advice


def test_half_a_file_of_a_crash_is_not_taken_for_one(tmp_path: Path):
    (tmp_path / "enrolment.json.new").write_bytes(b'{"agent_id"')
    assert enrolment.read(tmp_path) is None
    enrolment.write(tmp_path, WHO)
    assert enrolment.read(tmp_path) == WHO
