"""Secrets on Windows: the Credential Manager of the account that runs, through keyring. Never a file."""

from __future__ import annotations

from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.backends.Windows import WinVaultKeyring
from keyring.errors import KeyringError


class Exposed(KeyringError):
    """Never raised here: the Credential Manager closes its entries itself."""


def service(home: Path) -> str:
    """The name that the home's secrets are kept under: an account may run agents in several homes."""
    return f"Practice Agent {home.resolve()}"


def open_vault(home: Path) -> KeyringBackend:
    """The keyring that serves this home folder: that of the account, whatever the folder."""
    del home
    return WinVaultKeyring()  # type: ignore[no-untyped-call]
