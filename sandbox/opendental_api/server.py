"""The service over plain HTTP on loopback, as the real one on its port; planned faults break the connection.

One thread per connection. Requests of a broken plan end as a client would see them: no answer, or a late one.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.opendental_api.faults import AnswerLost, ConnectionDropped, Delivery, Faulty, NotRunning
from sandbox.opendental_api.keys import ApiKeys
from sandbox.opendental_api.service import LONGEST_BODY, PREFIX

_LANDING_SECONDS = 0.05


class Served:
    """A service that can be reached; stopped and started again it keeps its port."""

    def __init__(self, service: Faulty, port: int = 0) -> None:
        self.service = service
        """The service behind it."""
        self.port = port
        """Its port on 127.0.0.1; 0 = any free one, known once it is started."""
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._closing = threading.Event()

    @property
    def url(self) -> str:
        """Address of the API, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}{PREFIX}"

    @property
    def keys(self) -> ApiKeys:
        """Who is let in."""
        return self.service.service.keys

    def start(self) -> None:
        """Take requests from now on.

        Raises:
            OSError: the port is taken.
        """
        self._closing.clear()
        self._server = _Server(("127.0.0.1", self.port), self.service, self._closing)
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._serve, args=(self._server,), name="opendental-api", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests: connections are refused, open ones end."""
        self._closing.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.break_all()
            self._server.server_close()
        if self._thread is not None:
            self._thread.join(10)
        self._server = self._thread = None

    def _serve(self, server: _Server) -> None:
        server.serve_forever(poll_interval=_LANDING_SECONDS)


@contextmanager
def serving(service: Faulty, port: int = 0) -> Iterator[Served]:
    """Serve in a thread of this process until the end of the block."""
    served = Served(service, port)
    served.start()
    try:
        yield served
    finally:
        served.stop()


def write_ready_file(path: Path, served: Served) -> None:
    """Say where the service is and who is let in, in one line of JSON; the file is there whole or not at all."""
    told = {
        "url": served.url,
        "developer_key": served.keys.developer,
        "customer_key": served.keys.customer,
        "pid": os.getpid(),
    }
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    fresh.write_text(json.dumps(told) + "\n")
    fresh.replace(path)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, place: tuple[str, int], service: Faulty, closing: threading.Event) -> None:
        self.service = service
        self.closing = closing
        self._open: set[socket.socket] = set()
        super().__init__(place, _Handler)

    def service_actions(self) -> None:
        """Between requests: do what was answered with 504 and is due now."""
        self.service.land()

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember who is connected."""
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget who was."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news; anything else is a mistake here."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)

    def break_all(self) -> None:
        """End every open connection."""
        for one in list(self._open):
            _break(one)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def handle_any(self) -> None:
        """Ask the service and send what it says, when it says."""
        length = int(self.headers.get("Content-Length") or 0)
        if length > 2 * LONGEST_BODY:
            _break(self.connection)
            self.close_connection = True
            return
        body = self.rfile.read(length) if length else None
        asked = urlsplit(self.path)
        query = dict(parse_qsl(asked.query, keep_blank_values=True))
        try:
            delivery = self.server.service.handle(str(self.command), asked.path, query, dict(self.headers), body)
        except (AnswerLost, ConnectionDropped, NotRunning):
            _break(self.connection)
            self.close_connection = True
            return
        self._send(delivery)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 - the names that the library asks for

    def _send(self, delivery: Delivery) -> None:
        if delivery.after and self.server.closing.wait(delivery.after):
            self.close_connection = True
            return
        answer = delivery.answer
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        with suppress(OSError):
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Requests hold patients' data: nothing is logged."""


def _break(connection: socket.socket) -> None:
    """End a connection so that the other side sees it broken."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
