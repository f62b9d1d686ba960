"""Real database servers for tests: one of each kind for a whole test run, shared by its workers.

A server is started when the first test asks for it and ended by its process id when the last worker has done; how is
told in :mod:`sandbox.servers`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from sandbox.servers.process import free_port
from sandbox.servers.server import Database, Server, own, run, start, start_mariadb, start_postgresql, stop

__all__ = [
    "Database",
    "Server",
    "free_port",
    "own",
    "run",
    "shared",
    "start",
    "start_mariadb",
    "start_postgresql",
    "stop",
]


@contextmanager
def shared(kind: str, meeting_place: Path) -> Iterator[Server]:
    """The run's server of a kind: started by the first who comes, ended by the last who leaves."""
    state = meeting_place / f"{kind}.json"
    with FileLock(meeting_place / f"{kind}.lock"):
        known = json.loads(state.read_text()) if state.exists() else None
        if known is None:
            server = start(kind)
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
