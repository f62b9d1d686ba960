"""A practice's database as capture sees it: the ``Source`` port over a reader and the declarations of one PMS.

Owns what has been found out about the database (layouts, lookups, compiled mappers) and nothing durable: a new one
finds it out again. Never writes to the database and never decides what a change means.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

import orjson

from agent.model.errors import Terminal
from agent.model.reading import (
    Description,
    Glimpse,
    Growth,
    Hint,
    Key,
    Mapped,
    Page,
    Range,
    RangeDigest,
    Record,
    ShapeFacts,
    Unreadable,
)
from agent.sources.catalogue import Tables, fingerprint
from agent.sources.codes import UnknownCodes
from agent.sources.fit import Fit, fit, tables_of
from agent.sources.layout import Layout
from agent.sources.mapping import LookupTable, Mapper, Office, check_overrides, id_of
from agent.sources.pms import Cell, Fact, Pms
from agent.sources.reader import Reader
from agent.sources.shape import Lookup, Window
from agent.sources.sizes import about

FACT_ROWS = 12
"""So many of the oldest rows of a table make its share in the database's fingerprint."""

_INTEGER = re.compile(r"-?\d{1,19}")

NOTICES_AT_ONCE = 1000
"""Most notices read by one hint; the rest comes with the next."""


class DatabaseSource:
    """One practice's database."""

    def __init__(self, pms: Pms, reader: Reader, office: Office) -> None:
        if reader.dialect.name not in pms.dialects:
            raise Terminal(
                "dialect_unsupported",
                f"{pms.title} does not run on this database engine",
                f"Use one of: {', '.join(sorted(pms.dialects))}.",
                dialect=reader.dialect.name,
            )
        check_overrides(pms.shapes, office.overrides)
        self._pms = pms
        self._reader = reader
        self._office = office
        self._shapes = {shape.id: shape for shape in pms.shapes}
        self._unknown = {shape.id: UnknownCodes() for shape in pms.shapes}
        self._tables: Tables | None = None
        self._fits: dict[str, Fit] = {}
        self._lookups: dict[Lookup, LookupTable] = {}
        self._mappers: dict[str, Mapper] = {}
        self._sizes: dict[str, int | None] = {}

    # --- what it is ---------------------------------------------------------------------------------------------------

    def describe(self) -> Description:
        """Look at the database afresh: version, fingerprints, shapes, warnings, whether work must halt."""
        tables = self._look()
        halted = None if self._pms.halted is None else self._cell(self._pms.halted, tables)
        if halted is None:
            self._read_lookups(only_missing=True)
        version = self._cell(self._pms.version, tables)
        info = self._reader.info()
        warnings = [warning for one in self._fits.values() for warning in one.warnings]
        if not self._pms.knows(version):
            warnings.append(("version_unknown", version or "?"))
        warnings += [("codes_unknown", table) for table in self.unknown_codes()]
        return Description(
            pms=self._pms.name,
            pms_version=version,
            engine=f"{info.dbms} {info.dbms_version}".strip(),
            database="" if halted else self._fingerprint(tables),
            schema=fingerprint(self._reader.layouts.values(), tables),
            dirty_reads=self._reader.dialect.dirty_reads,
            high_marks={
                mark.name: self._mark(mark.table, mark.column)
                for mark in self._pms.marks
                if halted is None and tables[mark.table] is not None
            },
            clock=self._reader.now(),
            shapes=tuple(
                ShapeFacts(
                    id=one.shape.id,
                    resource=one.shape.resource,
                    table=one.shape.root.name,
                    ordered=one.shape.root.integer_key,
                    accelerators=one.accelerators,
                    small=one.shape.small,
                    reusable_keys=bool(one.shape.identity),
                    stopped=one.stopped,
                )
                for one in self._fits.values()
            ),
            warnings=tuple(dict.fromkeys(warnings)),
            halted=None if halted is None else "upgrade_in_progress",
            sizes={} if halted else self._all_sizes(),
        )

    def unknown_codes(self) -> dict[str, dict[str, int]]:
        """Code table -> raw code that it does not know -> how often it was met since the start."""
        found: dict[str, dict[str, int]] = {}
        for unknown in self._unknown.values():
            for table, codes in unknown.counts().items():
                for raw, count in codes.items():
                    counted = found.setdefault(table, {})
                    counted[raw] = counted.get(raw, 0) + count
        return found

    def refresh(self) -> frozenset[str]:
        """Read the lookups again; names the shapes whose salt has changed by it."""
        before = {name: mapper.salt for name, mapper in self._mappers.items()}
        self._read_lookups(only_missing=False)
        return frozenset(name for name, salt in before.items() if self._mapper(name).salt != salt)

    def salt(self, shape: str) -> bytes:
        """Digest of everything but the rows that goes into mapping: mapping version, code tables, zone, lookups."""
        return self._mapper(shape).salt

    def mapping_version(self, shape: str) -> int:
        """Version number of the shape's mapping."""
        return self._shapes[shape].mapping_version

    def id_of(self, shape: str, key: Key) -> str | None:
        """Canonical id of a key (prefix, trimmed, folded), without an incarnation suffix; None = unusable key."""
        return id_of(self._shapes[shape], key)

    def key_of(self, shape: str, record_id: str) -> Key | None:
        """The key that a canonical id (without an incarnation suffix) was made of; None = not an id of this shape.

        Text keys come trimmed and upper-cased, as ids are: where the database compares them as they are written, the
        record is not found by it.
        """
        declared = self._shapes[shape]
        if declared.fixed_id is not None or not record_id.startswith(declared.id_prefix):
            return None
        bare = record_id.removeprefix(declared.id_prefix)
        width = len(declared.root.key)
        pieces = bare.split("-", width - 1)
        if len(pieces) != width or not all(pieces):
            return None
        if not declared.root.integer_key:
            return tuple(pieces)
        return tuple(int(piece) for piece in pieces) if all(map(_INTEGER.fullmatch, pieces)) else None

    def on_days(self, shape: str, first_day: str, last_day: str) -> list[Key]:
        """Keys of the records of a window (local dates, both inclusive), whether or not capture watches it.

        Raises:
            Terminal: ``window_unknown``, when the shape declares none.
        """
        layout = self._layout(shape)
        for name, hurry in layout.shape.hurry.items():
            if isinstance(hurry, Window):
                return list(self._reader.glimpse(shape, name, first_day, last_day).digests)
        raise Terminal("window_unknown", "This resource cannot be asked for by day", "Ask support.", shape=shape)

    # --- what is in it ------------------------------------------------------------------------------------------------

    def scan(self, shape: str, within: Range, limit: int) -> Page:
        """The first ``limit`` records of a range, read whole, in key order."""
        return self._reader.scan(self._readable(shape), within, limit)

    def rows(self, shape: str, keys: Sequence[Key]) -> list[Record]:
        """These records, read whole and committed; those that are gone are left out."""
        return self._reader.rows(self._readable(shape), keys)

    def digest(self, shape: str, within: Range, limit: int) -> RangeDigest:
        """One digest for a range of at most ``limit`` records."""
        return self._reader.digest(self._readable(shape), within, limit)

    def glimpse(self, shape: str, accelerator: str, first_day: str, last_day: str) -> Glimpse:
        """Keys and root digests of the records of a window's slice (local dates, both inclusive)."""
        return self._reader.glimpse(self._readable(shape), accelerator, first_day, last_day)

    def growth(self, shape: str, accelerator: str, cursor: Any, limit: int) -> Growth:
        """Root keys named by what has grown since ``cursor``; None = begin at the present end, naming none."""
        return self._reader.growth(self._readable(shape), accelerator, cursor, limit)

    def hint(self, cursor: Any) -> Hint:
        """What may have changed since ``cursor``, cheaply; None = begin now."""
        news = self._pms.news
        if news is None or self._known_tables()[news.table] is None:
            return Hint(None)
        if cursor is None:
            return Hint(self._mark(news.table, news.number))
        rows = self._reader.select(
            news.table,
            (news.number, *news.columns),
            where=f"{news.number} > ?",
            params=(int(cursor),),
            order=(news.number,),
            limit=NOTICES_AT_ONCE,
        )
        if not rows:
            # Old notices are purged; a number below the cursor means that the table was made anew.
            last = self._mark(news.table, news.number)
            return Hint(last if 0 < last < int(cursor) else cursor)
        said = news.read([tuple(row[1:]) for row in rows])
        readable = {name for name, one in self._fits.items() if one.stopped is None}
        days = {name: found for name, found in said.days.items() if name in readable}
        return Hint(int(rows[-1][0]), said.shapes & readable, days, said.lookups)

    def map(self, shape: str, records: Sequence[Record]) -> list[Mapped]:
        """Records in canonical form, in the order given. Never raises for odd data."""
        return self._mapper(shape).map(records)

    # ------------------------------------------------------------------------------------------------------------------

    def _look(self) -> Tables:
        """Read the catalogue and fit every shape to it."""
        pms = self._pms
        wanted = {name for shape in pms.shapes for name in tables_of(shape)}
        wanted |= {pms.version.table, *(fact.table for fact in pms.facts), *(mark.table for mark in pms.marks)}
        if pms.halted is not None:
            wanted.add(pms.halted.table)
        if pms.news is not None:
            wanted.add(pms.news.table)
        tables = self._reader.catalogue(sorted(wanted))
        fits = {shape.id: fit(shape, tables, pms.last_resorts.get(shape.id, frozenset())) for shape in pms.shapes}
        for name, one in fits.items():
            if name not in self._fits or self._fits[name].layout != one.layout:
                self._mappers.pop(name, None)
        self._tables, self._fits = tables, fits
        self._reader.layouts = {name: one.layout for name, one in fits.items() if one.layout is not None}
        return tables

    def _known_tables(self) -> Tables:
        return self._look() if self._tables is None else self._tables

    def _readable(self, shape: str) -> str:
        self._layout(shape)
        return shape

    def _layout(self, shape: str) -> Layout:
        self._known_tables()
        one = self._fits[shape]
        if one.layout is None:
            code, _, what = (one.stopped or "schema_changed").partition(":")
            raise Terminal(
                code,
                "A table or column that this resource needs is not as expected",
                "The others go on. Update the agent, or tell support the version of the practice software.",
                shape=shape,
                what=what,
            )
        return one.layout

    def _mapper(self, shape: str) -> Mapper:
        mapper = self._mappers.get(shape)
        if mapper is None:
            layout = self._layout(shape)
            used = layout.shape.lookups
            if any(lookup not in self._lookups for lookup in used.values()):
                self._read_lookups(only_missing=True)
            tables = {name: self._lookups[lookup] for name, lookup in used.items()}
            mapper = Mapper(layout, tables, self._office, self._unknown[shape])
            self._mappers[shape] = mapper
        return mapper

    def _read_lookups(self, *, only_missing: bool) -> None:
        """Read the lookups of every shape that can be read; mappers made with others are dropped."""
        tables = self._known_tables()
        wanted = {lookup for one in self._fits.values() if one.layout for lookup in one.shape.lookups.values()}
        for lookup in sorted(wanted, key=repr):
            if only_missing and lookup in self._lookups:
                continue
            known = self._lookups.get(lookup)
            found = self._lookup(lookup) if tables.get(lookup.table) is not None else LookupTable(lookup.columns, {})
            if found != known:
                self._lookups[lookup] = found
                for name, one in self._fits.items():
                    if lookup in one.shape.lookups.values():
                        self._mappers.pop(name, None)

    def _lookup(self, lookup: Lookup) -> LookupTable:
        columns = tuple(dict.fromkeys((*lookup.key, *lookup.columns)))
        width = len(lookup.key)
        wanted = [columns.index(column) for column in lookup.columns]
        rows = self._reader.query_lookup(lookup)
        return LookupTable(
            lookup.columns,
            {row[0] if width == 1 else tuple(row[:width]): tuple(row[index] for index in wanted) for row in rows},
        )

    def _cell(self, cell: Cell, tables: Tables) -> str | None:
        """A cell's text, None when blank or when there is no such cell."""
        if tables.get(cell.table) is None:
            return None
        rows = self._reader.select(cell.table, (cell.column,), where=cell.where, order=cell.order, limit=1)
        value = rows[0][0] if rows else None
        return None if value is None or isinstance(value, Unreadable) else str(value).strip() or None

    def _fingerprint(self, tables: Tables) -> str:
        """Digests of the oldest rows of a few tables: some of them may change, never most of them at once."""
        facts = [fact for fact in self._pms.facts if tables.get(fact.table) is not None]
        return " ".join(sorted({digest for fact in facts for digest in self._fact(fact)}))

    def _fact(self, fact: Fact) -> list[str]:
        rows = self._reader.select(fact.table, fact.columns, where=fact.where, order=fact.order, limit=FACT_ROWS)
        return [_digest([fact.table, *(str(value) for value in row)]) for row in rows]

    def _all_sizes(self) -> dict[str, int]:
        """About how many rows each root table has, as the engine said at the first look."""
        for name, one in self._fits.items():
            if one.layout is not None and name not in self._sizes:
                self._sizes[name] = about(self._reader, one.shape.root.name)
        return {name: size for name, size in self._sizes.items() if size is not None}

    def _mark(self, table: str, column: str) -> int:
        greatest = self._reader.greatest(table, column)
        return greatest if isinstance(greatest, int) else 0


def _digest(facts: Sequence[Any]) -> str:
    return hashlib.blake2b(orjson.dumps(facts), digest_size=6).hexdigest()
