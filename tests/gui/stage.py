"""A screen in memory with a window manager and a tray, on which the real program is used with real clicks."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("Xvfb", "openbox", "trayer", "xdotool", "xwininfo")


def missing() -> list[str]:
    """Programs that this machine lacks."""
    return [name for name in PROGRAMS if shutil.which(name) is None]


def until(told: Callable[[], object], seconds: float = 30.0) -> bool:
    """Wait until something is so; whether it came to be."""
    pause = threading.Event()
    for _ in range(int(seconds * 10)):
        if told():
            return True
        pause.wait(0.1)
    return bool(told())


@dataclass
class Stage:
    """The screen."""

    display: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """Of the programs on it."""
        kept = {**os.environ, "DISPLAY": self.display, "XDG_CONFIG_HOME": str(self.folder), "QT_QPA_PLATFORM": "xcb"}
        return kept | {"XDG_RUNTIME_DIR": str(self.folder), "LANG": "C.UTF-8"}

    def run(self, *command: str) -> str:
        """Run something to its end; what it printed."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=30)
        return done.stdout.strip()

    def windows(self, title: str) -> list[str]:
        """Visible windows by a part of their title."""
        return self.run("xdotool", "search", "--onlyvisible", "--name", title).split()

    def tray_icon(self) -> tuple[int, int] | None:
        """Where the middle of the program's icon in the tray is."""
        tree = self.run("xwininfo", "-root", "-tree")
        sizes = r"(1[6-9]|2\d|3\d)x(1[6-9]|2\d|3\d)\+\d+\+\d+\s+\+(\d+)\+(\d+)"
        found = re.search(rf'"Practice Agent": .*?{sizes}', tree)
        if not found:
            return None
        wide, high, left, top = (int(one) for one in found.groups())
        return left + wide // 2, top + high // 2

    def click(self, place: tuple[int, int], number: int = 1) -> None:
        """A real click."""
        self.run("xdotool", "mousemove", str(place[0]), str(place[1]), "click", str(number))


@contextlib.contextmanager
def program(stage: Stage, home: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """The tray and window, in a process of their own."""
    command = [sys.executable, "-m", "gui", "--home", str(home), *arguments]
    running = subprocess.Popen(command, env=stage.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield running
    finally:
        running.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(10)
        if running.poll() is None:
            running.kill()
            running.wait()


@contextlib.contextmanager
def stage(folder: Path, size: str = "1280x860x24") -> Iterator[Stage]:
    """Set it up, and take it down."""
    folder.chmod(0o700)
    read, write = os.pipe()
    server = ["Xvfb", "-displayfd", str(write), "-screen", "0", size, "-nolisten", "tcp"]
    started = [subprocess.Popen(server, pass_fds=(write,), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)]
    os.close(write)
    with os.fdopen(read) as told:
        made = Stage(f":{told.readline().strip()}", folder)
    try:
        for command in (
            ["openbox"],
            ["trayer", "--edge", "bottom", "--align", "right", "--height", "32", "--widthtype", "request"],
        ):
            started.append(
                subprocess.Popen(command, env=made.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )
        until(
            lambda: (
                "trayer" in made.run("xwininfo", "-root", "-tree") or "panel" in made.run("xwininfo", "-root", "-tree")
            ),
            10,
        )
        yield made
    finally:
        for one in reversed(started):
            one.terminate()
            one.wait(10)
