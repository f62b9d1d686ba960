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
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event

import httpx
import psutil

from sandbox.practice.build import Size, build
from sandbox.practice.desk import Desk
from sandbox.practice.oddities import OVER_ODBC
from tests.causes.road import ending
from tests.security import canaries
from tests.security.asking import Asking

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
    shown: dict[str, bytes] = field(default_factory=dict)
    """When -> every text of window and tray."""
    fleet: dict[str, bytes] = field(default_factory=dict)
    """What was called -> what the cloud's verbs print of all practices."""
    alarms: dict[str, bytes] = field(default_factory=dict)
    """Number -> headers and body of what a webhook received."""
    expired: ssl.SSLContext | None = None
    """A server whose certificate has ended; the agent trusts its authority."""
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
            "--look-every",
            "1",
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
    def running(self, more: Mapping[str, str] | None = None, *, heard: bool = True) -> Iterator[psutil.Process]:
        """``practice-agent run``, up; ended by SIGTERM. ``more``: environment; ``heard``: by the cloud."""
        number = len(self.said)
        output = self.folder / f"run-{number}.log"
        with output.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "agent.cli.main", "run"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=self._environment | dict(more or {}),
            )
        self.said[f"{number} run"] = b""
        try:
            shown = psutil.Process(process.pid)
            until(lambda: b"agent_started" in output.read_bytes() or process.poll() is not None, "the agent")
            assert process.poll() is None, output.read_text()
            until(lambda: not heard or self.heartbeat_of(process.pid), "a heartbeat")
            yield shown
            self.look_at(shown)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(150)
            self.said[f"{number} run"] = output.read_bytes()

    def look_at(self, process: psutil.Process) -> None:
        """What anybody on the machine sees of a process and its children, and what the local API answers."""
        if (self.home / "api.json").exists():
            Asking(self.home, self.seen, self.answered, f"{process.pid} at {len(self.said)}").glance()
        for one in [process, *process.children(recursive=True)]:
            place = Path(f"/proc/{one.pid}")
            with suppress(OSError):  # a reader that has just ended
                shown = b"".join((place / name).read_bytes() for name in ("cmdline", "environ", "comm"))
                self.seen[f"process {one.pid} at {len(self.said)}"] = shown

    def look_everywhere(self) -> None:
        """Everything that the local API answers, and everything that window and tray show of it."""
        Asking(self.home, self.seen, self.answered, f"at {len(self.said)}").everything()
        self.show()

    def show(self) -> None:
        """Everything that window and tray show."""
        shown = subprocess.run(
            [sys.executable, "-m", "tests.security.screen", str(self.home)],
            capture_output=True,
            timeout=300,
            check=False,
            env=self._environment | {"QT_QPA_PLATFORM": "offscreen"},
        )
        assert shown.returncode == 0, shown.stderr[-2000:]
        self.shown[f"at {len(self.said)}"] = shown.stdout + shown.stderr

    def ask_fleet(self) -> None:
        """What the cloud's own people see of all practices, and what they are told."""
        words = [("fleet",), ("fleet", "--json"), ("fleet", PRACTICE), ("fleet", PRACTICE, "--json")]
        words += [("alarms", "list"), ("alarms", "log"), ("alarms", "log", "--json"), ("alarms", "list", "--json")]
        for one in words:
            told = self._say_cloud(*one)
            self.fleet[f"{' '.join(one)} at {len(self.said)}"] = told.stdout + told.stderr

    def tell_alarms_to(self, url: str) -> None:
        """Alarms are sent there from now on."""
        assert self._say_cloud("alarms", "add", url).returncode == 0

    def _say_cloud(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, "-m", "sandbox.cloud.cli", *words, *self._cloud_database]
        return subprocess.run(command, capture_output=True, check=False, env=self._environment)

    def tells(self, code: str) -> None:
        """Wait until the running agent's status warns of this."""

        def warned() -> bool:
            file = self.home / "status.json"
            return any(one["code"] == code for one in json.loads(file.read_text())["warnings"])

        until(warned, code)
        self.said[f"{len(self.said)} status of {code}"] = (self.home / "status.json").read_bytes()

    @contextmanager
    def limits(self, **values: int) -> Iterator[None]:
        """Settings in which the agent stops earlier; as they were afterwards."""
        file = self.home / "agent.toml"
        before = file.read_text()
        file.write_text(before.replace("[limits]", "\n".join(["[limits]", *(f"{k} = {v}" for k, v in values.items())])))
        try:
            yield
        finally:
            file.write_text(before)

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
        office.expired, authority = ending(-1)
        (folder / "trusted.pem").write_bytes((folder / "tls" / "ca.pem").read_bytes() + authority)
        yield office
    finally:
        if office.cloud is not None:
            office.cloud_off()
        connection.close()
