"""What a demo has begun, written down in its folder, so that it can be ended later by process id.

A process is known by its id and the moment of its start: another one that has got the id since is left alone.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
import psutil

from sandbox.servers import server as servers

FILE = "running.json"


class Written:
    """The list of one demo."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: dict[str, Any] = {"programs": {}, "server": None}

    def program(self, name: str, pid: int) -> None:
        """A program runs; one of the same name does no more."""
        self._known["programs"][name] = [pid, psutil.Process(pid).create_time()]
        self._write()

    def server(self, server: servers.Server) -> None:
        """A database server runs."""
        self._known["server"] = asdict(server) | {"started": psutil.Process(server.pid).create_time()}
        self._write()

    def _write(self) -> None:
        new = self.folder / f"{FILE}.new"
        new.write_bytes(orjson.dumps(self._known))
        new.replace(self.folder / FILE)


def also(folder: Path, name: str, pid: int) -> None:
    """Note one more program of a demo whose own process has ended: it is ended with the others."""
    file = folder / FILE
    known = orjson.loads(file.read_bytes())
    known["programs"][name] = [pid, psutil.Process(pid).create_time()]
    new = folder / f"{FILE}.new"
    new.write_bytes(orjson.dumps(known))
    new.replace(file)


def left_running(around: Path) -> list[Path]:
    """Folders of demos that have written something down."""
    return sorted(file.parent for file in around.glob(f"*/{FILE}")) if around.is_dir() else []


def processes(folder: Path) -> list[int]:
    """The ids of the programs that a demo has left running."""
    return [place[0] for place in orjson.loads((folder / FILE).read_bytes())["programs"].values()]


def end(folder: Path) -> list[str]:
    """End what a demo has left running and remove its folder; the names of what was ended."""
    known = orjson.loads((folder / FILE).read_bytes())
    ended: list[str] = []
    for name in ("window", "desk", "agent", "cloud"):
        place = known["programs"].get(name)
        for process in _found(place):
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(psutil.NoSuchProcess):
                _wait(process)
            ended.append(f"{name} ({process.pid})")
    if known["server"] is not None:
        started = known["server"].pop("started")
        server = servers.Server(**known["server"])
        if any(_found([server.pid, started])):
            servers.stop(server)
            ended.append(f"{server.kind} ({server.pid})")
        shutil.rmtree(server.folder, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):  # another demo may use it
        folder.parent.rmdir()
    return ended


def _found(place: list[Any] | None) -> Iterator[psutil.Process]:
    """The process, if it is still the one that was begun."""
    if place is not None:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(place[0])
            if abs(process.create_time() - place[1]) < 1.0 and process.status() != psutil.STATUS_ZOMBIE:
                yield process


def _wait(process: psutil.Process) -> None:
    try:
        process.wait(30)
    except psutil.TimeoutExpired:
        process.kill()
