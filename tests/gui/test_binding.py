"""The screen and the service of this machine: started after it, killed beside it, upgraded under it, closed to it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from agent import __version__
from gui.app import Screen
from gui.binding import Running, connector
from gui.pages.data import DataPage
from gui.port import Refused, Unreachable
from tests.api.stations import serving
from tests.gui.conftest import texts
from tests.gui.scripted import document

NEWER = "9.9.9"


@contextmanager
def foreign(home: Path, version: str, answer: Callable[[str], tuple[int, Any]]) -> Iterator[list[tuple[str, str]]]:
    """An agent of another version: only its address and its answers are known. Gives what it was asked, by whom."""
    asked: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            asked.append((self.command + " " + self.path.split("?")[0], self.headers["Authorization"]))
            status, body = answer(self.path)
            content = json.dumps(body).encode()
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - as the library has it

        def log_message(self, *_: Any) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    home.mkdir(exist_ok=True)
    tokens = {right: f"api-{right}.token" for right in ("look", "operate", "change")}
    for right, name in tokens.items():
        (home / name).write_text(right)
    address = {"port": server.server_port, "pid": 1, "started_at": "2026-03-03T15:00:00Z", "version": version}
    (home / "api.json").write_text(json.dumps({**address, "tokens": tokens, "colour": "unheard of"}))
    try:
        yield asked
    finally:
        (home / "api.json").unlink()
        server.shutdown()
        thread.join()
        server.server_close()


def newer(path: str, overall: str = "working") -> tuple[int, Any]:
    """What an agent says that knows more than this window."""
    if path.startswith("/v1/status"):
        more = document(
            weather="fine", resources=[*document()["resources"], {"resource": "claim", "records": 3, "loaded": True}]
        )
        told = {"revision": 7, "overall": {"state": overall, "since": None, "reason": "", "mood": 5}, "status": more}
        return 200, {**told, "moon": {"phase": 1}}
    if path.startswith("/v1/events"):
        line = {"number": 1, "at": "2026-03-03T15:00:00Z", "level": "info", "code": "unheard_of", "fields": {"a": 1}}
        return 200, {"lines": [line], "last": 1, "next": 2}
    return 404, {"status": 404, "code": "no_such_call", "title": "There is no such call", "shape": "round"}


@pytest.fixture
def screen(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Screen]:
    """A window over the real binding, open, before there is any agent."""
    made = Screen(qapp, connector(tmp_path / "home"), tmp_path / "home")
    made.start()
    made.open()
    yield made
    made.stop()
    for gone in (made.window, made.tray, made):
        gone.deleteLater()


def test_it_finds_the_service_that_starts_after_it_loses_it_and_finds_it_again(
    screen: Screen, qtbot: QtBot, tmp_path: Path
):
    seen = lambda: screen.link.seen  # noqa: E731 - looked at again and again
    qtbot.waitUntil(lambda: seen().asked)
    assert seen().light == "stopped"
    for _ in range(2):
        with serving(tmp_path / "home"):
            qtbot.waitUntil(lambda: seen().connected, timeout=20_000)
            assert seen().version == __version__
            assert "The agent is not set up yet" in texts(screen.window)
        qtbot.waitUntil(lambda: not seen().connected, timeout=20_000)
        assert "The agent is not running" in texts(screen.window)


def test_a_service_of_another_version_under_it_is_understood_and_a_new_window_offered(
    screen: Screen, qtbot: QtBot, tmp_path: Path
):
    with foreign(tmp_path / "home", NEWER, newer):
        qtbot.waitUntil(lambda: screen.link.seen.connected, timeout=10_000)
        assert screen.link.seen.light == "working"
        qtbot.waitUntil(lambda: NEWER in texts(screen.window))
        for name in screen.window.pages:  # none of them stumbles over what it does not know
            screen.window.turn_to(name)
            qtbot.wait(50)
        page = screen.window.pages["data"]
        assert isinstance(page, DataPage)
        assert "Claim" in [line.cells[0] for line in page.table.rows.lines]


def test_one_that_is_understood_no_more_says_so_and_offers_a_new_window(screen: Screen, qtbot: QtBot, tmp_path: Path):
    with foreign(tmp_path / "home", NEWER, lambda path: newer(path, "dreaming")):
        qtbot.waitUntil(lambda: bool(screen.link.seen.refusal), timeout=10_000)
        assert screen.link.seen.light == "stopped"
        assert "another version" in texts(screen.window)
        qtbot.waitUntil(lambda: NEWER in texts(screen.window))


def test_it_asks_with_the_least_right_that_will_do(tmp_path: Path):
    task = {"id": "t1", "kind": "sync", "state": "done", "answer": {}}
    home = tmp_path / "home"
    with foreign(home, __version__, lambda _: (200, task)) as asked, closing(Running(home)) as running:
        running.start_task("sync", {})
        running.start_task("diagnostics", {})
        running.start_task("reconcile", {})
        running.task("t1", 0.0)
    assert [by.removeprefix("Bearer ") for _, by in asked] == ["look", "look", "change", "change"]


def test_what_a_user_may_not_do_is_said_in_words(tmp_path: Path):
    home = tmp_path / "home"
    refusal = {"status": 403, "code": "right_missing", "title": "This user may not do that", "advice": "Ask."}
    with foreign(home, __version__, lambda _: (403, refusal)):
        for name in ("operate", "change"):
            (home / f"api-{name}.token").unlink()
        with closing(Running(home)) as running, pytest.raises(Refused) as caught:
            running.start_task("reconcile", {})
    assert (caught.value.code, caught.value.title, caught.value.advice) == (
        "right_missing",
        "This user may not do that",
        "Ask.",
    )


@pytest.mark.parametrize(
    "address", [None, "{", '{"port": 1, "pid": 1, "started_at": "", "version": "1", "tokens": {}}']
)
def test_what_is_not_there_is_unreachable(tmp_path: Path, address: str | None):
    if address is not None:
        (tmp_path / "api.json").write_text(address)
    with pytest.raises(Unreachable), closing(Running(tmp_path)) as running:
        running.status(None, 0.0)
