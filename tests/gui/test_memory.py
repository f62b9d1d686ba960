"""What the screen's process takes: below 120 MiB in every state and on every page, and no more after hours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MOST_MIB = 120
_GROWTH_MIB = 3
"""Between the first and the last round of the same: what is kept once may still come, a leak would be more."""

_COURSE = """
import resource, sys
from pathlib import Path

from gui.main import _travel_light
from PySide6.QtCore import QSettings
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, sys.argv[1])
app = QApplication([])
_travel_light()
import gui.binding
from gui.app import Screen
from tests.gui import scripted
from tests.gui.pictures import STATES

def resident():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20

line = scripted.log_lines()[4]
scripted.log_lines = lambda: [line.model_copy(update={"number": one}) for one in range(2100)]
events = [f'{{"number": {one}, "code": "delivered"}}' for one in range(3000)]
scripted.BUNDLE["contents"]["events.jsonl"] = "\\n".join(events)
now = [scripted.NOW]
agent = scripted.Scripted("working")
screen = Screen(app, agent.connect, Path("home"), lambda: now[0])
screen.start()
screen.open("support:bundle")
QTest.qWait(1000)
for state in STATES:
    agent.become(state)
    for page in screen.window.pages:
        screen.window.turn_to(page)
        QTest.qWait(60)
    print(state, resident())
screen.choose("dark")
screen.assist().close()
screen.choose("light")
for course in range(4):
    for round in range(60):
        now[0] += 2
        agent.become(("working", "syncing", "attention", "broken", "decide")[round % 5])
        screen.window.turn_to(("overview", "data", "writes", "activity")[round % 4])
        QTest.qWait(15)
    print(f"course{course}", resident())
screen.stop()
agent.become("stopped")
"""


@pytest.mark.heavy
@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory as Linux tells it")
def test_the_screen_stays_small(tmp_path: Path):
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-c", _COURSE, str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = {name: float(mib) for name, mib in (line.split() for line in done.stdout.splitlines())}
    print({name: round(mib) for name, mib in seen.items()})
    assert max(seen.values()) < MOST_MIB
    assert seen["course3"] - seen["course0"] < _GROWTH_MIB
