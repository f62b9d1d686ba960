"""What the local API shows of the agent as it goes: the newest events, the status document, the one line. In memory.

Every piece of news rings the bell that long polls wait for.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agent.health.verdict import judge, keeps_back
from agent.host.history import History
from agent.host.log import Event
from agent.host.looking import SILENT_SECONDS
from agent.host.pausing import Pausing
from agent.model.clock import Clock, iso_utc
from agent.model.errors import AgentError
from agent.wire.local import EventsAnswer, LogLine, Overall, StatusAnswer

_KEPT = 2000
"""Events."""

Phase = Literal["starting", "at_work", "not_set_up", "failing"]


@dataclass(frozen=True, slots=True)
class _Standing:
    phase: Phase
    since: float
    error: AgentError | None = None


class News:
    """The newest of everything. Safe to use from several threads."""

    def __init__(self, clock: Clock, pausing: Pausing, history: History, ring: Callable[[], None]) -> None:
        self._clock = clock
        self._pausing = pausing
        self._history = history
        self._ring = ring
        self._lock = threading.Lock()
        self._lines: deque[LogLine] = deque(maxlen=_KEPT)
        self._number = 0
        self._revision = 1
        self._document: dict[str, Any] | None = None
        self._at = 0.0
        self._standing = _Standing("starting", clock.time())

    def heard(self, at: str, event: Event) -> None:
        """An event was logged."""
        with self._lock:
            self._number += 1
            self._lines.append(
                LogLine(number=self._number, at=at, level=event.level, code=event.code, fields=dict(event.fields))
            )
        self._history.heard(event)
        self._ring()

    def shown(self, document: Mapping[str, Any]) -> None:
        """The running agent has made a new status document."""
        with self._lock:
            self._document, self._at = dict(document), self._clock.monotonic()
        self._history.saw(document, broken=self._pausing.until is None and keeps_back(document))
        self.changed()

    def stands(self, phase: Phase, error: AgentError | None = None) -> None:
        """Whether an agent is at work, and why not."""
        with self._lock:
            if phase != "at_work":
                self._document = None
            former = self._standing
            since = former.since if former.phase == phase else self._clock.time()
            self._standing = _Standing(phase, since, error)
        self.changed()

    def changed(self) -> None:
        """Something of the status is new."""
        with self._lock:
            self._revision += 1
        self._ring()

    @property
    def phase(self) -> Phase:
        """Whether an agent is at work."""
        return self._standing.phase

    def status(self) -> StatusAnswer:
        """Everything at one glance."""
        with self._lock:
            revision, document = self._revision, self._document
        return StatusAnswer(
            revision=revision, overall=self._overall(), paused_until=self._pausing.until_iso, status=document
        )

    def events(self, after: int, limit: int) -> EventsAnswer:
        """Those after a number; the newest ``limit`` of them."""
        with self._lock:
            lines = [one for one in self._lines if one.number > after][-limit:]
            return EventsAnswer(lines=lines, last=self._number)

    def _overall(self) -> Overall:
        with self._lock:
            standing, document, at = self._standing, self._document, self._at
        if standing.phase == "not_set_up":
            reason = "" if standing.error is None else standing.error.title
            return Overall(state="not_set_up", since=iso_utc(standing.since), reason=reason)
        if standing.phase == "failing" and standing.error is not None:
            return Overall(state="not_working", since=iso_utc(standing.since), reason=standing.error.title)
        if self._pausing.until is not None:
            return Overall(state="paused", reason="Somebody has paused it for a while")
        silent = document is not None and self._clock.monotonic() - at > SILENT_SECONDS
        seen = "starting" if document is None else "silent" if silent else "running"
        verdict = judge(seen, document)
        return Overall(state=verdict.state, since=verdict.since, reason=verdict.reason)
