"""``make demo GUI=1``: the demo, with tray and window beside it; where there is no screen, on one in memory.

Without a screen it turns the window's pages, takes a picture of the whole screen every few seconds and says where they
are. What is given is handed to the demo. Ends what it has started; with ``--keep`` a window on a real screen stays, and
is ended with the rest.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from itertools import count, cycle
from pathlib import Path

from sandbox.demo import written
from tests.gui.stage import Stage, missing, stage

_EVERY = 8.0
"""Seconds between two pictures."""
_PAGES = ("overview", "data", "overview", "writes", "overview", "activity", "overview", "connection")
"""Pages in the order in which they are photographed: the first one is where the story is seen."""
_KEYS = {"overview": "ctrl+1", "data": "ctrl+2", "writes": "ctrl+3", "activity": "ctrl+4", "connection": "ctrl+5"}
_FOLDER = Path(".demo")
_PICTURES = Path("build") / "demo-pictures"
_PATIENCE = 10.0


def photograph(file: str) -> int:
    """Photograph the screen of this process."""
    from PySide6.QtGui import QGuiApplication

    app = QGuiApplication([])
    return 0 if app.primaryScreen().grabWindow(0).save(file, "PNG") else 1


def play(given: list[str], screen: Stage | None) -> int:
    """The demo and the window until the demo ends; its exit code. ``screen``: the one in memory, if it is that."""
    before = set(_FOLDER.glob("*/"))
    told = subprocess.Popen([sys.executable, "-m", "sandbox.demo", *given])
    pause = threading.Event()
    try:
        while told.poll() is None and not (new := set(_FOLDER.glob("*/")) - before):
            pause.wait(0.2)
        if told.poll() is not None:
            return told.returncode
        home = sorted(new)[0].absolute() / "agent"
        with _window(home, screen, stays="--keep" in given and screen is None):
            pictures = _pictures(screen) if screen else None
            while told.poll() is None:
                pause.wait(_EVERY if screen else 0.5)
                if pictures and told.poll() is None:
                    next(pictures)
    except KeyboardInterrupt:  # the demo has heard it, too, and cleans up
        told.wait()
    return told.returncode


@contextlib.contextmanager
def _window(home: Path, screen: Stage | None, *, stays: bool) -> Iterator[None]:
    """Tray and window of the demo's agent. ``stays``: after the end."""
    environment = screen.environment if screen else dict(os.environ)
    command = [sys.executable, "-m", "gui", "--home", str(home), "--open", "overview"]
    shown = subprocess.Popen(command, env=environment, start_new_session=stays)
    whole = False
    try:
        yield
        whole = True
    finally:
        if not (stays and whole):
            shown.terminate()
            try:
                shown.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                shown.kill()
                shown.wait()
        elif shown.poll() is None and (home.parent / written.FILE).exists():
            written.also(home.parent, "window", shown.pid)
            print("The window stays open; it ends with the rest, or by Quit in the menu of its icon.")


def _pictures(screen: Stage) -> Iterator[None]:
    """Takes one picture at each turn."""
    _PICTURES.mkdir(parents=True, exist_ok=True)
    for old in _PICTURES.glob("*.png"):
        old.unlink()
    for number, page in zip(count(1), cycle(_PAGES), strict=False):
        screen.run("xdotool", "key", _KEYS[page])
        threading.Event().wait(0.5)  # it draws
        file = str(_PICTURES / f"{number:02d}-{page}.png")
        take = [sys.executable, "-m", "scripts.demo_on_screen", "--photograph", file]
        subprocess.run(take, env=screen.environment, check=False, stderr=subprocess.DEVNULL)
        yield


def main(given: list[str]) -> int:
    """Choose the screen and play."""
    if given[:1] == ["--photograph"]:
        return photograph(given[1])
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform in ("win32", "darwin"):
        return play(given, None)
    if lacks := missing():
        print(f"There is no screen, and for one in memory {', '.join(lacks)} are missing: scripts/packages.sh screen")
        return 2
    print(f"There is no screen here: the window is shown on one in memory, and its pictures go to {_PICTURES}/")
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder)) as screen:
        code = play(given, screen)
    taken = len(list(_PICTURES.glob("*.png")))
    print(f"{taken} pictures of the screen: {_PICTURES}/")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
