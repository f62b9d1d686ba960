"""Everything that leaves the agent, in one list: who adds an output to the program adds it here."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from typing import Any

from tests.security import canaries
from tests.security.office import Office

Contents = Mapping[str, bytes]


def _written(office: Office) -> Iterator[tuple[str, bytes]]:
    """Every file in the agent's folder, its temporary folder and its user's: store, WAL, status, log, bundles."""
    for place in office.places:
        for file in sorted(place.rglob("*")):
            if file.is_file():
                yield f"{place.name}/{file.relative_to(place)}", file.read_bytes() + b"\n" + file.name.encode()


def _held_by_cloud(table: str, column: str, office: Office) -> Iterator[tuple[str, bytes]]:
    """What the cloud has received that may hold no patient data."""
    with closing(sqlite3.connect(office.folder / "cloud.db", timeout=30)) as link:
        names = {name for (name,) in link.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if table in names:
            for number, (content,) in enumerate(link.execute(f"SELECT {column} FROM {table}")):
                yield f"{table} {number}", content if isinstance(content, bytes) else str(content).encode()


OUTPUTS: tuple[tuple[str, Callable[[Office], Contents]], ...] = (
    ("what verbs printed: status, doctor, diagnostics, errors, ...", lambda office: office.said),
    ("command lines and environments of processes, heartbeats, answers of the API", lambda office: office.seen),
    ("window and tray: texts, tooltips, what a screen reader says, menus, notifications", lambda office: office.shown),
    ("the cloud's fleet view and its log of alarms", lambda office: office.fleet),
    ("files that the agent may write", lambda office: dict(_written(office))),
    ("bundles as the cloud received them", lambda office: dict(_held_by_cloud("bundles", "content", office))),
    ("heartbeats as the cloud received them", lambda office: dict(_held_by_cloud("heartbeats", "status", office))),
    ("alarms as the cloud keeps them", lambda office: dict(_held_by_cloud("alarm_messages", "body", office))),
    ("alarms as a webhook received them", lambda office: office.alarms),
)
"""What it is -> its contents by name."""

MAY_HOLD: Mapping[str, frozenset[str]] = {
    "home/secrets.json": frozenset({"password"}),
    "user/copy/secrets.json": frozenset({"password"}),
}
"""Files whose purpose is to hold something that is sought."""


def leaks(office: Office) -> dict[str, set[str]]:
    """Where a canary was found, and which."""
    found = {}
    for what, contents in OUTPUTS:
        for name, content in contents(office).items():
            seen = canaries.found(content) - MAY_HOLD.get(name, frozenset())
            if seen:
                found[f"{what}: {name}"] = seen
    return found


def bundles(office: Office) -> list[dict[str, Any]]:
    """The manifests of the bundles that the agent keeps."""
    found = []
    for file in sorted((office.home / "bundles").glob("*.zip")):
        with zipfile.ZipFile(file) as bundle:
            found.append(json.loads(bundle.read("manifest.json")))
    return found
