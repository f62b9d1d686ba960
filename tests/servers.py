"""Real database servers for tests: MariaDB and PostgreSQL on loopback, with data directories of their own.

A server is started when the first test asks for it, shared by all workers of a test run, and ended by its process id
when the last worker has done. Settings are fast (nothing is synced to disk) but real. Works as root and as a plain
user.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pyodbc
from filelock import FileLock

START_SECONDS = 60


@dataclass(frozen=True)
class Database:
    """A database that nobody else uses."""

    name: str
    connection: str
    """ODBC connection string of its owner."""

    def run(self, *statements: str) -> None:
        """Run statements as the owner."""
        run(self.connection, *statements)


@dataclass(frozen=True)
class Server:
    """A running server."""

    kind: str
    port: int
    pid: int
    folder: str

    def connection(self, database: str, user: str = "", password: str = "") -> str:
        """ODBC connection string; without a user, that of the owner of everything."""
        driver, owner = {"mariadb": ("MariaDB Unicode", "root"), "postgresql": ("PostgreSQL Unicode", "practice")}[
            self.kind
        ]
        login = f"UID={user or owner};PWD={password};"
        return f"DRIVER={{{driver}}};SERVER=127.0.0.1;PORT={self.port};DATABASE={database};{login}"

    @property
    def maintenance(self) -> str:
        """Connection string to the database that is always there."""
        return self.connection({"mariadb": "mysql", "postgresql": "postgres"}[self.kind])

    def fresh(self, options: str = "") -> Database:
        """A new, empty database; ``options`` follow ``CREATE DATABASE name``."""
        name = f"t_{uuid.uuid4().hex[:12]}"
        run(self.maintenance, f"CREATE DATABASE {name} {options}")
        return Database(name, self.connection(name))

    def drop(self, database: Database) -> None:
        """Remove a database; whoever still uses it is thrown out."""
        force = " WITH (FORCE)" if self.kind == "postgresql" else ""
        run(self.maintenance, f"DROP DATABASE IF EXISTS {database.name}{force}")


def run(connection: str, *statements: str) -> None:
    """Run statements on a connection of their own."""
    with closing(pyodbc.connect(connection, autocommit=True)) as link:
        for statement in statements:
            link.execute(statement)


@contextmanager
def shared(kind: str, meeting_place: Path) -> Iterator[Server]:
    """The run's server of a kind: started by the first who comes, ended by the last who leaves."""
    state = meeting_place / f"{kind}.json"
    with FileLock(meeting_place / f"{kind}.lock"):
        known = json.loads(state.read_text()) if state.exists() else None
        if known is None:
            server = _STARTERS[kind]()
            known = {"users": 0, "server": [server.kind, server.port, server.pid, server.folder]}
        known["users"] += 1
        state.write_text(json.dumps(known))
    server = Server(*known["server"])
    try:
        yield server
    finally:
        with FileLock(meeting_place / f"{kind}.lock"):
            known = json.loads(state.read_text())
            known["users"] -= 1
            state.write_text(json.dumps(known))
            if not known["users"]:
                stop(server)
                state.unlink()


@contextmanager
def own(kind: str) -> Iterator[Server]:
    """A server for one test alone, which may stop it."""
    server = _STARTERS[kind]()
    try:
        yield server
    finally:
        stop(server)


def stop(server: Server) -> None:
    """End the server by its process id and remove its folder."""
    # PostgreSQL's fast and MariaDB's only way to end.
    _end(server.pid, signal.SIGINT if server.kind == "postgresql" else signal.SIGTERM)
    shutil.rmtree(server.folder, ignore_errors=True)


def free_port() -> int:
    """A TCP port on loopback that is free now."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_mariadb() -> Server:
    """A new MariaDB server."""
    folder = Path(tempfile.mkdtemp(prefix="pa-maria-"))
    data = folder / "data"
    user = ["--user=root"] if os.geteuid() == 0 else []
    _prepare(
        [
            _program("mariadb-install-db"),
            "--no-defaults",
            f"--datadir={data}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            *user,
        ]
    )
    port = free_port()
    command = [
        _program("mariadbd"),
        "--no-defaults",
        f"--datadir={data}",
        f"--socket={folder / 'socket'}",
        f"--pid-file={folder / 'pid'}",
        f"--log-error={folder / 'log'}",
        f"--port={port}",
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        "--character-set-server=utf8mb4",
        "--sql-mode=",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-buffer-pool-size=64M",
        "--innodb-log-file-size=32M",
        *user,
    ]
    server = Server("mariadb", port, _start(command), str(folder))
    _await(server)
    return server


def start_postgresql() -> Server:
    """A new PostgreSQL server. Its user ``practice`` needs no password; every other needs one."""
    folder = Path(tempfile.mkdtemp(prefix="pa-pg-"))
    prefix: list[str] = []
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    data = folder / "data"
    programs = _postgresql_programs()
    _prepare(
        [
            *(*prefix, str(programs / "initdb"), f"--pgdata={data}", "--username=practice", "--no-sync"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust"),
        ],
        folder,
    )
    rules = "host all practice 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
    (data / "pg_hba.conf").write_text(rules)
    port = free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": folder,
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "shared_buffers": "32MB",
        "logging_collector": "off",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    server = Server(
        "postgresql",
        port,
        _start([*prefix, str(programs / "postgres"), "-D", str(data), *options], folder),
        str(folder),
    )
    _await(server)
    return server


_STARTERS: dict[str, Callable[[], Server]] = {"mariadb": start_mariadb, "postgresql": start_postgresql}


def _program(name: str) -> str:
    found = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if found is None:
        raise FileNotFoundError(f"{name} is not installed: run `make setup-servers`")
    return found


def _postgresql_programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    return Path(_program("postgres")).parent


def _prepare(command: Sequence[str], folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def _start(command: Sequence[str], folder: Path | None = None) -> int:
    """Start a process that outlives this one if need be; its id."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    # Waited for in a thread, so that it never stays behind as a zombie of ours.
    threading.Thread(target=process.wait, daemon=True).start()
    return process.pid


def _await(server: Server) -> None:
    """Until the server answers."""
    tick = threading.Event()
    for _ in range(START_SECONDS * 10):
        if not psutil.pid_exists(server.pid):
            raise RuntimeError(f"{server.kind} ended at its start")
        try:
            run(server.maintenance, "SELECT 1")
        except pyodbc.Error:
            tick.wait(0.1)
        else:
            return
    stop(server)
    raise RuntimeError(f"{server.kind} did not answer within {START_SECONDS} s")


def _end(pid: int, how: signal.Signals) -> None:
    try:
        process = psutil.Process(pid)
        process.send_signal(how)
        process.wait(timeout=30)
    except psutil.NoSuchProcess:
        return
    except psutil.TimeoutExpired:
        psutil.Process(pid).kill()
