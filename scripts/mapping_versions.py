"""Keeps the meaning of every shape beside its ``mapping_version``: ``make mapping-versions``.

An agent that is updated maps its records anew only where the version was raised. So a mapping that means something
else under its old version would leave the cloud with both meanings. What a mapping means is found by probing it: rows
made of fixed odd and usual values go through it, and what each field becomes is hashed. A declaration that is only
written differently keeps its hashes. Refuses to note another meaning under the same version. Nothing here is imported
by the program.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import orjson

from agent.host.sources import PMS
from agent.model.reading import Mapped, Record, Unreadable
from agent.sources.layout import Layout, layout_of
from agent.sources.mapping import LookupTable, Mapper, Office, code_tables_of
from agent.sources.shape import Shape
from agent.sources.words import Const, FromLookup, Word

KEPT = Path(__file__).resolve().parent.parent / "tests" / "sources" / "mapping_versions.json"
"""What each shape meant when it was last noted."""
COMMAND = "make mapping-versions"
WHOLE = "(which records, and their keys)"
"""Stands among the fields for everything of a shape that is not a field."""

PROBE = 1
"""Raised when the probing itself changes: then everything is noted anew, whatever its version."""
_ROWS = 600
_OFFICE = Office("America/Chicago", {"2": "America/Denver", "3": "Pacific/Honolulu"})
_SMALL = tuple(range(13))
_KEYS = tuple(range(60))
_MOMENTS = (
    "2026-03-08T02:30:00 2026-11-01T01:30:00 2025-06-30T08:00:00 2025-06-30T08:50:00 2025-06-30T00:00:00 "
    "2024-02-29T17:05:09 2031-12-31T23:59:59 1999-01-01T12:00:00 0001-01-01T00:00:00 1900-01-01T00:00:00 "
    "1880-01-01T00:00:00 2025-06-30 1961-08-05 0001-01-01"
).split()
_NUMBERS = (*_SMALL, -1, 21, 26, 300, 99999999999, "12.50", "0.00", "-3.1", "1234.567", "7", 2.5)
_TEXTS = (
    *"Y N M F U A C P S O 1 0 001 * X / //XX// UNKNOWN 46410 K1J".split(),
    *(
        "Dentist",
        "Hygienist",
        "Assistant",
        "Hygiene",
        "Doctor",
        "Front desk",
        "Ann Ågren",
        "  padded\t",
        "two\nlines",
        "nul\0byte",
    ),
    *("(917) 555-0187", "555-0187", "+44 20 7946 0958", "a@example.org", "a@example.org; B@example.com, c", "true"),
)
_BLANKS = (None, None, None, "", "  ", Unreadable("undecodable"))


def _drawn(pool: Sequence[Any], *place: object) -> Any:
    """One of a pool, always the same for the same place."""
    said = "/".join(map(str, place)).encode()
    return pool[int.from_bytes(hashlib.blake2b(said, digest_size=8).digest(), "big") % len(pool)]


@dataclass(frozen=True)
class _Columns:
    """What stands in the columns of a table, by name."""

    of: str
    families: Mapping[str, str]
    codes: Mapping[str, tuple[Any, ...]]
    odd: bool = True
    """Whether a column may also hold what does not belong there."""

    def cell(self, column: str, row: object) -> Any:
        usual: dict[str, Sequence[Any]] = {
            "number": _NUMBERS,
            "date": _MOMENTS,
            "timestamp": _MOMENTS,
            "other": (*_KEYS, *_SMALL, *_TEXTS, *_TEXTS, *_MOMENTS[:4]),
        }
        pool = self.codes.get(column) or usual.get(self.families.get(column, "other"), usual["other"])
        kind = _drawn(range(10), "kind", self.of, column, row) if self.odd else 2
        if kind == 0:
            return _drawn(_BLANKS, self.of, column, row)
        return _drawn(pool if kind > 1 else (*_NUMBERS, *_TEXTS, *_MOMENTS), self.of, column, row)


def _columns_of(shape: Shape, layout: Layout) -> _Columns:
    codes: dict[str, tuple[Any, ...]] = {}
    for name, table in code_tables_of(shape).values():
        for column in shape.fields[name].columns:
            codes.setdefault(column, tuple(table.values))
    return _Columns(shape.root.name, {c: f for (t, c), f in layout.families.items() if t == shape.root.name}, codes)


def _records(shape: Shape, layout: Layout) -> list[Record]:
    columns = _columns_of(shape, layout)
    records = []
    for row in range(_ROWS):
        key = tuple(row if shape.root.integer_key else f"K{row}" for _ in shape.root.key)
        rest = [columns.cell(name, row) for name in layout.root_columns[layout.key_width :]]
        parts = []
        for part in layout.parts:
            inside = _Columns(shape.parts[part].table, {}, {})
            count = _drawn((0, 1, 1, 2, 3), part, row)
            parts.append(
                tuple(tuple(inside.cell(c, f"{row}.{n}") for c in layout.part_columns[part]) for n in range(count))
            )
        records.append(Record(key, (*key, *rest), tuple(parts)))
    return records


def _lookups(shape: Shape) -> dict[str, LookupTable]:
    found = {}
    words = [word for spec in shape.fields.values() for word in cast("Word", spec).words()]
    whole = {word.name for word in words if isinstance(word, FromLookup)}
    named = [word.value for word in words if isinstance(word, Const) and word.value is not None]
    codes = tuple(code for _, table in code_tables_of(shape).values() for code in table.values)
    for name, lookup in shape.lookups.items():
        # One that is used as a whole refers to records; elsewhere anything may stand.
        pool = _KEYS if name in whole else (*codes, *_TEXTS, *_SMALL)
        columns = _Columns(lookup.table, {}, dict.fromkeys(lookup.columns, pool), odd=name not in whole)
        names = [*_KEYS, 300, *"YNMFA", *named]
        keys = names if len(lookup.key) == 1 else [(names[n], names[-n]) for n in range(len(names))]
        rows = {key: tuple(columns.cell(c, key) for c in lookup.columns) for key in keys}
        found[name] = LookupTable(lookup.columns, rows)
    return found


def meaning(shape: Shape) -> dict[str, str]:
    """Canonical field -> hash of what the mapping makes of it."""
    layout = layout_of(shape)
    mapped = Mapper(layout, _lookups(shape), _OFFICE).map(_records(shape, layout))
    found = {WHOLE: _hash([_structure(shape), [_beside(one) for one in mapped]])}
    for name in shape.fields:
        found[name] = _hash(
            [["absent"] if name not in (one.data or {}) else [(one.data or {})[name]] for one in mapped]
        )
    return found


def _beside(one: Mapped) -> list[Any]:
    return [one.id, one.data is None, one.source_updated_at, one.identity]


def _structure(shape: Shape) -> list[Any]:
    root = shape.root
    return [
        [shape.resource, root.name, root.key, root.where, root.integer_key],
        [shape.fixed_id, shape.id_prefix, shape.identity],
        [[name, part.table, part.on, part.order, part.where] for name, part in sorted(shape.parts.items())],
        [[name, one.table, one.key, one.columns, one.where] for name, one in sorted(shape.lookups.items())],
        [
            [name, table.default, sorted((str(raw), value) for raw, value in table.values.items())]
            for name, (_, table) in sorted(code_tables_of(shape).items())
        ],
    ]


def _hash(said: Any) -> str:
    return hashlib.blake2b(orjson.dumps(said, option=orjson.OPT_SORT_KEYS), digest_size=6).hexdigest()


def noted() -> dict[str, dict[str, Any]]:
    """What was noted: ``pms.shape`` -> its version and its fields' hashes; nothing when it was probed otherwise."""
    kept: dict[str, Any] = orjson.loads(KEPT.read_bytes()) if KEPT.exists() else {"probe": None, "shapes": {}}
    shapes: dict[str, dict[str, Any]] = kept["shapes"] if kept["probe"] == PROBE else {}
    return shapes


def now() -> dict[str, dict[str, Any]]:
    """The same of the declarations as they are."""
    return {
        f"{pms.name}.{shape.id}": {"mapping_version": shape.mapping_version, "fields": meaning(shape)}
        for pms in PMS.values()
        for shape in pms.shapes
    }


def broken(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What is wrong with the versions: shapes that mean something else under a version that was not raised."""
    wrong = []
    for name in sorted(before.keys() & after.keys()):
        old, new = before[name], after[name]
        changed = sorted(
            field
            for field in old["fields"].keys() | new["fields"].keys()
            if old["fields"].get(field) != new["fields"].get(field)
        )
        if new["mapping_version"] < old["mapping_version"]:
            wrong.append(f"{name}: mapping_version went back from {old['mapping_version']}")
        elif changed and new["mapping_version"] == old["mapping_version"]:
            wrong.append(
                f"{name} maps differently: {', '.join(changed)}. "
                f"Raise its mapping_version to {old['mapping_version'] + 1} and run `{COMMAND}`."
            )
    return wrong


def main() -> int:
    """Note what every shape means now."""
    before, after = noted(), now()
    wrong = broken(before, after)
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        return 1
    KEPT.write_bytes(
        orjson.dumps({"probe": PROBE, "shapes": after}, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
    )
    print(f"{KEPT.name}: {len(after)} shapes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
