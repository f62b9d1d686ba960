"""CPU per row: first load and a rotation that finds nothing, against pyodbc fetching the same columns (figures 1, 2).

Floor and agent take turns page by page, in processes of their own, as often as the plan says; medians are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks import passes
from benchmarks.apart import apart
from benchmarks.practices import Practice
from benchmarks.report import Figure
from benchmarks.sizes import APPOINTMENT, LEDGER, PATIENT, Plan

LOAD_GOAL = 12.0
"""Microseconds of CPU a row above the floor; a row is one that is fetched, of the table or of its parts."""
ROTATION_GOAL = 1.2
"""Times the floor's CPU."""


@dataclass(frozen=True, slots=True)
class Shares:
    """What a whole rotation keeps the engine busy with, by kind of record."""

    per_record: dict[str, float]
    """Seconds a record: patient, appointment, ledger."""
    rest: float
    """Longest statement, seconds."""

    def busy(self, patients: int, appointments: int, ledger: int) -> float:
        """Seconds for a practice of a size."""
        each = self.per_record
        return each[PATIENT] * patients + each[APPOINTMENT] * appointments + each["ledger"] * ledger


def measure(practice: Practice, plan: Plan) -> tuple[list[Figure], Shares]:
    """Both figures for each table, and what a rotation would take on a practice of any size."""
    ledger = LEDGER[practice.target.pms]
    shapes = (PATIENT, APPOINTMENT, *ledger)
    runs = [apart(passes.run, practice.target, shapes) for _ in range(plan.rounds)]
    there = [shape for shape in shapes if runs[0].load[shape].floor.records]
    figures = [figure for shape in there for figure in _of_shape(practice, shape, runs)]
    ratio = median(
        sum(run.rotation[shape].cpu for shape in there) / sum(run.rotation[shape].floor.cost.cpu for shape in there)
        for run in runs
    )
    figures.append(Figure("nothing new: all tables", ratio, "x CPU", ROTATION_GOAL, practice.engine))
    return figures, _shares(ledger, runs)


def _of_shape(practice: Practice, name: str, runs: Sequence[passes.Passes]) -> list[Figure]:
    bare = runs[0].load[name].floor
    size = f"{bare.records:,} records" + (f", {bare.rows:,} rows with their parts" if bare.rows > bare.records else "")
    loads = [run.load[name] for run in runs]
    same = [run.rotation[name] for run in runs]
    above = median(_each(one.cpu - one.floor.cost.cpu, one.floor.rows) for one in loads)
    ratio = median(one.cpu / one.floor.cost.cpu for one in same)
    return [
        Figure(f"first load: {name}", above, "us", LOAD_GOAL, practice.engine, f"{_told(loads)}; {size}"),
        Figure(f"nothing new: {name}", ratio, "x CPU", ROTATION_GOAL, practice.engine, _told(same)),
    ]


def _told(some: Sequence[passes.Pass]) -> str:
    agent = median(_each(one.cpu, one.floor.rows) for one in some)
    bare = median(_each(one.floor.cost.cpu, one.floor.rows) for one in some)
    return f"CPU a row: agent {agent:.1f} us, floor {bare:.1f} us"


def _each(seconds: float, rows: int) -> float:
    """Microseconds a row."""
    return 1e6 * seconds / rows


def _shares(ledger: Sequence[str], runs: Sequence[passes.Passes]) -> Shares:
    def each(names: Sequence[str]) -> float:
        found = []
        for run in runs:
            records = sum(run.rotation[name].floor.records for name in names)
            found.append(sum(run.rotation[name].busy for name in names) / max(1, records))
        return median(found)

    per_record = {PATIENT: each([PATIENT]), APPOINTMENT: each([APPOINTMENT]), "ledger": each(ledger)}
    return Shares(per_record, median(max(one.longest for one in run.rotation.values()) for run in runs))
