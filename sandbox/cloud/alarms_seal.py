"""Seals the secrets of webhooks: what lies in the database is of no use without a key file, which lies elsewhere.

A secret must be had as it is to sign with, so it cannot be kept as a hash. The key is made at first use, for its owner
alone. Several serving clouds on one database share the file. Never tells a key or a secret in an error.
"""

from __future__ import annotations

import base64
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from agent.model.errors import NeedsPerson
from sandbox.cloud.names import Entropy

PLAIN = "whsec_"
"""How a secret begins; what begins so in the database was put there by an older version, unsealed."""

_KEY, _NONCE = 32, 12


class Seal:
    """Seals secrets of 32 bytes, each bound to its webhook."""

    def __init__(self, key: bytes, entropy: Entropy = secrets.token_bytes) -> None:
        self._cipher = AESGCM(key)
        self._entropy = entropy

    def seal(self, target_id: str, secret: str) -> str:
        """A webhook's secret (``whsec_...``) as it is kept: 80 characters."""
        nonce = self._entropy(_NONCE)
        bare = base64.b64decode(secret.removeprefix(PLAIN))
        return base64.urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, bare, target_id.encode())).decode()

    def open(self, target_id: str, kept: str) -> str | None:
        """The secret; None = it was sealed with another key, or for another webhook."""
        if kept.startswith(PLAIN):
            return kept
        try:
            blob = base64.urlsafe_b64decode(kept)
            bare = self._cipher.decrypt(blob[:_NONCE], blob[_NONCE:], target_id.encode())
        except (InvalidTag, ValueError):
            return None
        return PLAIN + base64.b64encode(bare).decode()


def key_from(path: Path) -> bytes:
    """The key in a file, which is made if it is missing. Raises ``NeedsPerson``."""
    try:
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(_KEY))
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            pass
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise NeedsPerson("key_file_open", "The key file of alarms is open to others", "chmod 600 it.")
        key = path.read_bytes()
    except OSError:
        key = b""
    if len(key) != _KEY:
        raise NeedsPerson(
            "key_file_unreadable", "The key file of alarms cannot be read", "Check --alarm-key and the file's rights."
        )
    return key
