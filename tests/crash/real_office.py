"""An office of real processes: a database server, a cloud with its signer, an agent with its bridges, an API."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import orjson
import psutil
import pyodbc

from agent.host.clock import SystemClock
from agent.wire.payloads import WRITE_KINDS
from sandbox.cloud.service import Cloud
from sandbox.cloud.signer_process import SignerProcess
from sandbox.cloud.signing import SignerLimits
from sandbox.cloud.terminal import open_cloud, signer_key
from sandbox.opendental_api.faults import Faulty, Plan
from sandbox.opendental_api.house import BesideDesk
from sandbox.opendental_api.keys import ApiKeys
from sandbox.opendental_api.server import Served
from sandbox.opendental_api.service import ApiService
from sandbox.practice.build import Size, build
from sandbox.practice.desk import Desk
from sandbox.practice.oddities import OVER_ODBC
from sandbox.practice.schema import POSTGRESQL_SCHEMA, Pms
from sandbox.servers import mariadb, postgresql
from tests import servers
from tests.crash.orders import Orders
from tests.crash.workplace import until

ZONE = "America/New_York"
SERVER = {"eaglesoft": "postgresql", "opendental": "mariadb"}
_LOGIN = {"eaglesoft": postgresql.OWNER, "opendental": mariadb.OWNER}
_SIZE = Size(40, 60, 60, 2)
_NAME = "Elm Street Dental"
_CONNECTIONS = {
    "postgresql": ("SELECT pg_backend_pid()", "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"),
    "mariadb": ("SELECT CONNECTION_ID()", "SELECT id FROM information_schema.processlist WHERE db = DATABASE()"),
}
_END = {"postgresql": "SELECT pg_terminate_backend({})", "mariadb": "KILL {}"}


@dataclass
class RealOffice:
    """What can die, and what tells the truth."""

    pms: Pms
    folder: Path
    link: Any
    """The front desk's connection, which nobody kills."""
    desk: Desk
    connection: str
    """With a login that may do everything."""
    address: str
    """Without a login."""
    login: str
    api: Served | None
    cloud: Cloud
    practice_id: str = ""
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    port: int = 0
    orders: Orders = field(init=False)

    @property
    def home(self) -> Path:
        """The agent's folder."""
        return self.folder / "home"

    @property
    def db(self) -> str:
        """The cloud's database."""
        return f"sqlite:///{self.folder / 'cloud.db'}"

    # Programs --------------------------------------------------------------------------------------------------------

    def say(self, *words: str, typed: str = "") -> Any:
        """A verb of the agent; its answer, if it is JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "agent.cli.main", *words],
            input=typed, env=self._environment, capture_output=True, text=True, check=False, timeout=150,
        )  # fmt: skip
        assert done.returncode == 0, (words[0], done.stdout[-500:], done.stderr[-500:])
        return orjson.loads(done.stdout) if "--json" in words else done.stdout

    def start_cloud(self) -> None:
        """The cloud serves, its signer beside it."""
        ready = self.folder / "ready.json"
        ready.unlink(missing_ok=True)
        words = ["serve", "--db", self.db, "--port", str(self.port), "--dev-tls", str(self.folder / "tls")]
        words += ["--ready-file", str(ready), "--commands-per-minute", "100000", "--commands-per-hour", "1000000"]
        self._start("cloud", "sandbox.cloud.cli", *words)
        until(lambda: ready.exists() or self.processes["cloud"].poll() is not None, "the cloud")
        assert ready.exists(), (self.folder / "cloud.log").read_text()[-500:]
        self.port = int(orjson.loads(ready.read_bytes())["url"].rpartition(":")[2].strip("/"))

    def start_agent(self) -> None:
        """The agent runs."""
        self._start("agent", "agent.cli.main", "run", "--quiet")

    def _start(self, name: str, module: str, *words: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", module, *words], env=self._environment, stdout=log, stderr=log
            )

    @property
    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PRACTICE_AGENT_HOME": str(self.home)}

    # Deaths ----------------------------------------------------------------------------------------------------------

    def kill(self, name: str) -> None:
        """Kill a program as a power cut would, and what it had started."""
        process = self.processes[name]
        children = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.kill()
        process.wait(60)
        if name == "cloud":
            for one in children:
                with contextlib.suppress(psutil.NoSuchProcess):
                    one.kill()
        until(lambda: not any(one.is_running() and one.status() != "zombie" for one in children), "the children's end")

    def kill_bridges(self, *, writer: bool) -> int:
        """Kill the process that writes into the database, or the one that reads; how many there were."""
        killed = 0
        with contextlib.suppress(psutil.NoSuchProcess):
            for one in psutil.Process(self.processes["agent"].pid).children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    if ("--writer" in one.cmdline()) == writer:
                        one.kill()
                        killed += 1
        return killed

    def kill_connections(self) -> int:
        """The database server throws everybody out but the front desk."""
        engine = SERVER[self.pms]
        own, everybody = _CONNECTIONS[engine]
        spare = {self.link.execute(own).fetchval()}
        killed = 0
        with closing(pyodbc.connect(self.connection, autocommit=True)) as link:
            spare.add(link.execute(own).fetchval())
            for (number,) in link.execute(everybody).fetchall():
                if number not in spare:
                    with contextlib.suppress(pyodbc.Error):  # it has gone by itself
                        link.execute(_END[engine].format(int(number)))
                        killed += 1
        self.link.commit()
        return killed

    def break_api(self, pause: Callable[[], None]) -> int:
        """The API Service ends, with whatever it has under way, and is started again."""
        if self.api is None:
            return 0
        self.api.stop()
        pause()
        self.api.start()
        return 1

    def close(self) -> None:
        """End what runs."""
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            process.wait(150)


@contextmanager
def opened(pms: Pms, folder: Path) -> Iterator[RealOffice]:
    """An office at work, its practice wholly in the cloud."""
    server = servers.start(SERVER[pms], ZONE)
    try:
        database = server.fresh()
        with closing(pyodbc.connect(database.connection)) as link, contextlib.ExitStack() as ending:
            now = link.execute("SELECT LOCALTIMESTAMP").fetchval().replace(microsecond=0, tzinfo=None)
            desk = Desk(build(pms, link, 3, _SIZE, now=now, odd=OVER_ODBC), link, Random(1))
            link.commit()
            api = _api(database.connection, desk) if pms == "opendental" else None
            if api is not None:
                api.start()
                ending.callback(api.stop)
            url = f"sqlite:///{folder / 'cloud.db'}"
            limits = SignerLimits(100_000, 1_000_000)
            signer = ending.enter_context(
                closing(SignerProcess(signer_key(None, url, folder / "tls"), limits, make=True))
            )
            office = RealOffice(
                *(pms, folder, link, desk, database.connection, server.address(database.name), _LOGIN[pms]),
                *(api, open_cloud(url, signer)),
            )
            ending.callback(office.close)
            _set_up(office)
            yield office
    finally:
        servers.stop(server)


def _api(connection: str, desk: Desk) -> Served:
    def clock() -> datetime:
        return datetime.fromtimestamp(SystemClock().time(), ZoneInfo(ZONE)).replace(tzinfo=None)

    def connect() -> pyodbc.Connection:
        return pyodbc.connect(connection)

    service = ApiService(connect(), clock, ApiKeys.made_up(), BesideDesk(lambda: desk), reconnect=connect)
    return Served(Faulty(service, Plan(), clock))


def _set_up(office: RealOffice) -> None:
    office.start_cloud()
    cloud = office.cloud
    office.practice_id = cloud.add_practice(_NAME)
    invitation: Any = cloud.invite(office.practice_id)
    where = (f"--cloud=https://127.0.0.1:{office.port}", f"--ca-file={office.folder / 'tls' / 'ca.pem'}")
    database = (f"--connection={office.address}", f"--login={office.login}")
    schema = ("--schema", POSTGRESQL_SCHEMA) if office.pms == "eaglesoft" else ()
    office.say(
        "init", f"--pms={office.pms}", *database, *schema, "--password-stdin", f"--time-zone={ZONE}", *where, typed="\n"
    )
    office.say("enroll", invitation.code)
    if office.api is None:
        user = next(str(one.key) for one in office.desk.practice.providers.values() if one.status == "A")
        office.say("writes", "setup", *database, f"--user={user}", "--secrets-stdin", typed="\n\n")
    else:
        typed = f"{office.api.keys.developer}\n{office.api.keys.customer}\n"
        office.say("writes", "setup", f"--api-url={office.api.url}", "--secrets-stdin", typed=typed)
    kinds = "".join(f'[kinds."{kind}"]\nmode = "on"\n' for kind in WRITE_KINDS)
    (office.home / "policy.toml").write_text(f"{kinds}[booking]\nhours = []\n")
    office.say("sync", "--once")
    codes = {key: one.data for key, one in cloud.held(office.practice_id, "code").items()}
    office.orders = Orders(office.desk, codes)
    office.start_agent()
