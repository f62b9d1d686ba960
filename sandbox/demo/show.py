"""The loop of the acts in which people work: the desk does what is due, the feed is looked at, the board is drawn.

One thread: what is committed is known before what arrives is looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.demo.arrivals import Arrivals
from sandbox.demo.board import Board
from sandbox.demo.cloud_reader import CloudAway
from sandbox.demo.office import wall_clock
from sandbox.demo.stage import Stage, pause
from sandbox.demo.watch import Change

_TICK = 0.03
_FOLLOW_SECONDS = 0.1


class Show:
    """Work, and what comes of it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.arrivals = Arrivals()
        self.feed = 0
        """Number of the last entry of the feed that was looked at."""
        self.cloud_away = False
        """Whether the cloud did not answer the last time."""
        self._time = stage.clock.time
        self._follow_due = 0.0
        self._board: Board | None = None
        stage.front.desk.on_changes = self._committed

    def skip(self) -> int:
        """Pass over what is in the feed by now; how many entries."""
        passed = 0
        for entry in self._entries():
            self.arrivals.pass_over(entry)
            passed += 1
        return passed

    def run(
        self,
        board: Board,
        *,
        seconds: float | None = None,
        until: Callable[[], bool] | None = None,
        rate: float = 0.0,
        foot: Callable[[], str],
    ) -> None:
        """For so long, or until something is so: let the desk work at ``rate``, look at the feed, show both."""
        self._board = board
        end = self._time() + (self.stage.plan.times.patience if seconds is None else seconds)
        try:
            while self._time() < end:
                if until is not None and until():
                    return
                if rate:
                    self.stage.front.work(rate)
                self.follow()
                board.foot(foot())
                pause(_TICK)
            if until is not None and seconds is None:
                raise self.stage.stuck("what was to arrive")
        finally:
            board.foot(foot())
            self._board = None

    def follow(self) -> None:
        """Look at the feed, ten times a second at most."""
        if self._time() < self._follow_due:
            return
        self._follow_due = self._time() + _FOLLOW_SECONDS
        try:
            found = [self.arrivals.take(entry, self._time()) for entry in self._entries()]
        except CloudAway:
            self.cloud_away = True
            return
        self.cloud_away = False
        if found and self._board is not None:
            self._board.arrivals(wall_clock(self._time()), found)

    def _entries(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = []
        more = True
        while more:
            page, more = self.stage.reader.changes(self.feed)
            entries += page
            self.feed = page[-1]["feed_seq"] if page else self.feed
        return entries

    def _committed(self, operation: str, changes: list[Change]) -> None:
        self.arrivals.expect(changes)
        if self._board is not None:
            self._board.operation(wall_clock(self._time()), operation)
