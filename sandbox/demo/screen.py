"""How the story looks: headings, tables and bars on a terminal; plain lines in a pipe. Shows only what it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

_PIPE_WIDTH = 120
_PIPE_SECONDS = 2.0

Bars = Callable[[Sequence[int]], None]
"""Called with how far each bar is."""


class Screen:
    """Where the story is told."""

    def __init__(self, time: Callable[[], float], console: Console | None = None) -> None:
        found = console or Console(highlight=False)
        self.console = (
            found if found.is_terminal or console else Console(highlight=False, width=_PIPE_WIDTH, no_color=True)
        )
        self.time = time
        """Seconds since 1970."""
        unicode = (self.console.encoding or "").lower().startswith("utf")
        self._good, self._bad = ("✓", "✗") if unicode else ("ok", "NO")

    @property
    def live(self) -> bool:
        """Whether somebody watches, so that what is written may be drawn over."""
        return self.console.is_terminal

    def title(self, text: str, below: str) -> None:
        """The first lines."""
        self.console.print()
        self.console.print(Text(text, style="bold"))
        self.console.print(Text(below, style="dim"))

    def act(self, number: int, title: str, *lines: str) -> None:
        """Begin an act."""
        self.console.print()
        heading = f"{number}  {title}"
        if self.live:
            self.console.print(Rule(Text(heading, style="bold cyan"), align="left", style="cyan"))
        else:
            self.console.print(Text(f"== {heading}"))
        for line in lines:
            self.say(line)

    def say(self, text: str, style: str = "") -> None:
        """A line of the story."""
        if self.live:
            self.console.print(Padding(Text(text, style=style), (0, 0, 0, 3)))
            return
        for line in text.splitlines():
            self.console.print(Text(f"   {line}"), soft_wrap=True)

    def command(self, line: str) -> None:
        """A command, as a person would type it; never broken, so that it can be copied."""
        self.console.print(Text(f"   $ {line}", style="dim"), soft_wrap=True)

    def good(self, text: str) -> None:
        """Something is as it should be."""
        self._marked(Text(self._good, "bold green"), text)

    def bad(self, text: str) -> None:
        """Something is not as it should be."""
        self._marked(Text(self._bad, "bold red"), text)

    def _marked(self, mark: Text, text: str) -> None:
        if not self.live:
            self.console.print(Text.assemble("   ", mark, " ", text), soft_wrap=True)
            return
        line = Table.grid(padding=(0, 1, 0, 0))
        line.add_row("  ", mark, Text(text))
        self.console.print(line)

    def verdict(self, fine: bool, good: str, bad: str) -> bool:
        """One of two sentences; gives back which."""
        if fine:
            self.good(good)
        else:
            self.bad(bad)
        return fine

    def table(self, heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
        """A table; ``right``: columns that hold numbers."""
        if not self.live:
            self._plain_table([heads, *rows], right)
            return
        made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for at, head in enumerate(heads):
            made.add_column(head, justify="right" if at in right else "left", no_wrap=True)
        for row in rows:
            made.add_row(*(Text(cell) for cell in row))
        self.console.print(Padding(made, (0, 0, 0, 3)))

    def _plain_table(self, rows: Sequence[Sequence[str]], right: Sequence[int]) -> None:
        widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = [
                cell.rjust(width) if at in right else cell.ljust(width)
                for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            ]
            self.say("  ".join(cells).rstrip())

    @contextmanager
    def busy(self, text: str) -> Iterator[None]:
        """Something that takes a while; gone when it is over."""
        if not self.live:
            yield
            return
        with self.console.status(Text(text)):
            yield

    @contextmanager
    def bars(self, names: Sequence[str], total: int) -> Iterator[Bars]:
        """Progress bars that go to the same total; a line every two seconds in a pipe."""
        if not self.live:
            yield self._line_bars(names, total)
            return
        columns = (
            TextColumn("   {task.description}"),
            BarColumn(bar_width=40),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=self.console) as shown:
            tasks = [shown.add_task(name, total=total) for name in names]

            def show(done: Sequence[int]) -> None:
                for task, count in zip(tasks, done, strict=True):
                    shown.update(task, completed=min(count, total))

            yield show

    def _line_bars(self, names: Sequence[str], total: int) -> Bars:
        due = self.time()

        def show(done: Sequence[int]) -> None:
            nonlocal due
            if self.time() >= due or min(done) >= total:
                due = self.time() + _PIPE_SECONDS
                told = ", ".join(f"{name} {count:,}" for name, count in zip(names, done, strict=True))
                self.say(f"{told} of {total:,}")

        return show
