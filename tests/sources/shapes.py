"""Small shapes and tables for tests of the reading side, on all engines: not those of any PMS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.sources.shape import Audit, HighWater, Lookup, Part, Shape, Stamp, Table, Window


@dataclass(frozen=True)
class Read:
    """A field that only says what it reads."""

    columns: tuple[str, ...] = ()
    part_columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lookups: tuple[str, ...] = ()
    families: Mapping[str, str] = field(default_factory=dict)


VISIT = Shape(
    id="visit",
    resource="appointment",
    root=Table("visit", key=("visit_id",), where="state IS NULL OR state <> 9"),
    parts={
        "staff": Part("visit_staff", on=("visit_id",), order=("staff_id",)),
        "marks": Part("visit_mark", on=("visit_id",), order=("mark_id",), where="dropped = 0"),
    },
    lookups={"room": Lookup("room", key=("room_id",), columns=("title",))},
    hurry={
        "near": Window("starts", back=7, ahead=90),
        "log": Audit("visit_log", grows_by="log_id", names=("visit_id",), overlap=3),
        "new": HighWater(overlap=2),
        "changed": Stamp("changed", overlap_seconds=60),
    },
    fields={
        "start": Read(("starts",), families={"starts": "timestamp"}),
        "note": Read(("note", "state")),
        "amount": Read(("amount",), families={"amount": "number"}),
        "staff": Read((), {"staff": ("staff_id", "role")}),
        "marks": Read((), {"marks": ("text",)}),
        "changed": Read(("changed",)),
    },
)
"""An integer key, two parts, every accelerator."""

PERSON = Shape(
    id="person",
    resource="patient",
    root=Table("person", key=("person_id",), integer_key=False),
    parts={"sites": Part("person_site", on=("person_id",), order=("site",))},
    fields={"name": Read(("name",)), "sites": Read((), {"sites": ("site",)})},
)
"""A text key and a part."""

CHAIR = Shape(
    id="chair",
    resource="operatory",
    root=Table("chair", key=("site", "place"), integer_key=False),
    parts={"tags": Part("chair_tag", on=("site", "place"), order=("tag",))},
    fields={"name": Read(("name",))},
)
"""A composite key."""

SHAPES = {shape.id: shape for shape in (VISIT, PERSON, CHAIR)}


def ddl(engine: str, schema: str = "") -> list[str]:
    """The tables on an engine: mariadb, postgresql or sqlite. All of it is plain SQL but the types named here."""
    moment = {"mariadb": "DATETIME", "postgresql": "TIMESTAMP", "sqlite": "TIMESTAMP"}[engine]
    tail = " ENGINE=MyISAM" if engine == "mariadb" else ""
    t = f'"{schema}".' if schema else ""
    make = [f'CREATE SCHEMA "{schema}"'] if schema else []
    return [
        *make,
        (
            f"CREATE TABLE {t}visit (visit_id INTEGER PRIMARY KEY, starts {moment}, note TEXT, state INTEGER, "
            f"amount DECIMAL(10,2), changed {moment}, secret VARCHAR(20)){tail}"
        ),
        f"CREATE INDEX visit_starts ON {t}visit (starts)",
        f"CREATE INDEX visit_changed ON {t}visit (changed)",
        (
            f"CREATE TABLE {t}visit_staff (visit_id INTEGER, staff_id VARCHAR(5), role INTEGER, "
            f"PRIMARY KEY (visit_id, staff_id)){tail}"
        ),
        (
            f"CREATE TABLE {t}visit_mark (mark_id INTEGER PRIMARY KEY, visit_id INTEGER, text VARCHAR(50), "
            f"dropped INTEGER){tail}"
        ),
        f"CREATE INDEX visit_mark_visit ON {t}visit_mark (visit_id)",
        f"CREATE TABLE {t}visit_log (log_id INTEGER PRIMARY KEY, visit_id INTEGER){tail}",
        f"CREATE TABLE {t}room (room_id INTEGER PRIMARY KEY, title VARCHAR(20)){tail}",
        f"CREATE TABLE {t}person (person_id CHAR(5) PRIMARY KEY, name VARCHAR(50)){tail}",
        f"CREATE TABLE {t}person_site (person_id CHAR(5), site INTEGER, PRIMARY KEY (person_id, site)){tail}",
        f"CREATE TABLE {t}chair (site VARCHAR(5), place VARCHAR(5), name VARCHAR(20), PRIMARY KEY (site, place)){tail}",
        (
            f"CREATE TABLE {t}chair_tag (site VARCHAR(5), place VARCHAR(5), tag VARCHAR(5), "
            f"PRIMARY KEY (site, place, tag)){tail}"
        ),
    ]


def content(schema: str = "") -> list[str]:
    """Some rows: 20 visits (one hidden by the condition), part rows of most, orphans, persons, chairs."""
    t = f'"{schema}".' if schema else ""
    rows: list[str] = []
    for n in range(1, 21):
        state = 9 if n == 4 else n % 3
        rows += [
            (
                f"INSERT INTO {t}visit VALUES ({n * 10}, '2026-03-{n:02d} 09:00:00', 'Größe {n}', {state}, {n}.50, "
                f"'2026-01-01 10:00:{n:02d}', 'never read')"
            ),
            f"INSERT INTO {t}visit_staff VALUES ({n * 10}, 'B', {n})",
            f"INSERT INTO {t}visit_staff VALUES ({n * 10}, 'A', {n})",
            f"INSERT INTO {t}visit_mark VALUES ({1000 - n}, {n * 10}, 'kept', 0)",
            f"INSERT INTO {t}visit_mark VALUES ({2000 - n}, {n * 10}, 'dropped', 1)",
            f"INSERT INTO {t}visit_log VALUES ({n}, {n * 10})",
            f"INSERT INTO {t}person VALUES ('P{n:02d}', 'Person {n}')",
            f"INSERT INTO {t}person_site VALUES ('P{n:02d}', {n})",
            f"INSERT INTO {t}chair VALUES ('S{n // 7}', 'C{n % 7}', 'Chair {n}')",
            f"INSERT INTO {t}chair_tag VALUES ('S{n // 7}', 'C{n % 7}', 'x')",
        ]
    rows += [
        f"INSERT INTO {t}visit_staff VALUES (55, 'A', 0)",
        f"INSERT INTO {t}room VALUES (2, 'Two')",
        f"INSERT INTO {t}room VALUES (1, 'One')",
    ]
    return rows
