"""Everything by the keyboard alone, in the order of reading, and with a name for those who hear the screen."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QProgressBar,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Show

PAGES = ["overview", "data", "writes", "activity", "connection", "support", "settings", "about"]
_KINDS = (QAbstractButton, QLineEdit, QComboBox, QTableView, QListWidget, QPlainTextEdit, QProgressBar)


def around(qtbot: QtBot, window: QWidget) -> list[QWidget]:
    """Everything that Tab leads to, once around."""
    met: list[QWidget] = []
    for _ in range(60):
        focus = QApplication.focusWidget()
        if focus is None or focus in met:
            return met
        met.append(focus)
        qtbot.keyClick(focus, Qt.Key.Key_Tab)
    raise AssertionError("Tab leads nowhere")


@pytest.mark.parametrize("name", PAGES)
def test_tab_leads_through_every_page_in_the_order_of_reading(show: Show, qtbot: QtBot, name: str):
    screen, _ = show("decide")
    window = screen.window
    window.turn_to(name)
    qtbot.waitUntil(window.isActiveWindow)
    qtbot.wait(100)
    window.side.setFocus()
    met = around(qtbot, window)
    assert met[0] is window.side
    inside = [one for one in met if window.page.isAncestorOf(one)]
    expected = {
        one
        for one in window.page.findChildren(QWidget)
        if one.isVisible()
        and one.isEnabled()
        and one.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not isinstance(one.parentWidget(), QAbstractSpinBox | QComboBox)
        and not one.objectName().startswith("qt_")
    }
    assert set(inside) == expected
    tops = [one.mapTo(window.page.widget(), QPoint(0, one.height() // 2)) for one in inside]
    for upper, lower in itertools.pairwise(tops):
        assert (upper.y() // 24, upper.x()) <= (lower.y() // 24 + 1, lower.x() + 9999), "Tab jumps upwards"


@pytest.mark.parametrize("name", PAGES)
def test_everything_that_takes_the_keyboard_has_a_name(show: Show, qtbot: QtBot, name: str):
    screen, _ = show("decide")
    screen.window.turn_to(name)
    qtbot.wait(100)
    nameless = [
        one
        for kind in (*_KINDS, QAbstractSpinBox)
        for one in screen.window.findChildren(kind)
        if one.isVisible()
        and one.focusPolicy() & Qt.FocusPolicy.TabFocus
        and not one.accessibleName()
        and not (isinstance(one, QAbstractButton) and one.text())
        and not one.objectName().startswith("qt_")
        and not isinstance(one.parentWidget(), QComboBox | QAbstractSpinBox)
    ]
    assert nameless == []


def test_the_assistant_is_named_too(show: Show, qtbot: QtBot):
    screen, _ = show("not_set_up")
    assistant = screen.assist()
    for step in range(4):
        assistant._go(step)
        for kind in _KINDS:
            parts: list[Any] = assistant.findChildren(kind)
            for one in parts:
                inner = isinstance(one.parentWidget(), QComboBox) or one.objectName().startswith("qt_")
                assert inner or not one.isVisible() or one.accessibleName() or one.text(), (step, one)
    assistant.close()


def test_the_keyboard_turns_the_pages_and_closes_the_window(show: Show, qtbot: QtBot):
    screen, _ = show("working")
    for number, name in enumerate(PAGES, 1):
        qtbot.keyClick(screen.window, getattr(Qt.Key, f"Key_{number}"), Qt.KeyboardModifier.ControlModifier)
        assert screen.window.page is screen.window.pages[name]
    qtbot.keyClick(screen.window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    assert not screen.window.isVisible()
