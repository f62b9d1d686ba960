"""Data: a row per kind of record, how many, how fresh, and whether the cloud has the same."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout

from agent.wire.local import Task
from gui.link import Link
from gui.models import data
from gui.models.refusals import words
from gui.port import Refused
from gui.texts import say
from gui.theme import Theme
from gui.widgets.parts import Page, button, card, empty, label, row
from gui.widgets.table import Line, Rows, Table


class DataPage(Page):
    """Kinds of records."""

    def __init__(self, link: Link, theme: Theme) -> None:
        super().__init__(say("page.data"), say("data.intro"))
        self._link = link
        columns = [say(f"data.{one}") for one in ("kind", "count", "state", "bound", "compared", "drift")]
        self.table = Table(
            Rows(columns, right=(1,), theme=theme), say("page.data"), (17, 10, 20, 15, 16, 13), stretched=2
        )
        self._problems = QVBoxLayout()
        self.column.addLayout(self._problems)
        self._told: list[str] = []
        self._empty = label(say("data.empty"), "quiet")
        self._result = label("", "quiet")
        self.compare = button(say("data.compare"), self._compare)
        frame, inside = card(say("page.data"))
        inside.addWidget(self.table, 1)
        inside.addWidget(self._empty, 0, Qt.AlignmentFlag.AlignTop)
        self.column.addWidget(frame, 1)
        self.column.addLayout(row(self.compare, self._result, None))

    def refresh(self) -> None:
        """Fill the table."""
        lines = data.lines(self._link.seen)
        self._tell([one.problem for one in lines if one.problem])
        self._empty.setVisible(not lines)
        self.table.setVisible(bool(lines))
        self.compare.setEnabled(self._link.seen.connected and bool(lines))
        self.table.rows.fill(
            [
                Line(one.resource, (one.name, one.count, one.state, one.bound, one.compared, one.drift), one.tone, 2)
                for one in lines
            ]
        )

    def _tell(self, problems: list[str]) -> None:
        if problems == self._told:
            return
        self._told = problems
        empty(self._problems)
        for one in problems:
            frame, inside = card(one, "bad")
            inside.addWidget(label(one))
            self._problems.addWidget(frame)

    def _compare(self) -> None:
        self.compare.setEnabled(False)
        self._result.setText(say("data.comparing"))
        self._link.follow("reconcile", {}, self._compared, self._refused)

    def _compared(self, task: Task) -> None:
        differed = data.differences(task.answer)
        self._result.setText(say("data.compared_differs", count=differed) if differed else say("data.compared_done"))
        self.compare.setEnabled(True)

    def _refused(self, refusal: Refused) -> None:
        self._result.setText(words(refusal))
        self.compare.setEnabled(True)
