"""The real program on a screen with a tray, beside a real agent: started before it, used, left alone by it."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from sandbox.cloud.tls import development_tls
from sandbox.practice.build import build
from tests.cli.office import opened
from tests.gui.stage import missing, program, stage, until

MOST_MIB = 120

pytestmark = [
    pytest.mark.heavy,
    pytest.mark.skipif(sys.platform == "win32" or bool(missing()), reason="needs scripts/packages.sh screen"),
]


def test_the_screen_outlives_the_agent_and_its_menu_reaches_it(tmp_path: Path):
    practice = tmp_path / "practice.db"
    with closing(sqlite3.connect(practice)) as connection:
        build("eaglesoft", connection, seed=7)
        connection.commit()
    (tmp_path / "screen").mkdir()
    with opened(tmp_path, practice, development_tls(tmp_path)) as office:
        office.set_up()
        with stage(tmp_path / "screen") as seen, program(seen, office.home, "--open", "overview") as shown:
            assert until(lambda: seen.windows("not running"))
            agent = office.start("run")
            try:
                assert until(lambda: seen.windows("Everything is working"), 60)
                assert until(seen.tray_icon)
                place = seen.tray_icon()
                assert place is not None
                # The menu's items by the keyboard: down to "Pause for 1 hour".
                seen.click(place, 3)
                until(lambda: False, 1.0)
                for key in ("Down", "Down", "Down", "Return"):
                    seen.run("xdotool", "key", key)
                assert until(lambda: seen.windows("Paused"))
                memory = psutil.Process(shown.pid).memory_info()
                print(f"{memory.rss / 2**20:.0f} MiB resident")
                assert memory.rss < MOST_MIB * 2**20
            finally:
                agent.kill()
                agent.communicate()
            assert until(lambda: seen.windows("not running"))
            assert shown.poll() is None
