"""The sockets of a transport's connections, so that a thread that waits for an answer can be woken.

Sees them come into being (httpx's ``trace`` extension) and can shut them down; reads and writes nothing.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import weakref
from collections.abc import Mapping
from typing import Any


class Lines:
    """The connections that exist; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()

    def note(self, event: str, info: Mapping[str, Any]) -> None:
        """Hear what becomes of a request: a connection that stands, or is secured now, is remembered."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            found = info["return_value"].get_extra_info("socket")
            if isinstance(found, socket.socket):
                with self._lock:
                    self._sockets.add(found)

    def cut(self) -> None:
        """Shut all of them down: whoever reads or writes there gets an error."""
        with self._lock:
            known = list(self._sockets)
        for one in known:
            with contextlib.suppress(OSError):  # closed already
                socket.socket.shutdown(one, socket.SHUT_RDWR)
