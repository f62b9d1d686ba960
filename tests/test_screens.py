"""Qt is loaded for the tests of the window alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.screens import wanted

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize(
    ("asked", "loads"),
    [
        ([], True),
        (["tests"], True),
        (["tests/gui"], True),
        (["tests/gui/test_window.py::test_x[working]"], True),
        (["tests/store", "tests/gui/test_tray.py"], True),
        (["tests/store"], False),
        (["tests/test_house.py"], False),
        (["tests/store", "tests/api/test_client.py::test_y"], False),
    ],
)
def test_it_is_loaded_where_it_is_needed(asked: list[str], loads: bool):
    assert wanted(asked, ROOT) is loads
