"""Answers the questions of a source about record shapes, by SQL that a bridge runs.

Turns layouts into statements, hands them to the bridge and turns what comes back into the words of
:mod:`agent.model.reading`. Never maps a value to a canonical one, keeps nothing between two calls but statement
texts, never answers in part: every method may raise :class:`agent.model.errors.AgentError` as the bridge does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from agent.model.errors import AgentError
from agent.model.reading import Glimpse, Growth, Key, Page, Range, RangeDigest, Record, Row
from agent.sources import growth, statements
from agent.sources.bridge.port import Bridge
from agent.sources.dialect import Dialect, Draft
from agent.sources.layout import Layout
from agent.sources.records import key_of, readable, records_of
from agent.sources.shape import Audit, HighWater, Lookup, Stamp, Window
from agent.wire import bridge as wire

R = TypeVar("R", bound=wire.Reply)

KEYS_AT_ONCE = 500
"""Most keys in one statement; of composite keys a fifth of it."""

SMALL_RESULT = 100_000
"""Most rows of a result that is read whole."""

TEXTS_KEPT = 500
"""Most forms of pages whose text is kept; limits vary with the load that the practice allows."""


class Reader:
    """Reads the shapes of one database through one bridge."""

    def __init__(
        self, bridge: Bridge, dialect: Dialect, layouts: Mapping[str, Layout] | None = None, *, deadline: float = 20.0
    ) -> None:
        self.bridge = bridge
        """Where statements are run."""
        self.dialect = dialect
        """How statements are written."""
        self.layouts: Mapping[str, Layout] = layouts or {}
        """By shape id; replaced when the schema has been looked at afresh."""
        self.deadline = deadline
        """Seconds that one question may take."""
        self._written: dict[tuple[str, bool, bool, int], _PageText] = {}

    # --- about shapes -------------------------------------------------------------------------------------------------

    def scan(self, shape: str, within: Range, limit: int) -> Page:
        """The first records of a range, read whole, in key order: ``limit`` of them, fewer where they are large."""
        layout = self.layouts[shape]
        try:
            reply = self._page(layout, within, limit, "rows")
        except AgentError as error:
            if error.code != "too_large" or limit == 1:
                raise
            return self.scan(shape, within, max(1, limit // 8))
        parts = [readable(_lists(rows), reply.odd) for rows in reply.parts]
        records = records_of(layout, readable(_lists(reply.rows), reply.odd), parts)
        return Page(records=records, digest=bytes.fromhex(reply.digest), last=reply.last, busy=reply.busy)

    def digest(self, shape: str, within: Range, limit: int) -> RangeDigest:
        """One digest for a range of at most ``limit`` records, computed beside the driver."""
        reply = self._page(self.layouts[shape], within, limit, "digest")
        return RangeDigest(bytes.fromhex(reply.digest), reply.count, reply.overflow, reply.busy)

    def rows(self, shape: str, keys: Sequence[Key]) -> list[Record]:
        """These records, read whole and committed, in key order; those that are gone are left out."""
        layout = self.layouts[shape]
        size = KEYS_AT_ONCE if layout.key_width == 1 else KEYS_AT_ONCE // 5
        found: list[Record] = []
        for begin in range(0, len(keys), size):
            found += self._rows(layout, keys[begin : begin + size])
        return found

    def keys(self, shape: str, within: Range, limit: int) -> list[Key]:
        """The first ``limit`` keys of a range, in order."""
        layout = self.layouts[shape]
        rows, _busy = self._ask(statements.keys(layout, within.after, within.upto, limit), limit)
        return [key_of(layout, row) for row in rows]

    def glimpse(self, shape: str, accelerator: str, first_day: str, last_day: str) -> Glimpse:
        """Keys and root digests of the records of a window's slice (local dates, both inclusive)."""
        layout = self.layouts[shape]
        window = layout.shape.hurry[accelerator]
        if not isinstance(window, Window):
            raise TypeError(f"{shape}.{accelerator} is not a window")
        end = (dt.date.fromisoformat(last_day) + dt.timedelta(days=1)).isoformat()
        draft = statements.glimpse(layout, window, self.dialect.day(first_day), self.dialect.day(end))
        reply = self._call(wire.Glimpse(self.dialect.select(draft), SMALL_RESULT), wire.GlimpseReply)
        keys = [key_of(layout, row) for row in readable(_lists(reply.keys), reply.odd)]
        return Glimpse({key: bytes.fromhex(d) for key, d in zip(keys, reply.digests, strict=True)}, reply.busy)

    def growth(self, shape: str, accelerator: str, cursor: Any, limit: int) -> Growth:
        """Root keys named by what has grown since ``cursor``; None = begin at the present end, naming none."""
        layout = self.layouts[shape]
        match layout.shape.hurry[accelerator]:
            case Audit() as declared:
                return growth.audit(self._ask, layout, declared, cursor, limit)
            case HighWater() as declared:
                return growth.high_water(self._ask, layout, declared, cursor, limit)
            case Stamp() as declared:
                return growth.stamps(self._ask, self.dialect, layout, declared, cursor, limit)
            case Window():
                raise TypeError(f"{shape}.{accelerator} does not grow")

    # --- about small tables -------------------------------------------------------------------------------------------

    def query_lookup(self, lookup: Lookup, columns: Sequence[str] | None = None) -> list[Row]:
        """A lookup's rows: key columns, then its columns (``columns``: those of them that exist here)."""
        rows, _busy = self._ask(statements.lookup(lookup, columns), SMALL_RESULT)
        return list(rows)

    def select(
        self,
        table: str,
        columns: Sequence[str],
        *,
        where: str | None = None,
        params: Sequence[wire.Param] = (),
        order: Sequence[str] = (),
        limit: int | None = None,
    ) -> list[Row]:
        """A small read that no shape covers. ``where`` is plain shared SQL from a declaration, with question marks."""
        draft = statements.plain(table, columns, where=where, params=tuple(params), order=order, limit=limit)
        rows, _busy = self._ask(draft, limit or SMALL_RESULT)
        return list(rows)

    def greatest(self, table: str, column: str) -> Any:
        """The greatest value of an indexed column, or None."""
        rows, _busy = self._ask(statements.greatest(table, column), 1)
        return rows[0][0] if rows else None

    # --- about the server ---------------------------------------------------------------------------------------------

    def now(self) -> str:
        """The database's own local time, ISO 8601, to the second."""
        return growth.moment_of(self._one("now")).isoformat(timespec="seconds")

    def version(self) -> str:
        """The server's version, as it says itself."""
        return str(self._one("version"))

    def database(self) -> str:
        """The database's name, as the server says it."""
        return str(self._one("database"))

    def info(self) -> wire.InfoReply:
        """Driver and server, as the driver says."""
        return self._call(wire.Info(), wire.InfoReply)

    def catalogue(self, tables: Sequence[str]) -> dict[str, wire.TableInfo | None]:
        """What the database knows of these tables, by declared name; None = no such table."""
        return self._call(wire.Catalogue(self.dialect.schema, tuple(tables)), wire.CatalogueReply).tables

    # ------------------------------------------------------------------------------------------------------------------

    def _page(self, layout: Layout, within: Range, limit: int, want: Literal["rows", "digest"]) -> wire.PageReply:
        root, parts = self._page_selects(layout, within, limit)
        return self._call(wire.Page(root, parts, limit, want), wire.PageReply)

    def _page_selects(
        self, layout: Layout, within: Range, limit: int
    ) -> tuple[wire.Select, tuple[wire.PartSelects, ...]]:
        """The statements of a page: written once per form of range, then only given other values."""
        form = (layout.shape.id, within.after is None, within.upto is None, limit)
        written = self._written.get(form)
        if written is None or written.layout is not layout:
            if len(self._written) > TEXTS_KEPT:
                self._written.clear()
            written = self._written[form] = _write_page(self.dialect, layout, within, limit)
        values = (*(within.after or ()), *(within.upto or ()))
        parts = (
            wire.PartSelects(statements.filled(ranged, values), statements.filled(closed, values))
            for ranged, closed in written.parts
        )
        return statements.filled(written.root, values), tuple(parts)

    def _rows(self, layout: Layout, keys: Sequence[Key]) -> list[Record]:
        if not keys:
            return []
        try:
            roots, _busy = self._ask(statements.rows(layout, keys), len(keys) + 1)
            parts = [self._ask(statements.part_rows(layout, name, keys), SMALL_RESULT)[0] for name in layout.parts]
        except AgentError as error:
            if error.code != "too_large" or len(keys) == 1:
                raise
            half = len(keys) // 2
            return [*self._rows(layout, keys[:half]), *self._rows(layout, keys[half:])]
        return records_of(layout, roots, parts)

    def _one(self, kind: Literal["now", "version", "database"]) -> Any:
        rows, _busy = self._ask(statements.server(kind), 1)
        return rows[0][0]

    def _ask(self, draft: Draft, max_rows: int) -> tuple[list[list[Any]], float]:
        reply = self._call(wire.Query(self.dialect.select(draft), max_rows), wire.QueryReply)
        return readable(_lists(reply.rows), reply.odd), reply.busy

    def _call(self, request: wire.Request, kind: type[R]) -> R:
        reply = self.bridge.call(request, self.deadline)
        assert isinstance(reply, kind)
        return reply


@dataclass(frozen=True, slots=True)
class _PageText:
    """The statements of a page with :class:`agent.sources.statements.Slot` in place of keys."""

    layout: Layout
    root: wire.Select
    parts: tuple[tuple[wire.Select, wire.Select], ...]
    """Per part: for the whole range, and up to the page's last key."""


def _write_page(dialect: Dialect, layout: Layout, within: Range, limit: int) -> _PageText:
    after, upto = statements.slots(within.after, within.upto)
    last = tuple(wire.LastKey(index) for index in range(layout.key_width))
    return _PageText(
        layout,
        dialect.select(statements.page(layout, after, upto, limit)),
        tuple(
            (
                dialect.select(statements.part_page(layout, name, after, upto)),
                dialect.select(statements.part_page(layout, name, after, last)),
            )
            for name in layout.parts
        ),
    )


def _lists(rows: wire.Rows) -> list[list[Any]]:
    assert isinstance(rows, list)
    return rows
