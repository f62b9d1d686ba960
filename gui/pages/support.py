"""Support: check everything, make a diagnostics bundle, see what is in it, hand it over with its incident number."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QVBoxLayout

from agent.wire.local import Task
from gui.link import Link
from gui.models.bundle import contents, sizes
from gui.models.findings import findings, summary
from gui.models.refusals import words
from gui.port import Refused
from gui.texts import say
from gui.widgets.findings import FindingList
from gui.widgets.parts import Page, button, card, empty, facts, label, row


class SupportPage(Page):
    """Find out and hand over."""

    def __init__(self, link: Link) -> None:
        super().__init__(say("page.support"), say("support.intro"))
        self._link = link
        self._made: dict[str, Any] = {}
        frame, inside = card(say("support.doctor"))
        inside.addWidget(label(say("support.doctor"), "heading"))
        inside.addWidget(label(say("support.doctor_words"), "quiet"))
        self.run = button(say("support.run"), self._run, main=True)
        inside.addLayout(row(self.run, None))
        self.found = FindingList()
        inside.addWidget(self.found)
        self.column.addWidget(frame)
        frame, inside = card(say("support.bundle"))
        inside.addWidget(label(say("support.bundle"), "heading"))
        inside.addWidget(label(say("support.bundle_words"), "quiet"))
        self.make = button(say("support.preview"), self.make_bundle)
        self.send = button(say("support.send"), self._send)
        self.file = button(say("support.save"), self._save)
        self.copy = button(say("support.copy"), self._copy)
        inside.addLayout(row(self.make, self.send, self.file, self.copy, None))
        self._state = label("", "quiet")
        inside.addWidget(self._state)
        self._lines = QVBoxLayout()
        inside.addLayout(self._lines)
        self.preview = QPlainTextEdit()
        self.preview.setReadOnly(True)
        self.preview.setTabChangesFocus(True)
        self.preview.setMinimumHeight(160)
        self.preview.setAccessibleName(say("support.contents"))
        inside.addWidget(self.preview)
        self.column.addWidget(frame)
        self.column.addStretch(1)
        self._show_bundle()

    def refresh(self) -> None:
        """What can be done now."""
        up = self._link.seen.connected
        self.run.setEnabled(up and not self._busy("doctor"))
        self.make.setEnabled(up and not self._busy("bundle"))
        self.send.setEnabled(up and not self._busy("bundle") and not self._made.get("sent"))

    def _busy(self, what: str) -> bool:
        return bool(self.property(what))

    def _run(self) -> None:
        self.setProperty("doctor", True)
        self.run.setEnabled(False)
        self.found.show_words(say("support.running", what=""))
        self._link.follow("doctor", {}, self._checked, self._check_refused, self._checking)

    def _checking(self, task: Task) -> None:
        told = findings(task.answer)
        if told:
            self.found.show_findings(told, say("support.running", what=f"{len(told)}"))

    def _checked(self, task: Task) -> None:
        self.setProperty("doctor", False)
        told = findings(task.answer)
        self.found.show_findings(told, summary(told))
        self.refresh()

    def _check_refused(self, refusal: Refused) -> None:
        self.setProperty("doctor", False)
        self.found.show_words(words(refusal), "bad")
        self.refresh()

    def make_bundle(self) -> None:
        """Make one and show what is in it."""
        if self._busy("bundle"):
            return
        self.setProperty("bundle", True)
        self._state.setText(say("support.making"))
        self._state.show()
        self.make.setEnabled(False)
        self._link.follow("diagnostics", {}, self._bundle_made, self._bundle_refused)

    def _bundle_made(self, task: Task) -> None:
        self.setProperty("bundle", False)
        self._made = task.answer
        self._state.setText("")
        self._show_bundle()
        self.refresh()

    def _bundle_refused(self, refusal: Refused) -> None:
        self.setProperty("bundle", False)
        self._state.setText(words(refusal))
        self._state.show()
        self.refresh()

    def _show_bundle(self) -> None:
        made = self._made
        empty(self._lines)
        incident, file = made.get("incident"), made.get("file") or made.get("path")
        pairs = [(say("support.incident"), str(incident))] if incident else []
        pairs += [(say("support.file"), str(file))] if file else []
        pairs += [(say("support.size"), sizes(made))] if sizes(made) else []
        facts(pairs, self._lines)
        text = contents(made)
        self.preview.setPlainText(text)
        self.preview.setVisible(bool(text))
        self.copy.setVisible(bool(incident))
        self.file.setVisible(bool(made.get("zip")))
        self.send.setVisible(bool(incident))
        self._state.setVisible(bool(self._state.text()))

    def _send(self) -> None:
        """Send the very bundle that is shown."""
        if self._busy("bundle"):
            return
        self.setProperty("bundle", True)
        self._state.setText(say("support.sending"))
        self._state.show()
        self.refresh()
        shown = {"send": True, "incident": str(self._made["incident"])}
        self._link.follow("diagnostics", shown, self._sent, self._bundle_refused)

    def _sent(self, task: Task) -> None:
        self.setProperty("bundle", False)
        if task.answer.get("incident") == self._made.get("incident"):
            self._made = {**self._made, "sent": True}
        self._state.setText(say("support.sent"))
        self._state.show()
        self.refresh()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(str(self._made.get("incident", "")))

    def _save(self) -> None:
        """Save it where this user can take it from: the agent's own folder may be closed to them."""
        name = f"{self._made.get('incident')}.zip"
        chosen, _ = QFileDialog.getSaveFileName(self, say("support.save"), str(Path.home() / name))
        if not chosen:
            return
        try:
            Path(chosen).write_bytes(base64.b64decode(str(self._made.get("zip", ""))))
        except OSError as error:
            self._state.setText(say("support.not_saved", why=error.strerror or ""))
            self._state.show()
