"""Runs the programs that are shown: started as processes of their own, ended by their ids.

Their output goes to a file each. Knows nothing of what they do.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

from agent.model.errors import Terminal
from sandbox.demo.plan import ZONE

_STOP_SECONDS = 30.0
_CALL_SECONDS = 180.0


class ProgramFailed(Terminal):
    """A program that is shown has failed; the demo cannot go on."""


@dataclass(slots=True)
class Program:
    """A program that runs."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    """Where its output goes."""

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def stop(self) -> None:
        """Ask it to end and wait until it has; it is killed when it does not."""
        if self.alive:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End it at once, in the middle of whatever it does (``kill -9``)."""
        self.process.kill()
        self.process.wait()

    def children(self) -> list[psutil.Process]:
        """The processes that it has started."""
        found: list[psutil.Process] = psutil.Process(self.pid).children(recursive=True) if self.alive else []
        return found

    def check(self) -> None:
        """Raises ``ProgramFailed`` with the end of its output when it runs no more."""
        if not self.alive:
            raise failed(self.name, self.process.returncode, _end_of(self.log))


def place_of(name: str) -> str:
    """Where a program of this installation is."""
    return str(Path(sys.executable).with_name(name))


def start(name: str, *arguments: str, log: Path) -> Program:
    """Start a program that is to go on running; a Ctrl-C at the terminal does not reach it."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [place_of(name), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=_environment(),
            start_new_session=True,
        )
    return Program(name, process, log)


def call(name: str, *arguments: str, fine: tuple[int, ...] = (0,), typed: str = "") -> str:
    """Run a program to its end; what it wrote. ``typed`` is what it reads from stdin.

    Raises:
        ProgramFailed: its exit code is not one of ``fine``.
    """
    done = subprocess.run(
        [place_of(name), *arguments],
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=_environment(),
        timeout=_CALL_SECONDS,
        check=False,
    )
    if done.returncode not in fine:
        raise failed(f"{name} {_verb(arguments)}", done.returncode, done.stdout[-1000:] + done.stderr[-2000:])
    return done.stdout


def failed(name: str, code: int, said: str) -> ProgramFailed:
    """The error of a program that should not have ended so."""
    advice = f"It said:\n{said.strip()}" if said.strip() else "It said nothing."
    return ProgramFailed("program_failed", f"{name} ended with exit code {code}", advice, exit_code=code)


def _verb(arguments: tuple[str, ...]) -> str:
    return next((word for word in arguments if not word.startswith("-")), "")


def _end_of(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-3000:] if log.exists() else ""


def _environment() -> dict[str, str]:
    """The present environment, on the practice's time, without what would lead the programs to other places."""
    ours = ("PRACTICE_AGENT_", "PRACTICE_CLOUD_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | {"TZ": ZONE}
