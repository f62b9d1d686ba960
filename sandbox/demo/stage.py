"""Everything that runs: folder, database server, front desk, cloud, agent; begun in this order, ended in reverse.

What runs is written down in the folder, by process id and start time, so that a demo that was left running can be ended
by another process. Ends only what it has begun.
"""

from __future__ import annotations

import contextlib
import shlex
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from agent.host import settings_file, status_file
from agent.host.clock import SystemClock
from agent.host.settings import Pace
from agent.model.errors import NeedsPerson
from sandbox.demo import door, office, programs
from sandbox.demo.cloud_reader import CloudReader
from sandbox.demo.plan import PRACTICE, ZONE, Plan
from sandbox.demo.programs import Program
from sandbox.demo.written import Written
from sandbox.practice.schema import POSTGRESQL_SCHEMA
from sandbox.servers import server as servers

AGENT = "practice-agent"
POLICY = "policy.toml"
CLOUD = "practice-cloud"
_TICK = 0.05
_LAST_LINES = 5

PACE = Pace(
    poll_seconds=1.0,
    compare_seconds=4.0,
    lookup_minutes=0.03,
    duty_office=0.5,
    duty_off=0.5,
    duty_load=0.5,
    office_hours=(),
)
"""Faster than in an office, where nobody waits in front of a screen for the next round."""


class Stage:
    """What runs; a context manager that ends it and removes the folder, unless it is kept."""

    def __init__(self, plan: Plan, around: Path) -> None:
        around.mkdir(parents=True, exist_ok=True)
        self.plan = plan
        self.clock = SystemClock()
        self.folder = Path(tempfile.mkdtemp(prefix=f"{plan.pms}-", dir=around)).resolve()
        self.kept = False
        """True = nothing is ended or removed at the end."""
        self.tell: Callable[[str], None] = _quiet
        """Called with every command line that a person would type."""
        self.written = Written(self.folder)
        self.server: servers.Server | None = None
        self.cloud: Program | None = None
        self.agent: Program | None = None
        self._closing = contextlib.ExitStack()
        self._closing.callback(self._remove)
        self.reader = CloudReader("", self.folder)
        self.front: office.FrontDesk
        self.access: office.Access
        self.door: door.Door

    def __enter__(self) -> Stage:
        """Ended at the end of the block."""
        return self

    def __exit__(self, *_: object) -> None:
        """End what runs, the last begun first, unless it is kept."""
        if not self.kept:
            self._closing.close()

    @property
    def home(self) -> Path:
        """The agent's folder."""
        return self.folder / "agent"

    @property
    def cloud_db(self) -> str:
        """The cloud's database."""
        return f"sqlite:///{self.folder / 'cloud.db'}"

    def open_practice(self) -> None:
        """Build the practice's database; begin its server first, where it has one."""
        if self.plan.engine == "sqlite":
            self.front, self.access = office.in_file(self.plan, self.folder / "practice.db", self.clock.time)
        else:
            self.server = servers.start(self.plan.engine, ZONE)
            self._closing.callback(servers.stop, self.server)
            self.written.server(self.server)
            self.front, self.access = office.on_server(self.plan, self.server, self.clock.time)
        self._closing.callback(self.front.close)

    def serve_cloud(self, port: int = 0) -> None:
        """Start the cloud, at a port that it had before if need be; returns when it takes requests."""
        ready = self.folder / "cloud.json"
        ready.unlink(missing_ok=True)
        options = ["--db", self.cloud_db, "--port", str(port), "--dev-tls", str(self.folder / "tls")]
        first = self.cloud is None
        self.tell(command(CLOUD, "serve", *options, "--faults"))
        self.cloud = programs.start(
            CLOUD, "serve", *options, "--faults", "--ready-file", str(ready), log=self.folder / "cloud.log"
        )
        if first:
            self._closing.callback(self._stop, CLOUD)
        self.written.program("cloud", self.cloud.pid)
        self.wait(ready.exists, self.cloud, "the cloud")
        told = orjson.loads(ready.read_bytes())
        self.reader.url, self.reader.ca = told["url"], Path(told["ca"])

    def stop_cloud(self) -> int:
        """Take the cloud away; the port that it had."""
        assert self.cloud is not None
        self.reader.close()
        self.cloud.stop()
        return int(self.reader.url.rpartition(":")[2])

    def call_cloud(self, verb: str, *arguments: str) -> str:
        """``practice-cloud VERB ... --db ...``; what it printed."""
        self.tell(command(CLOUD, verb, *arguments, "--db", self.cloud_db))
        return programs.call(CLOUD, verb, *arguments, "--db", self.cloud_db).strip()

    def invite(self) -> str:
        """A one-time code for the practice, which is thereby known to the cloud; and keys to read and to write with."""
        code = self.call_cloud("invite", "--practice", PRACTICE)
        self.tell, tell = _quiet, self.tell
        self.reader.key = self.call_cloud("key", "--practice", PRACTICE, "--label", "demo")
        self.reader.write_key = self.call_cloud("key", "--practice", PRACTICE, "--label", "booking", "--write")
        self.reader.practice_id = orjson.loads(self.call_cloud("practices", "--json"))[0]["practice_id"]
        self.tell = tell
        return code

    def call_agent(self, verb: str, *arguments: str, fine: tuple[int, ...] = (0,), typed: str = "") -> str:
        """``practice-agent VERB ... --home ...``; what it printed."""
        self.tell(command(AGENT, verb, *arguments, "--home", str(self.home)))
        return programs.call(AGENT, verb, *arguments, "--home", str(self.home), fine=fine, typed=typed)

    def init_agent(self) -> None:
        """Write the agent's settings, then quicken its pace."""
        options = ["--pms", self.plan.pms, "--connection", self.access.connection, "--time-zone", ZONE]
        options += ["--cloud", self.reader.url, "--ca-file", str(self.reader.ca)]
        if self.plan.engine == "postgresql":
            options += ["--schema", POSTGRESQL_SCHEMA]
        if self.access.login is not None:
            options += ["--login", self.access.login, "--password-stdin"]
        self.call_agent("init", *options, typed=f"{self.access.password}\n" if self.access.login else "")
        settings = settings_file.read(self.home)
        settings_file.write(self.home, settings.model_copy(update={"pace": PACE}))

    def set_up_writes(self, policy: str) -> None:
        """Set up the way into the practice, and the office's policy about it."""
        if self.plan.pms == "opendental":
            self.door = door.into_opendental(self.front, self.clock.time)
            self._closing.callback(self.door.close)
        else:
            self.door = door.into_eaglesoft(self.front, self.access)
        self.call_agent("writes", "setup", *self.door.options, "--secrets-stdin", typed=self.door.typed)
        (self.home / POLICY).write_text(policy, encoding="utf-8")

    def run_agent(self) -> None:
        """Start the agent; it works from now on."""
        first = self.agent is None
        self.tell(command(AGENT, "run", "--home", str(self.home)))
        self.agent = programs.start(AGENT, "run", "--home", str(self.home), log=self.folder / "agent.log")
        if first:
            self._closing.callback(self._stop, AGENT)
        self.written.program("agent", self.agent.pid)

    def status(self) -> dict[str, Any]:
        """What the agent says of itself; empty while it has said nothing."""
        return status_file.read(self.home) or {}

    def wait(self, done: Callable[[], bool], program: Program, what: str) -> None:
        """Until something is so; raises when the program ends, or nothing happens for too long."""
        end = self.clock.monotonic() + self.plan.times.patience
        while not done():
            program.check()
            if self.clock.monotonic() > end:
                raise self.stuck(what)
            pause(_TICK)

    def stuck(self, what: str) -> NeedsPerson:
        """The error of something that did not happen in time, with what the agent says of it."""
        log = self.folder / "agent.log"
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
        told = [one["title"] for one in self.status().get("warnings", [])]
        told += [line for line in lines if "  warning  " in line or "  error  " in line][-_LAST_LINES:]
        advice = "\n".join(["The agent says:", *told]) if told else "The agent says nothing of it."
        return NeedsPerson("demo_stuck", f"The demo waited too long for {what}", advice)

    def _stop(self, name: str) -> None:
        program = self.agent if name == AGENT else self.cloud
        if program is not None:
            program.stop()

    def _remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # another demo may use it
            self.folder.parent.rmdir()


def _quiet(line: str) -> None:
    """Nobody wants to see it."""


def command(*words: str) -> str:
    """A command line as a person would type it here."""
    here = f"{Path.cwd()}/"
    return shlex.join([word.replace(here, "") for word in words])


def pause(seconds: float) -> None:
    """Wait; Ctrl-C ends it."""
    threading.Event().wait(seconds)
