"""Settings: appearance for everybody; pace, hours, proxy and policy for administrators. A plan before a change."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from agent.wire.local import SettingsAnswer, SettingsChange, SettingsPlan
from gui.link import Link
from gui.models import settings
from gui.models.refusals import words
from gui.models.settings import DAYS, FIELDS, Field, Form
from gui.port import Refused
from gui.texts import say
from gui.theme import CHOICES, Theme
from gui.widgets.parts import Choices, Page, Tick, button, card, label, row


class SettingsPage(Page):
    """The form."""

    colours_chosen = Signal(str)

    def __init__(self, link: Link, theme: Theme) -> None:
        super().__init__(say("page.settings"), say("settings.intro"))
        self._link = link
        self._before: Form | None = None
        form = self._section("appearance")
        self.colours = Choices()
        for choice in CHOICES:
            self.colours.addItem(say(f"settings.theme.{choice}"), choice)
        self.colours.setFixedWidth(150)
        self.colours.setCurrentIndex(CHOICES.index(theme.choice))
        self.colours.currentIndexChanged.connect(lambda _: self.colours_chosen.emit(self.colours.currentData()))
        self._add(form, "settings.theme", self.colours)
        form = self._section("pace")
        self.numbers = {one.name: self._number(one) for one in FIELDS}
        for name, spin in self.numbers.items():
            self._add(form, f"settings.{name}", spin)
        self.days = {day: Tick(say(f"day.{day}")) for day in DAYS}
        for day, box in self.days.items():
            box.setAccessibleName(f"{say('settings.office_hours')}: {say(f'day.{day}')}")
        self.opens, self.closes = QLineEdit(), QLineEdit()
        for edit, key in ((self.opens, "settings.from"), (self.closes, "settings.to")):
            edit.setInputMask("99:99")
            edit.setFixedWidth(edit.fontMetrics().averageCharWidth() * 10 + 20)
            edit.setAccessibleName(f"{say('settings.office_hours')} {say(key)}")
        self._hours = QWidget()
        column = QVBoxLayout(self._hours)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row(*self.days.values(), None))
        between = label(say("settings.to"), "quiet", wrap=False)
        column.addLayout(row(label(say("settings.from"), "quiet", wrap=False), self.opens, between, self.closes, None))
        self._several = label(say("settings.more_hours"), "small")
        column.addWidget(self._several)
        self._add(form, "settings.office_hours", self._hours)
        form = self._section("database")
        self.database_password = QLineEdit()
        self.database_password.setPlaceholderText(say("settings.database_password_empty"))
        self.database_password.setEchoMode(QLineEdit.EchoMode.Password)
        self._add(form, "settings.database_password", self.database_password)
        form = self._section("cloud")
        self.proxy = QLineEdit()
        self.proxy.setPlaceholderText(say("settings.proxy_empty"))
        self._add(form, "settings.proxy", self.proxy)
        self.proxy_login, self.proxy_password = QLineEdit(), QLineEdit()
        self.proxy_login.setPlaceholderText(say("settings.proxy_login_empty"))
        self.proxy_password.setPlaceholderText(say("settings.proxy_password_empty"))
        self.proxy_password.setEchoMode(QLineEdit.EchoMode.Password)
        self._add(form, "settings.proxy_login", self.proxy_login)
        self._add(form, "settings.proxy_password", self.proxy_password)
        frame, inside = card(say("settings.policy"))
        inside.addWidget(label(say("settings.policy"), "heading"))
        inside.addWidget(label(say("settings.policy_words"), "quiet"))
        self.policy = QPlainTextEdit()
        self.policy.setAccessibleName(say("settings.policy"))
        self.policy.setTabChangesFocus(True)
        self.policy.setMinimumHeight(130)
        inside.addWidget(self.policy)
        self.column.addWidget(frame)
        self._words: QLabel = label("", "body")
        self.column.addWidget(self._words)
        self.check = button(say("settings.check"), self._plan)
        self.apply = button(say("settings.apply"), self._apply, main=True)
        self.undo = button(say("settings.undo"), self._undo)
        self.column.addLayout(row(self.check, self.apply, self.undo, None))
        self.column.addStretch(1)
        self.apply.setEnabled(False)

    def _section(self, name: str) -> QFormLayout:
        frame, inside = card(say(f"settings.{name}"))
        inside.addWidget(label(say(f"settings.{name}"), "heading"))
        form = QFormLayout()
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(8)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        inside.addLayout(form)
        self.column.addWidget(frame)
        return form

    @staticmethod
    def _add(form: QFormLayout, key: str, box: QWidget) -> None:
        name = label(say(key), "quiet", wrap=False)
        name.setMinimumWidth(300)
        name.setBuddy(box)
        box.setAccessibleName(say(key))
        form.addRow(name, box)

    @staticmethod
    def _number(field: Field) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        box.setRange(field.least, field.most)
        box.setDecimals(1 if field.least < 1 else 0)
        box.setSuffix(say(f"unit.{field.unit}"))
        box.setFixedWidth(150)
        box.lineEdit().setTextMargins(9, 0, 9, 0)  # the style sheet's padding does not reach it
        return box

    def opened(self) -> None:
        """Ask for the settings, unless somebody is editing."""
        if self._before is None or self._form() == self._before:
            self._link.ask(lambda service: service.settings(), self._came, self._no_settings)

    def refresh(self) -> None:
        """What can be done now."""
        if self._before is None and self._link.seen.connected:
            self.opened()
        for button_ in (self.check, self.undo):
            button_.setEnabled(self._before is not None)

    def _came(self, answer: SettingsAnswer) -> None:
        if self._before is not None and self._form() != self._before:
            return  # somebody has begun to edit since it was asked
        self._before = settings.form(answer)
        self._fill(self._before)
        self._words.setText("")
        self.refresh()

    def _no_settings(self, _: Refused) -> None:
        self._words.setText(say("settings.unavailable"))

    def _fill(self, form: Form) -> None:
        for name, value in form.numbers.items():
            self.numbers[name].setValue(value)
        for day, box in self.days.items():
            box.setChecked(day in form.days)
            box.setEnabled(not form.several)
        self.opens.setText(form.opens)
        self.closes.setText(form.closes)
        self.opens.setEnabled(not form.several)
        self.closes.setEnabled(not form.several)
        self._several.setVisible(form.several)
        self.proxy.setText(form.proxy)
        self.proxy_login.setText(form.proxy_login)
        self._forget()
        self.policy.setPlainText(form.policy)
        self.apply.setEnabled(False)
        # What is shown is rounded: what stands there now is what an edit is compared with.
        self._before = self._form()

    def _form(self) -> Form:
        return Form(
            {name: box.value() for name, box in self.numbers.items()},
            tuple(day for day, box in self.days.items() if box.isChecked()),
            self.opens.text(),
            self.closes.text(),
            self.proxy.text().strip(),
            self.policy.toPlainText(),
            self.proxy_login.text().strip(),
            self.proxy_password.text(),
            self.database_password.text(),
            not self.opens.isEnabled(),
        )

    def _wanted(self) -> SettingsChange | None:
        return None if self._before is None else settings.change(self._before, self._form())

    def _plan(self) -> None:
        wanted = self._wanted()
        if wanted is None:
            self._words.setText(say("settings.nothing"))
            return
        self._link.ask(lambda service: service.plan(wanted), self._planned, self._refused)

    def _planned(self, plan: SettingsPlan) -> None:
        self._words.setText(settings.words(plan))
        self.apply.setEnabled(bool(plan.changes or self._form().typed_secret) and not plan.problems)

    def _apply(self) -> None:
        wanted = self._wanted()
        if wanted is not None:
            self._link.ask(lambda service: service.change(wanted), self._applied, self._refused)

    def _forget(self) -> None:
        """What was typed in and is kept now, or not wanted, is nowhere on the screen."""
        self.proxy_password.clear()
        self.database_password.clear()

    def _applied(self, _: SettingsPlan) -> None:
        self._forget()
        self._before = self._form()
        self.apply.setEnabled(False)
        self._words.setText(say("settings.applied"))

    def _undo(self) -> None:
        if self._before is not None:
            self._fill(self._before)
            self._words.setText("")

    def _refused(self, refusal: Refused) -> None:
        self._words.setText(say("settings.admin") if refusal.code == "right_missing" else words(refusal))
        self.apply.setEnabled(False)
