"""Answers bridge requests on a DB-API connection. Runs in the child over ODBC, and in process for simulation.

Knows no driver: connections are handed in. Keeps no results: rows are serialised and hashed as they come. Errors leave
as codes. Every statement is a read.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import orjson

from agent.sources.bridge.careful import is_conversion, read_carefully
from agent.sources.bridge.encoding import EncodedRows, SqlRow, page_digest, row_digest
from agent.sources.bridge.faults import Refused, classify
from agent.sources.bridge.tables import describe_table
from agent.wire import bridge as wire
from agent.wire.frames import MAX_FRAME

CHUNK = 256
"""Rows fetched and serialised at once."""

PAGE_BYTES = 4 * 1024 * 1024
"""A page of rows ends early when its root rows have grown to this many bytes of JSON."""

REPLY_BYTES = MAX_FRAME - 64 * 1024
"""Most bytes of rows in a reply."""

_LOST = frozenset({"database_lost", "database_unreachable"})

_NOTHING = orjson.Fragment(b"[]")


class BridgeCore:
    """One connection and what can be asked of it, one request at a time."""

    def __init__(self, connect: Callable[[wire.Open], Any], clock: Callable[[], float] = time.perf_counter) -> None:
        self._connect = connect
        self._clock = clock
        self._connection: Any = None
        self._busy = 0.0
        self._cursor: Any = None
        self._cancelled = False
        self._guard = threading.Lock()

    def answer(self, request: wire.Request) -> wire.Reply | wire.Fault:
        """The reply to a request, or why there is none."""
        self._busy = 0.0
        self._cancelled = False
        table: str | None = None
        try:
            match request:
                case wire.Open():
                    return self._open(request)
                case wire.Close():
                    self._drop()
                    return wire.Done()
                case _ if self._connection is None:
                    return wire.Fault("not_open")
                case wire.Page():
                    table = request.root.table
                    return self._page(request)
                case wire.Query():
                    table = request.select.table
                    return self._query(request)
                case wire.Glimpse():
                    table = request.select.table
                    return self._glimpse(request)
                case wire.Catalogue():
                    return self._catalogue(request)
                case wire.Info():
                    return self._info()
        except Refused as refused:
            return refused.fault
        except Exception as error:  # noqa: BLE001  drivers raise what they like; only a code leaves
            if self._cancelled:
                return wire.Fault("statement_timeout", table=table)
            fault = classify(error, table=getattr(error, "table", None) or table)
            if fault.code in _LOST:
                self._drop()
            return fault
        finally:
            self._finish()

    def cancel(self) -> None:
        """Stop the request under way; called from another thread than :meth:`answer`."""
        self._cancelled = True
        with self._guard:
            if self._cursor is not None and hasattr(self._cursor, "cancel"):
                self._cursor.cancel()

    # --- requests -----------------------------------------------------------------------------------------------------

    def _open(self, request: wire.Open) -> wire.Reply | wire.Fault:
        self._drop()
        try:
            self._connection = self._connect(request)
        except Exception as error:  # noqa: BLE001  see above
            return classify(error, connecting=True, by_name="dsn=" in request.connection.lower())
        for statement in request.session:
            try:
                self._run(statement.sql, ())
            except Exception:
                if statement.required:
                    self._drop()
                    raise
        return wire.Done()

    def _page(self, request: wire.Page) -> wire.PageReply:
        keep = request.want == "rows"
        root, more = self._read(request.root, request.limit, keep=keep, key=None, size=PAGE_BYTES if keep else None)
        tables = [root]
        overflow = more and not keep
        if root.count and not overflow:
            key = _key(request.root, root.last)
            for part in request.parts:
                select = part.closed if more else part.ranged
                tables.append(self._read(select, None, keep=keep, key=key, size=None)[0])
        if keep and sum(table.size for table in tables) > REPLY_BYTES:
            raise Refused(wire.Fault("too_large", table=request.root.table))
        parts = tables[1:] if len(tables) > 1 else [EncodedRows(keep) for _ in request.parts]
        return wire.PageReply(
            rows=root.json() if keep else _NOTHING,
            parts=[part.json() for part in parts] if keep else [],
            count=root.count,
            digest=page_digest([root, *parts]),
            last=not more,
            overflow=overflow,
            odd=any(table.odd for table in tables),
            busy=self._busy,
        )

    def _query(self, request: wire.Query) -> wire.QueryReply:
        found, more = self._read(request.select, request.max_rows, keep=True, key=None, size=REPLY_BYTES)
        if more:
            raise Refused(wire.Fault("too_large", table=request.select.table))
        return wire.QueryReply(found.json(), found.odd, self._busy)

    def _glimpse(self, request: wire.Glimpse) -> wire.GlimpseReply:
        rows = self._rows(request.select, request.max_rows + 1)
        if len(rows) > request.max_rows:
            raise Refused(wire.Fault("too_large", table=request.select.table))
        keys = EncodedRows(keep=True)
        keys.add([row[: request.select.anchor] for row in rows])
        return wire.GlimpseReply(keys.json(), [row_digest(row) for row in rows], keys.odd, self._busy)

    def _catalogue(self, request: wire.Catalogue) -> wire.CatalogueReply:
        begun = self._clock()
        found = {table: describe_table(self._connection, request.schema, table) for table in request.tables}
        return wire.CatalogueReply(found, self._clock() - begun)

    def _info(self) -> wire.InfoReply:
        if not hasattr(self._connection, "getinfo"):
            version = self._run("SELECT sqlite_version()", ()).fetchone()[0]
            return wire.InfoReply("", "", "SQLite", version)
        # SQL_DRIVER_NAME, SQL_DRIVER_VER, SQL_DBMS_NAME, SQL_DBMS_VER
        return wire.InfoReply(*(str(self._connection.getinfo(kind)) for kind in (6, 7, 17, 18)))

    # --- reading ------------------------------------------------------------------------------------------------------

    def _read(
        self, select: wire.Select, cap: int | None, *, keep: bool, key: SqlRow | None, size: int | None
    ) -> tuple[EncodedRows, bool]:
        """At most ``cap`` rows and about ``size`` bytes of a statement, and whether there are more."""
        try:
            return self._stream(select, cap, keep=keep, key=key, size=size)
        except Exception as error:
            if not is_conversion(error):
                raise
        rows = self._carefully(select, None if cap is None else cap + 1, key)
        table = EncodedRows(keep)
        for begin in range(0, len(rows) if cap is None else min(cap, len(rows)), CHUNK):
            table.add(rows[begin : begin + CHUNK] if cap is None else rows[begin : min(begin + CHUNK, cap)])
            if size is not None and table.size > size:
                break
        table.odd = True
        return table, table.count < len(rows)

    def _stream(
        self, select: wire.Select, cap: int | None, *, keep: bool, key: SqlRow | None, size: int | None
    ) -> tuple[EncodedRows, bool]:
        cursor = self._execute(select, key)
        table = EncodedRows(keep)
        while cap is None or table.count < cap:
            wanted = CHUNK if cap is None else min(CHUNK, cap - table.count)
            rows = self._fetch(cursor, wanted)
            table.add(rows)
            if len(rows) < wanted:
                return table, False
            if size is not None and table.size > size:
                break
        return table, bool(self._fetch(cursor, 1))

    def _rows(self, select: wire.Select, cap: int) -> list[SqlRow]:
        """At most ``cap`` rows of a statement."""
        try:
            rows = self._fetch(self._execute(select, None), cap)
            for row in rows:
                row_digest(row)
        except Exception as error:
            if not is_conversion(error):
                raise
            return self._carefully(select, cap, None)
        return rows

    def _carefully(self, select: wire.Select, cap: int | None, key: SqlRow | None) -> list[SqlRow]:
        begun = self._clock()
        before = self._busy
        # A connection of sqlite3 hands undecodable text over when asked to; ODBC drivers have no such switch.
        usual = getattr(self._connection, "text_factory", None)
        if usual is not None:
            self._connection.text_factory = _forgiving
        try:
            return read_carefully(lambda narrowed: self._execute(narrowed, key), select, cap)
        finally:
            if usual is not None:
                self._connection.text_factory = usual
            self._busy = before + self._clock() - begun

    def _execute(self, select: wire.Select, key: SqlRow | None) -> Any:
        try:
            return self._run(select.sql, tuple(_bound(param, key) for param in select.params))
        except Exception as error:
            if not self._cancelled and not is_conversion(error):
                fault = classify(error, table=select.table)
                if fault.code not in _LOST:
                    raise Refused(fault) from None
            raise

    def _run(self, sql: str, params: tuple[Any, ...]) -> Any:
        if self._cancelled:
            raise Refused(wire.Fault("statement_timeout"))
        self._finish()
        cursor = self._connection.cursor()
        with self._guard:
            self._cursor = cursor
        begun = self._clock()
        try:
            cursor.execute(sql, params) if params else cursor.execute(sql)
        finally:
            self._busy += self._clock() - begun
        return cursor

    def _fetch(self, cursor: Any, count: int) -> list[SqlRow]:
        if self._cancelled:
            raise Refused(wire.Fault("statement_timeout"))
        begun = self._clock()
        try:
            return _tuples(cursor.fetchmany(count))
        finally:
            self._busy += self._clock() - begun

    def _finish(self) -> None:
        """Let go of the last statement's result."""
        with self._guard:
            cursor, self._cursor = self._cursor, None
            if cursor is not None:
                _quietly(cursor.close)

    def _drop(self) -> None:
        self._finish()
        connection, self._connection = self._connection, None
        if connection is not None:
            _quietly(connection.close)


def _tuples(rows: list[Any]) -> list[SqlRow]:
    """A driver's rows as tuples. A slice that is not the whole row is one at once; ``tuple`` asks cell by cell."""
    if not rows or len(rows[0]) < 2:
        return list(map(tuple, rows))
    return [row[:-1] + row[-1:] for row in rows]


def _quietly(close: Callable[[], None]) -> None:
    """Close what may be broken already; there is nothing to be done about it."""
    try:
        close()
    except Exception:  # noqa: BLE001  the connection is given up
        return


def _bound(param: wire.Param, key: SqlRow | None) -> Any:
    if isinstance(param, wire.LastKey):
        assert key is not None
        return key[param.last]
    if isinstance(param, wire.Moment):
        return datetime.fromisoformat(param.moment)
    return param


def _key(select: wire.Select, last: SqlRow | None) -> SqlRow:
    """The key that a page ends with; it must be one that the database can be asked about."""
    assert last is not None
    key = last[: select.anchor]
    if any(value is None or isinstance(value, dict) for value in key):
        raise Refused(wire.Fault("key_unusable", table=select.table))
    return key


def _forgiving(raw: bytes) -> str:
    return raw.decode(errors="surrogateescape")
