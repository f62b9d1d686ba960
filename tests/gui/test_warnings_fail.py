"""What Qt complains of fails the test it belongs to, wherever in the test it is said."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_TESTS = """
from PySide6.QtCore import QObject, QTimer, qWarning
import pytest

def test_warned():
    qWarning("a warning of Qt")

def test_raised_where_qt_calls(qtbot):
    QTimer.singleShot(0, lambda: 1 / 0)
    qtbot.wait(20)

@pytest.fixture
def taken_down():
    yield
    qWarning("said at the end")

def test_warned_at_the_end(taken_down):
    pass

def test_quiet(qtbot):
    pass
"""


def test_a_warning_of_qt_fails_the_test(pytestconfig, tmp_path: Path):
    root = Path(pytestconfig.rootpath)
    (tmp_path / "test_warned.py").write_text(_TESTS)
    (tmp_path / "conftest.py").write_text((root / "tests" / "gui" / "conftest.py").read_text())
    wanted = ["-p", "pytestqt.plugin", "-p", "no:cacheprovider", "-c", str(root / "pyproject.toml")]
    command = [sys.executable, "-m", "pytest", "-q", "-rA", *wanted, f"--rootdir={root}", str(tmp_path)]
    done = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, env={**os.environ, "PYTEST_ADDOPTS": ""}
    )
    outcomes = {
        line.split("::")[-1].split(" ")[0]: line.split(" ")[0] for line in done.stdout.splitlines() if "::" in line
    }
    assert outcomes == {
        "test_warned": "FAILED",
        "test_raised_where_qt_calls": "FAILED",
        "test_warned_at_the_end": "ERROR",
        "test_quiet": "PASSED",
    }, done.stdout
