"""A list of findings: a word of state, what was found, and what to do."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.models.findings import Found
from gui.widgets.parts import empty, label, restyle


class FindingList(QWidget):
    """Findings, one under the other."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def show_words(self, text: str, tone: str = "") -> None:
        """One sentence in their place."""
        empty(self._column)
        made = label(text, "body" if tone else "quiet")
        restyle(made, tone=tone)
        self._column.addWidget(made)

    def show_findings(self, found: list[Found], heading: str = "") -> None:
        """These."""
        empty(self._column)
        if heading:
            self._column.addWidget(label(heading, "strong"))
        for one in found:
            title = label(f"{_MARKS[one.tone]}  {one.title}")
            title.setAccessibleName(f"{one.word}: {one.title}")
            title.setToolTip(one.word)
            restyle(title, tone="" if one.tone == "good" else one.tone)
            self._column.addWidget(title)
            if one.advice and one.tone != "good":
                more = label(one.advice, "quiet")
                more.setContentsMargins(22, 0, 0, 4)
                self._column.addWidget(more)


_MARKS = {"good": "✓", "warn": "!", "bad": "✕"}
