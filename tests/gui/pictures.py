"""Takes the pictures of the documentation: every page in each state, light and dark, and at twice the size.

    python -m tests.gui.pictures docs/images [--only overview]

Needs no screen: Qt draws into memory. The agent is scripted, so no person in them is real.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QSettings
from PySide6.QtGui import QColor, QCursor, QImage, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from gui.app import Screen
from gui.icons import pixmap
from gui.models import overview
from gui.models.light import LIGHTS
from tests.gui.scripted import NOW, Scripted

STATES = (
    "working",
    "syncing",
    "paused",
    "attention",
    "decide",
    "read_only",
    "partly",
    "broken",
    "offline",
    "proxy",
    "inspected",
    "disk_full",
    "stopped",
    "not_set_up",
)
PAGES = ("data", "writes", "activity", "connection", "support", "settings", "about")
_SETTLE_MS = 600


def shots() -> list[tuple[str, str, str, str]]:
    """(name, state, page, colours) of every picture at normal size."""
    made = [(f"overview-{state}", state, "overview", "light") for state in STATES]
    made += [(f"{page}", "decide" if page == "writes" else "working", page, "light") for page in PAGES]
    made += [("data-partly", "partly", "data", "light"), ("data-syncing", "syncing", "data", "light")]
    made += [("tray-menu", "working", "menu", "light"), ("data-lost", "stopped", "data", "light")]
    made += [("data-empty", "not_set_up", "data", "light"), ("writes-empty", "fresh", "writes", "light")]
    made += [
        ("connection-tested", "working", "connection", "light"),
        ("support-checked", "working", "support", "light"),
    ]
    made += [("first-run", "not_set_up", "assistant", "light"), ("first-run-load", "syncing", "assistant", "light")]
    made += [(f"{page}-dark", "decide" if page == "writes" else "working", page, "dark") for page in PAGES]
    made += [("overview-dark", "working", "overview", "dark"), ("overview-broken-dark", "broken", "overview", "dark")]
    return made


def save(widget: QWidget, file: Path) -> None:
    """As a PNG, pressed as hard as it goes."""
    widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888).save(str(file), "PNG", 0)  # type: ignore[call-overload]


def take(app: QApplication, folder: Path, wanted: list[tuple[str, str, str, str]], suffix: str) -> None:
    """Take them."""
    for name, state, page, colours in wanted:
        agent = Scripted("working" if state == "stopped" else state)
        screen = Screen(app, agent.connect, Path("/var/lib/practice-agent"), lambda: NOW)
        if screen.theme.choice != colours:
            screen.choose(colours)
        QCursor.setPos(1000, 700)
        screen.start()
        screen.window.resize(1040, 720)
        screen.open("overview" if page in ("assistant", "menu") else page)
        QTest.qWait(_SETTLE_MS)
        if state == "stopped":
            agent.become("stopped")
            QTest.qWait(_SETTLE_MS)
        shown: QWidget = screen.window
        if page == "assistant":
            shown = assistant = screen.assist()
            QTest.qWait(_SETTLE_MS)
            if state == "syncing":
                assistant._pace.left(overview.Load("", 72_000, 0), NOW - 20)
                assistant._go(3)
        elif page == "menu":
            shown = screen.tray.menu
            shown.popup(QPoint(0, 0))
            QTest.qWait(_SETTLE_MS)
        if name.endswith(("tested", "checked")):
            pressed = screen.window.pages[page]
            for act in ("test_database", "test_cloud", "run", "make"):
                if hasattr(pressed, act):
                    getattr(pressed, act).click()
            QTest.qWait(4 * _SETTLE_MS)
        QTest.qWait(50)
        save(shown, folder / f"{name}{suffix}.png")
        screen.stop()
        agent.become("stopped")
        for gone in (screen.window, screen.tray, screen):
            gone.deleteLater()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def icons(folder: Path) -> None:
    """Each icon by itself, and all of them side by side in every size, on light and dark."""
    for light in LIGHTS:
        pixmap(light, 32, 2.0).toImage().save(str(folder / f"icon-{light}.png"))
    sheet = QPixmap(640, 220)
    sheet.fill(QColor("#f4f6f8"))
    with QPainter(sheet) as painter:
        painter.fillRect(0, 110, 640, 110, QColor("#1b222a"))
        for row, dark in ((10, False), (120, True)):
            x = 12
            for light in LIGHTS:
                painter.drawPixmap(x, row, pixmap(light, 64, dark_panel=dark))
                painter.drawPixmap(x, row + 70, pixmap(light, 16, dark_panel=dark))
                painter.drawPixmap(x + 22, row + 68, pixmap(light, 24, dark_panel=dark))
                x += 104
    sheet.toImage().save(str(folder / "icons.png"))


def main() -> int:
    """Take all pictures, the big ones in a process of their own: the scale holds for a whole process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--double", action="store_true", help="only those at twice the size")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["TZ"] = "America/New_York"
    time.tzset()
    if asked.double:
        os.environ["QT_SCALE_FACTOR"] = "2"
    app = QApplication([])
    with tempfile.TemporaryDirectory() as kept:
        QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, kept)
        wanted = [shot for shot in shots() if asked.only in shot[0]]
        if asked.double:
            wanted = [shot for shot in wanted if shot[0] in ("overview-attention", "writes", "overview-dark")]
        else:
            icons(asked.folder)
        take(app, asked.folder, wanted, "-200" if asked.double else "")
    if not asked.double:
        again = [sys.executable, "-m", "tests.gui.pictures", str(asked.folder), "--double", "--only", asked.only]
        return subprocess.run(again, check=False).returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
