"""A calm table: rows of text, one of them chosen, the last column takes what is free. The choice lasts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from gui.theme import Theme

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Line:
    """A row."""

    key: str
    """Its name, that lasts when the rows are filled anew."""
    cells: tuple[str, ...]
    tone: str = ""
    """good, warn or bad: colours the cell ``toned``."""
    toned: int = 1


class Rows(QAbstractTableModel):
    """The rows of a table."""

    def __init__(self, columns: Sequence[str], right: Sequence[int] = (), theme: Theme | None = None) -> None:
        super().__init__()
        self._columns, self._right, self._theme = list(columns), set(right), theme
        self.lines: list[Line] = []

    def fill(self, lines: Sequence[Line]) -> None:
        """Show these."""
        new = list(lines)
        if [one.key for one in new] == [one.key for one in self.lines]:
            self.lines = new
            if new:
                self.dataChanged.emit(self.index(0, 0), self.index(len(new) - 1, len(self._columns) - 1))
            return
        self.beginResetModel()
        self.lines = new
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:  # noqa: N802 - Qt's name
        """How many."""
        return 0 if parent is not None and parent.isValid() else len(self.lines)

    def columnCount(self, parent: _Index | None = None) -> int:  # noqa: N802 - Qt's name
        """How many."""
        return 0 if parent is not None and parent.isValid() else len(self._columns)

    def headerData(  # noqa: N802 - Qt's name
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Names of the columns."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(section)
        return self._columns[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """A cell."""
        line = self.lines[index.row()]
        text = line.cells[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{self._columns[index.column()]}: {text}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return self._side(index.column())
        if role == Qt.ItemDataRole.ForegroundRole and line.tone and index.column() == line.toned and self._theme:
            colours = self._theme.colours
            return QColor({"good": colours.good, "warn": colours.warn, "bad": colours.bad}.get(line.tone, colours.text))
        return None

    def _side(self, column: int) -> Qt.AlignmentFlag:
        across = Qt.AlignmentFlag.AlignRight if column in self._right else Qt.AlignmentFlag.AlignLeft
        return across | Qt.AlignmentFlag.AlignVCenter


class Table(QTableView):
    """Shows rows."""

    def __init__(self, rows: Rows, name: str, widths: Sequence[int], stretched: int = -1) -> None:
        """``widths``: of the columns, in characters; ``stretched`` takes what is free, the last one where not said."""
        super().__init__()
        self.rows = rows
        self.setModel(rows)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setMinimumHeight(160)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 18)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(stretched < 0)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        if stretched >= 0:
            header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)
        one = self.fontMetrics().averageCharWidth()
        for column, width in enumerate(widths):
            self.setColumnWidth(column, width * one)

    def chosen(self) -> str | None:
        """Key of the chosen row."""
        row = self.currentIndex().row()
        return self.rows.lines[row].key if 0 <= row < len(self.rows.lines) else None

    def choose(self, key: str | None) -> None:
        """Choose a row."""
        for number, line in enumerate(self.rows.lines):
            if line.key == key:
                self.setCurrentIndex(self.rows.index(number, 0))
                return
