"""What the local API asks of the agent: one port, which the host fills. Calls may block for moments, never for a wait.

Whatever cannot be done is raised as an :class:`agent.model.errors.AgentError`; its words are shown to people.
"""

from __future__ import annotations

from typing import Protocol

from agent.wire.local import (
    Decision,
    DiscoverAnswer,
    EventsAnswer,
    HistoryAnswer,
    Right,
    SettingsAnswer,
    SettingsChange,
    SettingsPlan,
    StatusAnswer,
    Task,
    TaskRequest,
    WriteDetail,
    WritesAnswer,
)


class Agent(Protocol):
    """The agent of this machine, whether or not it is set up yet."""

    def version(self) -> str:
        """Of the program."""

    def status(self) -> StatusAnswer:
        """Everything at one glance."""

    def events(self, after: int, limit: int) -> EventsAnswer:
        """The events after a number, the newest ``limit`` of them."""

    def history(self) -> HistoryAnswer:
        """The last day."""

    def writes(self, limit: int) -> WritesAnswer:
        """The newest write-backs."""

    def write(self, command_id: str, *, unmask: bool) -> WriteDetail:
        """One of them; raises ``Terminal("command_unknown")``."""

    def decide(self, command_id: str, decision: Decision) -> WriteDetail:
        """A person's word on it; raises ``NeedsPerson("nothing_to_decide")``."""

    def pause(self, hours: float) -> StatusAnswer:
        """Read and write nothing for so long."""

    def resume(self) -> StatusAnswer:
        """Go on."""

    def begin(self, asked: TaskRequest) -> Task:
        """Begin something that takes a while."""

    def task(self, task_id: str) -> Task:
        """How it fares; raises ``Terminal("task_unknown")``."""

    def settings(self) -> SettingsAnswer:
        """The settings, without secrets."""

    def plan(self, change: SettingsChange) -> SettingsPlan:
        """What a change would do."""

    def change(self, change: SettingsChange) -> SettingsPlan:
        """Do it, unless there is a problem."""

    def discover(self) -> DiscoverAnswer:
        """What practice management systems are on this machine."""

    def used(self, call: str, right: Right) -> None:
        """Somebody has used a right that is more than looking: for the log."""

    def failed(self, call: str, error: Exception) -> None:
        """A bug was met: for the log, by type and place."""
