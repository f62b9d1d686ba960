"""What a demo leaves running is known by process, and ended."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sandbox.demo import written


def test_a_program_that_was_noted_later_is_ended_with_the_others(tmp_path: Path):
    folder = tmp_path / ".demo" / "one"
    folder.mkdir(parents=True)
    command = [sys.executable, "-c", "input()"]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE) as agent,
        subprocess.Popen(command, stdin=subprocess.PIPE) as window,
    ):
        written.Written(folder).program("agent", agent.pid)
        written.also(folder, "window", window.pid)
        assert sorted(written.processes(folder)) == sorted([agent.pid, window.pid])
        assert written.end(folder) == [f"window ({window.pid})", f"agent ({agent.pid})"]
        assert None not in (agent.poll(), window.poll())
    assert not folder.exists()
