"""The real agent, started by its command, beside the real reference cloud: what it needs to run and how it is watched.

Both are processes of their own, over TLS on loopback; the agent's home and the cloud's database lie in a temporary
folder.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import Any

import psutil

from agent.host import settings_file, status_file
from agent.host.settings import Pace
from benchmarks.cost import Memory, family, memory_of
from benchmarks.subject import ZONE, Target
from sandbox.cloud.database import Database
from sandbox.cloud.service import Cloud

_PRACTICE = "Benchmark"
_SAMPLE_SECONDS = 1.0


class Watch:
    """Samples the memory of the agent and its bridge."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.peak = Memory(0, 0, 0)
        """The most that was seen, by resident size."""
        self._stop = Event()
        self._thread = Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def now(self) -> Memory:
        """The sum over the agent and its bridge, now."""
        return sum((memory_of(pid) for pid in family(self.pid)), Memory(0, 0, 0))

    def close(self) -> None:
        """Stop sampling."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(_SAMPLE_SECONDS):
            try:
                seen = self.now()
            except psutil.Error:
                continue
            if seen.rss > self.peak.rss:
                self.peak = seen


@dataclass
class Field:
    """An agent that is enrolled, and its cloud."""

    home: Path
    cloud: Cloud
    practice_id: str
    url: str
    """The cloud's address."""
    ca: Path
    """The authority of its certificate."""
    agent: subprocess.Popen[bytes] | None = None
    watch: Watch | None = field(default=None)

    def start(self) -> None:
        """Start the agent."""
        self.agent = subprocess.Popen(
            [_program("practice-agent"), "--home", str(self.home), "run", "--quiet"],
            stdout=subprocess.DEVNULL,
        )
        self.watch = Watch(self.agent.pid)

    def stop(self) -> None:
        """Stop the agent, as a service manager does."""
        if self.watch is not None:
            self.watch.close()
        if self.agent is not None and self.agent.poll() is None:
            self.agent.terminate()
            try:
                self.agent.wait(30)
            except subprocess.TimeoutExpired:
                self.agent.kill()
                self.agent.wait()

    def status(self) -> dict[str, Any]:
        """The agent's status document; empty before the first."""
        return status_file.read(self.home) or {}

    def until(self, done: Callable[[dict[str, Any]], bool], seconds: float) -> bool:
        """Wait for a status; False when it did not come in time.

        Raises:
            RuntimeError: the agent ended.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.agent is not None and self.agent.poll() is not None:
                raise RuntimeError(f"the agent ended with exit code {self.agent.returncode}")
            document = self.status()
            if document and done(document):
                return True
            time.sleep(0.25)
        return False

    def arrivals(self, after: int) -> Iterator[tuple[str, str, float]]:
        """(resource, id, moment) of what the cloud has received since a feed number, oldest first."""
        while True:
            entries, after, more = self.cloud.changes(self.practice_id, after, 500)
            for entry in entries:
                one = json.loads(entry)
                if "id" in one:
                    moment = datetime.fromisoformat(one["received_at"]).astimezone(UTC)
                    yield one["resource"], one["id"], moment.timestamp()
            if not more:
                return

    def newest(self) -> int:
        """Number of the newest entry of the cloud's feed."""
        return next(one.feed_seq for one in self.cloud.practices() if one.practice_id == self.practice_id)


def loaded(document: dict[str, Any]) -> bool:
    """Whether every resource is loaded and delivered."""
    return (
        bool(document["resources"])
        and all(one["loaded"] for one in document["resources"])
        and document["waiting"]["changes"] == 0
    )


def compared_since(moment: float) -> Callable[[dict[str, Any]], bool]:
    """Whether every range has been compared after a moment (seconds since 1970)."""

    def done(document: dict[str, Any]) -> bool:
        at = datetime.fromisoformat(document["at"]).timestamp()
        ages = [one["oldest_comparison_seconds"] for one in document["resources"]]
        return all(age is not None and at - age >= moment for age in ages)

    return done


@contextmanager
def field_of(target: Target, login: str | None, pace: Pace) -> Iterator[Field]:
    """A cloud that serves, and an agent that is set up and enrolled, not started yet. ``login``: None = none needed."""
    with TemporaryDirectory(prefix="pa-bench-") as folder:
        root = Path(folder)
        database, ready = f"sqlite:///{root / 'cloud.db'}", root / "ready.json"
        serve = (_program("practice-cloud"), "serve", "--db", database, "--port", "0", "--dev-tls", str(root / "tls"))
        with served(*serve, "--ready-file", str(ready)):
            told = json.loads(ready.read_text())
            invited = _run(_program("practice-cloud"), "invite", "--db", database, "--practice", _PRACTICE)
            home = root / "home"
            command = (_program("practice-agent"), "--home", str(home))
            _run(
                *(*command, "init", "--pms", target.pms, "--dialect", target.engine, "--time-zone", ZONE),
                *("--connection", _without_login(target.connection)),
                *(() if login is None else ("--login", login, "--password-stdin")),
                *("--cloud", told["url"], "--ca-file", told["ca"]),
            )
            settings = settings_file.read(home)
            settings_file.write(home, settings.model_copy(update={"pace": pace}))
            _run(*command, "enroll", invited)
            cloud = Cloud(Database(database), lambda: datetime.now(UTC))
            practice_id = cloud.find_practice(_PRACTICE)
            assert practice_id is not None
            field = Field(home, cloud, practice_id, told["url"], Path(told["ca"]))
            try:
                yield field
            finally:
                field.stop()
                cloud.close()


@contextmanager
def served(*command: str) -> Iterator[None]:
    """A server as a process of its own; the command's last word is the file that it writes when it is ready."""
    serving = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        while not Path(command[-1]).exists():
            if serving.poll() is not None:
                raise RuntimeError(f"{' '.join(command[:4])} did not start")
            time.sleep(0.1)
        yield
    finally:
        serving.terminate()
        serving.wait(30)


def _program(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _run(*command: str) -> str:
    done = subprocess.run(command, input="\n", capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:4])} failed with {done.returncode}: {done.stderr[-500:]}")
    return done.stdout.strip()


def _without_login(connection: str) -> str:
    parts = [part for part in connection.split(";") if part and part.split("=")[0].upper() not in ("UID", "PWD")]
    return ";".join(parts)
