"""Loads pytest-qt where tests of the window are among those asked for, and only there.

It imports Qt at once, which takes half a second and a screen's libraries; who tests something else needs neither.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

WINDOW = Path(__file__).parent / "gui"
_PLUGIN = "pytestqt.plugin"
_SETTINGS = ("qt_api", "qt_log_level_fail", "qt_log_ignore")
"""Its settings in pyproject.toml, which must be known without it, too."""


def wanted(asked: list[str], folder: Path) -> bool:
    """Whether tests of the window are among those asked for; no word means all tests."""
    places = [(folder / one.split("::")[0]).resolve() for one in asked]
    return not places or any(place.is_relative_to(WINDOW) or WINDOW.is_relative_to(place) for place in places)


def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser) -> None:
    """Load it, or let its settings be."""
    if early_config.pluginmanager.has_plugin(_PLUGIN):
        return
    asked: Any = early_config.known_args_namespace
    if wanted(list(asked.file_or_dir or []), early_config.invocation_params.dir) and _can_draw():
        early_config.pluginmanager.import_plugin(_PLUGIN)
        return
    for name in _SETTINGS:
        parser.addini(name, "of pytest-qt, which is not loaded", type="linelist")


def _can_draw() -> bool:
    """Whether Qt's widgets can be loaded; where not, the tests of the window say what is missing and others run."""
    try:
        importlib.import_module("PySide6.QtWidgets")
    except ImportError:
        return False
    return True
