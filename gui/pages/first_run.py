"""The first-run assistant: find the practice software, test it, connect to the cloud, check, watch the first load."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from agent.wire.local import DiscoverAnswer, FoundPms, Task
from gui.link import Link
from gui.models import first_run, overview
from gui.models.findings import findings, summary
from gui.models.first_run import STEPS, Choice
from gui.models.refusals import words
from gui.port import Refused
from gui.texts import say
from gui.theme import EDGE, PAD
from gui.widgets.findings import FindingList
from gui.widgets.parts import Choices, button, label, restyle, row

_TITLES = (("eaglesoft", "Eaglesoft"), ("opendental", "Open Dental"))


class Assistant(QDialog):
    """Four steps; each must succeed before the next."""

    def __init__(self, link: Link, parent: QWidget) -> None:
        super().__init__(parent)
        self._link = link
        self._found: list[FoundPms] = []
        self._pace = first_run.Pace()
        self.setWindowTitle(say("first.title"))
        self.setMinimumSize(640, 560)
        self._step, self._title = label("", "small"), label("", "title")
        self._words = label("", "quiet")
        self.steps = QStackedWidget()
        for made in (self._find_step(), self._code_step(), self._check_step(), self._load_step()):
            self.steps.addWidget(made)
        self.news = FindingList()
        self.back = button(say("first.back"), lambda: self._go(self.steps.currentIndex() - 1))
        self.act: QPushButton = button("", self._act)
        self.next = button(say("first.next"), self._forward)
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
        column.setSpacing(PAD)
        for part in (self._step, self._title, self._words, self.steps, self.news):
            column.addWidget(part)
        column.addStretch(1)
        column.addLayout(row(self.back, None, self.act, self.next))
        link.changed.connect(self._refresh_load)

    def open_afresh(self) -> None:
        """Begin at the first step."""
        self._go(0)
        self.show()
        self.finds.clear()
        self.news.show_words(say("first.finding"))
        self._link.ask(lambda service: service.discover(), self._discovered, self._refused)

    # Steps -----------------------------------------------------------------------------------------------------------

    def _find_step(self) -> QWidget:
        page, form = self._form()
        self.finds = QListWidget()
        self.finds.setObjectName("choices")
        self.finds.setAccessibleName(say("first.find"))
        self.finds.setMaximumHeight(110)
        self.finds.currentRowChanged.connect(self._picked)
        form.addRow(self.finds)
        self._how = label("", "small")
        form.addRow(self._how)
        self.pms = Choices()
        for name, title in _TITLES:
            self.pms.addItem(title, name)
        self.connection, self.login, self.password = QLineEdit(), QLineEdit(), QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.zone = Choices()
        known = first_run.zones()
        self.zone.addItems(known)
        self.zone.setCurrentText(first_run.machine_zone(known))
        for key, box in (
            ("connection.software", self.pms),
            ("first.connection", self.connection),
            ("first.login", self.login),
            ("first.password", self.password),
            ("first.zone", self.zone),
        ):
            self._line(form, key, box)
        return page

    def _code_step(self) -> QWidget:
        page, form = self._form()
        self.cloud, self.code = QLineEdit("https://"), QLineEdit()
        self._line(form, "first.cloud", self.cloud)
        self._line(form, "first.enrolment", self.code)
        return page

    def _check_step(self) -> QWidget:
        return QWidget()

    def _load_step(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(say("first.load"))
        self._bar_words = label(say("first.load_wait"))
        column.addWidget(self.bar)
        column.addWidget(self._bar_words)
        column.addStretch(1)
        return page

    @staticmethod
    def _form() -> tuple[QWidget, QFormLayout]:
        page = QWidget()
        form = QFormLayout(page)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(10)
        return page, form

    @staticmethod
    def _line(form: QFormLayout, key: str, box: QWidget) -> None:
        name = label(say(key), "quiet", wrap=False)
        name.setBuddy(box)
        box.setAccessibleName(say(key))
        form.addRow(name, box)

    def _go(self, step: int) -> None:
        step = max(0, min(step, len(STEPS) - 1))
        self.steps.setCurrentIndex(step)
        name = STEPS[step]
        self._step.setText(say("first.step", step=step + 1, steps=len(STEPS)))
        self._title.setText(say(f"first.{name}"))
        self._words.setText(say(f"first.{name}_words"))
        acts = {"find": "first.test", "code": "first.enrol", "check": "support.run"}
        self.act.setVisible(name in acts)
        if name in acts:
            self.act.setText(say(acts[name]))
            self.act.setAccessibleName(say(acts[name]))
        self.act.setEnabled(True)
        self.back.setVisible(0 < step < len(STEPS) - 1)
        self.next.setText(say("first.finish") if name == "load" else say("first.next"))
        self._may_go_on(name in ("check", "load"))
        self.news.show_words(say("first.test_words") if name == "find" else "")
        self._refresh_load()

    def _may_go_on(self, may: bool) -> None:
        """The one of the two buttons that comes next stands out."""
        self.next.setEnabled(may)
        restyle(self.next, main=may)
        restyle(self.act, main=not may)

    def _forward(self) -> None:
        if self.steps.currentIndex() == len(STEPS) - 1:
            self.accept()
        else:
            self._go(self.steps.currentIndex() + 1)

    def _act(self) -> None:
        self.act.setEnabled(False)
        self.news.show_words(say("connection.testing"))
        name = STEPS[self.steps.currentIndex()]
        if name == "find":
            self._link.follow("test_database", self._choice().test_arguments(), self._tested, self._refused)
        elif name == "code":
            change = self._choice().change(self.cloud.text().strip())
            self._link.ask(lambda service: service.change(change), lambda _: self._enrol(), self._refused)
        else:
            self._link.follow("doctor", {}, self._tested, self._refused)

    # What comes back -------------------------------------------------------------------------------------------------

    def _discovered(self, answer: DiscoverAnswer) -> None:
        self._found = answer.found
        self.finds.addItems([one.title for one in answer.found])
        self.finds.setVisible(bool(answer.found))
        if answer.found:
            self.finds.setCurrentRow(0)
            self.news.show_words(say("first.test_words"))
        else:
            self.news.show_words(say("first.found_none"))

    def _picked(self, number: int) -> None:
        if 0 <= number < len(self._found):
            one = self._found[number]
            self.pms.setCurrentIndex(max(0, self.pms.findData(one.pms)))
            self.connection.setText(one.connection)
            self._how.setText(one.how)

    def _choice(self) -> Choice:
        return Choice(
            str(self.pms.currentData()),
            self.connection.text().strip(),
            self.zone.currentText(),
            self.login.text().strip(),
            self.password.text(),
        )

    def _tested(self, task: Task) -> None:
        told = findings(task.answer)
        self.news.show_findings([one for one in told if one.tone != "good"][:4], summary(told))
        self.act.setEnabled(True)
        self._may_go_on(not any(one.tone == "bad" for one in told) or STEPS[self.steps.currentIndex()] == "check")

    def _enrol(self) -> None:
        arguments = {"code": self.code.text().strip()}
        self._link.follow("enrol", arguments, partial(self._enrolled), self._refused)

    def _enrolled(self, _: Task) -> None:
        self.code.clear()
        self.password.clear()
        self.news.show_words(say("first.enrolled"), "good")
        self._may_go_on(True)

    def _refused(self, refusal: Refused) -> None:
        told = say("settings.admin") if refusal.code == "right_missing" else words(refusal)
        self.news.show_words(told, "bad")
        self.act.setEnabled(True)

    def _refresh_load(self) -> None:
        if not self.isVisible() or STEPS[self.steps.currentIndex()] != "load":
            return
        seen = self._link.seen
        load = overview.load(seen)
        if load is None:
            begun = bool(seen.document.get("resources")) and seen.document.get("epoch")
            self.bar.setRange(0, 1 if begun else 0)
            self.bar.setValue(1)
            self._bar_words.setText(say("first.done") if begun else say("first.load_wait"))
            return
        self.bar.setRange(0, load.total)
        self.bar.setValue(load.done)
        self._bar_words.setText(self._pace.told(load, self._link.clock()))
