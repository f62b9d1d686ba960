"""The window and tray over a scripted agent, in every state."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QListWidget, QTableView, QWidget

from gui.english import ENGLISH
from gui.icons import pixmap
from gui.models.light import LIGHTS
from gui.pages.settings import SettingsPage
from gui.pages.writes import WritesPage
from tests.gui.conftest import Show, until
from tests.gui.office_writes import CLEAR
from tests.gui.pictures import STATES
from tests.gui.scripted import Scripted


def shown(widget: QWidget, text: str) -> bool:
    """Whether it can be read there."""
    return text in texts(widget)


EXPECTED = {
    "working": "working",
    "syncing": "syncing",
    "paused": "paused",
    "attention": "attention",
    "decide": "attention",
    "partly": "attention",
    "broken": "broken",
    "stopped": "stopped",
    "not_set_up": "attention",
}


def texts(widget: QWidget) -> str:
    """Everything that can be read there."""
    return "\n".join(one.text() for one in widget.findChildren(QLabel) if one.isVisible())


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_light_and_its_sentence(show: Show, state: str):
    screen, _ = show(state)
    assert screen.link.seen.light == EXPECTED[state]
    assert screen.tray.icon.toolTip()
    assert screen.window.windowTitle().endswith("Practice Agent")
    for warning in screen.link.seen.warnings:
        assert until(partial(shown, screen.window.page, warning["title"]))
        assert until(partial(shown, screen.window.page, warning["advice"]))


def test_the_icons_differ_in_shape_alone(show: Show):
    shapes = set()
    for light in LIGHTS:
        image = pixmap(light, 16).toImage()
        pixels = [image.pixelColor(x, y) for x in range(16) for y in range(16)]
        shapes.add(tuple((one.alpha() > 127, one.lightness() > 215) for one in pixels))
    assert len(shapes) == len(LIGHTS)


@pytest.mark.parametrize(
    "name", ["overview", "data", "writes", "activity", "connection", "support", "settings", "about"]
)
def test_everything_that_takes_the_keyboard_has_a_name(show: Show, name: str):
    screen, _ = show("decide")
    screen.window.turn_to(name)
    until(lambda: False, 0.4)
    kinds = (QAbstractButton, QLineEdit, QComboBox, QTableView, QListWidget)
    nameless = [
        one
        for kind in kinds
        for one in screen.window.findChildren(kind)
        if one.isVisible()
        and one.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not one.accessibleName()
        and not (isinstance(one, QAbstractButton) and one.text())
        and not one.objectName().startswith("qt_")
        and not isinstance(one.parentWidget(), QComboBox)
    ]
    assert nameless == []


def test_a_lost_agent_is_told_at_once_and_found_again(show: Show):
    screen, agent = show("working")
    agent.become("stopped")
    assert until(lambda: screen.link.seen.light == "stopped")
    assert "not running" in screen.window.windowTitle()
    agent.become("broken")
    assert until(lambda: screen.link.seen.light == "broken")


def test_an_agent_of_another_version_asks_for_a_new_window(show: Show, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Scripted, "version", "9.9.9")
    screen, _ = show("working")
    assert until(lambda: "9.9.9" in texts(screen.window))
    restarts: list[int] = []
    screen.wants_restart.connect(lambda: restarts.append(1))
    button = next(b for b in screen.window.findChildren(QAbstractButton) if "Restart" in b.text())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert restarts == [1]


def test_the_menu_pauses_and_resumes(show: Show):
    screen, agent = show("working")
    screen.tray.pause_hour.trigger()
    assert until(lambda: screen.link.seen.light == "paused")
    assert screen.tray.resume.isVisible() and not screen.tray.pause_hour.isVisible()
    screen.tray.resume.trigger()
    assert until(lambda: screen.link.seen.light == "working")
    assert agent.calls == [("pause", 1.0), ("resume",)]


def test_the_keyboard_turns_the_pages(show: Show):
    screen, _ = show("working")
    QTest.keyClick(screen.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert screen.window.page is screen.window.pages["data"]


def test_a_write_back_is_masked_until_somebody_asks_and_when_the_page_is_left(show: Show):
    screen, agent = show("decide")
    page = screen.window.pages["writes"]
    assert isinstance(page, WritesPage)
    screen.window.turn_to("writes")
    assert until(lambda: "Post a payment" in texts(page))
    assert CLEAR["note"] not in texts(page)
    clear = next(b for b in page.findChildren(QAbstractButton) if b.text() == ENGLISH["writes.unmask"])
    QTest.mouseClick(clear, Qt.MouseButton.LeftButton)
    assert until(lambda: CLEAR["note"] in texts(page))
    screen.window.turn_to("overview")
    screen.window.turn_to("writes")
    until(lambda: False, 0.2)
    assert CLEAR["note"] not in texts(page)
    assert ("write", "w9", True) in agent.calls


def test_settings_show_the_plan_before_the_change(show: Show):
    screen, agent = show("working")
    page = screen.window.pages["settings"]
    assert isinstance(page, SettingsPage)
    screen.window.turn_to("settings")
    assert until(lambda: page.numbers["rotation_minutes"].value() == 30)
    page.numbers["rotation_minutes"].setValue(45)
    assert not page.apply.isEnabled()
    page.check.click()
    assert until(page.apply.isEnabled)
    page.apply.click()
    assert until(lambda: any(call[0] == "change" for call in agent.calls))
    assert agent.calls[-1][1].settings == {"pace": {"rotation_minutes": 45.0}}


def test_who_may_not_change_is_told_what_it_needs(show: Show):
    screen, agent = show("working")
    agent.right_missing = True
    page = screen.window.pages["settings"]
    assert isinstance(page, SettingsPage)
    screen.window.turn_to("settings")
    assert until(lambda: page.numbers["rotation_minutes"].value() == 30)
    page.numbers["rotation_minutes"].setValue(45)
    page.check.click()
    assert until(lambda: ENGLISH["settings.admin"] in texts(page))


def test_the_assistant_leads_from_the_find_to_the_cloud(show: Show):
    screen, agent = show("not_set_up")
    assistant = screen.assist()
    assert until(lambda: assistant.connection.text() == "DSN=DENTAL")
    assistant.act.click()
    assert until(assistant.next.isEnabled)
    assistant.next.click()
    assistant.cloud.setText("https://cloud.example")
    assistant.code.setText("ABCD-EFGH")
    assistant.act.click()
    assert until(assistant.next.isEnabled)
    assert ("task", "enrol", {"code": "ABCD-EFGH"}) in agent.calls
    assistant.close()


def test_every_text_is_in_the_table_and_every_entry_is_used():
    root = Path(__file__).parents[2] / "gui"
    source = "\n".join(file.read_text() for file in root.rglob("*.py") if file.name != "english.py")
    asked = set(re.findall(r"""say\(\s*["']([^"']+)["']""", source))
    assert sorted(asked - set(ENGLISH)) == []
    stems = {found.split("{")[0] for found in re.findall(r'f"([a-z_]+\.[^"]*\{[^"]+)"', source)}
    words = set(re.findall(r'"([a-z_]+(?:\.[a-z_]+)+)"', source))
    unused = [key for key in ENGLISH if key not in asked | words and not any(key.startswith(stem) for stem in stems)]
    assert unused == []
