"""The composition of the screen: link, tray, window and pages, and how they hang together."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from gui.clock import Clock, machine_clock
from gui.link import Link
from gui.pages.about import AboutPage
from gui.pages.activity import ActivityPage
from gui.pages.connection import ConnectionPage
from gui.pages.data import DataPage
from gui.pages.overview import OverviewPage
from gui.pages.settings import SettingsPage
from gui.pages.support import SupportPage
from gui.pages.writes import WritesPage
from gui.port import Connect
from gui.texts import say
from gui.theme import CHOICES, Choice, Theme
from gui.tray import Tray
from gui.widgets.parts import Page
from gui.window import Window

if TYPE_CHECKING:
    from gui.pages.first_run import Assistant


class Screen(QObject):
    """Everything that is shown."""

    wants_restart = Signal()

    def __init__(self, app: QApplication, connect: Connect, home: Path, clock: Clock = machine_clock) -> None:
        super().__init__()
        self._app = app
        self.assistant: Assistant | None = None
        self.home = home
        self.memory = QSettings("practice-agent", "window")
        kept = str(self.memory.value("colours", "system"))
        choice: Choice = next((one for one in CHOICES if one == kept), "system")
        self.theme = Theme(choice)
        self.theme.apply(app)
        app.setApplicationDisplayName(say("app.name"))
        app.setQuitOnLastWindowClosed(False)
        self.link = Link(connect, clock)
        settings = SettingsPage(self.link, self.theme)
        settings.colours_chosen.connect(self.choose)
        overview = OverviewPage(self.link, self.theme)
        pages: dict[str, Page] = {
            "overview": overview,
            "data": DataPage(self.link, self.theme),
            "writes": WritesPage(self.link, self.theme),
            "activity": ActivityPage(self.link, self.theme),
            "connection": ConnectionPage(self.link),
            "support": SupportPage(self.link),
            "settings": settings,
            "about": AboutPage(self.link, home),
        }
        self.window = Window(self.link, self.theme, pages)
        overview.wants_page.connect(self.window.turn_to)
        overview.wants_assistant.connect(self.assist)
        self.window.wants_assistant.connect(self.assist)
        self.window.wants_restart.connect(self.wants_restart)
        self.tray = Tray(self.link, self.theme)
        self.tray.wants_window.connect(self.open)
        self.tray.wants_quit.connect(app.quit)
        with contextlib.suppress(AttributeError):
            QGuiApplication.styleHints().colorSchemeChanged.connect(lambda _: self.choose(self.theme.choice))

    def start(self) -> None:
        """Show the icon and begin to look for the agent."""
        self.tray.icon.show()
        self.link.start()

    def stop(self) -> None:
        """Let go of everything."""
        self.link.stop()
        self.tray.icon.hide()

    def open(self, place: str = "overview") -> None:
        """Open the window; ``support:bundle`` begins a bundle too."""
        page, _, act = place.partition(":")
        self.window.open_at(page)
        support = self.window.pages["support"]
        if act == "bundle" and isinstance(support, SupportPage):
            support.make_bundle()

    def assist(self) -> Assistant:
        """Open the first-run assistant; most screens never need it, so it is made only now."""
        from gui.pages.first_run import Assistant

        if self.assistant is None:
            self.assistant = Assistant(self.link, self.window)
        self.assistant.open_afresh()
        return self.assistant

    def choose(self, choice: str) -> None:
        """Change the colours, and keep that."""
        known: Choice = next((one for one in CHOICES if one == choice), "system")
        self.theme.choose(known)
        self.memory.setValue("colours", known)
        self.theme.apply(self._app)
        self.window.refresh()
        self.tray.redraw()
