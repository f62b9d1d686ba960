"""Write-backs: the queue and its history; what a person may decide. Patients stay masked unless somebody asks."""

from __future__ import annotations

import getpass
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QMessageBox, QVBoxLayout

from agent.wire.local import WriteDetail, WriteLine, WritesAnswer
from gui.link import Link
from gui.models import writes
from gui.models.refusals import words
from gui.port import Refused
from gui.texts import say
from gui.theme import GAP, Theme
from gui.widgets.parts import Page, button, card, empty, facts, label, restyle, row
from gui.widgets.table import Line, Rows, Table


class WritesPage(Page):
    """The list, and one of it."""

    def __init__(self, link: Link, theme: Theme) -> None:
        super().__init__(say("page.writes"), say("writes.intro"))
        self._link = link
        self._writes: dict[str, WriteLine] = {}
        self._asked: str | None = None
        self._state: object = None
        columns = [say(f"writes.{one}") for one in ("what", "state", "received", "reason")]
        self.table = Table(Rows(columns, theme=theme), say("page.writes"), (24, 26, 15))
        self.table.selectionModel().currentRowChanged.connect(lambda *_: self._chosen())
        self._empty = label(say("writes.empty"), "quiet")
        frame, inside = card(say("page.writes"))
        inside.addWidget(self.table, 1)
        inside.addWidget(self._empty, 0, Qt.AlignmentFlag.AlignTop)
        self.column.addWidget(frame, 3)
        self._frame, self._inside = card(say("writes.what"))
        self._detail = QVBoxLayout()
        self._detail.setSpacing(6)
        self._inside.addLayout(self._detail)
        self.column.addWidget(self._frame, 0)
        self._refusal = label("", "quiet")
        self._refusal.hide()
        self.column.addWidget(self._refusal)
        self._hide_again = QTimer(self)
        self._hide_again.setSingleShot(True)
        self._hide_again.timeout.connect(lambda: self._ask(unmask=False))
        self._nothing()

    def opened(self) -> None:
        """Ask for the list."""
        self._link.ask(lambda service: service.writes(), self._came, self._refused)

    def refresh(self) -> None:
        """Ask again where the numbers of writes are others."""
        now = (self._link.seen.document.get("writes"), self._link.seen.connected)
        if now != self._state:
            self._state = now
            self.opened()

    def hideEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """What was shown in clear is hidden with the page."""
        if self._hide_again.isActive():
            self._hide_again.stop()
            self._nothing()
            self._asked = None
        super().hideEvent(event)  # type: ignore[arg-type]

    def _came(self, answer: WritesAnswer) -> None:
        self._refusal.hide()
        now = self._link.clock()
        chosen = self.table.chosen()
        self._writes = {one.id: one for one in answer.writes}
        self.table.rows.fill([Line(one.id, writes.cells(one, now), writes.tone(one)) for one in answer.writes])
        self.table.setVisible(bool(answer.writes))
        facts_now = self._link.seen.document.get("writes") or {}
        self._empty.setText(say("writes.empty") if facts_now.get("enabled", True) else say("writes.off"))
        self._empty.setVisible(not answer.writes)
        self._frame.setVisible(bool(answer.writes))
        if answer.writes:
            waits = next((one.id for one in answer.writes if one.may), None)
            self.table.choose(chosen if chosen in self._writes else waits)

    def _chosen(self) -> None:
        if (key := self.table.chosen()) is None:
            self._asked = None
            self._nothing()
        elif key != self._asked:
            self._asked = key
            self._ask(unmask=False)

    def _nothing(self) -> None:
        empty(self._detail)
        self._detail.addWidget(label(say("writes.pick"), "quiet"))

    def _ask(self, *, unmask: bool) -> None:
        if (key := self._asked) is not None:
            self._link.ask(lambda service: service.write(key, unmask=unmask), self._show, self._refused)

    def _show(self, detail: WriteDetail) -> None:
        if detail.id != self._asked or not (self.isVisible() or detail.masked):
            return
        self._refusal.hide()
        empty(self._detail)
        now = self._link.clock()
        title, state = label(writes.kind(detail), "heading"), label(writes.state(detail), "strong", wrap=False)
        restyle(state, tone=writes.tone(detail))
        head = row(title, state)
        head.setStretch(0, 1)
        self._detail.addLayout(head)
        if detail.title:
            self._detail.addWidget(label(f"{detail.title}. {detail.asks or ''}".strip()))
        both = QHBoxLayout()
        both.setSpacing(32)
        left, right = QVBoxLayout(), QVBoxLayout()
        left.setSpacing(6)
        right.setSpacing(6)
        facts(writes.payload_lines(detail.payload), left)
        left.addWidget(label(say("writes.masked") if detail.masked else say("writes.unmasked"), "small"))
        left.addStretch(1)
        right.addWidget(label(say("writes.course"), "small"))
        for at, what in writes.course(detail, now):
            right.addWidget(label(f"{at}   {what}", wrap=False))
        right.addStretch(1)
        both.addLayout(left, 3)
        both.addLayout(right, 2)
        self._detail.addLayout(both)
        acts = [
            button(writes.verdict(detail, word), partial(self._decide, detail, word), main=word == "approve")
            for word in detail.may
        ]
        if detail.masked:
            acts.append(button(say("writes.unmask"), lambda: self._ask(unmask=True)))
        else:
            self._hide_again.start(writes.SHOWN_SECONDS * 1000)
        if acts:
            self._detail.addSpacing(GAP)
            self._detail.addLayout(row(*acts, None))

    def _decide(self, detail: WriteDetail, verdict: str) -> None:
        asks = QMessageBox(self)
        asks.setIcon(QMessageBox.Icon.Question)
        asks.setWindowTitle(say("app.name"))
        asks.setText(say("writes.confirm", verdict=writes.verdict(detail, verdict)))
        asks.setInformativeText(say("writes.confirm_body", kind=writes.kind(detail)))
        yes = asks.addButton(writes.verdict(detail, verdict), QMessageBox.ButtonRole.AcceptRole)
        asks.addButton(QMessageBox.StandardButton.Cancel)
        asks.exec()
        if asks.clickedButton() is yes:
            name = getpass.getuser()
            self._link.ask(lambda service: service.decide(detail.id, verdict, name), self._decided, self._refused)

    def _decided(self, detail: WriteDetail) -> None:
        self._show(detail)
        self.opened()

    def _refused(self, refusal: Refused) -> None:
        self._refusal.setText(words(refusal))
        self._refusal.show()
