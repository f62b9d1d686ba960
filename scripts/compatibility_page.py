"""Makes ``docs/compatibility.md``: what can be read of which system, what was verified where and when, what is assumed.

The declarations say what is read and how a change is found; the tables here say what was seen to work and what rests on
a fact that could not be checked. An entry of VERIFIED names the tests that somebody ran on that day; whoever adds one
has run them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from agent.host.settings import Pace
from agent.model.resources import RESOURCES
from agent.sources.pms import Pms
from agent.sources.shape import Audit, HighWater, Shape, Stamp, Window
from scripts.model_page import SYSTEMS

Kind = Literal["real engine", "real schema", "stand-in", "declared"]

KINDS: dict[Kind, str] = {
    "real engine": "the database engine that the software itself runs on, with tables of our own that hold the columns "
    "that are read and their neighbours",
    "real schema": "the vendor's complete table definitions on that engine, with invented records",
    "stand-in": "the same declarations on another engine, with tables of our own in the software's shape",
    "declared": "statements are written for this engine and were never run on it",
}
"""How sure; the surest first, but for the stand-in."""


class Verified(NamedTuple):
    """Something that was seen to work."""

    pms: str
    kind: Kind
    on: str
    """Engine or schema, with its version."""
    day: str
    """When the tests were last run by hand for this page; empty = never run."""
    tests: tuple[str, ...]
    """What was run."""


_SAME_STATEMENTS = (
    "tests/sources/test_dialect.py::test_the_sql_anywhere_statement_is_the_tested_one_but_for_the_declared_points"
)

VERIFIED: tuple[Verified, ...] = (
    Verified(
        "opendental",
        "real engine",
        "MariaDB 10.11, over ODBC",
        "2026-11-21",
        ("tests/contract/test_reading.py", "tests/contract/test_description.py"),
    ),
    Verified(
        "opendental",
        "real schema",
        "Open Dental 24.3 on MariaDB 10.11, over ODBC",
        "2026-11-21",
        ("tests/contract/test_real_open_dental.py",),
    ),
    Verified(
        "eaglesoft",
        "stand-in",
        "SQLite 3.40 and PostgreSQL 15, over ODBC",
        "2026-11-21",
        ("tests/contract/test_reading.py", "tests/contract/test_description.py"),
    ),
    Verified(
        "eaglesoft",
        "declared",
        "SQL Anywhere 10 to 17",
        "",
        (_SAME_STATEMENTS,),
    ),
)
"""Each holds for every resource of the system: the tests read all of them and compare every field."""


class Assumption(NamedTuple):
    """Something that a declaration rests on and that no fact proves."""

    pms: str
    about: str
    taken: str
    """What is taken to be so."""
    because: str
    """Why, and how sure that is."""
    otherwise: str
    """What happens where it is not so."""


_RAW = "The raw code stands beside; a practice can say what its codes mean ([code tables](model.md#code-tables))."

ASSUMED: tuple[Assumption, ...] = (
    Assumption(
        "eaglesoft",
        "appointment.classification",
        "16 = taken off the schedule (cancelled); 32 and 64 = lists of visits without a time (waitlist)",
        "one public integration treats all three as off the schedule; which is which is inferred",
        _RAW,
    ),
    Assumption(
        "eaglesoft",
        "appointment.arrival_status, walkout_time",
        "arrival status 4 or a walk-out time = completed",
        "one public integration each",
        "A visit shows as `in_chair` or `booked`; the raw codes stand beside.",
    ),
    Assumption(
        "eaglesoft",
        "appointment.confirmation_status",
        "0 unconfirmed, 1 confirmed, 2 to 6 attempted",
        "one public integration; 7 is 'other' there and `unknown` here",
        _RAW,
    ),
    Assumption(
        "eaglesoft",
        "appt_log",
        "it gets a row for a visit that is booked, moved or deleted",
        "inferred from its columns",
        "The change is found by the date window or the rotation, later.",
    ),
    Assumption(
        "eaglesoft",
        "patient.status",
        "A = active, I = inactive",
        "A is seen in several integrations, I is recalled",
        _RAW,
    ),
    Assumption(
        "eaglesoft",
        "transactions_header.type, status",
        "S charge; C, D adjustments; A, P, I, Y, W payments, I by insurance; status V = voided",
        "the sets agree in three integrations; I = insurance and V are inferred",
        _RAW,
    ),
    Assumption(
        "eaglesoft",
        "transactions_detail.status",
        "1 = current; other rows are left out",
        "two public integrations",
        "Shares are missing from `splits`; the entry's own amount is right.",
    ),
    Assumption(
        "eaglesoft",
        "paytype.display_on_payment_screen",
        "Y = offered (`active`), N = not",
        "the column is seen in several integrations; what it means is inferred from its name",
        "A payment type shows as hidden that is not, or the other way round; the types themselves are right.",
    ),
    Assumption(
        "eaglesoft",
        "operatory_notes_type",
        "its rows are the kinds of contact (`communication_type`), whatever else notes of that type are for",
        "public integrations look the type of a note up there, by `id`; its columns are named in one",
        "`code.communication_type` stops with a warning and `code` is never `complete`; all else goes on.",
    ),
    Assumption(
        "eaglesoft",
        "confirmation statuses",
        "fixed numbers without a table: no `code` of that set; commands say `confirmed` and the like",
        "no integration reads them from anywhere",
        "The office's own names of statuses are not in the feed.",
    ),
    Assumption(
        "eaglesoft",
        "keys of patients",
        "text that is compared without regard to case; a freed key may be given to a new patient",
        "SQL Anywhere compares so unless set up otherwise; reuse is seen in one integration",
        "Two keys that differ in case only would be one record; such a set-up is not supported.",
    ),
    Assumption(
        "eaglesoft",
        "SQL Anywhere itself",
        "options, table hints and catalogue behave as its manuals say",
        "no SQL Anywhere server could be had",
        "`practice-agent doctor` shows it before go-live: it reads, counts and maps on the real database.",
    ),
    Assumption(
        "opendental",
        "versions after 24.3",
        "the columns that are read stay as they are up to 26",
        "their source is not published; single columns are known",
        "The actual columns are checked at every start: a shape whose column is gone stops, the others go on.",
    ),
    Assumption(
        "opendental",
        "MySQL 5.5 to 8",
        "behaves as MariaDB 10.11 for the statements that are used",
        "no MySQL server was tried",
        "`practice-agent doctor` shows it before go-live.",
    ),
    Assumption(
        "opendental",
        "names of confirmation states",
        "what offices usually call them (listed in [model.md](model.md#opendentalconfirmation))",
        "each office has its own definitions",
        _RAW,
    ),
)
"""Beside these, every shape's own ``assumed``."""

_HEAD = """\
# What works where

Nothing on this page was run in a live practice. It says on which engines and schemas the tests read, map and
compare every field of every record, when, and what rests on facts that could not be checked.
`practice-agent doctor` looks at the database at hand, before go-live.
"""


_WAYS = """\
Every table is compared in a rotation ([sync.md](sync.md)). Its length on this office's database bounds the time that
any change may take ([performance.md](performance.md)). What stands under *sooner* brings most changes forward: they
are read at the next poll, every `poll_seconds` ({poll} s), as soon as the duty allows. Small tables are compared whole
every `lookup_minutes` ({lookup} s).

* What a database lacks the table or index for is left out; `practice-agent doctor` lists what is in use.
{notes}"""

NOTES = {
    "eaglesoft": """\
* Folders of documents (in newer versions only) are not read: a document cannot be filed without the vendor's interface.
* Nothing tells that a patient was changed or added: the rotation finds it.
* A change of an older ledger line that adds no row, and a line that was taken out, are found by the rotation.""",
    "opendental": """\
* On the real 24.3 schema `DateTStamp` of `patient` and `appointment` has no index and is not used; that of the ledger's
  tables has one. A changed patient is found by the rotation.
* Where an office uses random primary keys, a new key need not be the greatest: what new keys do not tell, the rotation
  finds.
* Notices in `signalod` bring forward definitions (`code`), providers, operatories and appointment types.""",
}
"""What a reader of the table should know."""


def page() -> str:
    """The whole page."""
    lines = ["<!-- Made by `make docs`; change the code, not this page. -->", *_HEAD.splitlines(), ""]
    lines += ["| | means |", "|---|---|", *(f"| {kind} | {told} |" for kind, told in KINDS.items())]
    for pms in SYSTEMS:
        lines += ["", f"## {pms.title}", ""]
        first, last = (_version(version) for version in pms.versions)
        lines.append(
            f"Declared for versions {first} to {last}. Another one is read too, with a warning (`version_unknown`)."
        )
        lines += ["", *_matrix(pms), "", "Verified by:", "", *_evidence(pms)]
        lines += ["", "### How a change is found", "", *_ways(pms)]
        lines += ["", "### What is assumed", "", *_assumed(pms)]
    return "\n".join(lines) + "\n"


def _version(version: tuple[int, int]) -> str:
    major, minor = version
    return f"{major}.x" if minor == 99 else f"{major}.{minor}"


def _of(pms: Pms) -> list[Verified]:
    return [one for one in VERIFIED if one.pms == pms.name]


def _matrix(pms: Pms) -> Iterator[str]:
    yield "| resource | " + " | ".join(KINDS) + " |"
    yield "|---|" + "---|" * len(KINDS)
    cells = " | ".join(_cell(one for one in _of(pms) if one.kind == kind) for kind in KINDS)
    shaped = {shape.resource for shape in pms.shapes}
    for resource in RESOURCES:
        yield f"| `{resource}` | {cells if resource in shaped else ' | '.join('not read' for _ in KINDS)} |"


def _cell(found: Iterable[Verified]) -> str:
    return "; ".join(f"{one.on}{f', {one.day}' if one.day else ''}" for one in found) or "–"


def _evidence(pms: Pms) -> Iterator[str]:
    for one in _of(pms):
        yield f"* {one.on} ({one.kind}): {', '.join(f'`{test}`' for test in one.tests)}"


def _ways(pms: Pms) -> Iterator[str]:
    pace = Pace()
    told = _WAYS.format(poll=f"{pace.poll_seconds:g}", lookup=f"{pace.lookup_minutes * 60:g}", notes=NOTES[pms.name])
    yield from told.splitlines()
    yield from ("", "| kind of record | root table | parts | lookups | sooner by |", "|---|---|---|---|---|")
    for shape in pms.shapes:
        parts = ", ".join(
            f"`{part.table}`{' (may be absent)' if part.optional else ''}" for part in shape.parts.values()
        )
        lookups = ", ".join(dict.fromkeys(f"`{lookup.table}`" for lookup in shape.lookups.values()))
        rows = f" where `{shape.root.where}`" if shape.root.where else ""
        yield f"| `{shape.id}` | `{shape.root.name}`{rows} | {parts} | {lookups} | {sooner(pms, shape)} |"


def sooner(pms: Pms, shape: Shape) -> str:
    """What tells of changes early, in words."""
    if shape.small:
        return "compared whole"
    told = []
    for name, hurry in shape.hurry.items():
        match hurry:
            case Window():
                last = name in pms.last_resorts.get(shape.id, ())
                only = ", only where there is neither audit table nor indexed stamp" if last else ""
                told.append(f"`{hurry.column}` from {hurry.back} days back to {hurry.ahead} ahead{only}")
            case Audit():
                told.append(f"new rows of `{hurry.table}`")
            case HighWater():
                told.append("new keys")
            case Stamp():
                told.append(f"`{hurry.column}`, where it has an index")
    return "; ".join(told) or "nothing: by rotation"


def _assumed(pms: Pms) -> Iterator[str]:
    yield "| about | taken to be so | because | where it is not so |"
    yield "|---|---|---|---|"
    for shape in pms.shapes:
        if shape.assumed is not None:
            stops = f"`{shape.id}` stops with a warning, the other kinds go on."
            yield f"| `{shape.root.name}` | {shape.assumed} | no public fact names it | {stops} |"
    for one in ASSUMED:
        if one.pms == pms.name:
            yield f"| {one.about} | {one.taken} | {one.because} | {one.otherwise} |"
