"""Small parts that every page is made of: cards, labels, buttons, rows, the page itself. All have accessible names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import (
    QBoxLayout,
    QCheckBox,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QStyleOptionButton,
    QVBoxLayout,
    QWidget,
)

from gui.theme import EDGE, GAP, PAD

_SHORT = 48
"""Characters of a value that need no second line."""

Role = Literal["title", "heading", "number", "strong", "body", "quiet", "small"]


def label(text: str = "", role: Role = "body", *, wrap: bool = True, copy: bool = False) -> QLabel:
    """A text. ``copy``: it can be selected with the mouse."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("role", role)
    made.setWordWrap(wrap)
    if wrap:
        policy = made.sizePolicy()
        policy.setHeightForWidth(True)
        policy.setVerticalPolicy(QSizePolicy.Policy.Minimum)
        made.setSizePolicy(policy)
    if copy:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def button(text: str, act: Callable[[], object], *, main: bool = False, says: str = "") -> QPushButton:
    """A button; ``says``: its accessible name where the text alone would not do."""
    made = QPushButton(text)
    made.setProperty("main", main)
    made.setAccessibleName(says or text.replace("&", ""))
    made.setAutoDefault(True)
    made.clicked.connect(lambda: act())  # noqa: PLW0108 - Qt would hand in whether it is checked
    return made


def card(name: str = "", wash: str = "") -> tuple[QFrame, QVBoxLayout]:
    """A card and its column; ``wash`` colours it by tone: good, warn, bad, calm."""
    frame = QFrame()
    frame.setAccessibleName(name)
    if wash:
        frame.setProperty("wash", wash)
    else:
        frame.setProperty("card", True)
    column = QVBoxLayout(frame)
    column.setContentsMargins(PAD, PAD, PAD, PAD)
    column.setSpacing(GAP)
    return frame, column


def row(*things: QWidget | None, spacing: int = GAP) -> QHBoxLayout:
    """Things beside each other; None = the free space."""
    made = QHBoxLayout()
    made.setSpacing(spacing)
    for thing in things:
        if thing is None:
            made.addStretch(1)
        else:
            made.addWidget(thing)
    return made


def empty(layout: QLayout) -> None:
    """Remove everything from a layout."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            empty(inner)


def restyle(widget: QWidget, **properties: object) -> None:
    """Set properties that the style sheet looks at."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def facts(pairs: Iterable[tuple[str, str]], column: QBoxLayout) -> None:
    """Lines of name and value, one under the other."""
    for name, value in pairs:
        left = label(name, "quiet", wrap=False)
        left.setMinimumWidth(170)
        right = label(value, wrap=len(value) > _SHORT, copy=True)
        right.setAccessibleName(f"{name}: {value}")
        line = row(left, right)
        line.setStretch(1, 1)
        column.addLayout(line)


class Choices(QComboBox):
    """A choice of one, dressed like a text field; the style sheet takes the arrow away, so it is drawn here."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the field, and a chevron."""
        super().paintEvent(event)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            colour: QColor = self.palette().color(self.foregroundRole())
            painter.setPen(QPen(colour, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
            right, middle = self.width() - 20.0, self.height() / 2.0
            points = [QPointF(right, middle - 2), QPointF(right + 4, middle + 2), QPointF(right + 8, middle - 2)]
            painter.drawPolyline(QPolygonF(points))


class Tick(QCheckBox):
    """Yes or no; the style sheet takes the tick away, so it is drawn here."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Draw the box, and a tick."""
        super().paintEvent(event)
        if not self.isChecked():
            return
        told = QStyleOptionButton()
        self.initStyleOption(told)
        box = self.style().subElementRect(QStyle.SubElement.SE_CheckBoxIndicator, told, self)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            colour: QColor = self.palette().color(QPalette.ColorRole.HighlightedText)
            painter.setPen(QPen(colour, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
            middle = box.center()
            points = [QPointF(-4, 0), QPointF(-1, 3), QPointF(4.5, -3)]
            painter.drawPolyline(QPolygonF([QPointF(middle) + QPointF(0.5, 0.5) + one for one in points]))


class Page(QScrollArea):
    """A page: a title, and a column that scrolls when the window is small."""

    def __init__(self, title: str, intro: str = "") -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName(title)
        inside = QWidget()
        inside.setObjectName("page")
        self.setWidget(inside)
        self.column = QVBoxLayout(inside)
        self.column.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
        self.column.setSpacing(PAD)
        heading = label(title, "title")
        self.column.addWidget(heading)
        if intro:
            self.column.addWidget(label(intro, "quiet"))

    def refresh(self) -> None:
        """Show what is known now; called when there is news and when the page is opened."""

    def opened(self) -> None:
        """The page is in front now: ask for what it needs."""
