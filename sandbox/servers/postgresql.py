"""How a PostgreSQL server is begun: fast settings (nothing is synced to disk), real otherwise.

PostgreSQL refuses to run as root: then it runs as the system's user ``postgres``, in a folder that belongs to it.
"""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from sandbox.servers.process import prepare, program
from sandbox.servers.process import start as start_process

OWNER = "practice"
"""Owner of everything; needs no password."""


def start(port: int, folder: Path, zone: str | None) -> int:
    """Begin a server on a port of loopback, all of it in an empty folder, in a time zone; its process id."""
    prefix: list[str] = []
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
        os.chown(folder, account.pw_uid, account.pw_gid)
        prefix = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    data = folder / "data"
    programs = _programs()
    prepare(
        [
            *(*prefix, str(programs / "initdb"), f"--pgdata={data}", f"--username={OWNER}", "--no-sync"),
            *("--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust"),
        ],
        folder,
    )
    rules = f"host all {OWNER} 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
    (data / "pg_hba.conf").write_text(rules)
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
    if zone is not None:
        settings["timezone"] = zone
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return start_process([*prefix, str(programs / "postgres"), "-D", str(data), *options], folder)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else Path(program("postgres")).parent
