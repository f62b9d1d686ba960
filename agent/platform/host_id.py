"""The agent's ``host`` in the cloud contract: tells a restart from a copy. Reveals neither machine nor folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

from agent.platform import machine


def host_id(home: Path, identity: str | None = None) -> str:
    """Hash of this machine and the home folder, 32 hex digits: equal at every start, different for any copy."""
    who = machine.identity() if identity is None else identity
    text = "\0".join(("practice-agent host 1", who, str(home.resolve())))
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
