"""The compiled mapper: records of one shape as read, in canonical form, a batch at a time.

Owns the way from a declaration to a function. A declaration is compiled twice from the same words: into a fast function
that gives up at the first doubt, and a careful one that maps such a record field by field and notes an issue for each
doubt. Nothing that a row may hold makes :meth:`Mapper.map` raise. Never asks the database anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

import orjson
from pydantic import ValidationError

from agent.model.canonical import SCHEMA_VERSION, encode
from agent.model.errors import Terminal
from agent.model.reading import Issue, Key, Mapped, Record
from agent.model.resources import RESOURCES, batch_validator
from agent.sources.codes import CodeTable, Overrides, UnknownCode, UnknownCodes
from agent.sources.doubt import Doubt, Memo
from agent.sources.layout import Layout
from agent.sources.proof import prove
from agent.sources.shape import Shape
from agent.sources.spot import LookupTable, Office, Spot
from agent.sources.times import Clock, zone_of
from agent.sources.values import LONGEST_TEXT, key_text
from agent.sources.words import ABSENT, Code, Word

__all__ = ["LookupTable", "Mapper", "Office", "check_overrides", "id_of", "salt_of"]

KEY_FIELD = "id"
"""What an issue of the key itself names."""


class _Watch:
    """Listens to one record that is mapped carefully and notes what is doubtful."""

    __slots__ = ("field", "issues", "unknown")

    def __init__(self, unknown: UnknownCodes) -> None:
        self.field = KEY_FIELD
        self.issues: dict[tuple[str, str], None] = {}
        self.unknown = unknown

    def at(self, name: str) -> None:
        self.field = name

    def say(self, make: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return make(*arguments)
        except Doubt as doubt:
            self.issues[self.field, doubt.code] = None
            if isinstance(doubt, UnknownCode):
                self.unknown.add(doubt.table, doubt.raw)
            return doubt.value
        except Exception:  # noqa: BLE001 - a transform that fails on odd data costs one field, never the batch
            self.issues[self.field, "unmapped"] = None
            return None

    def noted(self) -> tuple[Issue, ...]:
        return tuple(Issue(name, code) for name, code in self.issues)


class Mapper:
    """Maps the records of one shape. Compiled for one layout, one set of lookups and one office."""

    def __init__(
        self,
        layout: Layout,
        lookups: Mapping[str, LookupTable],
        office: Office,
        unknown: UnknownCodes | None = None,
    ) -> None:
        self._shape = shape = layout.shape
        self._unknown = unknown or UnknownCodes()
        self._validator = batch_validator(shape.resource)
        self._words = cast("Mapping[str, Word]", shape.fields)
        self._proof = prove(shape.resource, self._words, office.overrides)
        self._clocks = Memo(Clock)
        for zone in (office.zone, *office.zones.values()):
            zone_of(zone)
        self._fast = self._compile(Spot(layout, lookups, office, {}, careful=False))
        self._slow = self._compile(Spot(layout, lookups, office, {}, careful=True))
        self.salt = salt_of(layout, lookups, office)
        """Digest of everything but the rows that goes into mapping."""

    def map(self, records: Sequence[Record]) -> list[Mapped]:
        """Records in canonical form, in the order given. Never raises for odd data."""
        mapped: list[Mapped] = self._fast(records)
        if self._proof.open:
            try:
                self._validator.validate_python([one.data for one in mapped if one.data is not None])
            except ValidationError:
                mapped = [self._valid(one) for one in mapped]
        return mapped

    def unknown_codes(self) -> dict[str, dict[str, int]]:
        """Code table -> raw code that it does not know -> how often it was met since the mapper was made."""
        return self._unknown.counts()

    def _id_expression(self) -> str:
        root = self._shape.root
        if self._shape.fixed_id is not None or len(root.key) > 1 or not root.integer_key:
            return "id_of(key)"
        return f"{self._shape.id_prefix!r} + str(k) if type(k := key[0]) is int else id_of(key)"

    def _usable_id(self, key: Key) -> str:
        identity = id_of(self._shape, key)
        if identity is None:
            raise Doubt(None, "unusable_key")
        return identity

    def _utc(self, zone: str, start: str | None, end: str | None) -> dict[str, Any]:
        clock: Clock = self._clocks[zone]
        end_utc = clock.ends[end]
        try:
            return {"start_utc": clock.starts[start], "end_utc": end_utc}
        except Doubt as doubt:
            raise Doubt({"start_utc": doubt.value, "end_utc": end_utc}, doubt.code) from None

    def _carefully(self, record: Record) -> Mapped:
        watch = _Watch(self._unknown)
        identity = watch.say(self._usable_id, record.key)
        if identity is None:
            return Mapped(record.key, None, None, issues=watch.noted())
        try:
            mapped: Mapped = self._slow(record, identity, watch.at, watch.say)
        except Exception:  # noqa: BLE001 - a record that breaks its mapper is set apart, the others go on
            return _apart(record.key)
        return self._valid(replace(mapped, issues=watch.noted()))

    def _compile(self, at: Spot) -> Callable[..., Any]:
        """The function that maps: all records (fast), or one and its id with a watch beside it (careful)."""
        indent = " " * (4 if at.careful else 12)
        lines: list[str] = []
        for name, word in self._words.items():
            if at.careful:
                lines += [f"{indent}at({name!r})", f"{indent}f_{name} = {word.bind(at)}"]
            elif isinstance(word, Code):
                lines += self._softly(name, word, at, indent)
            else:
                lines.append(f"{indent}f_{name} = {word.bind(at)}")
        if not at.careful:
            for name, allowed in self._proof.guards.items():
                lines.append(f"{indent}if f_{name} not in {at.use(allowed)}: raise ValueError")
        sometimes = [name for name, word in self._words.items() if getattr(word, "sometimes", False)]
        always = ", ".join(f"{name!r}: f_{name}" for name in sorted(self._words) if name not in sometimes)
        lines.append(f"{indent}data = {{{always}}}")
        lines += [f"{indent}if f_{name} is not ABSENT: data[{name!r}] = f_{name}" for name in sometimes]
        derived = "None"
        if self._shape.resource == "appointment":
            if at.careful:
                lines.append(f"{indent}at('start')")
                derived = at.call(self._utc, "f_time_zone", "f_start", "f_end")
            else:
                lines.append(f"{indent}clock = clocks[f_time_zone]")
                derived = f"{{'start_utc': {_utc('start')}, 'end_utc': {_utc('end')}}}"
        updated = "None" if self._shape.updated_at is None else cast("Word", self._shape.updated_at).bind(at)
        identity = "".join(f"{_joined(names)}, " for names in self._shape.identity)
        made_of = f"data, {derived}, {updated}, {'()' if at.careful else 'issues'}, ({identity})"
        if at.careful:
            lines.insert(0, "def mapped(record, identity, at, say):\n    r = record.root\n    p = record.parts")
            lines.append(f"    return Mapped(record.key, identity, {made_of})")
        else:
            cells = "".join(f"x{index}, " for index in range(len(at.layout.root_columns)))
            lines.insert(0, f"{_FAST_HEAD}\n{indent}{cells}= r")
            lines.append(_FAST_CANONICAL)
            lines.append(f"{indent}add(Mapped(key, {self._id_expression()}, {made_of}, canonical))")
            lines.append(_FAST_TAIL)
        names = at.names | {"Mapped": Mapped, "ABSENT": ABSENT, "join": _join}
        names |= {"encode": encode, "NUL": b"\\u0000", "LONGEST": LONGEST_TEXT}
        names |= {"clocks": self._clocks, "id_of": self._usable_id, "carefully": self._carefully}
        source = "\n".join(lines)
        exec(compile(source, f"<mapper of {self._shape.id}>", "exec"), names)  # noqa: S102 - made from our declarations
        return cast("Callable[..., Any]", names["mapped"])

    def _softly(self, name: str, word: Code, at: Spot, indent: str) -> list[str]:
        """Lines that decode a code and, where no table knows it (offices invent many), note that without ado."""
        # An own object with the same text, so that it can be told from the value that the table gives.
        unknown = "".join(list(word.table.default))
        issue = at.use((Issue(name, "unknown_code"),))
        count = at.use(partial(self._unknown.add, word.table.name))
        return [
            f"{indent}f_{name} = {word.bind(replace(at, unknown=unknown))}",
            f"{indent}if f_{name} is {at.use(unknown)}:",
            f"{indent}    issues += {issue}",
            f"{indent}    {count}({word.source.bind(at)})",
        ]

    def _valid(self, mapped: Mapped) -> Mapped:
        """The record itself if it is valid, else with offending fields nulled, else quarantined."""
        if mapped.data is None:
            return mapped
        wrong = self._wrong(mapped.data)
        if not wrong:
            return _encoded(mapped)
        known = RESOURCES[self._shape.resource].__annotations__
        data = {name: value for name, value in mapped.data.items() if name in known}
        data |= {name: None for name in wrong if name in known}
        issues = tuple(dict.fromkeys((*mapped.issues, *(Issue(name, "invalid") for name in sorted(wrong)))))
        if self._wrong(data):
            return Mapped(mapped.key, None, None, issues=issues)
        return _encoded(replace(mapped, data=data, issues=issues))

    def _wrong(self, data: Mapping[str, Any]) -> set[str]:
        try:
            self._validator.validate_python([data])
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False, include_input=False)
            return {str(one["loc"][1]) for one in found if len(one["loc"]) > 1}
        return set()


_FAST_HEAD = """\
def mapped(records):
    out = []
    add = out.append
    for record in records:
        try:
            key, r, p = record
            issues = ()"""

_FAST_CANONICAL = """\
            canonical = encode(data)
            if len(canonical) > LONGEST or NUL in canonical: raise ValueError"""
"""What fields of text leave to be found out here: endless text, NUL, and (encoding fails) half a surrogate pair."""

_FAST_TAIL = """\
        except Exception:
            add(carefully(record))
    return out"""


def _encoded(mapped: Mapped) -> Mapped:
    """With its canonical bytes; set apart when it cannot be encoded."""
    assert mapped.data is not None
    try:
        mapped.canonical = encode(mapped.data)
    except TypeError:
        return _apart(mapped.key)
    return mapped


def _apart(key: Key) -> Mapped:
    """A record that has no canonical form."""
    return Mapped(key, None, None, issues=(Issue(KEY_FIELD, "unmapped"),))


def _utc(name: str) -> str:
    """Expression of a local time in UTC: on usual days by the hour, of which there are few."""
    local = f"f_{name}"
    hour = f"(hour := clock.hours[{local}[:13]])"
    return f"None if {local} is None else hour + {local}[13:] + 'Z' if {hour} else clock.{name}s[{local}]"


def _joined(names: str) -> str:
    """Expression of canonical fields (their names separated by a space) as one piece of an identity."""
    return f"join({', '.join(f'f_{name}' for name in names.split())})"


def _join(*pieces: str | None) -> str | None:
    known = [piece for piece in pieces if piece]
    return " ".join(known) if known else None


def id_of(shape: Shape, key: Key) -> str | None:
    """Canonical id of a key; None = unusable key."""
    if shape.fixed_id is not None:
        return shape.fixed_id
    names = [key_text(piece) for piece in key]
    if not names or None in names:
        return None
    return shape.id_prefix + "-".join(cast("list[str]", names))


def code_tables_of(shape: Shape) -> dict[str, tuple[str, CodeTable]]:
    """The code tables that a shape uses: name -> (canonical field, table)."""
    found: dict[str, tuple[str, CodeTable]] = {}
    for name, spec in shape.fields.items():
        for word in cast("Word", spec).words():
            if isinstance(word, Code):
                found[word.table.name] = (name, word.table)
    return found


def check_overrides(shapes: Sequence[Shape], overrides: Overrides) -> None:
    """Refuse overrides of tables that do not exist, or that map to what a table cannot mean.

    Raises:
        Terminal: ``override_invalid``, naming the table.
    """
    tables = {name: table for shape in shapes for name, (_, table) in code_tables_of(shape).items()}
    for name, codes in overrides.items():
        if name not in tables:
            raise Terminal(
                "override_invalid",
                f"There is no code table {name}",
                f"Use one of: {', '.join(sorted(tables))}.",
                table=name,
            )
        meanings = {*tables[name].values.values(), tables[name].default}
        if not set(codes.values()) <= meanings:
            raise Terminal(
                "override_invalid",
                f"The practice's code table {name} maps to a value that does not exist",
                f"Use one of: {', '.join(sorted(meanings))}.",
                table=name,
            )


def salt_of(layout: Layout, lookups: Mapping[str, LookupTable], office: Office) -> bytes:
    """Digest of everything but the rows that goes into mapping: mapping version, codes, zones, lookups, layout."""
    shape = layout.shape
    tables = code_tables_of(shape)
    used = sorted({name for spec in shape.specs() for name in spec.lookups})
    said = [
        SCHEMA_VERSION,
        shape.mapping_version,
        [
            [name, sorted((str(raw), meaning) for raw, meaning in tables[name][1].values.items())]
            for name in sorted(tables)
        ],
        [[name, sorted(office.overrides.get(name, {}).items())] for name in sorted(tables)],
        [office.zone, sorted(office.zones.items())],
        [layout.root_columns, sorted(layout.part_columns.items())],
        [[name, _listed(lookups.get(name))] for name in used],
    ]
    return hashlib.blake2b(orjson.dumps(said, default=repr), digest_size=16).digest()


def _listed(table: LookupTable | None) -> list[Any] | None:
    if table is None:
        return None
    return [table.columns, sorted(([repr(key), *map(repr, row)] for key, row in table.rows.items()))]
