"""An inbox in a store on a real file, with a clock that is set by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agent.model.writing import Settlement
from agent.store.sealing import Seal
from agent.store.store import Store
from agent.wire.commands import Command, CommandReport, Target

DAY = 86_400.0


class Box:
    """A store whose clock is set by hand."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = 1_000_000.0
        self.seal = Seal(bytes(range(32)))
        self.open()

    def open(self) -> None:
        """Begin a process."""
        self.store = Store(self.path, self.seal, lambda: self.now)
        self.inbox = self.store.inbox

    def again(self) -> None:
        """End the process and begin another."""
        self.store.close()
        self.open()

    def give(self, number: int = 1, target: str | None = "p1", **more: Any) -> str:
        """Keep a command ``c<number>``; expires after a day."""
        made = made_of(number, target, **more)
        self.inbox.receive(made, self.now + DAY, look_first=False)
        return made.command_id

    def next(self) -> str | None:
        """Name of the command that is handed out."""
        kept = self.inbox.next(self.now)
        return None if kept is None else kept.command.command_id

    def take(self) -> list[CommandReport]:
        """The cloud takes all reports."""
        found = self.inbox.reports(500)
        self.inbox.reported(found)
        return found

    def end(self, command_id: str, state: Any = "verified", **more: Any) -> None:
        """It is over."""
        self.inbox.settle(Settlement(command_id, state, **more))


def made_of(number: int, target: str | None = "p1", **more: Any) -> Command:
    fields: dict[str, Any] = {
        "command_id": f"c{number}",
        "practice_id": "office",
        "queue_seq": number,
        "kind": "patient.update_contact" if target else "patient.create",
        "target": Target(resource="patient", id=target),
        "payload": {"email": "secret@example.com"},
        "issued_at": "2026-03-02T13:59:00Z",
        "expires_at": "2026-03-03T14:00:00Z",
    }
    return Command(**(fields | more))
