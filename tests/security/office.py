"""An office whose programs all run as processes of their own, and everything that they put out kept for a search."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event

import httpx
import psutil

from sandbox.practice.build import Size, build
from sandbox.practice.desk import Desk
from sandbox.practice.oddities import OVER_ODBC
from tests.security import canaries

PRACTICE = "Elm Street Dental"
_PATIENCE = 150.0


def until(done: Callable[[], object], what: str) -> None:
    """Look every twentieth of a second until something is so."""
    for _ in range(int(_PATIENCE * 20)):
        if done():
            return
        Event().wait(0.05)
    raise AssertionError(f"never came: {what}")


@dataclass
class Office:
    """Where everything lies, and what was said so far."""

    folder: Path
    desk: Desk
    connection: sqlite3.Connection
    said: dict[str, bytes] = field(default_factory=dict)
    """What was called -> everything it wrote to stdout and stderr."""
    seen: dict[str, bytes] = field(default_factory=dict)
    """What else can be seen from outside: command lines and environments of processes, heartbeats."""
    answered: dict[str, int] = field(default_factory=dict)
    """Call of the local API -> status of its last answer."""
    cloud: subprocess.Popen[bytes] | None = None
    port: int = 0

    @property
    def practice(self) -> Path:
        """The practice's database."""
        return self.folder / "practice.db"

    @property
    def home(self) -> Path:
        """The agent's folder."""
        return self.folder / "home"

    @property
    def places(self) -> tuple[Path, ...]:
        """Folders that the agent may write to."""
        return self.home, self.folder / "tmp", self.folder / "user"

    @property
    def _environment(self) -> dict[str, str]:
        ours = {k: v for k, v in os.environ.items() if not k.startswith(("PRACTICE_", "XDG_", "PYTEST_"))}
        _, temporary, user = self.places
        return ours | {"PRACTICE_AGENT_HOME": str(self.home), "TMPDIR": str(temporary), "HOME": str(user)}

    # The cloud ------------------------------------------------------------------------------------------------------

    def cloud_on(self) -> None:
        """``practice-cloud serve``, on the port that it had before."""
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        where = (
            "--port",
            str(self.port),
            "--dev-tls",
            str(self.folder / "tls"),
            "--ready-file",
            str(ready),
            "--faults",
        )
        self.cloud = subprocess.Popen(
            [sys.executable, "-m", "sandbox.cloud.cli", "serve", *self._cloud_database, *where],
            stdout=subprocess.DEVNULL,
            env=self._environment,
        )
        until(ready.exists, "the cloud")
        self.port = int(json.loads(ready.read_text())["url"].rsplit(":", 1)[1])

    def fault(self, **planned: object) -> None:
        """From now on something goes wrong at the cloud; nothing planned: nothing any more."""
        trust = ssl.create_default_context(cafile=str(self.folder / "tls" / "ca.pem"))
        with httpx.Client(base_url=f"https://127.0.0.1:{self.port}", verify=trust, trust_env=False) as cloud:
            answer = cloud.post("/__faults", json=planned) if planned else cloud.delete("/__faults")
        assert answer.is_success, answer.text

    def cloud_off(self) -> None:
        """The cloud is gone from one moment to the next."""
        assert self.cloud is not None
        self.cloud.kill()
        self.cloud.wait(30)

    @property
    def _cloud_database(self) -> tuple[str, str]:
        return "--db", f"sqlite:///{self.folder / 'cloud.db'}"

    def ask_cloud(self, statement: str) -> list[tuple[str, ...]]:
        """Look into the cloud's database."""
        with closing(sqlite3.connect(self.folder / "cloud.db", timeout=30)) as link:
            return list(link.execute(statement))

    def code(self) -> str:
        """A fresh enrolment code."""
        words = [sys.executable, "-m", "sandbox.cloud.cli", "invite", "--practice", PRACTICE, *self._cloud_database]
        told = subprocess.run(words, capture_output=True, check=True, env=self._environment)
        return told.stdout.decode().strip()

    def queue(self, kind: str, target: str, payload: Mapping[str, object], wait: int, *more: str) -> tuple[str, str]:
        """Have a command queued; its id and how it stands when it is over, waits for a person, or time is up."""
        words = [sys.executable, "-m", "sandbox.cloud.cli", "command", PRACTICE, kind, *self._cloud_database]
        how = ["--target", target, "--payload", "-", "--wait", str(wait), "--json"]
        told = subprocess.run(
            [*words, *how, *more],
            input=json.dumps(payload).encode(),
            capture_output=True,
            check=False,
            env=self._environment,
        )
        status = json.loads(told.stdout)
        return status["command_id"], status["state"]

    def heartbeat_of(self, pid: int) -> bool:
        """Whether the cloud has a heartbeat of this process; it is kept."""
        for at, status in self.ask_cloud("SELECT received_at, status FROM heartbeats"):
            if json.loads(status)["pid"] == pid:
                self.seen[f"heartbeat of {at}"] = status.encode()
                return True
        return False

    # The agent ------------------------------------------------------------------------------------------------------

    def say(self, *words: str, typed: str | None = None) -> tuple[int, str]:
        """Run a verb; its exit code and what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "agent.cli.main", *words],
            input=(typed or "").encode(),
            capture_output=True,
            timeout=400,
            check=False,
            env=self._environment,
        )
        self.said[f"{len(self.said)} {' '.join(words[:2])}"] = done.stdout + done.stderr
        return done.returncode, done.stdout.decode()

    @contextmanager
    def running(self) -> Iterator[psutil.Process]:
        """``practice-agent run``, up; ended by SIGTERM."""
        number = len(self.said)
        output = self.folder / f"run-{number}.log"
        with output.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "agent.cli.main", "run"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self._environment,
            )
        self.said[f"{number} run"] = b""
        try:
            shown = psutil.Process(process.pid)
            until(lambda: b"agent_started" in output.read_bytes() or process.poll() is not None, "the agent")
            assert process.poll() is None, output.read_text()
            until(lambda: self.heartbeat_of(process.pid), "a heartbeat")
            yield shown
            self.look_at(shown)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(150)
            self.said[f"{number} run"] = output.read_bytes()

    def look_at(self, process: psutil.Process) -> None:
        """What anybody on the machine sees of a process and its children, and what the local API answers."""
        self._ask_api(f"{process.pid} at {len(self.said)}")
        for one in [process, *process.children(recursive=True)]:
            place = Path(f"/proc/{one.pid}")
            shown = b"".join((place / name).read_bytes() for name in ("cmdline", "environ", "comm"))
            self.seen[f"process {one.pid} at {len(self.said)}"] = shown

    def _ask_api(self, when: str) -> None:
        """Everything that the local API shows to those who may look or operate."""
        if not (self.home / "api.json").exists():
            return
        api = json.loads((self.home / "api.json").read_text())
        with httpx.Client(base_url=f"http://127.0.0.1:{api['port']}", trust_env=False, timeout=60) as client:
            for right in ("look", "operate"):
                token = (self.home / api["tokens"][right]).read_text().strip()
                paths = ["status", "events?limit=500", "history", "writes?limit=100", "settings", "nonsense"]
                for path in paths:
                    answer = client.get(f"/v1/{path}", headers={"Authorization": f"Bearer {token}"})
                    self.seen[f"api {right} {path} of {when}"] = answer.content
                    self.answered[f"{right} {path}"] = answer.status_code
                    if path.startswith("writes?"):
                        paths += [f"writes/{one['id']}" for one in answer.json()["writes"][:8]]

    def told(self) -> str:
        """Everything that running agents have said so far."""
        return "".join(file.read_text() for file in sorted(self.folder.glob("run-*.log")))


@contextmanager
def opened(folder: Path) -> Iterator[Office]:
    """An office with canaries in it, a cloud that is on, no agent yet."""
    connection = sqlite3.connect(folder / "practice.db", timeout=30)
    practice = build("eaglesoft", connection, 11, Size(20, 40, 50, 2), odd=OVER_ODBC)
    desk = Desk(practice, connection, Random(11))
    canaries.plant(desk)
    connection.commit()
    office = Office(folder, desk, connection)
    for place in office.places[1:]:
        place.mkdir()
    try:
        office.cloud_on()
        yield office
    finally:
        if office.cloud is not None:
            office.cloud_off()
        connection.close()
