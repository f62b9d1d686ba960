"""The link: every call is made beside the event loop, and a lost agent is looked for until the screen closes."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.app import Screen
from gui.link import Link
from gui.port import Refused
from tests.gui.conftest import Show
from tests.gui.scripted import NOW, Scripted

_LONGEST = 3.0
"""Seconds that one turn of the event loop may take on a busy machine; a call that held it up would take ``_HELD``."""
_HELD = 20.0


class Hanging(Scripted):
    """An agent that takes every call and answers none, until it is let go."""

    def __init__(self) -> None:
        super().__init__("working")
        self.go = threading.Event()
        self.held = 0

    def _there(self) -> None:
        self.held += 1
        self.go.wait(_HELD)
        super()._there()


def test_an_agent_that_answers_nothing_holds_up_nothing(qapp: QApplication, qtbot: QtBot):
    agent = Hanging()
    screen = Screen(qapp, agent.connect, Path("home"), lambda: NOW)
    turns: list[float] = []
    timer = QTimer()
    timer.setInterval(5)
    timer.timeout.connect(lambda: turns.append(time.perf_counter()))
    try:
        screen.start()
        screen.open()
        timer.start()
        for name in screen.window.pages:
            screen.window.turn_to(name)
            qtbot.wait(20)
        screen.assist().close()
        for action in screen.tray.menu.actions():
            if action not in (screen.tray.quit, screen.tray.snooze):
                action.trigger()
        qtbot.wait(50)
        assert agent.held > 5
        assert len(turns) > 5
        assert max(later - earlier for earlier, later in pairwise(turns)) < _LONGEST
    finally:
        timer.stop()
        screen.stop()
        agent.become("stopped")
        agent.go.set()
        for gone in (screen.window, screen.tray, screen):
            gone.deleteLater()


def test_an_answer_arrives_in_the_thread_of_the_screen(show: Show, qtbot: QtBot):
    screen, _ = show("working")
    heard: list[threading.Thread] = []
    screen.link.ask(lambda service: service.history(), lambda _: heard.append(threading.current_thread()), _fail)
    qtbot.waitUntil(lambda: heard == [threading.main_thread()])


def test_a_task_is_followed_to_its_end_and_a_failure_told(show: Show, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch):
    screen, agent = show("working")
    ended: list[Any] = []
    screen.link.follow("doctor", {}, ended.append, _fail)
    qtbot.waitUntil(lambda: len(ended) == 1)
    assert ended[0].state == "done" and ended[0].answer["findings"]
    told = {"code": "offline", "title": "The cloud cannot be reached", "advice": "See that this machine is online."}
    done = agent.task("sync", 0.0)
    failed = done.model_copy(update={"state": "failed", "answer": told})
    monkeypatch.setattr(agent, "task", lambda *_: failed)
    refused: list[Refused] = []
    screen.link.follow("sync", {}, ended.append, refused.append)
    qtbot.waitUntil(lambda: len(refused) == 1)
    assert (refused[0].code, refused[0].title, refused[0].advice) == tuple(told.values())


def test_a_refusal_of_an_agent_that_is_gone_says_so(qtbot: QtBot):
    link = Link(Scripted("stopped").connect, lambda: NOW)
    refused: list[Refused] = []
    link.ask(lambda service: service.history(), _fail, refused.append)
    qtbot.waitUntil(lambda: [one.code for one in refused] == ["unreachable"])


def test_after_the_end_nothing_is_told(qtbot: QtBot):
    link, changes = Link(Scripted("working").connect, lambda: NOW), []
    link.changed.connect(lambda: changes.append(1))
    link.start()
    qtbot.waitUntil(lambda: len(changes) > 0)
    link.stop()
    known = len(changes)
    qtbot.wait(50)
    assert len(changes) == known


def _fail(*_: object) -> None:
    raise AssertionError("not this one")
