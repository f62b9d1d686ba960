"""The chart of a day: bars of changes, dots of how long they took, red ground where something was wrong."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from agent.wire.local import HistoryAnswer
from gui.models import moments
from gui.models.overview import chart_words
from gui.texts import say
from gui.theme import Theme

_SPAN = 24 * 3600.0
_BAR = 900.0


class DayChart(QWidget):
    """The last 24 hours."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._history: HistoryAnswer | None = None
        self._now = 0.0
        self.setMinimumHeight(150)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(say("chart.title"))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A wide strip."""
        return QSize(560, 190)

    def show_history(self, history: HistoryAnswer, now: float) -> None:
        """Draw this."""
        self._history, self._now = history, now
        self.setAccessibleDescription(chart_words(history))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 - as Qt has it
        """Draw."""
        colours = self._theme.colours
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            font = painter.font()
            font.setPointSizeF(max(7.5, font.pointSizeF() - 1))
            painter.setFont(font)
            high = painter.fontMetrics().height()
            plot = QRectF(self.rect()).adjusted(44, high * 0.6, -44, -high - 6)
            self._grid(painter, plot, high)
            if self._history is None or not any(bar.changes or bar.broken_seconds for bar in self._history.bars):
                painter.setPen(QColor(colours.quiet))
                painter.drawText(plot, Qt.AlignmentFlag.AlignCenter, say("chart.empty"))
                return
            self._bars(painter, plot, high)

    def _x(self, plot: QRectF, at: float) -> float:
        return plot.right() - (self._now - at) / _SPAN * plot.width()

    def _grid(self, painter: QPainter, plot: QRectF, high: int) -> None:
        colours = self._theme.colours
        for part in range(3):
            y = plot.top() + plot.height() * part / 2
            painter.setPen(QPen(QColor(colours.line), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        if self._now == 0.0:
            return
        first = math.ceil((self._now - _SPAN) / 3600) * 3600
        for at in range(int(first), int(self._now), 3600):
            if (at // 3600) % 4 != (int(self._now) // 3600) % 4:
                continue
            x = self._x(plot, at)
            painter.setPen(QColor(colours.quiet))
            box = QRectF(x - 40, plot.bottom() + 5, 80, high)
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, moments.hour_and_minute(at))

    def _bars(self, painter: QPainter, plot: QRectF, high: int) -> None:
        assert self._history is not None
        colours, bars = self._theme.colours, self._history.bars
        most = _round_up(max((bar.changes for bar in bars), default=1))
        slow = _round_up(max((bar.slowest_seconds or 0.0 for bar in bars), default=1.0))
        wide = plot.width() * _BAR / _SPAN
        dots: list[QPointF] = []
        for bar in bars:
            at = moments.seconds_of(bar.begins) or 0.0
            x = self._x(plot, at)
            if x + wide < plot.left() or x >= plot.right():
                continue
            x, right = max(x, plot.left()), min(x + wide, plot.right())
            if bar.broken_seconds:
                wash = QColor(colours.bad)
                wash.setAlphaF(0.16)
                painter.fillRect(QRectF(x, plot.top(), right - x, plot.height()), wash)
            if bar.changes:
                tall = max(2.0, plot.height() * bar.changes / most)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(colours.accent))
                gap = 0.18 * (right - x)
                painter.drawRoundedRect(QRectF(x + gap, plot.bottom() - tall, right - x - 2 * gap, tall), 1.5, 1.5)
            if bar.slowest_seconds is not None:
                y = plot.bottom() - plot.height() * bar.slowest_seconds / slow
                dots.append(QPointF((x + right) / 2, y))
        painter.setPen(QPen(QColor(colours.card), 1))
        painter.setBrush(QColor(colours.warn))
        for dot in dots:
            painter.drawEllipse(dot, 3, 3)
        painter.setPen(QColor(colours.accent))
        box = QRectF(0, plot.top() - high / 2, plot.left() - 6, high)
        painter.drawText(box, Qt.AlignmentFlag.AlignRight, f"{most:,.0f}")
        painter.setPen(QColor(colours.warn))
        box = QRectF(plot.right() + 6, plot.top() - high / 2, 40, high)
        painter.drawText(box, Qt.AlignmentFlag.AlignLeft, say("chart.seconds", seconds=f"{slow:g}"))


def _round_up(value: float) -> float:
    """The next number of 1, 2 or 5 with zeros."""
    if value <= 1:
        return 1.0
    power = float(10 ** math.floor(math.log10(value)))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= value)
