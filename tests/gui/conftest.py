"""Fixtures of the screen's tests: Qt drawing into memory, and its complaints as failures."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QMessageLogContext, QSettings, QtMsgType, qInstallMessageHandler
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from gui.app import Screen
from gui.texts import say
from tests.gui.scripted import NOW, Scripted

_OF_THE_PLATFORM = ("systemTrayWindowChanged", "This plugin does not support")
"""What the platform without a screen says of itself."""


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> QApplication:
    """Qt, with settings of its own."""
    kept = str(tmp_path_factory.mktemp("settings"))
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, kept)
    found = QApplication.instance()
    return found if isinstance(found, QApplication) else QApplication([])


@pytest.fixture(autouse=True)
def no_complaints() -> Iterator[None]:
    """What Qt warns of, and what is raised where Qt calls, fails the test."""
    said: list[str] = []

    def hear(kind: QtMsgType, _where: QMessageLogContext, text: str | None) -> None:
        if kind != QtMsgType.QtDebugMsg and not any(known in (text or "") for known in _OF_THE_PLATFORM):
            said.append(f"{kind.name}: {text}")

    def raised(kind: type[BaseException], error: BaseException, _at: TracebackType | None) -> None:
        said.append(f"{kind.__name__}: {error}")

    before, hook = qInstallMessageHandler(hear), sys.excepthook
    sys.excepthook = raised
    yield
    sys.excepthook = hook
    qInstallMessageHandler(before)
    assert said == []


Show = Callable[[str], tuple[Screen, Scripted]]


@pytest.fixture
def show(app: QApplication) -> Iterator[Show]:
    """Shows the window with a scripted agent in a state."""
    made: list[tuple[Screen, Scripted]] = []

    def open_(state: str) -> tuple[Screen, Scripted]:
        agent = Scripted(state)
        screen = Screen(app, agent.connect, Path("home"), lambda: NOW)
        screen.start()
        screen.open()
        made.append((screen, agent))
        assert until(lambda: screen.link.seen.asked)
        return screen, agent

    yield open_
    for screen, agent in made:
        screen.stop()
        agent.become("stopped")
        for gone in (screen.window, screen.tray, screen):
            gone.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    say.use({})


def until(told: Callable[[], object], seconds: float = 10.0) -> bool:
    """Let the screen live until something is so."""
    for _ in range(int(seconds * 50)):
        if told():
            return True
        QTest.qWait(20)
    return bool(told())
