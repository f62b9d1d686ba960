"""Binds the screen's port to the local API's client: names, rights, and errors turned into the port's two."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from agent.api.client import LocalAgent, NotRunning, Slow, best_right, read_address
from agent.model.errors import AgentError
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
from gui.port import Connect, Refused, Unreachable

_MORE_THAN_LOOKING = frozenset({"snapshot", "reconcile", "test_database", "test_cloud", "enrol"})
A = TypeVar("A")


def connector(home: Path) -> Connect:
    """Finds the agent of a folder."""

    def connect() -> Running:
        return Running(home)

    return connect


class Running:
    """The agent that runs now. Looks with the least right; uses this user's best one only where it is needed."""

    def __init__(self, home: Path) -> None:
        """Raises :class:`Unreachable`."""
        self.home = home
        self.version = self._told(lambda: read_address(home)).version
        self._look = LocalAgent(home)
        self._best: LocalAgent | None = None

    def close(self) -> None:
        """Close the connections."""
        self._look.close()
        if self._best is not None:
            self._best.close()

    def _more(self) -> LocalAgent:
        if self._best is None:
            self._best = LocalAgent(self.home, best_right(self.home) or "look")
        return self._best

    @staticmethod
    def _told(call: Callable[[], A]) -> A:
        try:
            return call()
        except (NotRunning, Slow):
            raise Unreachable from None
        except AgentError as error:
            raise Refused(error.code, error.title, error.advice) from None

    def status(self, after: int | None, wait: float) -> StatusAnswer:
        """Everything at one glance; a changed version ends the connection, so that the new one is seen."""
        answer = self._told(lambda: self._look.status(after, wait))
        self.version = self._told(lambda: read_address(self.home)).version
        return answer

    def events(self, after: int, wait: float) -> EventsAnswer:
        """Events after a number."""
        return self._told(lambda: self._look.events(after, wait))

    def history(self) -> HistoryAnswer:
        """The last day."""
        return self._told(self._look.history)

    def writes(self) -> WritesAnswer:
        """The newest write-backs."""
        return self._told(self._look.writes)

    def write(self, command_id: str, *, unmask: bool) -> WriteDetail:
        """One of them."""
        client = self._more() if unmask else self._look
        return self._told(lambda: client.write(command_id, unmask=unmask))

    def decide(self, command_id: str, verdict: str, name: str) -> WriteDetail:
        """A person's word on one."""
        said = cast(Literal["approve", "reject", "retry"], verdict)
        return self._told(lambda: self._more().decide(command_id, said, name))

    def pause(self, hours: float) -> StatusAnswer:
        """Read and write nothing for so long."""
        return self._told(lambda: self._look.pause(hours))

    def resume(self) -> StatusAnswer:
        """Go on."""
        return self._told(self._look.resume)

    def start_task(self, kind: TaskKind, arguments: dict[str, Any]) -> Task:
        """Begin something that takes a while."""
        client = self._for(kind)
        return self._told(lambda: client.begin(kind, **arguments))

    def task(self, task_id: str, wait: float) -> Task:
        """How it fares."""
        client = self._best or self._look
        return self._told(lambda: client.task(task_id, wait))

    def _for(self, kind: str) -> LocalAgent:
        return self._more() if kind in _MORE_THAN_LOOKING else self._look

    def settings(self) -> SettingsAnswer:
        """The settings, without secrets."""
        return self._told(self._look.settings)

    def plan(self, change: SettingsChange) -> SettingsPlan:
        """What a change would do."""
        return self._told(lambda: self._more().plan(change))

    def change(self, change: SettingsChange) -> SettingsPlan:
        """Do it."""
        return self._told(lambda: self._more().change(change))

    def discover(self) -> DiscoverAnswer:
        """Practice management systems on this machine."""
        return self._told(lambda: self._more().discover())
