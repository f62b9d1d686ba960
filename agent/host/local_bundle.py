"""A diagnostics bundle for whoever asks over the local API: kept in the home, handed over whole, sent if asked to.

The text of each part is in the answer, so that it can be looked at first, and so is the file, because the person at the
window may not read the agent's folder. What a bundle holds is decided in :mod:`agent.health.bundle_parts`.
"""

from __future__ import annotations

import base64
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
from agent.model.errors import AgentError
from agent.platform.secrets import Secrets


def make(home: Home, clock: Clock, log: EventLog, document: Mapping[str, Any] | None, *, send: bool) -> dict[str, Any]:
    """Make one, keep it, send it; what it holds. ``document``: the running agent's status, None while none runs.

    Raises:
        AgentError: it cannot be kept, or not be sent; then it is kept all the same.
    """
    bundle = _made(home, clock, document)
    file = bundling.keep(home, bundle, clock, log)
    content = file.read_bytes()
    if send:
        with closing(open_client(home.path, settings_file.read(home.path), Secrets(home.path), clock)) as client:
            client.put_bundle(bundle.incident, content)
        log("bundle_sent", incident=bundle.incident, size=len(content))
    return {
        **bundle.manifest(),
        "incident": bundle.incident,
        "file": str(file),
        "bytes": len(content),
        "sent": send,
        "contents": {name: part.decode("ascii", "replace") for name, part in bundle.parts.items()},
        "zip": base64.b64encode(content).decode(),
    }


def _made(home: Home, clock: Clock, document: Mapping[str, Any] | None) -> Bundle:
    try:
        store = open_beside(home, clock)
    except AgentError as error:
        return bundling.make(home, clock, bundling.Stored(None, error.code), document=document)
    with closing(store):
        return bundling.make(home, clock, bundling.Stored(store), document=document)
