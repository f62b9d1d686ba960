"""What a bundle tells of the machine, the program, its settings and its log: producers that need no store.

Never asks for names of machines, users or networks. What it gives is checked once more when the bundle is built.
"""

from __future__ import annotations

import hashlib
import locale
import platform
import re
import shutil
import ssl
import struct
import sys
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import orjson

import agent
from agent import __version__
from agent.host.home import Home
from agent.host.policy_file import PolicyFile
from agent.host.settings import Settings
from agent.model.canonical import SCHEMA_VERSION
from agent.model.clock import Clock, iso_utc
from agent.model.errors import Retry
from agent.platform import machine, permissions
from agent.store.database import ENGINE_VERSION
from agent.store.schema import VERSION as STORE_LAYOUT

_LOG_BYTES = 1_500_000
"""The end of the log is read, so many bytes of it."""
_LIBRARIES = (
    "cryptography filelock httpx joserfc keyring msgpack orjson phonenumbers platformdirs pydantic pyodbc rich "
    "starlette truststore typer tzdata uvicorn zstandard"
).split()
_MB = 1_000_000


def versions() -> dict[str, Any]:
    """Versions of the program and of what it is made of."""
    installed = {}
    for name in _LIBRARIES:
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return {
        "agent": __version__,
        "python": platform.python_version(),
        "sqlite": ENGINE_VERSION,
        "openssl": ".".join(map(str, ssl.OPENSSL_VERSION_INFO[:3])),
        "schema_version": SCHEMA_VERSION,
        "store_layout": STORE_LAYOUT,
        "libraries": installed,
    }


def environment(home: Home, clock: Clock) -> dict[str, Any]:
    """The machine."""
    now = datetime.fromtimestamp(clock.time()).astimezone()
    disk = shutil.disk_usage(home.path)
    offset = now.utcoffset()
    return {
        "at": iso_utc(clock.time()),
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "python": platform.python_implementation(),
        "bits": struct.calcsize("P") * 8,
        "cpus": machine.cpus(),
        "memory_mb": machine.memory_mb(),
        "disk_total_mb": disk.total // _MB,
        "disk_free_mb": disk.free // _MB,
        "store_mb": _size(home.path, "store.db*"),
        "log_mb": _size(home.path, "events.jsonl*"),
        "utc_offset_minutes": None if offset is None else int(offset.total_seconds() // 60),
        "time_zone": now.tzname(),
        "locale": locale.setlocale(locale.LC_CTYPE),
        "encoding": locale.getpreferredencoding(do_setlocale=False),
        "frozen": bool(getattr(sys, "frozen", False)),
        "home_private": permissions.is_private(home.path),
        "odbc_drivers": machine.odbc_drivers(),
    }


def _size(folder: Path, pattern: str) -> float:
    return round(sum(file.stat().st_size for file in folder.glob(pattern)) / _MB, 1)


def files() -> dict[str, str]:
    """SHA-256 of every file of the program: what antivirus or a hand has changed is seen."""
    root = Path(agent.__file__).resolve().parent
    found = {}
    for file in sorted(root.rglob("*")):
        if file.suffix in {".py", ".sql", ".exe", ".dll", ".pyd"} and file.is_file():
            found[f"agent/{file.relative_to(root).as_posix()}"] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def settings(given: Settings, home: Path) -> dict[str, Any]:
    """The settings: numbers and choices as they are; of everything else only whether it is set."""
    source, cloud, writes = given.source, given.cloud, given.writes
    at = urlsplit(cloud.url)
    return {
        "practice": {
            "pms": given.practice.pms,
            "time_zone": given.practice.time_zone,
            "locations": len(given.practice.location),
        },
        "source": {
            "dialect": source.dialect,
            "driver": _driver(source.connection),
            "dsn": re.search(r"(?i)(^|;)\s*dsn\s*=", source.connection) is not None,
            "login": source.login is not None,
            "schema": source.schema_name is not None,
            "statement_seconds": source.statement_seconds,
        },
        "cloud": {
            "host": at.hostname if at.port is None else f"{at.hostname}:{at.port}",
            "ca_file": cloud.ca_file is not None,
            "proxy": "machine" if cloud.proxy is None else "direct" if cloud.proxy == "direct" else "set",
            "proxy_login": cloud.proxy_login is not None,
        },
        "pace": {
            **given.pace.model_dump(exclude={"office_hours"}),
            "office_hours": [
                {"days": list(one.days), "opens": one.opens, "closes": one.closes} for one in given.pace.office_hours
            ],
        },
        "limits": given.limits.model_dump(),
        "writes": {
            "api": writes.api_url is not None,
            "connection": writes.connection is not None,
            "login": writes.login is not None,
            "user": writes.user is not None,
        },
        "codes": {name: len(table) for name, table in given.codes.items()},
        "policy": _policy(home),
    }


def _driver(connection: str) -> str | None:
    """The driver that a connection string names, where it names one that many machines have."""
    named = re.search(r"(?i)(?:^|;)\s*driver\s*=\s*\{?([^;}]+)", connection)
    if named is None:
        return None
    return named.group(1) if named.group(1) in machine.odbc_drivers() else "other"


def _policy(home: Path) -> dict[str, Any]:
    file = PolicyFile(home)
    if not file.path.exists():
        return {"state": "defaults"}
    try:
        policy = file.read()
    except Retry:
        return {"state": "invalid"}
    return {"state": "set", "kinds": {kind: one.model_dump() for kind, one in policy.kinds.items()}}


def events(home: Home) -> list[dict[str, Any]]:
    """The newest events of the log, oldest first."""
    found: list[dict[str, Any]] = []
    room = _LOG_BYTES
    for file in (home.log, home.log.with_name(f"{home.log.name}.1")):
        if room <= 0 or not file.exists():
            break
        with file.open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(0, size - room))
            lines = log.read(room).splitlines()
        if size > room:
            del lines[:1]  # the rest of a line
        room -= size
        found = [event for line in lines if (event := _event(line)) is not None] + found
    return found


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        event = orjson.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def counts(told: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """How often each event happened, first and last when."""
    found: dict[str, dict[str, Any]] = {}
    for event in told:
        one = found.setdefault(str(event.get("code")), {"count": 0, "first": event.get("at"), "last": None})
        one["count"] += 1
        one["last"] = event.get("at")
    return found
