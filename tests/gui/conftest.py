"""Fixtures of the screen's tests: pytest-qt drawing into memory. What Qt warns of fails the test."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

if sys.platform == "linux":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QCoreApplication, QEvent, QMessageLogContext, QSettings, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from gui.app import Screen
from gui.texts import say
from tests.gui.scripted import NOW, Scripted


@pytest.fixture(scope="session", autouse=True)
def own_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Settings of the tests' own: nobody's colours are changed."""
    kept = str(tmp_path_factory.mktemp("settings"))
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, kept)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """pytest-qt hears what is said up to a test's end; this hears what is said while things are taken down."""
    said: list[str] = []
    ignored = item.config.getini("qt_log_ignore")

    def hear(kind: QtMsgType, _where: QMessageLogContext, text: str | None) -> None:
        if kind != QtMsgType.QtDebugMsg and not any(known in (text or "") for known in ignored):
            said.append(f"{kind.name}: {text}")

    before = qInstallMessageHandler(hear)
    try:
        yield
    finally:
        qInstallMessageHandler(before)
    assert said == []


Show = Callable[[str], tuple[Screen, Scripted]]


@pytest.fixture
def show(qapp: QApplication, qtbot: QtBot) -> Iterator[Show]:
    """Shows the window with a scripted agent in a state."""
    made: list[tuple[Screen, Scripted]] = []

    def open_(state: str) -> tuple[Screen, Scripted]:
        agent = Scripted(state)
        screen = Screen(qapp, agent.connect, Path("home"), lambda: NOW)
        made.append((screen, agent))
        screen.start()
        screen.open()
        qtbot.waitUntil(lambda: screen.link.seen.asked)
        return screen, agent

    yield open_
    for screen, agent in made:
        screen.stop()
        agent.become("stopped")
        for gone in (screen.window, screen.tray, screen):
            gone.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    say.use({})


def texts(widget: QWidget) -> str:
    """Everything that can be read there."""
    return "\n".join(one.text() for one in widget.findChildren(QLabel) if one.isVisible())
