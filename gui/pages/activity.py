"""Activity: the agent's log as it happens; filtered, searched, copied. It never names a patient."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QLineEdit

from agent.wire.local import LogLine
from gui.link import Link
from gui.models import activity
from gui.texts import say
from gui.theme import Theme
from gui.widgets.parts import Choices, Page, Tick, button, card, label, row
from gui.widgets.table import Line, Rows, Table

_PAUSE_MS = 200


class ActivityPage(Page):
    """The log."""

    def __init__(self, link: Link, theme: Theme) -> None:
        super().__init__(say("page.activity"), say("activity.intro"))
        self._link = link
        self._lines: list[LogLine] = []
        self._shown: list[LogLine] = []
        self.search = QLineEdit()
        self.search.setPlaceholderText(say("activity.search"))
        self.search.setAccessibleName(say("activity.search"))
        self.search.setClearButtonEnabled(True)
        self.level = Choices()
        self.level.setAccessibleName(say("activity.level"))
        for one in activity.LEVELS:
            self.level.addItem(say(f"activity.{one}"), one)
        self.level.setCurrentIndex(1)
        self.hold = Tick(say("activity.hold"))
        self.hold.setAccessibleName(say("activity.hold"))
        self.copy = button(say("activity.copy"), self._copy)
        tools = row(self.search, self.level, self.hold, self.copy)
        tools.setStretch(0, 1)
        self.column.addLayout(tools)
        columns = [say(f"activity.{one}") for one in ("at", "what", "fields")]
        self.table = Table(Rows(columns, theme=theme), say("page.activity"), (21, 40))
        self._empty = label("", "quiet")
        self._count = label("", "small")
        frame, inside = card(say("page.activity"))
        inside.addWidget(self.table, 1)
        inside.addWidget(self._empty)
        inside.addWidget(self._count)
        self.column.addWidget(frame, 1)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PAUSE_MS)
        self._soon.timeout.connect(self.refresh)
        self.search.textChanged.connect(self._soon.start)
        self.level.currentIndexChanged.connect(lambda _: self.refresh())
        self.hold.toggled.connect(lambda _: self.refresh())
        link.events_came.connect(self._came)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self.search.setFocus)

    def _came(self, lines: list[LogLine]) -> None:
        self._lines = [*self._lines, *lines][-activity.KEPT :] if lines else []
        if self.isVisible() and not self.hold.isChecked() and not self._soon.isActive():
            self._soon.start()

    def refresh(self) -> None:
        """Fill the table."""
        found = activity.fitting(self._lines, str(self.level.currentData()), self.search.text())
        self._shown = found
        self.table.rows.fill(
            [Line(f"{one.number}", activity.cells(one), activity.TONES.get(one.level, "")) for one in found]
        )
        self.table.setVisible(bool(found))
        self._empty.setVisible(not found)
        self._empty.setText(say("activity.none_found") if self._lines else say("activity.empty"))
        self._count.setText(say("activity.count", shown=len(found), all=len(self._lines)))
        self.copy.setEnabled(bool(found))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(activity.as_text(self._shown))
