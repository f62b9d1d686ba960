"""Secrets: kept per home folder, closed to others, never half written, never told."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from agent.model.errors import NeedsPerson
from agent.platform.secrets import Secrets

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the file vault serves where there is no keyring")

CANARY = "canary-password-57130"


def test_a_secret_is_there_after_a_restart_and_gone_after_delete(tmp_path: Path):
    Secrets(tmp_path).set("database", CANARY)
    assert Secrets(tmp_path).get("database") == CANARY
    Secrets(tmp_path).delete("database")
    Secrets(tmp_path).delete("database")
    assert Secrets(tmp_path).get("database") is None


def test_the_file_is_for_its_owner_alone(tmp_path: Path):
    Secrets(tmp_path).set("database", CANARY)
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_a_file_that_others_can_read_is_refused_with_a_remedy(tmp_path: Path):
    Secrets(tmp_path).set("database", CANARY)
    (tmp_path / "secrets.json").chmod(0o644)
    with pytest.raises(NeedsPerson) as caught:
        Secrets(tmp_path).get("database")
    assert caught.value.code == "secrets_exposed"
    assert "chmod 600" in caught.value.advice


@pytest.mark.parametrize(
    "content", [b"", b'{"format": 1, "secrets": {"Practice Agent"', b"[]", b'{"format": 99}', b"\xff"]
)
def test_a_damaged_file_is_reported_and_left_as_it_is(tmp_path: Path, content: bytes):
    file = tmp_path / "secrets.json"
    file.touch(0o600)
    file.write_bytes(content)
    for use in (lambda: Secrets(tmp_path).get("database"), lambda: Secrets(tmp_path).set("database", CANARY)):
        with pytest.raises(NeedsPerson) as caught:
            use()
        assert caught.value.code == "secrets_unreadable"
    assert file.read_bytes() == content


def test_no_error_tells_a_secret(tmp_path: Path):
    file = tmp_path / "secrets.json"
    file.touch(0o600)
    file.write_text('{"format": 1, "secrets": {"Practice Agent": {"database": "' + CANARY)
    with pytest.raises(NeedsPerson) as caught:
        Secrets(tmp_path).get("database")
    error: BaseException | None = caught.value
    while error is not None and not error.__suppress_context__:
        assert CANARY not in repr(error)
        error = error.__context__
    assert CANARY not in str(caught.value) + str(caught.value.fields)


def test_what_a_crash_left_behind_does_not_stop_the_next_write(tmp_path: Path):
    (tmp_path / "secrets.new").write_text("half a fi")
    Secrets(tmp_path).set("database", CANARY)
    assert Secrets(tmp_path).get("database") == CANARY
    assert not (tmp_path / "secrets.new").exists()


def test_a_secret_that_must_be_there_is_asked_for_by_name(tmp_path: Path):
    with pytest.raises(NeedsPerson) as caught:
        Secrets(tmp_path).require("sealing_key")
    assert caught.value.code == "secret_missing"
    assert caught.value.fields["secret"] == "sealing_key"


def test_two_homes_keep_their_secrets_apart(tmp_path: Path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    Secrets(one).set("database", CANARY)
    assert Secrets(other).get("database") is None
