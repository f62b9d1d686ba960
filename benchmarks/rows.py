"""CPU per row: first load and a rotation that finds nothing, against pyodbc fetching the same columns (figures 1, 2).

Floor and agent are measured one after the other in fresh processes, as often as the plan says; medians are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks import floor, passes
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
    floors: list[dict[str, floor.Scanned]] = []
    runs: list[passes.Passes] = []
    for _ in range(plan.rounds):
        floors.append(apart(floor.scan, practice.target, shapes))
        runs.append(apart(passes.run, practice.target, shapes))
    figures = []
    for name in (PATIENT, APPOINTMENT, *ledger):
        figures += _of_shape(practice, name, [one[name] for one in floors], runs)
    every = [shape for shape in shapes if floors[0][shape].records]
    floor_cpu = median(sum(one[shape].cost.cpu for shape in every) for one in floors)
    rotation_cpu = median(sum(run.rotation[shape].cost.cpu for shape in every) for run in runs)
    figures.append(
        Figure(
            "nothing new: all tables",
            rotation_cpu / floor_cpu,
            "x CPU",
            ROTATION_GOAL,
            practice.engine,
            f"{rotation_cpu:.2f} s against {floor_cpu:.2f} s",
        )
    )
    return figures, _shares(ledger, runs)


def _of_shape(
    practice: Practice, name: str, floors: Sequence[floor.Scanned], runs: Sequence[passes.Passes]
) -> list[Figure]:
    records = floors[0].records
    if not records:
        return []
    fetched = floors[0].rows
    each = 1e6 / fetched
    ground = median(one.cost.cpu for one in floors) * each
    load = median(run.load[name].cost.cpu for run in runs) * each
    same = median(run.rotation[name].cost.cpu for run in runs) * each
    size = f"{records:,} records" + (f", {fetched:,} rows with their parts" if fetched > records else "")
    return [
        Figure(
            f"first load: {name}",
            load - ground,
            "us",
            LOAD_GOAL,
            practice.engine,
            f"CPU a row: {load:.1f} us, floor {ground:.1f} us; {size}",
        ),
        Figure(
            f"nothing new: {name}",
            same / ground,
            "x CPU",
            ROTATION_GOAL,
            practice.engine,
            f"CPU a row: {same:.1f} us, floor {ground:.1f} us; {size}",
        ),
    ]


def _shares(ledger: Sequence[str], runs: Sequence[passes.Passes]) -> Shares:
    def each(names: Sequence[str]) -> float:
        found = []
        for run in runs:
            records = sum(run.rotation[name].records for name in names)
            found.append(sum(run.rotation[name].busy for name in names) / max(1, records))
        return median(found)

    per_record = {PATIENT: each([PATIENT]), APPOINTMENT: each([APPOINTMENT]), "ledger": each(ledger)}
    return Shares(per_record, median(max(one.longest for one in run.rotation.values()) for run in runs))
