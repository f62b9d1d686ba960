"""The child: holds the ODBC connection and answers the parent over stdin and stdout until stdin ends.

One thread works; another reads requests, so that a cancellation reaches the driver while it is at work and the end of
stdin ends the process whatever the driver does. Also built as a 32-bit program: imports pyodbc, orjson, the
standard library and the bridge's own protocol, nothing else. Prints nothing: drivers that do are sent to stderr.
"""

from __future__ import annotations

import gc
import os
import queue
import struct
import sys
import threading
from collections.abc import Callable
from typing import IO, Any

import orjson
import pyodbc

from agent.sources.bridge.core import BridgeCore
from agent.sources.bridge.faults import sqlstate_of
from agent.wire import bridge as wire
from agent.wire.frames import ProtocolError, read_frame, write_frame

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
    requests: queue.SimpleQueue[tuple[int, wire.Request]] = queue.SimpleQueue()
    current: list[int] = []

    def listen() -> None:
        try:
            while (payload := read_frame(source)) is not None:
                number, request = wire.parse_request(payload)
                if request is not None:
                    requests.put((number, request))
                elif number in current:
                    _cancel(core)
        except ProtocolError:
            leave(2)
        leave(0)

    write_frame(sink, orjson.dumps(wire.Hello(wire.PROTOCOL, struct.calcsize("P") * 8)))
    threading.Thread(target=listen, daemon=True).start()
    while True:
        number, request = requests.get()
        current[:] = [number]
        answer = core.answer(request)
        current.clear()
        write_frame(sink, wire.reply_frame(number, answer))


def _cancel(core: BridgeCore) -> None:
    try:
        core.cancel()
    except pyodbc.Error:
        # The driver cannot, or the statement has just ended; a parent that gets no answer kills us.
        return


def main() -> None:
    """Run the child."""
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Rows live shortly and have no cycles: collect seldom.
    gc.set_threshold(50_000, 20, 50)
    serve(BridgeCore(connect), sys.stdin.buffer, sink)
