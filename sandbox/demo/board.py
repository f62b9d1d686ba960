"""The board that is looked at while the front desk works: its operations on the left, what arrives on the right.

On a terminal it is drawn over and over; in a pipe it is lines. Shows names of operations and resources, never data.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Protocol

from rich.console import Group
from rich.live import Live
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from sandbox.demo.arrivals import Arrival
from sandbox.demo.screen import Screen
from sandbox.demo.watch import ROTATION

_ROWS = 10
_WIDE = 106
"""Columns of a terminal on which everything has room; on a narrower one no time of day is shown."""
_PIPE_SECONDS = 5.0


class Board(Protocol):
    """Where work is shown as it happens."""

    def operation(self, at: datetime, name: str) -> None:
        """The front desk has done this."""

    def arrivals(self, at: datetime, found: Sequence[Arrival]) -> None:
        """The cloud's feed has grown by these."""

    def foot(self, text: str) -> None:
        """How it stands."""


@contextmanager
def board(screen: Screen) -> Iterator[Board]:
    """A board for as long as the block lasts; what it showed last stays."""
    if not screen.live:
        lines = _Lines(screen)
        yield lines
        lines.last()
        return
    with Live(console=screen.console, refresh_per_second=8) as live:
        yield _Drawn(live, wide=screen.console.width >= _WIDE)


def grouped(found: Sequence[Arrival]) -> list[tuple[int, Arrival]]:
    """Arrivals of the same kind together: how many, and the one that took longest."""
    groups: dict[tuple[str, str, str | None], list[Arrival]] = {}
    for one in found:
        groups.setdefault((one.resource, one.op, one.way), []).append(one)
    return [(len(some), max(some, key=lambda one: one.seconds or 0.0)) for some in groups.values()]


class _Drawn:
    def __init__(self, live: Live, wide: bool) -> None:
        self._live = live
        self._widths = (32, 66) if wide else (23, 52)
        self._wide = wide
        self._operations: deque[Text] = deque(maxlen=_ROWS)
        self._arrivals: deque[tuple[Text, ...]] = deque(maxlen=_ROWS)
        self._foot = ""
        self._draw()

    def operation(self, at: datetime, name: str) -> None:
        time = f"{at:%H:%M:%S}  " if self._wide else ""
        shown = Text.assemble((time, "dim"), name.replace("_", " "), no_wrap=True, overflow="ellipsis")
        self._operations.append(shown)
        self._draw()

    def arrivals(self, at: datetime, found: Sequence[Arrival]) -> None:
        for count, one in grouped(found):
            many = f" ×{count}" if count > 1 else ""
            style = "red" if one.op == "delete" else "green"
            self._arrivals.append(
                (
                    Text(f"{at:%H:%M:%S}", style="dim"),
                    Text(f"{one.resource}{many}"),
                    Text(one.op, style=style),
                    Text(_seconds(one)),
                    Text(one.way or "", style="yellow" if one.way == ROTATION else "dim"),
                )
            )
        self._draw()

    def foot(self, text: str) -> None:
        self._foot = text
        self._draw()

    def _draw(self) -> None:
        arrived = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
        for at in range(0 if self._wide else 1, 5):
            arrived.add_column(justify="right" if at == 3 else "left", no_wrap=True)
        for row in self._arrivals:
            arrived.add_row(*row if self._wide else row[1:])
        for _ in range(_ROWS - len(self._arrivals)):
            arrived.add_row("")
        desk = Group(*self._operations, *[Text("")] * (_ROWS - len(self._operations)))
        both = Table.grid(padding=(0, 1))
        for width in self._widths:
            both.add_column(width=width)
        both.add_row(
            Panel(desk, title="front desk", title_align="left", border_style="dim"),
            Panel(arrived, title="arriving in the cloud's feed", title_align="left", border_style="dim"),
        )
        self._live.update(Padding(Group(both, Text(self._foot, style="bold")), (0, 0, 0, 3)))


class _Lines:
    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._due = screen.time() + _PIPE_SECONDS
        self._foot = ""

    def operation(self, at: datetime, name: str) -> None:
        self._screen.say(f"{at:%H:%M:%S}  desk  {name.replace('_', ' ')}")

    def arrivals(self, at: datetime, found: Sequence[Arrival]) -> None:
        for count, one in grouped(found):
            name = f"{one.resource} x{count}" if count > 1 else one.resource
            way = f"  {one.way}" if one.way else ""
            self._screen.say(f"{at:%H:%M:%S}  feed  {name:<22}{one.op:<8}{_seconds(one):>7}{way}")

    def foot(self, text: str) -> None:
        self._foot = text
        if self._screen.time() >= self._due:
            self.last()

    def last(self) -> None:
        """How it stands now."""
        self._due = self._screen.time() + _PIPE_SECONDS
        self._screen.say(self._foot)


def _seconds(one: Arrival) -> str:
    return "" if one.seconds is None else f"{one.seconds:.1f} s"
