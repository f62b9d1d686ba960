"""The writer's child process: holds the connection that writes and answers over stdin and stdout until stdin ends.

The same program as the reader's, started with ``--writer``; another login, another connection. Imports pyodbc, orjson,
the standard library and the protocol, nothing else. When stdin ends the process ends at once: what is not committed is
rolled back by the server.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from typing import IO, Any

import pyodbc

from agent.sources.bridge import serving
from agent.sources.bridge.writer_core import WriterCore
from agent.wire import writer as wire
from agent.wire.frames import write_frame


def connect(request: wire.Open) -> Any:
    """An ODBC connection that may write, in autocommit mode until a transaction begins."""
    pyodbc.pooling = False
    return pyodbc.connect(request.connection, autocommit=True, timeout=request.login_timeout, encoding="utf-16le")


def serve(core: WriterCore, source: IO[bytes], sink: IO[bytes], leave: Callable[[int], Any] = os._exit) -> None:
    """Answer requests until ``source`` ends, then ``leave``."""

    def answer(number: int, request: wire.Request) -> bytes:
        return wire.reply_frame(number, core.answer(request, lambda: write_frame(sink, wire.committing_frame(number))))

    serving.serve(wire.hello_frame(struct.calcsize("P") * 8), wire.parse_request, answer, core, source, sink, leave)


def main() -> None:
    """Run the child."""
    serve(WriterCore(connect), *serving.pipe())
