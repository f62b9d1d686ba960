"""The way to the agent: calls in threads, answers as signals. The only part of the screen that waits.

One thread waits for news of the status, one for events; every other call has a short-lived thread of its own. Threads
touch no widget: they emit signals, which Qt delivers in the thread of the screen. A lost agent is looked for again
until the screen closes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, Signal, Slot

from agent.wire.local import EventsAnswer, StatusAnswer, Task, TaskKind
from gui.clock import Clock, machine_clock
from gui.models.light import Seen
from gui.port import Connect, Refused, Service, Unreachable

WAIT = 5.0
"""Seconds that one call waits for news: short, so that a vanished agent is noticed soon."""
RETRY = 1.0
"""Seconds between two looks for a lost agent."""

Done = Callable[[Any], None]
Failed = Callable[[Refused], None]


class Link(QObject):
    """What the screen knows of the agent, and how it asks."""

    changed = Signal()
    """``seen`` is new."""
    events_came = Signal(list)
    """New lines of the log; an empty list = the agent is another one, forget the old lines."""
    _status = Signal(object, str)
    _lost = Signal(str, str)
    _over = Signal(int, object, object)
    _progress = Signal(int, object)

    def __init__(self, connect: Connect, clock: Clock = machine_clock, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._connect = connect
        self.clock = clock
        self.seen = Seen()
        self._stopping = threading.Event()
        self._callbacks: dict[int, tuple[Done, Failed, Callable[[Task], None] | None]] = {}
        self._next = 0
        self._status.connect(self._on_status)
        self._lost.connect(self._on_lost)
        self._over.connect(self._on_over)
        self._progress.connect(self._on_progress)

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._watch_status, name="gui-status", daemon=True).start()
        threading.Thread(target=self._watch_events, name="gui-events", daemon=True).start()

    def stop(self) -> None:
        """No signals from now on."""
        self._stopping.set()
        self._callbacks.clear()

    def ask(self, call: Callable[[Service], Any], done: Done, failed: Failed) -> None:
        """Make a call; ``done`` or ``failed`` is called in the thread of the screen."""
        number = self._expect(done, failed)
        threading.Thread(target=self._make, args=(number, call), name="gui-call", daemon=True).start()

    def follow(
        self,
        kind: TaskKind,
        arguments: dict[str, Any],
        done: Callable[[Task], None],
        failed: Failed,
        progress: Callable[[Task], None] | None = None,
    ) -> None:
        """Begin something that takes a while, and follow it to its end; ``done`` gets the finished task."""
        number = self._expect(done, failed, progress)

        def call(service: Service) -> Task:
            task = service.start_task(kind, arguments)
            while task.state in ("waiting", "running") and not self._stopping.is_set():
                self._emit(self._progress, number, task)
                task = service.task(task.id, WAIT)
            if task.state == "failed":
                told = task.answer
                raise Refused(str(told.get("code", "")), str(told.get("title", "")), str(told.get("advice", "")))
            return task

        threading.Thread(target=self._make, args=(number, call), name="gui-task", daemon=True).start()

    def _expect(self, done: Done, failed: Failed, progress: Callable[[Task], None] | None = None) -> int:
        self._next += 1
        self._callbacks[self._next] = (done, failed, progress)
        return self._next

    # In threads of their own -----------------------------------------------------------------------------------------

    def _emit(self, signal: Any, *values: object) -> None:
        if not self._stopping.is_set():
            signal.emit(*values)

    def _make(self, number: int, call: Callable[[Service], Any]) -> None:
        try:
            with closing(self._connect()) as service:
                answer = call(service)
        except Unreachable:
            self._emit(self._over, number, None, Refused("unreachable", "", ""))
        except Refused as refusal:
            self._emit(self._over, number, None, refusal)
        else:
            self._emit(self._over, number, answer, None)

    def _watch_status(self) -> None:
        version = ""
        while not self._stopping.is_set():
            try:
                with closing(self._connect()) as service:
                    version = service.version
                    after: int | None = None
                    while not self._stopping.is_set():
                        answer = service.status(after, WAIT)
                        after = answer.revision
                        self._emit(self._status, answer, service.version)
            except Unreachable:
                self._emit(self._lost, "", "")
            except Refused as refusal:
                self._emit(self._lost, refusal.title, version)
            self._stopping.wait(RETRY)

    def _watch_events(self) -> None:
        while not self._stopping.is_set():
            try:
                with closing(self._connect()) as service:
                    after = 0
                    self._emit(self.events_came, [])
                    while not self._stopping.is_set():
                        answer: EventsAnswer = service.events(after, WAIT)
                        after = answer.last
                        if answer.lines:
                            self._emit(self.events_came, answer.lines)
            except (Unreachable, Refused):
                self._stopping.wait(RETRY)

    # In the thread of the screen -------------------------------------------------------------------------------------

    @Slot(object, str)
    def _on_status(self, answer: StatusAnswer, version: str) -> None:
        self.seen = Seen(answer, connected=True, asked=True, version=version)
        self.changed.emit()

    @Slot(str, str)
    def _on_lost(self, refusal: str, version: str) -> None:
        before = self.seen
        lost_at = self.clock() if before.connected or before.lost_at is None else before.lost_at
        known = version or before.version
        self.seen = replace(before, connected=False, asked=True, lost_at=lost_at, refusal=refusal, version=known)
        if self.seen != before:
            self.changed.emit()

    @Slot(int, object, object)
    def _on_over(self, number: int, answer: object, refusal: Refused | None) -> None:
        callbacks = self._callbacks.pop(number, None)
        if callbacks is None:
            return
        done, failed, _ = callbacks
        if refusal is None:
            done(answer)
        else:
            failed(refusal)

    @Slot(int, object)
    def _on_progress(self, number: int, task: Task) -> None:
        callbacks = self._callbacks.get(number)
        if callbacks and callbacks[2]:
            callbacks[2](task)
