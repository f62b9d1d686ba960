"""What follows from how a shape's declaration and the actual database differ: stop this shape, or do without something.

What a record is made of must be there as declared, else its shape stops and no other does: a missing column is never
read as empty, nor a missing table as deleted. An accelerator that the database does not allow is left out. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.model.reading import Accelerator
from agent.sources.catalogue import Finding, Tables, check
from agent.sources.layout import Layout, layout_of
from agent.sources.shape import Audit, Hurry, Shape, Stamp, Window

LOOK_EVERY = 5.0
"""Seconds between two looks at an accelerator, at most, where nothing else holds it up."""

_CODES = {"type_changed": "schema_changed"}
"""Findings whose warning has another code."""


@dataclass(frozen=True, slots=True)
class Fit:
    """One shape on one database."""

    shape: Shape
    layout: Layout | None
    """How it is read; None when it is stopped."""
    stopped: str | None = None
    """Warning code and what it names, ``column_missing:patient.birth_date``."""
    accelerators: tuple[Accelerator, ...] = ()
    """Those that this database allows."""
    warnings: tuple[tuple[str, str], ...] = field(default=())
    """What a person should know: (code, what it names)."""


def tables_of(shape: Shape) -> tuple[str, ...]:
    """Every table that a shape has to do with, to ask the catalogue about."""
    return tuple(layout_of(shape).columns())


def fit(shape: Shape, tables: Tables, last_resorts: frozenset[str] = frozenset()) -> Fit:
    """How a shape can be read here. ``last_resorts``: windows left out where something better tells of changes."""
    absent = [part.table for part in shape.parts.values() if part.optional and tables.get(part.table) is None]
    layout = layout_of(shape, absent_tables=absent)
    findings = check(layout, tables)
    read = _read(layout)
    for finding in findings:
        if finding.stops and finding.column in read.get(finding.table, ()):
            code = _CODES.get(finding.code, finding.code)
            return Fit(shape, None, f"{code}:{finding.names}", warnings=((code, finding.names),))
    usable: dict[str, Hurry] = {}
    for name, hurry in shape.hurry.items():
        if not any(_concerns(finding, hurry, shape) for finding in findings):
            usable[name] = hurry
    if any(isinstance(hurry, Audit | Stamp) for hurry in usable.values()):
        usable = {name: hurry for name, hurry in usable.items() if name not in last_resorts}
    # That a version of the PMS has no index on a change stamp is usual and nobody's fault.
    stamps = {(shape.root.name, hurry.column) for hurry in shape.hurry.values() if isinstance(hurry, Stamp)}
    warnings = tuple(
        (_CODES.get(finding.code, finding.code), finding.names)
        for finding in findings
        if (finding.table, finding.column) not in stamps
    )
    return Fit(shape, layout, None, tuple(_accelerator(name, hurry) for name, hurry in usable.items()), warnings)


def _read(layout: Layout) -> Mapping[str, set[str | None]]:
    """What records are made of: columns by table; None stands for the table itself."""
    shape = layout.shape
    found: dict[str, set[str | None]] = {shape.root.name: {None, *layout.root_columns}}
    for name in layout.parts:
        found.setdefault(shape.parts[name].table, set()).update((None, *layout.part_columns[name]))
    for lookup in shape.lookups.values():
        found.setdefault(lookup.table, set()).update((None, *lookup.key, *lookup.columns))
    return found


def _concerns(finding: Finding, hurry: Hurry, shape: Shape) -> bool:
    """Whether a finding is about something that an accelerator needs."""
    if isinstance(hurry, Audit):
        return finding.table == hurry.table and finding.column in (None, hurry.grows_by, *hurry.names)
    column = hurry.column if isinstance(hurry, Window | Stamp) else shape.root.key[0]
    return finding.table == shape.root.name and finding.column == column


def _accelerator(name: str, hurry: Hurry) -> Accelerator:
    if isinstance(hurry, Window):
        return Accelerator(name, "window", LOOK_EVERY, hurry.back, hurry.ahead)
    return Accelerator(name, "growth", LOOK_EVERY)
