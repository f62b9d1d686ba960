"""Starts the screen: ``python -m gui [--home DIR] [--open PAGE]``; one per user and folder."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QProcess, QTimer
from PySide6.QtWidgets import QApplication

from gui.single import Single

if TYPE_CHECKING:
    from gui.app import Screen

HOME = "PRACTICE_AGENT_HOME"
_RESTART = 64
"""What the event loop ends with when the window is to be started anew."""


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(
        prog="practice-agent-tray", description="The tray icon and window of the agent that runs on this machine."
    )
    parser.add_argument("--home", type=Path, help=f"the agent's folder; else {HOME}, else the machine's own")
    parser.add_argument("--open", metavar="PAGE", help="open the window at a page: overview, data, writes, ...")
    return parser.parse_args(given)


def chosen_home(given: Path | None) -> Path:
    """The agent's folder."""
    named = os.environ.get(HOME)
    chosen = given or (Path(named) if named else None)
    if chosen is None:
        from agent.platform import paths  # brings the keyring, which the screen does not need

        chosen = paths.default_home()
    return chosen.expanduser().absolute()


def main(given: Sequence[str] | None = None) -> int:
    """Run until somebody quits; the exit code."""
    asked = arguments(sys.argv[1:] if given is None else given)
    home = chosen_home(asked.home)
    app = QApplication(sys.argv[:1])
    app.setApplicationName("practice-agent")
    _travel_light()
    from gui.app import Screen
    from gui.binding import connector

    screen: Screen | None = None
    single = Single(home, lambda: screen.open() if screen else None)
    if not single.claim():
        return 0
    screen = Screen(app, connector(home), home)
    screen.wants_restart.connect(lambda: app.exit(_RESTART))
    _end_on_signals(app)
    screen.start()
    if asked.open:
        screen.open(asked.open)
    code = app.exec()
    screen.stop()
    single.release()
    if code == _RESTART:
        QProcess.startDetached(sys.executable, ["-m", "gui", "--home", str(home), "--open", "overview"])
        return 0
    return code


def _travel_light() -> None:
    """Leave out the HTTP library's own command line: it costs megabytes, and the library does without."""
    if "httpx" not in sys.modules:
        sys.modules["httpx._main"] = None  # type: ignore[assignment]


def _end_on_signals(app: QApplication) -> None:
    """End cleanly when told to; Python sees signals only when it runs, so it is given a turn now and then."""
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: app.quit())
    timer = QTimer(app)
    timer.timeout.connect(lambda: None)
    timer.start(300)


if __name__ == "__main__":
    sys.exit(main())
