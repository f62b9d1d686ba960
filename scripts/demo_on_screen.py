"""``make demo GUI=1``: the demo, with tray and window beside it; where there is no screen, on one in memory.

Without a screen it takes a picture every few seconds and says where they are. What is given is handed to the demo.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from tests.gui.stage import missing, stage

_EVERY = 10.0
"""Seconds between two pictures."""
_FOLDER = Path(".demo")
_PICTURES = Path("build") / "demo-pictures"


def photograph(file: str) -> int:
    """Photograph the screen of this process."""
    from PySide6.QtGui import QGuiApplication

    app = QGuiApplication([])
    return 0 if app.primaryScreen().grabWindow(0).save(file, "PNG") else 1


def play(environment: dict[str, str], given: list[str], pictures: Path | None) -> int:
    """The demo and the window until the demo ends; its exit code."""
    before = set(_FOLDER.glob("*/"))
    told = subprocess.Popen([sys.executable, "-m", "sandbox.demo", *given])
    pause, number = threading.Event(), 0
    while told.poll() is None and not (new := set(_FOLDER.glob("*/")) - before):
        pause.wait(0.2)
    if told.poll() is not None:
        return told.returncode
    home = sorted(new)[0].absolute() / "agent"
    shown = subprocess.Popen([sys.executable, "-m", "gui", "--home", str(home), "--open", "overview"], env=environment)
    try:
        while told.poll() is None:
            pause.wait(_EVERY if pictures else 1.0)
            if pictures:
                number += 1
                file = str(pictures / f"{number:02d}.png")
                take = [sys.executable, "-m", "scripts.demo_on_screen", "--photograph", file]
                subprocess.run(take, env=environment, check=False, stderr=subprocess.DEVNULL)
    except KeyboardInterrupt:
        told.wait()
    finally:
        if "--keep" not in given or pictures:
            shown.terminate()
            shown.wait(10)
    return told.returncode


def main(given: list[str]) -> int:
    """Choose the screen and play."""
    if given[:1] == ["--photograph"]:
        return photograph(given[1])
    if os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY") or sys.platform in ("win32", "darwin"):
        return play(dict(os.environ), given, None)
    if lacks := missing():
        print(f"There is no screen, and for one in memory {', '.join(lacks)} are missing: scripts/packages.sh screen")
        return 2
    _PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, stage(Path(folder)) as screen, contextlib.suppress(KeyboardInterrupt):
        code = play(screen.environment, given, _PICTURES)
        print(f"Pictures of the screen: {_PICTURES}/")
        return code
    return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
