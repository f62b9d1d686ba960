"""The program's own files: whether what was installed is still there. Looks only; knows no path by heart."""

from __future__ import annotations

import csv
from importlib import metadata
from pathlib import Path

PROGRAM = "practice-agent"
_PARTS = ("agent/", "gui/")


def lost_files(distribution: str = PROGRAM) -> int | None:
    """How many of the installed files are gone or cannot be read; None = it was not installed from a list of files."""
    try:
        installed = metadata.distribution(distribution)
    except metadata.PackageNotFoundError:
        return None
    listed = [line[0] for line in csv.reader((installed.read_text("RECORD") or "").splitlines()) if line]
    ours = [name for name in listed if name.startswith(_PARTS) and not name.endswith(".pyc")]
    if not ours:
        return None
    return sum(not _readable(Path(str(installed.locate_file(name)))) for name in ours)


def _readable(file: Path) -> bool:
    try:
        with file.open("rb"):
            return True
    except OSError:
        return False
