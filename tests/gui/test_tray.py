"""The tray: icon, tooltip and every action of its menu."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from gui.english import ENGLISH
from gui.models import moments
from gui.port import Refused
from tests.gui.conftest import Show
from tests.gui.pictures import STATES
from tests.gui.scripted import NOW


@pytest.mark.parametrize("state", [one for one in STATES if one not in ("stopped", "not_set_up")])
def test_the_tooltip_says_the_last_good_sync_first_and_then_the_state(show: Show, state: str):
    screen, _ = show(state)
    first, second = screen.tray.icon.toolTip().split("\n")
    assert first.startswith("Last sync ") and first.endswith(" ago")
    assert second and second in screen.window.windowTitle()
    assert screen.tray.state.text() == second


def test_before_the_first_sync_the_tooltip_says_so(show: Show):
    screen, _ = show("not_set_up")
    assert "nothing sent yet" in screen.tray.icon.toolTip()


def test_the_menu_offers_what_can_be_done_now(show: Show, qtbot: QtBot):
    screen, agent = show("working")
    tray = screen.tray
    assert [one.text() for one in tray.menu.actions() if one.text() and one.isVisible()] == [
        "Everything is working",
        ENGLISH["tray.open"],
        ENGLISH["tray.pause_hour"],
        ENGLISH["tray.pause_day"],
        ENGLISH["tray.sync"],
        ENGLISH["tray.bundle"],
        "No notifications for 4 hours",
        ENGLISH["tray.quit"],
    ]
    agent.become("paused")
    qtbot.waitUntil(tray.resume.isVisible)
    assert not tray.pause_hour.isVisible() and not tray.sync.isEnabled() and tray.bundle.isEnabled()
    agent.become("stopped")
    qtbot.waitUntil(lambda: not tray.bundle.isEnabled())
    assert not tray.pause_hour.isEnabled() and not tray.sync.isEnabled()
    assert tray.open.isEnabled() and tray.quit.isEnabled()


def test_pause_and_resume_reach_the_agent(show: Show, qtbot: QtBot):
    screen, agent = show("working")
    screen.tray.pause_hour.trigger()
    qtbot.waitUntil(lambda: screen.link.seen.light == "paused")
    screen.tray.resume.trigger()
    qtbot.waitUntil(lambda: screen.link.seen.light == "working")
    screen.tray.pause_day.trigger()
    qtbot.waitUntil(lambda: len(agent.calls) == 3)
    assert agent.calls == [("pause", 1.0), ("resume",), ("pause", moments.hours_until_tomorrow(NOW))]


def test_sync_is_asked_for_and_its_success_is_silent(show: Show, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch):
    shown: list[str] = []
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda _icon, title, *_more: shown.append(title))
    screen, agent = show("working")
    screen.tray.sync.trigger()
    qtbot.waitUntil(lambda: agent.calls == [("task", "sync", {})])
    qtbot.wait(50)
    assert shown == []


def test_a_refusal_is_told(show: Show, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch):
    shown: list[tuple[str, str]] = []
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda _icon, title, body, *_more: shown.append((title, body)))
    screen, agent = show("working")

    def refuse(*_: object) -> None:
        raise Refused("paused", "The agent is paused", "Resume first.")

    monkeypatch.setattr(agent, "start_task", refuse)
    screen.tray.sync.trigger()
    qtbot.waitUntil(lambda: shown == [("The agent is paused", "Resume first.")])


def test_the_menu_opens_the_window_and_a_bundle(show: Show, qtbot: QtBot):
    screen, agent = show("working")
    screen.window.close()
    screen.tray.open.trigger()
    assert screen.window.isVisible()
    screen.tray.bundle.trigger()
    assert screen.window.page is screen.window.pages["support"]
    qtbot.waitUntil(lambda: ("task", "diagnostics", {}) in agent.calls)


def test_a_click_on_the_icon_opens_the_window(show: Show):
    screen, _ = show("working")
    screen.window.close()
    screen.tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Context)
    assert not screen.window.isVisible()
    screen.tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    assert screen.window.isVisible()


def test_quit_ends_the_screen_alone(show: Show, qtbot: QtBot):
    screen, agent = show("working")
    with qtbot.waitSignal(screen.tray.wants_quit):
        screen.tray.quit.trigger()
    assert agent.calls == []
