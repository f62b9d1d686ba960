"""The child: holds the ODBC connection and answers the parent over stdin and stdout until stdin ends.

Also built as a 32-bit program: imports pyodbc, orjson, the standard library and the bridge's own protocol, nothing
else. Prints nothing: drivers that do are sent to stderr.
"""

from __future__ import annotations

import gc
import os
import struct
from collections.abc import Callable
from typing import IO, Any

import orjson
import pyodbc

from agent.sources.bridge import serving
from agent.sources.bridge.core import BridgeCore
from agent.sources.bridge.faults import sqlstate_of
from agent.wire import bridge as wire

_PROBE = "ü€"
"""Text that tells whether a driver hands over UTF-8 bytes as they are; in windows-1252 too."""

_NOT_IMPLEMENTED = frozenset({"HYC00", "HY092", "IM001"})
"""What drivers say that know no read-only mode; the session statements and the login's rights remain."""


def connect(request: wire.Open) -> Any:
    """An ODBC connection: autocommit, read-only where the driver can, text by the shortest way."""
    pyodbc.pooling = False
    try:
        connection = pyodbc.connect(
            request.connection, autocommit=True, readonly=True, timeout=request.login_timeout, encoding="utf-16le"
        )
    except pyodbc.Error as error:
        if sqlstate_of(error) not in _NOT_IMPLEMENTED:
            raise
        connection = pyodbc.connect(
            request.connection, autocommit=True, timeout=request.login_timeout, encoding="utf-16le"
        )
    _prefer_utf8(connection)
    return connection


def _prefer_utf8(connection: pyodbc.Connection) -> None:
    """Take text as UTF-8 where the driver gives it: faster, kept whole behind a NUL, and bad bytes are noticed."""
    for kind in (pyodbc.SQL_WCHAR, pyodbc.SQL_CHAR):
        connection.setdecoding(kind, encoding="utf-8", ctype=pyodbc.SQL_CHAR)
    try:
        with connection.cursor() as cursor:
            usable = cursor.execute(f"SELECT '{_PROBE}'").fetchval() == _PROBE
    except (pyodbc.Error, UnicodeError):
        usable = False
    if not usable:
        for kind in (pyodbc.SQL_WCHAR, pyodbc.SQL_CHAR):
            connection.setdecoding(kind, encoding="utf-16le", ctype=pyodbc.SQL_WCHAR)


def serve(core: BridgeCore, source: IO[bytes], sink: IO[bytes], leave: Callable[[int], Any] = os._exit) -> None:
    """Answer requests until ``source`` ends, then ``leave``."""
    hello = orjson.dumps(wire.Hello(wire.PROTOCOL, struct.calcsize("P") * 8))

    def answer(number: int, request: wire.Request) -> bytes:
        return wire.reply_frame(number, core.answer(request))

    serving.serve(hello, wire.parse_request, answer, core, source, sink, leave)


def main() -> None:
    """Run the child."""
    # Rows live shortly and have no cycles: collect seldom.
    gc.set_threshold(50_000, 20, 50)
    serve(BridgeCore(connect), *serving.pipe())
