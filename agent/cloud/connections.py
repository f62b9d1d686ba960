"""The sockets of a transport's connections, so that a thread that waits for an answer can be woken.

Sees them come into being (httpx's ``trace`` extension) and can shut them down; reads and writes nothing.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import weakref
from collections.abc import Mapping
from typing import Any


class Lines:
    """The connections that exist; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self.certificate_ends: float | None = None
        """When the certificate that was shown last expires, seconds since 1970; None = none was shown yet."""

    def note(self, event: str, info: Mapping[str, Any]) -> None:
        """Hear what becomes of a request: a connection that stands, or is secured now, is remembered."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            stream = info["return_value"]
            found = stream.get_extra_info("socket")
            if isinstance(found, socket.socket):
                with self._lock:
                    self._sockets.add(found)
            shown = stream.get_extra_info("ssl_object")
            certificate = None if shown is None else shown.getpeercert()
            if certificate:
                self.certificate_ends = ssl.cert_time_to_seconds(certificate["notAfter"])

    def cut(self) -> None:
        """Shut all of them down: whoever reads or writes there gets an error."""
        with self._lock:
            known = list(self._sockets)
        for one in known:
            with contextlib.suppress(OSError):  # closed already
                socket.socket.shutdown(one, socket.SHUT_RDWR)
