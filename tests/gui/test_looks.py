"""Every page in both colours and at both ends of the scale is built and drawn without a complaint of Qt."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gui.theme import DARK, LIGHT, Colours
from tests.gui.conftest import Show


def luminance(colour: str) -> float:
    """As WCAG 2 has it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_everything_can_be_read(colours: Colours):
    grounds = [colours.ground, colours.card, colours.hover]
    washes = [colours.good_wash, colours.warn_wash, colours.bad_wash, colours.calm_wash]
    for name in ("text", "quiet"):
        assert all(contrast(getattr(colours, name), ground) >= 4.5 for ground in [*grounds, *washes]), name
    for name in ("accent", "good", "busy", "calm", "warn", "bad"):
        assert all(contrast(getattr(colours, name), ground) >= 4.5 for ground in grounds[:2]), name
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    assert contrast(colours.edge, colours.card) >= 2.9


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_page_is_drawn(show: Show, qtbot: QtBot, colours: str):
    screen, _ = show("decide")
    screen.choose(colours)
    try:
        for name in screen.window.pages:
            screen.window.turn_to(name)
            qtbot.wait(30)
            image = screen.window.grab().toImage()
            ground = image.pixelColor(image.width() - 3, 3)
            assert (ground.lightness() < 128) == (colours == "dark")
            wider = [one for one in screen.window.pages.values() if one.horizontalScrollBar().maximum() > 0]
            assert wider == [], "a page is cut off at its right"
    finally:
        screen.choose("system")


_AT_TWICE = """
import sys
from pathlib import Path
from PySide6.QtCore import QSettings, qInstallMessageHandler
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from gui.app import Screen
from tests.gui.scripted import NOW, Scripted

said = []
qInstallMessageHandler(lambda kind, _, text: said.append(text))
QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, sys.argv[1])
app = QApplication([])
agent = Scripted("decide")
screen = Screen(app, agent.connect, Path("home"), lambda: NOW)
screen.start()
screen.open()
for colours in ("light", "dark"):
    screen.choose(colours)
    for name in screen.window.pages:
        screen.window.turn_to(name)
        QTest.qWait(30)
        image = screen.window.grab().toImage()
        assert image.width() == 2 * screen.window.width(), "not at twice the size"
screen.stop()
agent.become("stopped")
known = ("systemTrayWindowChanged", "This plugin does not support")
print([one for one in said if not any(part in one for part in known)])
"""


def test_every_page_is_drawn_at_twice_the_size(tmp_path: Path):
    environment = {**os.environ, "QT_SCALE_FACTOR": "2", "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", _AT_TWICE, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
