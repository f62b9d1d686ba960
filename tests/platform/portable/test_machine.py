"""The machine's identity comes from the machine-id, and from the host name where there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

if sys.platform == "win32":
    pytest.skip("the portable side", allow_module_level=True)

from agent.platform.portable import machine


def test_the_first_machine_id_that_can_be_read_counts(tmp_path: Path):
    second = tmp_path / "second"
    second.write_text("0123abcd\n")
    assert machine.identity((tmp_path / "none", second)) == "0123abcd"


def test_without_a_machine_id_the_identity_still_lasts(tmp_path: Path):
    empty = tmp_path / "empty"
    empty.write_text("\n")
    assert machine.identity((empty,)) == machine.identity(()) != ""


def test_drivers_are_those_that_unixodbc_lists(tmp_path: Path):
    (tmp_path / "odbcinst.ini").write_text("[ODBC]\nTrace=no\n[MariaDB Unicode]\nDriver=a.so\n[SQLite3]\nDriver=b.so\n")
    assert machine.odbc_drivers(tmp_path) == ["MariaDB Unicode", "SQLite3"]
    assert machine.odbc_drivers(tmp_path / "none") == []
    (tmp_path / "odbcinst.ini").write_text("no section\n")
    assert machine.odbc_drivers(tmp_path) == []


def test_the_machine_tells_its_memory_and_processors():
    assert (machine.memory_mb() or 0) > 100
    assert (machine.cpus() or 0) >= 1
