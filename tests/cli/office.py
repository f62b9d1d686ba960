"""A small office for tests of the command line: a practice in SQLite over real ODBC, a cloud over TLS on loopback."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from agent.cli.main import app
from agent.host.clock import SystemClock
from sandbox.cloud.database import Database
from sandbox.cloud.server import Running, running
from sandbox.cloud.service import Cloud
from sandbox.cloud.signing import CommandSigner
from sandbox.cloud.tls import ServerTls


@dataclass
class Office:
    """Where an agent is to be set up."""

    folder: Path
    practice: Path
    """The practice's database."""
    cloud: Running
    practice_id: str

    @property
    def home(self) -> Path:
        """The agent's folder."""
        return self.folder / "home"

    @property
    def settings(self) -> tuple[str, ...]:
        """What ``init`` is given."""
        return (
            "--pms=eaglesoft",
            f"--connection=Driver=SQLite3;Database={self.practice}",
            "--time-zone=America/New_York",
            f"--cloud={self.cloud.url}",
            f"--ca-file={self.cloud.ca}",
        )

    def code(self) -> str:
        """A fresh enrolment code."""
        return str(self.cloud.cloud.invite(self.practice_id).code)

    def held(self, resource: str) -> Mapping[str, Any]:
        """What the cloud holds."""
        return self.cloud.cloud.held(self.practice_id, resource)

    def say(self, *arguments: str, typed: str | None = None) -> Result:
        """Run a verb in this process."""
        return CliRunner().invoke(app, list(arguments), input=typed, env={"PRACTICE_AGENT_HOME": str(self.home)})

    def well(self, *arguments: str) -> str:
        """Run a verb that must end well; what it printed."""
        result = self.say(*arguments)
        assert result.exit_code == 0, result.output
        return str(result.stdout)

    def change(self, *statements: str) -> None:
        """Change the practice's database."""
        with closing(sqlite3.connect(self.practice, isolation_level=None)) as link:
            for statement in statements:
                link.execute(statement)

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Look into the practice's database."""
        with closing(sqlite3.connect(self.practice)) as link:
            return list(link.execute(statement))

    def settings_of(self, section: str, **values: float) -> None:
        """Set keys that are at their defaults in ``agent.toml``."""
        file = self.home / "agent.toml"
        lines = [
            line for line in file.read_text().splitlines() if not line.startswith(tuple(f"# {k} " for k in values))
        ]
        at = lines.index(f"[{section}]") + 1
        lines[at:at] = [f"{key} = {value}" for key, value in values.items()]
        file.write_text("\n".join(lines) + "\n")

    def set_up(self) -> None:
        """Settings and enrolment."""
        self.well("init", *self.settings)
        self.well("enroll", self.code())

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Run a verb in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "agent.cli.main", *arguments],
            env={**os.environ, "PRACTICE_AGENT_HOME": str(self.home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )


def utc_now() -> datetime:
    """The machine's time."""
    return datetime.fromtimestamp(SystemClock().time(), UTC)


@contextmanager
def opened(folder: Path, practice: Path, tls: ServerTls, signer: CommandSigner | None = None) -> Iterator[Office]:
    """An office whose cloud serves until the end of the block; without a signer it sends no commands."""
    cloud = Cloud(Database(f"sqlite:///{folder / 'cloud.db'}"), utc_now, signer=signer)
    try:
        with running(cloud, tls) as up:
            yield Office(folder, practice, up, cloud.add_practice("Elm Street Dental"))
    finally:
        cloud.close()
