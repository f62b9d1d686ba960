"""Open Dental as a whole: its shapes, how its database tells what it is, and what its signals say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agent.model.reading import Hint
from agent.sources.doubt import Doubt
from agent.sources.opendental.appointment import appointment
from agent.sources.opendental.definition import SHAPES as CODES
from agent.sources.opendental.ledger import SHAPES as LEDGER
from agent.sources.opendental.patient import patient
from agent.sources.opendental.reference import appointment_type, location, operatory, practice, provider
from agent.sources.opendental.writing.rows import READS
from agent.sources.pms import Cell, Fact, Mark, News, Pms
from agent.sources.times import day
from agent.sources.values import integer

_SHAPES = (location, practice, provider, operatory, appointment_type, *CODES, patient, appointment, *LEDGER)

DEFINITIONS = 14
APPOINTMENTS = 68
REFERENCE = {22: "provider", 27: "operatory", 58: "appointment_type"}
"""Kinds of signals."""

_DEFINED = frozenset(shape.id for shape in _SHAPES if shape.small and "definition" in (shape.root.name, *shape.lookups))
"""Looked at at once; large shapes that use definitions are mapped again when one proves to have changed."""

_BEFORE_RANDOM = 1_000_000_000
"""Keys below this were given in order; an office that has switched to random keys gets none of these."""


def signals(rows: Sequence[tuple[Any, ...]]) -> Hint:
    """What signals (kind, day viewed) say may have changed."""
    shapes: set[str] = set()
    days: set[str] = set()
    lookups = False
    for raw_kind, raw_day in rows:
        try:
            kind = integer(raw_kind)
            viewed = day(raw_day) if kind == APPOINTMENTS else None
        except Doubt:
            continue
        if viewed is not None:
            days.add(viewed)
        elif kind == DEFINITIONS:
            lookups = True
            shapes |= _DEFINED
        elif kind in REFERENCE:
            shapes.add(REFERENCE[kind])
    return Hint(None, frozenset(shapes), {appointment.id: frozenset(days)} if days else {}, lookups)


OPENDENTAL = Pms(
    name="opendental",
    title="Open Dental",
    shapes=_SHAPES,
    dialects=frozenset({"mariadb", "sqlite"}),
    version=Cell("preference", "ValueString", where="PrefName = 'ProgramVersion'"),
    versions=((21, 1), (26, 99)),
    # Patients and procedures are marked as deleted, never taken out.
    facts=(
        Fact("patient", ("PatNum", "SecDateEntry"), order=("PatNum",), where=f"PatNum < {_BEFORE_RANDOM}"),
        Fact("procedurelog", ("ProcNum", "SecDateEntry"), order=("ProcNum",), where=f"ProcNum < {_BEFORE_RANDOM}"),
    ),
    marks=(Mark("patient", "PatNum"), Mark("procedurelog", "ProcNum"), Mark("histappointment", "HistApptNum")),
    halted=Cell("preference", "ValueString", where="PrefName = 'UpdateInProgressOnComputerName'"),
    news=News("signalod", "SignalNum", ("IType", "DateViewing"), signals),
    last_resorts={appointment.id: frozenset({"days"})},
    also_read=READS,
)
