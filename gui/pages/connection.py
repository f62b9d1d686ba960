"""Connection: the practice's database and the cloud, each with a test and its plain findings."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtWidgets import QPushButton, QVBoxLayout

from agent.wire.local import SettingsAnswer, Task, TaskKind
from gui.link import Link
from gui.models import connection
from gui.models.findings import findings
from gui.models.refusals import words
from gui.port import Refused
from gui.texts import say
from gui.theme import GAP
from gui.widgets.findings import FindingList
from gui.widgets.parts import Page, button, card, empty, facts, label, row


class ConnectionPage(Page):
    """The two ends."""

    def __init__(self, link: Link) -> None:
        super().__init__(say("page.connection"), say("connection.intro"))
        self._link = link
        self._cloud: dict[str, Any] = {}
        self._database_facts, self.test_database, self._database = self._end("database", self._test_database)
        self._cloud_facts, self.test_cloud, self._cloud_found = self._end("cloud", self._test_cloud)
        self.column.addStretch(1)
        self._shown: object = None

    def _end(self, name: str, act: Callable[[], None]) -> tuple[QVBoxLayout, QPushButton, FindingList]:
        frame, inside = card(say(f"connection.{name}"))
        inside.addWidget(label(say(f"connection.{name}"), "heading"))
        lines = QVBoxLayout()
        lines.setSpacing(6)
        inside.addLayout(lines)
        found = FindingList()
        found.show_words(say("connection.untested"))
        test = button(say(f"connection.test_{name}"), act)
        inside.addSpacing(GAP)
        inside.addLayout(row(test, None))
        inside.addWidget(found)
        self.column.addWidget(frame)
        return lines, test, found

    def opened(self) -> None:
        """Ask for the cloud's address."""
        self._link.ask(lambda service: service.settings(), self._came, lambda _: None)

    def _came(self, answer: SettingsAnswer) -> None:
        self._cloud = dict(answer.settings.get("cloud") or {})
        self.refresh()

    def refresh(self) -> None:
        """Show both ends."""
        seen = self._link.seen
        cloud = connection.cloud(seen, self._link.clock())
        if self._cloud.get("url") and all(name != say("connection.address") for name, _ in cloud):
            cloud.insert(1, (say("connection.address"), str(self._cloud["url"])))
        both = (connection.database(seen), cloud)
        self.test_database.setEnabled(seen.connected)
        self.test_cloud.setEnabled(seen.connected and bool(self._cloud.get("url")))
        if both != self._shown:
            self._shown = both
            for lines, pairs in zip((self._database_facts, self._cloud_facts), both, strict=True):
                empty(lines)
                facts(pairs, lines)

    def _test_database(self) -> None:
        self._test("test_database", {}, self._database)

    def _test_cloud(self) -> None:
        given = {name: self._cloud.get(name) for name in ("url", "ca_file", "proxy") if self._cloud.get(name)}
        self._test("test_cloud", given, self._cloud_found)

    def _test(self, kind: TaskKind, arguments: dict[str, Any], found: FindingList) -> None:
        found.show_words(say("connection.testing"))
        self._link.follow(kind, arguments, partial(self._tested, found), partial(self._refused, found))

    @staticmethod
    def _tested(found: FindingList, task: Task) -> None:
        told = findings(task.answer)
        if told:
            found.show_findings(told)
        else:
            found.show_words(say("connection.fine"), "good")

    @staticmethod
    def _refused(found: FindingList, refusal: Refused) -> None:
        found.show_words(words(refusal), "bad")
