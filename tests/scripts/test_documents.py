"""The documents that are made from the code say what the code says."""

from __future__ import annotations

import pytest

from scripts import documents


def test_no_page_is_stale():
    assert documents.stale() == [], "run `make docs`"


def test_the_settings_page_names_every_key():
    page = documents.settings_page()
    for key in ("time_zone", "connection", "schema", "duty_office", "delete_share", "from", "[codes.*]"):
        assert f"`{key}`" in page


def test_a_stale_page_is_told_and_gives_an_exit_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(documents, "PAGES", {"docs/never-written.md": lambda: "x"})
    assert documents.main(["--check"]) == 1
    assert "make docs" in capsys.readouterr().err
