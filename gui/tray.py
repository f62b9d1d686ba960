"""The tray: an icon of state, a tooltip with the last good sync first, a menu, and few notifications."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QAction, QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from agent.wire.local import Task
from gui.icons import icon
from gui.link import Link
from gui.models import moments
from gui.models.light import LIGHTS, Light, headline, tooltip
from gui.models.notices import Notice, Notices
from gui.port import Refused
from gui.texts import say
from gui.theme import Theme

_TICK_MS = 5_000
SNOOZE_HOURS = 4


class Tray(QObject):
    """The icon and what hangs on it."""

    wants_window = Signal(str)
    """Open the window at a page."""
    wants_quit = Signal()

    def __init__(self, link: Link, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._link, self._theme = link, theme
        self.notices = Notices()
        self._light: Light | None = None
        self._icons: dict[Light, QIcon] = {}
        self.menu = QMenu()
        self.menu.setAccessibleName(say("app.name"))
        self.state = self._add(say("tray.state"), lambda: self.wants_window.emit("overview"))
        self.menu.addSeparator()
        self.open = self._add(say("tray.open"), lambda: self.wants_window.emit("overview"))
        self.pause_hour = self._add(say("tray.pause_hour"), lambda: self._pause(1.0))
        self.pause_day = self._add(say("tray.pause_day"), self._pause_day)
        self.resume = self._add(say("tray.resume"), self._resume)
        self.sync = self._add(say("tray.sync"), partial(self._task, "sync"))
        self.bundle = self._add(say("tray.bundle"), partial(self._task, "diagnostics"))
        self.menu.addSeparator()
        self.snooze = self._add(say("tray.snooze", hours=SNOOZE_HOURS), self._snooze)
        self.snooze.setCheckable(True)
        self.quit = self._add(say("tray.quit"), self.wants_quit.emit)
        self.icon = QSystemTrayIcon(self)
        self.icon.setContextMenu(self.menu)
        self.icon.activated.connect(self._activated)
        self.icon.messageClicked.connect(lambda: self.wants_window.emit("overview"))
        link.changed.connect(self.refresh)
        timer = QTimer(self)
        timer.timeout.connect(self.refresh)
        timer.start(_TICK_MS)
        self.menu.aboutToShow.connect(self.refresh)
        self.refresh()

    def _add(self, text: str, act: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        action.triggered.connect(lambda: act())  # noqa: PLW0108 - Qt would hand in whether it is checked
        self.menu.addAction(action)
        return action

    def refresh(self) -> None:
        """Show what is known now."""
        seen, now = self._link.seen, self._link.clock()
        if seen.light != self._light:
            self._light = seen.light
            self.icon.setIcon(self._icon(seen.light))
        self.icon.setToolTip(f"{say('app.name')}\n{tooltip(seen, now)}" if not seen.last_sync else tooltip(seen, now))
        self.state.setText(headline(seen, now))
        up = seen.connected
        paused = seen.light == "paused"
        for action in (self.pause_hour, self.pause_day):
            action.setVisible(not paused)
            action.setEnabled(up)
        self.resume.setVisible(paused)
        for action in (self.sync, self.bundle):
            action.setEnabled((up and not paused) or (up and action is self.bundle))
        self.snooze.setChecked(self.notices.snoozed(now))
        notice = self.notices.next(seen, now)
        if notice is not None:
            self.notify(notice)

    def _icon(self, light: Light) -> QIcon:
        if not self._icons:
            self._icons = {one: icon(one, dark_panel=self._theme.dark) for one in LIGHTS}
        return self._icons[light]

    def redraw(self) -> None:
        """Draw the icons anew: the colours are others."""
        self._icons.clear()
        self._light = None
        self.refresh()

    def notify(self, notice: Notice) -> None:
        """Show a notification."""
        kind = QSystemTrayIcon.MessageIcon
        self.icon.showMessage(notice.title, notice.body, kind.Warning if notice.serious else kind.Information, 10_000)

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        kinds = QSystemTrayIcon.ActivationReason
        if reason in (kinds.Trigger, kinds.DoubleClick):
            self.wants_window.emit("overview")

    def _pause(self, hours: float) -> None:
        self._link.ask(lambda service: service.pause(hours), lambda _: None, self._refused)

    def _pause_day(self) -> None:
        self._pause(moments.hours_until_tomorrow(self._link.clock()))

    def _resume(self) -> None:
        self._link.ask(lambda service: service.resume(), lambda _: None, self._refused)

    def _task(self, kind: str) -> None:
        if kind == "diagnostics":
            self.wants_window.emit("support:bundle")
        else:
            self._link.follow("sync", {}, self._done, self._refused)

    def _done(self, task: Task) -> None:
        """Nothing: success is silent."""

    def _refused(self, refusal: Refused) -> None:
        self.notify(Notice(refusal.title or say("refused.unreachable"), refusal.advice, serious=True))

    def _snooze(self) -> None:
        now = self._link.clock()
        self.notices.snooze(0.0 if self.notices.snoozed(now) else now + SNOOZE_HOURS * 3600)
        self.refresh()
