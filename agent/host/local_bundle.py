"""A diagnostics bundle for whoever asks over the local API: kept in the home, handed over whole, sent if asked to.

What was looked at is what is sent: a bundle that lies in the home goes as it lies there, none is made anew for it. The
text of each part is in the answer, so that it can be looked at first, and so is the file, because the person at the
window may not read the agent's folder. What a bundle holds is decided in :mod:`agent.health.bundle_parts`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from contextlib import closing
from typing import Any

from agent.health.bundle import Bundle
from agent.host import bundling, settings_file
from agent.host.agent import open_client
from agent.host.asking import open_beside
from agent.host.home import Home
from agent.host.log import EventLog
from agent.model.clock import Clock
from agent.model.errors import AgentError, Terminal
from agent.platform.secrets import Secrets

_INCIDENT = re.compile(r"PA-[0-9A-Z]{4}-[0-9A-Z]{4}")


def make(home: Home, clock: Clock, log: EventLog, document: Mapping[str, Any] | None, *, send: bool) -> dict[str, Any]:
    """Make one, keep it, send it; what it holds. ``document``: the running agent's status, None while none runs.

    Raises:
        AgentError: it cannot be kept, or not be sent; then it is kept all the same.
    """
    bundle = _made(home, clock, document)
    file = bundling.keep(home, bundle, clock, log)
    content = file.read_bytes()
    if send:
        _send(home, clock, log, bundle.incident, content)
    return {
        **bundle.manifest(),
        "incident": bundle.incident,
        "file": str(file),
        "bytes": len(content),
        "sent": send,
        "contents": {name: part.decode("ascii", "replace") for name, part in bundle.parts.items()},
        "zip": base64.b64encode(content).decode(),
    }


def send_kept(home: Home, clock: Clock, log: EventLog, incident: str) -> dict[str, Any]:
    """Send a bundle that was made before, byte for byte as it was handed over then.

    Raises:
        Terminal: ``bundle_gone``, there is none of that number any more.
        AgentError: it cannot be sent now.
    """
    try:
        if not _INCIDENT.fullmatch(incident):
            raise FileNotFoundError
        content = (home.path / bundling.FOLDER / f"{incident}.zip").read_bytes()
    except OSError:
        raise Terminal(
            "bundle_gone", "There is no such bundle any more", "Make a new one: only the newest few are kept."
        ) from None
    _send(home, clock, log, incident, content)
    return {"incident": incident, "bytes": len(content), "sent": True}


def _send(home: Home, clock: Clock, log: EventLog, incident: str, content: bytes) -> None:
    with closing(open_client(home.path, settings_file.read(home.path), Secrets(home.path), clock)) as client:
        client.put_bundle(incident, content)
    log("bundle_sent", incident=incident, size=len(content))


def _made(home: Home, clock: Clock, document: Mapping[str, Any] | None) -> Bundle:
    try:
        store = open_beside(home, clock)
    except AgentError as error:
        return bundling.make(home, clock, bundling.Stored(None, error.code), document=document)
    with closing(store):
        return bundling.make(home, clock, bundling.Stored(store), document=document)
