"""Overview: one sentence of state, the last good sync, today, the day's chart, and what to do about open warnings."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QProgressBar, QVBoxLayout

from agent.wire.local import HistoryAnswer
from gui.icons import pixmap
from gui.link import Link
from gui.models import overview
from gui.models.first_run import Pace
from gui.models.light import Light, explanation, headline
from gui.texts import say
from gui.theme import GAP, PAD, Theme
from gui.widgets.chart import DayChart
from gui.widgets.parts import Page, button, card, empty, label, restyle, row

_WASH = {"working": "good", "attention": "warn", "broken": "bad"}
_EVERY_MS = 30_000


class OverviewPage(Page):
    """The first page."""

    wants_page = Signal(str)
    """Where something can be done about what is wrong."""
    wants_assistant = Signal()

    def __init__(self, link: Link, theme: Theme) -> None:
        super().__init__(say("page.overview"))
        self._link, self._theme = link, theme
        self._history: HistoryAnswer | None = None
        self._hero, hero = card(say("overview.state"), "calm")
        self._picture = QLabel()
        self._picture.setFixedSize(56, 56)
        self._sentence = label("", "heading")
        self._why = label("", "body")
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self._sentence)
        words.addWidget(self._why)
        line = row(self._picture, spacing=PAD)
        line.addLayout(words, 1)
        self.act = button("", self._act)
        line.addWidget(self.act)
        hero.addLayout(line)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar_words = label("", "small")
        self._pace = Pace()
        hero.addWidget(self._bar)
        hero.addWidget(self._bar_words)
        self.column.addWidget(self._hero)
        self._warnings = QVBoxLayout()
        self._warnings.setSpacing(GAP)
        self.column.addLayout(self._warnings)
        self._figures = [self._figure() for _ in range(4)]
        grid = QGridLayout()
        grid.setSpacing(PAD)
        for place, (frame, *_) in enumerate(self._figures):
            grid.addWidget(frame, 0, place)
            grid.setColumnStretch(place, 5 if place == 0 else 4)
        self.column.addLayout(grid)
        frame, inside = card(say("chart.title"))
        bars, dots = label(say("chart.bars"), "small", wrap=False), label(say("chart.dots"), "small", wrap=False)
        restyle(bars, tone="accent")
        restyle(dots, tone="warn")
        inside.addLayout(row(label(say("chart.title"), "heading", wrap=False), None, bars, dots, spacing=PAD))
        self._chart = DayChart(theme)
        inside.addWidget(self._chart, 1)
        self.column.addWidget(frame, 1)
        self._connected = False
        self._shown: object = None
        self._drawn: object = None
        self._pictures: dict[tuple[Light, bool, float], QPixmap] = {}
        timer = QTimer(self)
        timer.timeout.connect(self.opened)
        timer.start(_EVERY_MS)

    @staticmethod
    def _figure() -> tuple[QFrame, QLabel, QLabel, QLabel]:
        frame, inside = card()
        inside.setSpacing(2)
        name, value, note = label("", "small"), label("", "number"), label("", "small")
        for one in (name, value, note):
            inside.addWidget(one)
        inside.addStretch(1)
        return frame, name, value, note

    def opened(self) -> None:
        """Ask for the day."""
        self._link.ask(lambda service: service.history(), self._came, lambda _: None)

    def _came(self, history: HistoryAnswer) -> None:
        self._history = history
        self.refresh()

    def refresh(self) -> None:
        """Show the state."""
        seen, now = self._link.seen, self._link.clock()
        if seen.connected != self._connected:
            self._connected = seen.connected
            if seen.connected:
                self.opened()
        self._show_light(seen.light)
        self._sentence.setText(headline(seen, now))
        self._why.setText(explanation(seen, now))
        self._hero.setAccessibleName(f"{headline(seen, now)} {explanation(seen, now)}")
        does = overview.does(seen)
        self.act.setVisible(bool(does))
        if does:
            self.act.setText(say(f"overview.{does}"))
            self.act.setAccessibleName(say(f"overview.{does}"))
        self._show_load(overview.load(seen))
        for (_, name, value, note), figure in zip(
            self._figures, overview.figures(seen, self._history, now), strict=True
        ):
            name.setText(figure.name)
            value.setText(figure.value)
            note.setText(figure.note)
            value.setAccessibleName(f"{figure.name}: {figure.value}")
        self._show_warnings(overview.warnings(seen, now))
        if self._history is not None:
            self._chart.show_history(self._history, now)

    def _show_light(self, light: Light) -> None:
        """Each picture is drawn once and kept: the memory of one that is dropped does not come back."""
        wanted = (light, self._theme.dark, self.devicePixelRatioF())
        if wanted == self._drawn:
            return
        self._drawn = wanted
        restyle(self._hero, wash=_WASH.get(light, "calm"))
        if wanted not in self._pictures:
            self._pictures[wanted] = pixmap(light, 56, self.devicePixelRatioF(), dark_panel=self._theme.dark)
        self._picture.setPixmap(self._pictures[wanted])

    def _act(self) -> None:
        match overview.does(self._link.seen):
            case "resume":
                self._link.ask(lambda service: service.resume(), lambda _: None, lambda _: None)
            case "assist":
                self.wants_assistant.emit()
            case "decide":
                self.wants_page.emit("writes")

    def _show_load(self, load: overview.Load | None) -> None:
        self._bar.setVisible(load is not None)
        self._bar_words.setVisible(load is not None)
        if load is not None:
            self._bar.setRange(0, load.total)
            self._bar.setValue(load.done)
            self._bar.setAccessibleName(load.text)
            self._bar_words.setText(self._pace.told(load, self._link.clock()))

    def _show_warnings(self, cards: list[overview.WarningCard]) -> None:
        if cards == self._shown:
            return
        self._shown = cards
        empty(self._warnings)
        for one in cards:
            frame, inside = card(f"{one.title}. {one.advice}", one.tone)
            inside.setSpacing(4)
            title = label(one.title, "strong")
            inside.addLayout(row(title, label(one.since, "small", wrap=False)))
            inside.itemAt(0).layout().setStretch(0, 1)  # type: ignore[union-attr]
            if one.page:
                says = f"{say('overview.open', page=say(f'page.{one.page}'))}: {one.title}"
                there = button(
                    say("overview.open", page=say(f"page.{one.page}")),
                    partial(self.wants_page.emit, one.page),
                    says=says,
                )
                line = row(label(one.advice), there, spacing=PAD)
                line.setStretch(0, 1)
                inside.addLayout(line)
            else:
                inside.addWidget(label(one.advice))
            self._warnings.addWidget(frame)
