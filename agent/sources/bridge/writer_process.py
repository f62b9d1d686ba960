"""The writer's child process: holds the connection that writes and answers over stdin and stdout until stdin ends.

The same program as the reader's, started with ``--writer``; another login, another connection. One thread works;
another reads requests, so that a deadline reaches the driver while it waits for a lock. Imports pyodbc, orjson, the
standard library and the protocol, nothing else. When stdin ends the process ends at once: what is not committed is
rolled back by the server.
"""

from __future__ import annotations

import os
import queue
import struct
import sys
import threading
from collections.abc import Callable
from typing import IO, Any

import pyodbc

from agent.sources.bridge.writer_core import WriterCore
from agent.wire import writer as wire
from agent.wire.frames import ProtocolError, read_frame, write_frame


def connect(request: wire.Open) -> Any:
    """An ODBC connection that may write, in autocommit mode until a transaction begins."""
    pyodbc.pooling = False
    return pyodbc.connect(request.connection, autocommit=True, timeout=request.login_timeout, encoding="utf-16le")


def serve(core: WriterCore, source: IO[bytes], sink: IO[bytes], leave: Callable[[int], Any] = os._exit) -> None:
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

    write_frame(sink, wire.hello_frame(struct.calcsize("P") * 8))
    threading.Thread(target=listen, daemon=True).start()
    while True:
        number, request = requests.get()
        current[:] = [number]

        def announce(number: int = number) -> None:
            write_frame(sink, wire.committing_frame(number))

        reply = core.answer(request, announce)
        current.clear()
        write_frame(sink, wire.reply_frame(number, reply))


def _cancel(core: WriterCore) -> None:
    try:
        core.cancel()
    except pyodbc.Error:
        # The driver cannot, or the statement has just ended; a parent that gets no answer kills us.
        return


def main() -> None:
    """Run the child."""
    sink = os.fdopen(os.dup(1), "wb")
    # Drivers that print are sent to stderr.
    os.dup2(2, 1)
    serve(WriterCore(connect), sys.stdin.buffer, sink)
