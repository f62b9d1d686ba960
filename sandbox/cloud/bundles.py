"""Diagnostics bundles that agents have handed over: kept as they came, the newest of each practice."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Column, Connection, Integer, LargeBinary, String, Table, delete, insert, select

from agent.wire.cloud import BundleAccepted, Message
from sandbox.cloud import enrolments
from sandbox.cloud.names import instant, practice_of
from sandbox.cloud.refusal import refuse
from sandbox.cloud.schema import METADATA

KEPT = 20
"""Bundles of a practice that are kept."""
_NAME = re.compile(r"[A-Z0-9][A-Z0-9-]{3,38}")
_MOST_FILES = 100
_UNPACKED = 64 * 1024 * 1024

bundles = Table(
    "bundles",
    METADATA,
    Column("practice_id", String(40), primary_key=True),
    Column("bundle", String(40), primary_key=True),
    Column("agent_id", String(80), nullable=False),
    Column("received_at", String(32), nullable=False),
    Column("made_at", String(40), nullable=False),
    Column("agent_version", String(100), nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
)


class BundleLine(Message):
    """A bundle in a list."""

    practice_id: str
    """The practice."""
    bundle: str
    """The incident's id."""
    agent_id: str
    """Who sent it."""
    received_at: str
    """When, UTC."""
    made_at: str
    """When it was made, by the agent's clock."""
    agent_version: str
    """Of the agent that made it."""
    size: int
    """Bytes."""
    sha256: str
    """Of the file."""


def take(db: Connection, agent_id: str, name: str, content: bytes, now: datetime) -> BundleAccepted:
    """Keep a bundle; the same once more is answered as the first time, another under its name refused."""
    enrolments.active_agent(db, agent_id)
    manifest = _manifest(name, content)
    digest = hashlib.sha256(content).hexdigest()
    mine = (bundles.c.practice_id == practice_of(agent_id), bundles.c.bundle == name)
    known = db.execute(select(bundles.c.sha256, bundles.c.received_at).where(*mine)).first()
    if known is not None:
        if known.sha256 != digest:
            refuse(409, "bundle_exists", "There is another bundle of this name")
        return BundleAccepted(received_at=known.received_at, size=len(content), sha256=digest)
    received = instant(now)
    db.execute(
        insert(bundles).values(
            practice_id=practice_of(agent_id),
            bundle=name,
            agent_id=agent_id,
            received_at=received,
            made_at=str(manifest.get("made_at", ""))[:40],
            agent_version=str(manifest.get("agent_version", ""))[:100],
            size=len(content),
            sha256=digest,
            content=content,
        )
    )
    _prune(db, practice_of(agent_id))
    return BundleAccepted(received_at=received, size=len(content), sha256=digest)


def _manifest(name: str, content: bytes) -> dict[str, Any]:
    """The manifest of a bundle that is one; refuses all else."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            entries = file.infolist()
            if len(entries) > _MOST_FILES or sum(one.file_size for one in entries) > _UNPACKED:
                refuse(422, "bad_bundle", "The bundle unpacks to more than a bundle holds")
            manifest = orjson.loads(file.read("manifest.json"))
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, NotImplementedError, RuntimeError):
        refuse(422, "bad_bundle", "This is no bundle")
    if not _NAME.fullmatch(name) or not isinstance(manifest, dict) or manifest.get("incident") != name:
        refuse(422, "bad_bundle", "The bundle is not of the name that it is sent by")
    return manifest


def _prune(db: Connection, practice_id: str) -> None:
    b = bundles.c
    newest = select(b.bundle).where(b.practice_id == practice_id).order_by(b.received_at.desc(), b.bundle)
    for old in db.execute(newest.offset(KEPT)).scalars().all():
        db.execute(delete(bundles).where(b.practice_id == practice_id, b.bundle == old))


def listed(db: Connection, practice_id: str | None) -> list[BundleLine]:
    """Bundles, newest first; of all practices where none is named."""
    columns = [bundles.c[name] for name in BundleLine.model_fields]
    asked = select(*columns).order_by(bundles.c.received_at.desc(), bundles.c.bundle)
    if practice_id is not None:
        asked = asked.where(bundles.c.practice_id == practice_id)
    return [BundleLine.model_validate(row._asdict()) for row in db.execute(asked)]


def content_of(db: Connection, name: str) -> bytes:
    """A bundle as it came; the newest of that name."""
    b = bundles.c
    found = db.execute(select(b.content).where(b.bundle == name).order_by(b.received_at.desc())).scalars().first()
    if found is None:
        refuse(404, "bundle_unknown", "There is no such bundle")
    return bytes(found)
