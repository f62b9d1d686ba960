"""One screen per user and folder."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from gui.single import Single


def test_a_second_one_opens_the_first_one_s_window_and_ends(qtbot: QtBot, tmp_path: Path):
    opened: list[str] = []
    first, second = Single(tmp_path, lambda: opened.append("first")), Single(tmp_path, lambda: opened.append("second"))
    try:
        assert first.claim()
        assert not second.claim()
        qtbot.waitUntil(lambda: opened == ["first"])
    finally:
        first.release()
    assert second.claim()
    second.release()


def test_each_folder_has_its_own(qtbot: QtBot, tmp_path: Path):
    both = [Single(tmp_path / name, lambda: None) for name in ("a", "b")]
    assert [one.claim() for one in both] == [True, True]
    for one in both:
        one.release()


def test_what_a_killed_one_left_behind_is_in_nobody_s_way(qtbot: QtBot, tmp_path: Path):
    killed = Single(tmp_path, lambda: None)
    assert killed.claim()
    left = Path(killed._server.fullServerName())
    killed.release()
    left.touch()
    assert left.exists()
    after = Single(tmp_path, lambda: None)
    assert after.claim()
    after.release()
