"""The window over a scripted agent, in every state: what it says, what it lets people do, what it hides."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from gui.english import ENGLISH
from gui.icons import pixmap
from gui.models import overview
from gui.models.light import LIGHTS
from gui.pages.data import DataPage
from gui.pages.overview import OverviewPage
from gui.pages.settings import SettingsPage
from gui.pages.support import SupportPage
from gui.pages.writes import WritesPage
from tests.gui.conftest import Show, texts
from tests.gui.office_writes import CLEAR
from tests.gui.pictures import STATES
from tests.gui.scripted import BUNDLE, Scripted

EXPECTED = {
    "working": ("working", "Everything is working"),
    "syncing": ("syncing", "Catching up with the practice"),
    "paused": ("paused", "Paused until"),
    "attention": ("attention", "Working, but something needs attention"),
    "decide": ("attention", "Working – a decision is waiting for you"),
    "read_only": ("attention", "Working, but nothing is written back"),
    "partly": ("attention", "Working, except for a part"),
    "broken": ("broken", "Changes are not reaching the cloud"),
    "offline": ("broken", "Changes are not reaching the cloud"),
    "proxy": ("broken", "Changes are not reaching the cloud"),
    "inspected": ("broken", "Changes are not reaching the cloud"),
    "disk_full": ("broken", "Changes are not reaching the cloud"),
    "stopped": ("stopped", "The agent is not running"),
    "not_set_up": ("attention", "The agent is not set up yet"),
}


def press(qtbot: QtBot, inside: QWidget, text: str) -> None:
    """Click the button of this text, as soon as it is to be seen."""

    def found() -> list[QAbstractButton]:
        return [one for one in inside.findChildren(QAbstractButton) if one.text() == text and one.isVisible()]

    qtbot.waitUntil(lambda: len(found()) == 1)
    qtbot.mouseClick(found()[0], Qt.MouseButton.LeftButton)


def shown(inside: QWidget, *sought: str) -> bool:
    """Whether these can be read there."""
    return all(one in texts(inside) for one in sought)


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_its_light_its_sentence_and_says_what_to_do(show: Show, qtbot: QtBot, state: str):
    screen, _ = show(state)
    light, sentence = EXPECTED[state]
    assert screen.link.seen.light == light
    assert sentence in screen.window.windowTitle()
    assert sentence in texts(screen.window)
    assert screen.tray.icon.toolTip()
    for warning in screen.link.seen.warnings:
        told = overview.advice(warning["code"], warning["advice"])
        qtbot.waitUntil(partial(shown, screen.window, warning["title"], told))
        assert "agent.toml" not in told and "`" not in told, "the window speaks to people who have no terminal"


def test_the_icons_differ_in_shape_alone(qapp):
    shapes = set()
    for light in LIGHTS:
        image = pixmap(light, 16).toImage()
        pixels = [image.pixelColor(x, y) for x in range(16) for y in range(16)]
        shapes.add(tuple((one.alpha() > 127, one.lightness() > 215) for one in pixels))
    assert len(shapes) == len(LIGHTS)


def test_a_lost_agent_is_told_at_once_and_found_again(show: Show, qtbot: QtBot):
    screen, agent = show("working")
    screen.window.turn_to("data")
    agent.become("stopped")
    qtbot.waitUntil(lambda: screen.link.seen.light == "stopped")
    assert "not running" in screen.window.windowTitle()
    assert "The agent does not answer; what you see is from" in texts(screen.window)
    agent.become("broken")
    qtbot.waitUntil(lambda: screen.link.seen.light == "broken")
    assert "what you see is from" not in texts(screen.window)


def test_an_agent_of_another_version_asks_for_a_new_window(show: Show, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Scripted, "version", "9.9.9")
    screen, _ = show("working")
    assert "9.9.9" in texts(screen.window)
    with qtbot.waitSignal(screen.wants_restart):
        press(qtbot, screen.window, ENGLISH["window.restart_button"])


def test_a_warning_leads_to_the_page_where_something_can_be_done(show: Show, qtbot: QtBot):
    screen, _ = show("proxy")
    press(qtbot, screen.window.page, "Open Settings")
    assert screen.window.page is screen.window.pages["settings"]


def test_a_pause_can_be_ended_where_it_is_seen(show: Show, qtbot: QtBot):
    screen, agent = show("paused")
    press(qtbot, screen.window.page, "Resume now")
    qtbot.waitUntil(lambda: screen.link.seen.light == "working")
    assert agent.calls == [("resume",)]
    page = screen.window.page
    assert isinstance(page, OverviewPage) and not page.act.isVisible()


def test_closing_the_window_hides_it_and_the_tray_stays(show: Show, qtbot: QtBot):
    screen, _ = show("working")
    screen.window.close()
    assert not screen.window.isVisible()
    screen.open("about")
    assert screen.window.isVisible() and screen.window.page is screen.window.pages["about"]


def test_a_write_back_is_masked_until_somebody_asks_and_when_the_page_is_left(show: Show, qtbot: QtBot):
    screen, agent = show("decide")
    page = screen.window.pages["writes"]
    screen.window.turn_to("writes")
    qtbot.waitUntil(lambda: "Post a payment" in texts(page))
    assert CLEAR["note"] not in texts(page)
    press(qtbot, page, ENGLISH["writes.unmask"])
    qtbot.waitUntil(lambda: CLEAR["note"] in texts(page))
    screen.window.turn_to("overview")
    screen.window.turn_to("writes")
    qtbot.wait(100)
    assert CLEAR["note"] not in texts(page)
    assert ("write", "w9", True) in agent.calls


def test_what_was_shown_in_clear_is_hidden_again_by_itself(show: Show, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gui.models.writes.SHOWN_SECONDS", 0.2)
    screen, _ = show("decide")
    page = screen.window.pages["writes"]
    screen.window.turn_to("writes")
    qtbot.waitUntil(lambda: "Post a payment" in texts(page))
    press(qtbot, page, ENGLISH["writes.unmask"])
    qtbot.waitUntil(lambda: CLEAR["note"] in texts(page))
    qtbot.waitUntil(lambda: CLEAR["note"] not in texts(page) and ENGLISH["writes.masked"] in texts(page))


def test_of_a_write_whose_outcome_nobody_knows_it_is_said_what_was_found(show: Show, qtbot: QtBot):
    screen, _ = show("decide")
    page = screen.window.pages["writes"]
    assert isinstance(page, WritesPage)
    screen.window.turn_to("writes")
    qtbot.waitUntil(lambda: bool(page.table.rows.lines))
    page.table.choose("w8")
    qtbot.waitUntil(lambda: "Book an appointment" in texts(page))
    offered = {one.text() for one in page.findChildren(QAbstractButton) if one.isVisible()}
    assert {"It is there", "It is not there: write it again", "Leave it"} <= offered


def test_settings_show_the_plan_before_the_change(show: Show, qtbot: QtBot):
    screen, agent = show("working")
    page = screen.window.pages["settings"]
    assert isinstance(page, SettingsPage)
    screen.window.turn_to("settings")
    qtbot.waitUntil(lambda: page.numbers["rotation_minutes"].value() == 30)
    page.numbers["rotation_minutes"].setValue(45)
    page.proxy_login.setText("agent")
    page.proxy_password.setText("kept nowhere")
    page.database_password.setText("nor this")
    assert not page.apply.isEnabled()
    page.check.click()
    qtbot.waitUntil(page.apply.isEnabled)
    page.apply.click()
    qtbot.waitUntil(lambda: any(call[0] == "change" for call in agent.calls))
    change = agent.calls[-1][1]
    assert change.settings == {"pace": {"rotation_minutes": 45.0}, "cloud": {"proxy_login": "agent"}}
    assert change.secrets == {"proxy_password": "kept nowhere"}
    assert change.database_password == "nor this"
    qtbot.waitUntil(lambda: page.proxy_password.text() == "" and page.database_password.text() == "")


def test_who_may_not_change_is_told_what_it_needs(show: Show, qtbot: QtBot):
    screen, agent = show("working")
    agent.right_missing = True
    page = screen.window.pages["settings"]
    assert isinstance(page, SettingsPage)
    screen.window.turn_to("settings")
    qtbot.waitUntil(lambda: page.numbers["rotation_minutes"].value() == 30)
    page.numbers["rotation_minutes"].setValue(45)
    page.check.click()
    qtbot.waitUntil(lambda: ENGLISH["settings.admin"] in texts(page))


def test_the_bundle_that_is_shown_is_the_one_that_is_sent(show: Show, qtbot: QtBot):
    screen, agent = show("working")
    page = screen.window.pages["support"]
    assert isinstance(page, SupportPage)
    screen.window.turn_to("support")
    page.make.click()
    qtbot.waitUntil(lambda: BUNDLE["incident"] in texts(page))
    assert "poll_seconds" in page.preview.toPlainText()
    page.send.click()
    qtbot.waitUntil(lambda: ENGLISH["support.sent"] in texts(page))
    tasks = [call[2] for call in agent.calls if call[1] == "diagnostics"]
    assert tasks == [{}, {"send": True, "incident": BUNDLE["incident"]}]
    assert BUNDLE["incident"] in texts(page) and not page.send.isEnabled()


def test_a_comparison_says_how_many_records_differed(show: Show, qtbot: QtBot):
    screen, agent = show("working")
    agent.differing = 3
    page = screen.window.pages["data"]
    assert isinstance(page, DataPage)
    screen.window.turn_to("data")
    page.compare.click()
    qtbot.waitUntil(lambda: "3 records differed" in texts(page))


def test_the_assistant_leads_from_the_find_to_the_cloud(show: Show, qtbot: QtBot):
    screen, agent = show("not_set_up")
    press(qtbot, screen.window.page, ENGLISH["overview.assist"])
    assistant = screen.assistant
    assert assistant is not None
    qtbot.waitUntil(lambda: assistant.connection.text() == "DSN=DENTAL")
    assistant.act.click()
    qtbot.waitUntil(assistant.next.isEnabled)
    assistant.next.click()
    assistant.cloud.setText("https://cloud.example")
    assistant.code.setText("ABCD-EFGH")
    assistant.act.click()
    qtbot.waitUntil(assistant.next.isEnabled)
    assert ("task", "enrol", {"code": "ABCD-EFGH"}) in agent.calls
    assistant.close()
