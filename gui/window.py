"""The window: pages at the side, news on top when the agent is lost or was updated. Closing it only hides it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QMainWindow,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from agent import __version__
from gui.icons import icon
from gui.link import Link
from gui.models import moments
from gui.models.light import Light, headline
from gui.texts import say
from gui.theme import EDGE, Theme
from gui.widgets.parts import Page, button, label, restyle, row


class Window(QMainWindow):
    """All pages."""

    wants_restart = Signal()
    wants_assistant = Signal()

    def __init__(self, link: Link, theme: Theme, pages: dict[str, Page]) -> None:
        super().__init__()
        self._link, self._theme = link, theme
        self.pages = pages
        self._drawn: tuple[Light, bool] | None = None
        self._icons: dict[tuple[Light, bool], QIcon] = {}
        self.setMinimumSize(640, 420)
        self.resize(QSize(1040, 720))
        self.setAccessibleName(say("app.name"))
        self.side = QListWidget()
        self.side.setObjectName("side")
        self.side.setAccessibleName(say("window.pages"))
        rail = QFrame()
        rail.setObjectName("rail")
        rail.setFixedWidth(192)
        down = QVBoxLayout(rail)
        down.setContentsMargins(0, EDGE - 2, 1, EDGE)
        down.addWidget(self.side)
        self.side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.stack = QStackedWidget()
        self.stack.setObjectName("pages")
        for number, (name, page) in enumerate(pages.items(), 1):
            item = QListWidgetItem(say(f"page.{name}"), self.side)
            item.setSizeHint(QSize(0, self.fontMetrics().height() + 24))
            self.stack.addWidget(page)
            QShortcut(QKeySequence(f"Ctrl+{number}"), self, partial(self.turn_to, name))
        self.side.currentRowChanged.connect(self._turned)
        closes = QShortcut(self)
        usual = QKeySequence("Ctrl+W")
        closes.setKeys(
            [usual, *(one for one in QKeySequence.keyBindings(QKeySequence.StandardKey.Close) if one != usual)]
        )
        closes.activated.connect(self.close)
        QShortcut(QKeySequence("F5"), self, self._reopen)
        self._banner, self._news, self._act = self._make_banner()
        self._top = QWidget()
        edge = QVBoxLayout(self._top)
        edge.setContentsMargins(EDGE, EDGE, EDGE, 0)
        edge.addWidget(self._banner)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self._top)
        right.addWidget(self.stack, 1)
        inside = QWidget()
        inside.setObjectName("page")
        whole = QHBoxLayout(inside)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(rail)
        whole.addLayout(right, 1)
        self.setCentralWidget(inside)
        link.changed.connect(self.refresh)
        self.side.setCurrentRow(0)
        self.refresh()

    def _make_banner(self) -> tuple[QFrame, QLabel, QPushButton]:
        frame = QFrame()
        frame.setProperty("wash", "warn")
        news = label("")
        act = button("", self._banner_pressed)
        line = row(news, act)
        line.setContentsMargins(14, 8, 8, 8)
        line.setStretch(0, 1)
        frame.setLayout(line)
        return frame, news, act

    @property
    def page(self) -> Page:
        """The one in front."""
        found = self.stack.currentWidget()
        assert isinstance(found, Page)
        return found

    def turn_to(self, name: str) -> None:
        """Bring a page to the front."""
        self.side.setCurrentRow(list(self.pages).index(name))

    def _turned(self, number: int) -> None:
        self.stack.setCurrentIndex(number)
        self._reopen()

    def _reopen(self) -> None:
        self._show_banner()
        self.page.refresh()
        self.page.opened()

    def refresh(self) -> None:
        """Show the news on the page in front, in the title, and on top."""
        seen, now = self._link.seen, self._link.clock()
        self.setWindowTitle(say("window.title", state=headline(seen, now)))
        self._show_icon((seen.light, self._theme.dark))
        self._show_banner()
        if self.isVisible():
            self.page.refresh()

    def _show_icon(self, wanted: tuple[Light, bool]) -> None:
        """Each is drawn once, and shown only where it is another one."""
        if wanted == self._drawn:
            return
        self._drawn = wanted
        if wanted not in self._icons:
            self._icons[wanted] = icon(wanted[0], dark_panel=wanted[1])
        self.setWindowIcon(self._icons[wanted])

    def _show_banner(self) -> None:
        seen, now = self._link.seen, self._link.clock()
        told = seen.connected or bool(seen.refusal)  # one that is understood no more counts, too
        self._restart = bool(told and seen.version and seen.version != __version__)
        not_set_up = bool(seen.connected and seen.answer and seen.answer.overall.state == "not_set_up")
        lost = not seen.connected and seen.lost_at is not None and seen.answer is not None
        if self.page is self.pages["overview"]:  # it says so itself
            lost = not_set_up = False
        self._top.setVisible(self._restart or not_set_up or lost)
        self._act.setVisible(self._restart or not_set_up)
        if self._restart:
            self._news.setText(say("window.restart", theirs=seen.version, ours=__version__))
            self._act.setText(say("window.restart_button"))
        elif not_set_up:
            self._news.setText(say("state.not_set_up_advice"))
            self._act.setText(say("window.assistant"))
        elif lost:
            assert seen.lost_at is not None
            self._news.setText(say("window.lost", at=moments.moment(moments.iso(seen.lost_at), now)))
        self._act.setAccessibleName(self._act.text())
        restyle(self._banner, wash="calm" if not_set_up else "warn")

    def _banner_pressed(self) -> None:
        (self.wants_restart if self._restart else self.wants_assistant).emit()

    def open_at(self, page: str) -> None:
        """Show the window, at a page."""
        self.turn_to(page)
        self.showNormal()
        self.raise_()
        self.activateWindow()
        self._reopen()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Hide: the tray stays."""
        event.ignore()
        self.hide()
