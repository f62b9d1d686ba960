"""The whole story, short, on each database: real programs, told in a pipe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from sandbox.demo import written

pytestmark = pytest.mark.timeout(900)  # the demo's own clock is the wall's, however busy the machine

ROOT = Path(__file__).resolve().parents[3]


def demo(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sandbox.demo", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=800, check=False)


def short(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return demo("--patients", "40", "--speed", "10", "--rate", "8", "--folder", str(folder), *options)


def assert_told_well(told: subprocess.CompletedProcess[str]) -> None:
    assert told.returncode == 0, told.stdout[-6000:] + told.stderr[-2000:]
    assert "all have arrived" in told.stdout
    assert "writes, each read back from the practice" in told.stdout
    assert "conflict, double_booked" in told.stdout
    assert "rejected, in_the_past" in told.stdout
    assert "The trail is whole" in told.stdout
    assert "it is in the practice once" in told.stdout
    assert "the outbox is empty" in told.stdout
    assert "it goes on in epoch 1" in told.stdout
    assert "All matched" in told.stdout
    assert "every field the same" in told.stdout
    assert "Equal to the cent" in told.stdout
    assert "\x1b" not in told.stdout


@pytest.mark.servers
@pytest.mark.parametrize(
    ("pms", "db"),
    [("opendental", "mariadb"), pytest.param("eaglesoft", "postgresql", marks=pytest.mark.heavy)],
)
def test_on_a_real_server_both_sides_hold_the_same_in_the_end(pms: str, db: str, tmp_path: Path):
    told = short(tmp_path / "demo", "--pms", pms, "--db", db)
    assert_told_well(told)
    assert ("payment.post" in told.stdout) == (pms == "opendental")
    assert not (tmp_path / "demo").exists()


@pytest.mark.heavy
def test_kept_it_runs_on_until_it_is_ended(tmp_path: Path):
    folder = tmp_path / "demo"
    try:
        told = short(folder, "--keep")
        assert_told_well(told)
        assert "curl -s --cacert" in told.stdout
        [kept] = written.left_running(folder)
        running = [psutil.Process(pid) for pid in written.processes(kept)]
        assert [one.is_running() for one in running] == [True, True, True]
    finally:
        ended = demo("--stop", "--folder", str(folder))
    assert ended.returncode == 0
    assert not any(one.is_running() for one in running)
    assert not folder.exists()


def test_an_engine_that_the_system_is_not_shown_on_is_refused(tmp_path: Path):
    refused = demo("--pms", "opendental", "--db", "postgresql", "--folder", str(tmp_path / "demo"))
    assert refused.returncode == 2
    assert not (tmp_path / "demo").exists()
