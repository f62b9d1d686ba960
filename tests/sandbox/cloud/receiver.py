"""A receiver of webhooks on loopback, for tests: real HTTP, answers as it is told to, checks every signature."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import orjson
from standardwebhooks import Webhook


class Receiver:
    """What came, and what is answered."""

    def __init__(self) -> None:
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        """Answers of the next requests; afterwards 204."""
        self.headers: dict[str, str] = {}
        self.slow = threading.Event()
        """While it is clear, nobody is answered."""
        self.slow.set()
        self.url = ""
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.came]

    def bodies(self) -> list[dict[str, Any]]:
        return [orjson.loads(body) for _, body in self.came]

    def verified(self, secret: str) -> bool:
        """Whether everything that came is signed with the secret; raises when not. Takes messages of this minute."""
        for headers, body in self.came:
            Webhook(secret).verify(body, headers)
        return bool(self.came)

    def start(self, port: int = 0) -> None:
        mine = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                mine.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
                mine.slow.wait(20)
                try:
                    self.send_response(mine.statuses.pop(0) if mine.statuses else 204)
                    for name, value in mine.headers.items():
                        self.send_header(name, value)
                    self.end_headers()
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/alarms"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def stop(self) -> None:
        if self._server is not None and self._thread is not None:
            self.slow.set()
            self._server.shutdown()
            self._thread.join(10)
            self._server.server_close()
            self._server = None

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2].partition("/")[0])


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that is up until the end of the block."""
    receiver = Receiver()
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.stop()
