"""How a MariaDB server is begun: fast settings (nothing is synced to disk), real otherwise."""

from __future__ import annotations

import os
from pathlib import Path

from sandbox.servers.process import prepare, program
from sandbox.servers.process import start as start_process

OWNER = "root"
"""Owner of everything; needs no password."""


def start(port: int, folder: Path, zone: str | None) -> int:
    """Begin a server on a port of loopback, all of it in a folder (empty, or one that it had before), in a time zone.

    Returns its process id.
    """
    data, own = folder / "data", folder / "tmp"
    # A starting server removes leftovers from its place for temporary tables: never a shared one.
    own.mkdir(exist_ok=True)
    user = ["--user=root"] if os.geteuid() == 0 else []
    prepare(
        [
            program("mariadb-install-db"),
            "--no-defaults",
            f"--datadir={data}",
            f"--tmpdir={own}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            *user,
        ]
    )
    command = [
        program("mariadbd"),
        "--no-defaults",
        f"--datadir={data}",
        f"--tmpdir={own}",
        f"--socket={folder / 'socket'}",
        f"--pid-file={folder / 'pid'}",
        f"--log-error={folder / 'log'}",
        f"--port={port}",
        "--bind-address=127.0.0.1",
        "--skip-name-resolve",
        "--character-set-server=utf8mb4",
        "--sql-mode=",
        "--max-allowed-packet=64M",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-buffer-pool-size=64M",
        "--innodb-log-file-size=32M",
        *user,
    ]
    return start_process(command, zone=zone)
