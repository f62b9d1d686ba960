"""The one visual language: colours, spacing, type scale, and the style sheet made of them. Light and dark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from gui.models.light import Light

Choice = Literal["system", "light", "dark"]
CHOICES: tuple[Choice, ...] = ("system", "light", "dark")

GAP, PAD, EDGE = 8, 16, 24
"""Between things that belong together, inside a card, around a page; in device-independent pixels."""
RADIUS = 10
FAMILIES = ("Segoe UI", "Open Sans", "Noto Sans", "DejaVu Sans")
BODY, SMALL, HEADING, NUMBER, TITLE = 10, 9, 12, 15, 19
"""Type scale in points."""


@dataclass(frozen=True, slots=True)
class Colours:
    """A set of colours; each text colour has a contrast of at least 4.5 to 1 on ground and card."""

    ground: str
    card: str
    line: str
    """Between things: decoration, needs no contrast."""
    edge: str
    """Around what can be pressed or typed into: 3 to 1 on a card."""
    text: str
    quiet: str
    accent: str
    on_accent: str
    hover: str
    good: str
    busy: str
    calm: str
    warn: str
    bad: str
    good_wash: str
    warn_wash: str
    bad_wash: str
    calm_wash: str

    def of(self, light: Light) -> str:
        """The colour of a state."""
        return {
            "working": self.good,
            "syncing": self.busy,
            "paused": self.calm,
            "attention": self.warn,
            "broken": self.bad,
            "stopped": self.quiet,
        }[light]

    def wash(self, light: Light) -> str:
        """The pale ground under a state."""
        washes = {"working": self.good_wash, "attention": self.warn_wash, "broken": self.bad_wash}
        return washes.get(light, self.calm_wash)


LIGHT = Colours(
    ground="#f4f6f8",
    card="#ffffff",
    line="#dde2e8",
    edge="#8a96a3",
    text="#17202b",
    quiet="#556272",
    accent="#0b6570",
    on_accent="#ffffff",
    hover="#e8eef1",
    good="#1c7a4b",
    busy="#1f62b5",
    calm="#55607a",
    warn="#985b00",
    bad="#b3261e",
    good_wash="#e9f5ee",
    warn_wash="#fdf3e1",
    bad_wash="#fdecea",
    calm_wash="#ebeff5",
)
DARK = Colours(
    ground="#12171d",
    card="#1b222a",
    line="#303a45",
    edge="#67737f",
    text="#e7ecf2",
    quiet="#a3afbd",
    accent="#56c5cf",
    on_accent="#06232a",
    hover="#26303a",
    good="#62cf96",
    busy="#7fb4f5",
    calm="#b3bfd6",
    warn="#f0b95b",
    bad="#ff9389",
    good_wash="#17301f",
    warn_wash="#33270f",
    bad_wash="#3a1c1a",
    calm_wash="#222a36",
)


def dark_wanted(choice: Choice) -> bool:
    """Whether to be dark: as chosen, or as the system is."""
    if choice != "system":
        return choice == "dark"
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


class Theme:
    """The colours in use; given to whatever paints by itself."""

    def __init__(self, choice: Choice = "system") -> None:
        self.choice: Choice = choice
        self.colours = DARK if dark_wanted(choice) else LIGHT

    @property
    def dark(self) -> bool:
        """Whether the ground is dark."""
        return self.colours is DARK

    def choose(self, choice: Choice) -> None:
        """Change it."""
        self.choice = choice
        self.colours = DARK if dark_wanted(choice) else LIGHT

    def apply(self, app: QApplication) -> None:
        """Dress the whole application."""
        app.setStyle("Fusion")
        app.setPalette(_palette(self.colours))
        known = set(QFontDatabase.families())
        font = QFont(next((name for name in FAMILIES if name in known), app.font().family()), BODY)
        app.setFont(font)
        app.setStyleSheet(sheet(self.colours))


def _palette(c: Colours) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for name, colour in (
        (role.Window, c.ground),
        (role.WindowText, c.text),
        (role.Base, c.card),
        (role.AlternateBase, c.ground),
        (role.Text, c.text),
        (role.Button, c.card),
        (role.ButtonText, c.text),
        (role.Highlight, c.accent),
        (role.HighlightedText, c.on_accent),
        (role.ToolTipBase, c.card),
        (role.ToolTipText, c.text),
        (role.PlaceholderText, c.quiet),
        (role.Link, c.accent),
        (role.Mid, c.line),
    ):
        palette.setColor(name, QColor(colour))
    for name in (role.Text, role.ButtonText, role.WindowText):
        palette.setColor(QPalette.ColorGroup.Disabled, name, QColor(c.quiet))
    return palette


def sheet(c: Colours) -> str:
    """The style sheet."""
    return f"""
QWidget {{ color: {c.text}; }}
QMainWindow, QDialog, QScrollArea, #page, #pages {{ background: {c.ground}; border: none; }}
#rail {{ background: {c.card}; border-right: 1px solid {c.line}; }}
#side {{ background: {c.card}; border: none; outline: 0; }}
#side::item {{ padding: 0 13px; margin: 2px 8px; border-radius: 8px; border: 1px solid transparent; color: {c.text}; }}
#side::item:hover {{ background: {c.hover}; }}
#side::item:selected {{ background: {c.hover}; color: {c.accent}; font-weight: 600; }}
#side::item:focus {{ border: 1px solid {c.accent}; }}
QFrame[card="true"] {{ background: {c.card}; border: 1px solid {c.line}; border-radius: {RADIUS}px; }}
QFrame[wash="good"] {{ background: {c.good_wash}; border: 1px solid {c.good}; border-radius: {RADIUS}px; }}
QFrame[wash="warn"] {{ background: {c.warn_wash}; border: 1px solid {c.warn}; border-radius: {RADIUS}px; }}
QFrame[wash="bad"] {{ background: {c.bad_wash}; border: 1px solid {c.bad}; border-radius: {RADIUS}px; }}
QFrame[wash="calm"] {{ background: {c.calm_wash}; border: 1px solid {c.line}; border-radius: {RADIUS}px; }}
QLabel {{ background: transparent; border: none; }}
QLabel[role="title"] {{ font-size: {TITLE}pt; font-weight: 600; }}
QLabel[role="heading"] {{ font-size: {HEADING}pt; font-weight: 600; }}
QLabel[role="number"] {{ font-size: {NUMBER}pt; font-weight: 600; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="quiet"] {{ color: {c.quiet}; }}
QLabel[role="small"] {{ color: {c.quiet}; font-size: {SMALL}pt; }}
QLabel[tone="good"] {{ color: {c.good}; }}
QLabel[tone="warn"] {{ color: {c.warn}; }}
QLabel[tone="bad"] {{ color: {c.bad}; }}
QLabel[tone="accent"] {{ color: {c.accent}; }}
QPushButton {{ background: {c.card}; border: 1px solid {c.edge}; border-radius: 8px; padding: 7px 14px; }}
QPushButton:hover {{ background: {c.hover}; }}
QPushButton:focus {{ border: 2px solid {c.accent}; padding: 6px 13px; }}
QPushButton:disabled {{ color: {c.quiet}; background: {c.ground}; border-color: {c.line}; }}
QPushButton[main="true"] {{ background: {c.accent}; color: {c.on_accent}; border-color: {c.accent}; font-weight: 600; }}
QPushButton[main="true"]:focus {{ border: 2px solid {c.text}; }}
QPushButton[main="true"]:disabled {{ background: {c.line}; color: {c.quiet}; border-color: {c.line}; }}
QLineEdit, QPlainTextEdit, QComboBox, QAbstractSpinBox {{ background: {c.card}; border: 1px solid {c.edge};
    border-radius: 8px; padding: 6px 10px; selection-background-color: {c.accent};
    selection-color: {c.on_accent}; }}
QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus, QAbstractSpinBox:focus {{
    border: 2px solid {c.accent}; padding: 5px 9px; }}
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled {{ background: {c.ground}; color: {c.quiet}; }}
QAbstractSpinBox QLineEdit {{ background: transparent; border: none; border-radius: 0; padding: 0; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
QCheckBox {{ spacing: 8px; }}
QCheckBox::indicator {{ width: 16px; height: 16px; background: {c.card}; border: 1px solid {c.edge};
    border-radius: 4px; }}
QCheckBox::indicator:focus {{ border: 2px solid {c.accent}; }}
QCheckBox::indicator:checked {{ background: {c.accent}; border-color: {c.accent}; image: none; }}
QCheckBox::indicator:checked:focus {{ border: 2px solid {c.text}; }}
QComboBox::drop-down {{ border: none; width: 26px; }}
QComboBox::down-arrow {{ image: none; }}
QComboBox QAbstractItemView {{ background: {c.card}; border: 1px solid {c.line}; padding: 4px; outline: 0;
    selection-background-color: {c.hover}; selection-color: {c.text}; }}
#choices {{ background: {c.card}; border: 1px solid {c.edge}; border-radius: 8px; padding: 4px; outline: 0; }}
#choices::item {{ padding: 8px 10px; border-radius: 6px; border: 1px solid transparent; color: {c.text}; }}
#choices::item:selected {{ background: {c.hover}; border: 1px solid {c.accent}; color: {c.text}; }}
QTableView {{ background: {c.card}; border: none; gridline-color: {c.line}; outline: 0;
    selection-background-color: {c.hover}; selection-color: {c.text}; }}
QTableView::item {{ padding: 6px 10px; border-bottom: 1px solid {c.line}; }}
QHeaderView {{ background: {c.card}; border: none; }}
QHeaderView::section {{ background: {c.card}; color: {c.quiet}; border: none; border-bottom: 1px solid {c.line};
    padding: 8px 13px; font-size: {SMALL}pt; font-weight: 600; }}
QProgressBar {{ background: {c.hover}; border: none; border-radius: 4px; max-height: 8px; }}
QProgressBar::chunk {{ background: {c.accent}; border-radius: 4px; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar::handle:vertical {{ background: {c.line}; border-radius: 5px; min-height: 32px; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle:horizontal {{ background: {c.line}; border-radius: 5px; min-width: 32px; margin: 2px; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QToolTip {{ background: {c.card}; color: {c.text}; border: 1px solid {c.line}; padding: 6px; }}
QMenu {{ background: {c.card}; border: 1px solid {c.line}; padding: 6px; }}
QMenu::item {{ padding: 7px 22px; border-radius: 6px; }}
QMenu::item:selected {{ background: {c.hover}; }}
QMenu::item:disabled {{ color: {c.quiet}; }}
QMenu::separator {{ height: 1px; background: {c.line}; margin: 6px 8px; }}
"""
