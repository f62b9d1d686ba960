"""The proxy on the way to the cloud: who the agent is to it. The password is in the keyring and in no setting."""

from __future__ import annotations

from agent.host.secret_names import PROXY_PASSWORD
from agent.host.settings import Settings
from agent.platform.secrets import Secrets


def proxy_login(settings: Settings, secrets: Secrets) -> tuple[str, str] | None:
    """Name and password for the proxy; None where no name is set."""
    name = settings.cloud.proxy_login
    return None if name is None else (name, secrets.get(PROXY_PASSWORD) or "")
