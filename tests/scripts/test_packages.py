"""The installer of packages (`scripts/packages.sh`) sees what a machine has, however much that is."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "packages.sh"
LIBRARIES = ("xcb-cursor.so.0", "xcb-icccm.so.4", "xcb-keysyms.so.1", "xcb-shape.so.0", "xkbcommon-x11.so.0")
LIBRARIES += ("EGL.so.1", "fontconfig.so.1", "dbus-1.so.3")


@pytest.mark.parametrize("more", [0, 20_000], ids=["short list", "list longer than a pipe"])
def test_libraries_of_the_machine_are_seen_however_long_their_list_is(tmp_path: Path, more: int) -> None:
    names = [f"lib{name}" for name in LIBRARIES] + [f"libother{number}.so.1" for number in range(more)]
    (tmp_path / "list").write_text("".join(f"\t{name} (libc6,x86-64) => /lib/{name}\n" for name in names))
    (tmp_path / "ldconfig").write_text(f"#!/bin/sh\nexec cat '{tmp_path}/list'\n")
    (tmp_path / "apt-get").write_text("#!/bin/sh\nexit 1\n")  # this test installs nothing
    for program in ("ldconfig", "apt-get"):
        (tmp_path / program).chmod(0o755)

    said = subprocess.run(
        ["bash", SCRIPT, "screen"],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "lib" not in said.stdout + said.stderr, "a library that is there was called missing"
