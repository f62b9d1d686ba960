"""``python -m benchmarks``: measures, prints one table, and puts it into the documentation where asked.

Environment: ``FULL=1`` measures the sizes that the goals name (hours), ``BENCH_DATA`` names a folder that keeps built
practices between runs, ``OPENDENTAL_SCHEMA`` a dump of the real Open Dental schema. Nothing else should be at work on
the machine meanwhile.
"""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import at_work, practices, rows, writes
from benchmarks.report import Figure, machine, markdown, paste, plain
from benchmarks.sizes import FULL, QUICK, TOY, Plan
from sandbox.practice.build import Size

_DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
_PLANS = {"quick": QUICK, "full": FULL, "toy": TOY}
_PARTS = ("rows", "second", "work", "writes")


def main(arguments: list[str] | None = None) -> int:
    """Measure; 0 whether goals are met or not, because a figure is no test."""
    options = _options(arguments)
    plan = _PLANS[options.size]
    schema = Path(found) if (found := os.environ.get("OPENDENTAL_SCHEMA")) else None
    kept = Path(folder).expanduser() if (folder := os.environ.get("BENCH_DATA")) else None
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
    parts = tuple(options.only or _PARTS)
    shelf = practices.Shelf(kept)
    reading = measure(plan, shelf, schema, parts)
    writing = measure_writes(plan, shelf, schema) if "writes" in parts else []
    figures = [*reading, *writing]
    print(plain(figures))
    missed = [figure.name for figure in figures if figure.met is False]
    print(f"\n{len(missed)} of {sum(figure.met is not None for figure in figures)} goals missed", *missed, sep="\n  ")
    if options.write:
        note = [options.note] if options.note else []
        if reading:
            paste(_DOCUMENT, markdown(reading, [*_facts(options.size, plan), *note]))
        if writing:
            paste(_DOCUMENT, markdown(writing, [*_facts_of_writes(options.size, plan), *note]), "write-backs")
        print(f"\nWrote {_DOCUMENT}")
    return 0


def measure(plan: Plan, shelf: practices.Shelf, schema: Path | None, parts: tuple[str, ...]) -> list[Figure]:
    """The figures of reading, of the parts asked for."""
    figures: list[Figure] = []
    shares = None
    if "rows" in parts:
        _tell("rows: first load and rotation against pyodbc, Open Dental on MariaDB")
        with practices.opendental(plan.rows, shelf, schema) as practice:
            found, shares = rows.measure(practice, plan)
            figures += found
    if "work" in parts:
        _tell("the agent at work on Open Dental, beside a writer")
        with practices.opendental(plan.work, shelf, schema) as practice:
            figures += at_work.measure(practice, plan, shares)
    if "second" in parts:
        for name, place in (
            ("PostgreSQL", practices.eaglesoft_on_postgresql),
            ("SQLite", practices.eaglesoft_on_sqlite),
        ):
            _tell(f"rows: Eaglesoft's shape on {name}")
            with place(plan.second) as practice:
                figures += rows.measure(practice, plan)[0]
    return figures


def measure_writes(plan: Plan, shelf: practices.Shelf, schema: Path | None) -> list[Figure]:
    """The figures of writing."""
    figures: list[Figure] = []
    for name, place in (
        ("Eaglesoft's shape on SQLite", practices.eaglesoft_on_sqlite(plan.second)),
        ("Open Dental on MariaDB, through its API", practices.opendental(plan.second, shelf, schema)),
    ):
        _tell(f"commands on their way into {name}")
        with place as practice:
            figures += writes.measure(practice, plan)
    return figures


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="What the agent costs, beside the raw floor."
    )
    usual = "full" if os.environ.get("FULL", "") not in ("", "0") else "quick"
    parser.add_argument("--size", choices=sorted(_PLANS), default=usual, help="how much is measured (FULL=1: full)")
    parser.add_argument("--only", nargs="+", choices=_PARTS, help="only these parts")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("--note", help="what else must be known of this run; stands above the table")
    return parser.parse_args(arguments)


def _facts(name: str, plan: Plan) -> list[str]:
    return [
        f"{datetime.now(UTC):%Y-%m-%d}, {machine()}; size `{name}`, medians of {plan.rounds}",
        f"Open Dental for the cost of rows: {_said(plan.rows)}; at work: {_said(plan.work)}",
        f"Eaglesoft's shape on other engines: {_said(plan.second)}",
    ]


def _facts_of_writes(name: str, plan: Plan) -> list[str]:
    return [
        f"{datetime.now(UTC):%Y-%m-%d}, {machine()}; size `{name}`",
        f"Both practices: {_said(plan.second)}",
    ]


def _said(size: Size) -> str:
    return f"{size.patients:,} patients, {size.appointments:,} appointments, {size.ledger:,} ledger rows"


def _tell(what: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {what} ...", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
