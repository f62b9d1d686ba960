"""What the screen asks of the agent: one port of blocking calls, and the two ways in which they fail.

:mod:`gui.binding` fills it with the local API's client; tests fill it with a scripted agent. Every call may block, so
:mod:`gui.link` makes them in threads.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from agent.wire.local import (
    DiscoverAnswer,
    EventsAnswer,
    HistoryAnswer,
    SettingsAnswer,
    SettingsChange,
    SettingsPlan,
    StatusAnswer,
    Task,
    TaskKind,
    WriteDetail,
    WritesAnswer,
)


class Unreachable(Exception):
    """No agent listens there now."""


class Refused(Exception):
    """The agent said no, and why, in words for people."""

    def __init__(self, code: str, title: str, advice: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.title = title
        self.advice = advice


class Service(Protocol):
    """The running agent. Every call may raise :class:`Unreachable` or :class:`Refused`."""

    version: str
    """Of the agent that answers."""

    def close(self) -> None:
        """Let go of it."""

    def status(self, after: int | None, wait: float) -> StatusAnswer:
        """Everything at one glance; with ``after`` as soon as there is news, at most ``wait`` seconds later."""

    def events(self, after: int, wait: float) -> EventsAnswer:
        """Events after a number."""

    def history(self) -> HistoryAnswer:
        """The last day."""

    def writes(self) -> WritesAnswer:
        """The newest write-backs."""

    def write(self, command_id: str, *, unmask: bool) -> WriteDetail:
        """One of them."""

    def decide(self, command_id: str, verdict: str, name: str) -> WriteDetail:
        """A person's word on one."""

    def pause(self, hours: float) -> StatusAnswer:
        """Read and write nothing for so long."""

    def resume(self) -> StatusAnswer:
        """Go on."""

    def start_task(self, kind: TaskKind, arguments: dict[str, Any]) -> Task:
        """Begin something that takes a while."""

    def task(self, task_id: str, wait: float) -> Task:
        """How it fares."""

    def settings(self) -> SettingsAnswer:
        """The settings, without secrets."""

    def plan(self, change: SettingsChange) -> SettingsPlan:
        """What a change would do."""

    def change(self, change: SettingsChange) -> SettingsPlan:
        """Do it."""

    def discover(self) -> DiscoverAnswer:
        """Practice management systems on this machine."""


Connect = Callable[[], Service]
"""Finds the running agent; raises :class:`Unreachable`. Asked again after each loss: the agent may have moved."""
