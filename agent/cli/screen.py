"""What the verbs write on: tables and progress for people at a terminal, plain stable lines for a pipe.

Owns nothing but form. rich is loaded only where a terminal shows something that needs it: short verbs start fast.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

import typer

from agent.model.errors import NeedsPerson


def on_terminal() -> bool:
    """Whether a person looks at what is written."""
    return sys.stdout.isatty()


def shows_progress() -> bool:
    """Whether a progress bar can be seen."""
    return sys.stderr.isatty()


def say(text: str = "") -> None:
    """A line."""
    typer.echo(text)


def clear() -> None:
    """An empty screen."""
    from rich.console import Console

    Console().clear()


def warn(text: str) -> None:
    """A line beside the result, for people."""
    typer.echo(text, err=True)


def json(document: Any) -> None:
    """A document as JSON, indented."""
    import orjson

    typer.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """A table on a terminal, tab-separated lines in a pipe. ``right``: columns that hold numbers."""
    if not on_terminal():
        for row in (heads, *rows):
            say("\t".join(row))
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    for at, head in enumerate(heads):
        made.add_column(head, justify="right" if at in right else "left")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    Console().print(made)


def confirm(question: str, yes: bool) -> None:
    """Ask; without a terminal ``--yes`` must be given.

    Raises:
        NeedsPerson: ``not_confirmed`` when nobody can be asked.
    """
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise NeedsPerson("not_confirmed", "This must be confirmed and nobody can be asked", "Give --yes.")
    typer.confirm(question, abort=True, err=True)


class Bar(Protocol):
    """A line that tells how far something is."""

    def show(self, text: str, done: int, total: int | None) -> None:
        """Now so far; ``total`` None = unknown."""


@contextmanager
def progress(quiet: bool = False) -> Iterator[Bar]:
    """A progress bar on stderr where that is a terminal; nothing elsewhere."""
    if quiet or not shows_progress():
        yield _NoBar()
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        yield _RichBar(shown, shown.add_task("", total=None, count=""))


class _NoBar:
    def show(self, text: str, done: int, total: int | None) -> None:
        """Nobody looks."""


class _RichBar:
    def __init__(self, shown: Any, task: Any) -> None:
        self._shown, self._task = shown, task

    def show(self, text: str, done: int, total: int | None) -> None:
        """Redraw."""
        count = f"{done:,}" if total in (None, done) else f"{done:,} of about {total:,}"
        whole = None if not total else max(total, done)
        self._shown.update(self._task, description=text, completed=done, total=whole, count=count)


def ago(seconds: float | None) -> str:
    """A length of time as people say it."""
    if seconds is None:
        return "-"
    for size, word in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {word}"
    return f"{seconds:.0f} s"


def moment(iso: str | None) -> str:
    """A moment: local time on a terminal, as it is in a pipe."""
    if iso is None:
        return "-"
    if not on_terminal():
        return iso
    return datetime.fromisoformat(iso).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def utc(seconds: float) -> str:
    """Seconds since 1970 as documents have it."""
    from agent.model.clock import iso_utc

    return iso_utc(seconds)


def age(iso: str, now: float) -> float:
    """Seconds since a moment."""
    return max(0.0, now - datetime.fromisoformat(iso).astimezone(UTC).timestamp())
