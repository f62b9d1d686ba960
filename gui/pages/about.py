"""About: what this is, which versions run, and what it never shows."""

from __future__ import annotations

import platform
from pathlib import Path

from PySide6 import __version__ as qt_version
from PySide6.QtWidgets import QVBoxLayout

from agent import __version__
from gui.link import Link
from gui.texts import say
from gui.widgets.parts import Page, card, empty, facts, label


class AboutPage(Page):
    """Versions."""

    def __init__(self, link: Link, home: Path) -> None:
        super().__init__(say("app.name"), say("about.words"))
        self._link, self._home = link, home
        frame, inside = card(say("page.about"))
        self._facts = QVBoxLayout()
        self._facts.setSpacing(6)
        inside.addLayout(self._facts)
        self.column.addWidget(frame)
        frame, inside = card(say("about.license"))
        inside.addWidget(label(say("about.privacy")))
        inside.addWidget(label(say("about.license"), "quiet"))
        self.column.addWidget(frame)
        self.column.addStretch(1)
        self._shown: object = None

    def refresh(self) -> None:
        """Show the versions."""
        seen = self._link.seen
        pairs = [
            (say("about.agent"), seen.version if seen.connected and seen.version else say("about.not_running")),
            (say("about.window"), __version__),
            (say("about.home"), str(self._home)),
            (say("about.python"), platform.python_version()),
            (say("about.qt"), qt_version),
        ]
        if pairs != self._shown:
            self._shown = pairs
            empty(self._facts)
            facts(pairs, self._facts)
