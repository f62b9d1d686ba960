"""Results and how they are shown: one table on the terminal, the same in the documentation."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_HEADS = ("figure", "measured", "goal", "verdict", "engine", "how")

_BEGIN, _END = "<!-- {0}: begin -->", "<!-- {0}: end -->"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured number beside its goal."""

    name: str
    value: float
    unit: str
    goal: float | None
    """At most this; None = shown for comparison only."""
    engine: str
    how: str = ""
    """What else must be known to read it."""

    @property
    def met(self) -> bool | None:
        """Whether the goal is met; None without one."""
        return None if self.goal is None else self.value <= self.goal

    @property
    def verdict(self) -> str:
        """``met`` or by how much it is missed."""
        if self.goal is None:
            return "-"
        return "met" if self.value <= self.goal else f"MISSED x{self.value / self.goal:.2f}"

    def cells(self) -> tuple[str, ...]:
        """The figure as a row of the table."""
        goal = "-" if self.goal is None else f"{_number(self.goal)} {self.unit}"
        return (self.name, f"{_number(self.value)} {self.unit}", goal, self.verdict, self.engine, self.how)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def plain(figures: Sequence[Figure]) -> str:
    """The table for a terminal."""
    rows = [_HEADS, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def markdown(figures: Sequence[Figure], facts: Sequence[str]) -> str:
    """The table for the documentation, below what must be known of the run."""
    rows = [_HEADS, tuple("---" for _ in _HEADS), *(figure.cells() for figure in figures)]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)
    return "\n".join(f"- {fact}" for fact in facts) + "\n\n" + table


def paste(file: Path, text: str, name: str = "benchmarks") -> None:
    """Put a run's results between the marks of this name in a document.

    Raises:
        ValueError: the document has no such marks.
    """
    first, last = _BEGIN.format(name), _END.format(name)
    before, begin, rest = file.read_text(encoding="utf-8").partition(first)
    _, end, after = rest.partition(last)
    if not begin or not end:
        raise ValueError(f"{file} has no place for the table")
    file.write_text(f"{before}{first}\n{text}\n{last}{after}", encoding="utf-8")


def machine() -> str:
    """The class of machine that this is."""
    model = platform.processor() or platform.machine()
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        names = [
            line.partition(":")[2].strip() for line in cpu.read_text().splitlines() if line.startswith("model name")
        ]
        model = names[0] if names else model
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
    return (
        f"{os.cpu_count()} cores ({model}), {pages / 2**30:.0f} GiB, {platform.system()}, "
        f"Python {platform.python_version()}"
    )
