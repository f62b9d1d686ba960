"""The icons, drawn in code: six states told apart by shape, so that colour is only a help. Crisp from 16 to 64 px."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from gui.models.light import Light
from gui.theme import DARK, LIGHT

SIZES = (16, 20, 22, 24, 32, 48, 64, 128)
_FILL = {
    "working": "#1f8f58",
    "syncing": "#2a6fc9",
    "paused": "#66728a",
    "attention": "#f2a516",
    "broken": "#cc2f26",
}


def icon(light: Light, *, dark_panel: bool = False) -> QIcon:
    """The icon of a state, in all sizes."""
    made = QIcon()
    for size in SIZES:
        made.addPixmap(pixmap(light, size, dark_panel=dark_panel))
    return made


def pixmap(light: Light, size: int, ratio: float = 1.0, *, dark_panel: bool = False) -> QPixmap:
    """One size of it, in device-independent pixels. ``dark_panel``: what it stands on is dark."""
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    with QPainter(made) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(size / 16, size / 16)
        draws: dict[Light, Callable[[QPainter], None]] = {
            "working": _working,
            "syncing": _syncing,
            "paused": _paused,
            "attention": _attention,
            "broken": _broken,
            "stopped": partial(_stopped, colour=(DARK if dark_panel else LIGHT).quiet),
        }
        draws[light](painter)
    return made


def _pen(painter: QPainter, colour: str, width: float) -> None:
    style = Qt.PenStyle.SolidLine
    painter.setPen(QPen(QColor(colour), width, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _fill(painter: QPainter, colour: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))


def _working(painter: QPainter) -> None:
    """A disc with a tick."""
    _fill(painter, _FILL["working"])
    painter.drawEllipse(QRectF(0.5, 0.5, 15, 15))
    _pen(painter, "#ffffff", 2)
    painter.drawPolyline(QPolygonF([QPointF(4.4, 8.3), QPointF(7, 10.9), QPointF(11.6, 5.6)]))


def _syncing(painter: QPainter) -> None:
    """Two arrows that run in a circle."""
    colour = _FILL["syncing"]
    _pen(painter, colour, 2.2)
    painter.drawArc(QRectF(2.2, 2.2, 11.6, 11.6), 20 * 16, 130 * 16)
    painter.drawArc(QRectF(2.2, 2.2, 11.6, 11.6), 200 * 16, 130 * 16)
    _fill(painter, colour)
    for turn in (0.0, 180.0):
        painter.save()
        painter.translate(8, 8)
        painter.rotate(turn - 12)
        painter.drawPolygon(QPolygonF([QPointF(2.6, -0.6), QPointF(9.0, -0.6), QPointF(5.8, 3.4)]))
        painter.restore()


def _paused(painter: QPainter) -> None:
    """A square with two bars."""
    _fill(painter, _FILL["paused"])
    painter.drawRoundedRect(QRectF(1, 1, 14, 14), 3.5, 3.5)
    _fill(painter, "#ffffff")
    painter.drawRoundedRect(QRectF(4.6, 4.2, 2.4, 7.6), 0.8, 0.8)
    painter.drawRoundedRect(QRectF(9, 4.2, 2.4, 7.6), 0.8, 0.8)


def _attention(painter: QPainter) -> None:
    """A triangle with an exclamation mark."""
    _pen(painter, _FILL["attention"], 2)
    painter.setBrush(QColor(_FILL["attention"]))
    painter.drawPolygon(QPolygonF([QPointF(8, 1.8), QPointF(14.8, 14), QPointF(1.2, 14)]))
    _pen(painter, "#241800", 1.8)
    painter.drawLine(QPointF(8, 6), QPointF(8, 9.6))
    _fill(painter, "#241800")
    painter.drawEllipse(QPointF(8, 12.6), 1.05, 1.05)


def _broken(painter: QPainter) -> None:
    """An octagon with a cross."""
    _fill(painter, _FILL["broken"])
    corners = [
        QPointF(8 + 8 * math.cos(math.radians(22.5 + 45 * i)), 8 + 8 * math.sin(math.radians(22.5 + 45 * i)))
        for i in range(8)
    ]
    painter.drawPolygon(QPolygonF(corners))
    _pen(painter, "#ffffff", 2.1)
    painter.drawLine(QPointF(5.3, 5.3), QPointF(10.7, 10.7))
    painter.drawLine(QPointF(10.7, 5.3), QPointF(5.3, 10.7))


def _stopped(painter: QPainter, colour: str) -> None:
    """An empty ring, struck through."""
    _pen(painter, colour, 1.8)
    painter.drawEllipse(QRectF(1.6, 1.6, 12.8, 12.8))
    path = QPainterPath(QPointF(3.6, 12.4))
    path.lineTo(12.4, 3.6)
    painter.drawPath(path)
