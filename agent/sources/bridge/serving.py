"""The child's side of a bridge's pipe: hears requests, answers them one by one, and ends when its stdin ends.

One thread works; another reads requests, so that a cancellation or a deadline reaches the driver while it is at work
and the end of stdin ends the process whatever the driver does. Shared by the reader and the writer; imports pyodbc,
the standard library and the protocol, nothing else.
"""

from __future__ import annotations

import os
import queue
import sys
import threading
from collections.abc import Callable
from typing import IO, Any, Protocol

import pyodbc

from agent.wire.frames import ProtocolError, read_frame, write_frame


class Cancellable(Protocol):
    """What is at work on a request."""

    def cancel(self) -> None:
        """Stop the request under way; called from another thread."""
        ...


def serve(
    hello: bytes,
    parse: Callable[[bytes], tuple[int, Any]],
    answer: Callable[[int, Any], bytes],
    core: Cancellable,
    source: IO[bytes],
    sink: IO[bytes],
    leave: Callable[[int], Any],
) -> None:
    """Say ``hello``, then answer requests until ``source`` ends, then ``leave``.

    ``parse`` makes a number and a request (None = cancel that number) of a payload, ``answer`` a payload of those.
    """
    requests: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()
    current: list[int] = []

    def listen() -> None:
        try:
            while (payload := read_frame(source)) is not None:
                number, request = parse(payload)
                if request is not None:
                    requests.put((number, request))
                elif number in current:
                    _cancel(core)
        except ProtocolError:
            leave(2)
        leave(0)

    write_frame(sink, hello)
    threading.Thread(target=listen, daemon=True).start()
    while True:
        number, request = requests.get()
        current[:] = [number]
        payload = answer(number, request)
        current.clear()
        write_frame(sink, payload)


def pipe() -> tuple[IO[bytes], IO[bytes]]:
    """Where requests come from and answers go to; whatever a driver prints goes to stderr."""
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return sys.stdin.buffer, sink


def _cancel(core: Cancellable) -> None:
    try:
        core.cancel()
    except pyodbc.Error:
        # The driver cannot, or the statement has just ended; a parent that gets no answer kills us.
        return
