"""Sealing: how patient data and patient-linked keys lie on disk, and how they are named elsewhere.

Payloads and keys are encrypted with AES-256-GCM under a key that is kept apart from the file (keyring). What must be
compared but never read (row digests, references in logs) is a keyed hash, so that it tells nothing without the key.
"""

from __future__ import annotations

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from agent.model.errors import StoreDamaged, Terminal

MASTER_KEY_BYTES = 32
_NONCE_BYTES = 12


def new_master_key() -> bytes:
    """A fresh random key to seal a store with."""
    return os.urandom(MASTER_KEY_BYTES)


class Seal:
    """Seals and unseals with keys derived from one master key."""

    def __init__(self, master: bytes) -> None:
        if len(master) != MASTER_KEY_BYTES:
            raise Terminal("key_unusable", "The sealing key has the wrong length", "Restore the key in the keyring.")
        self._aead = AESGCM(_derive(master, b"seal"))
        self._ref_key = _derive(master, b"ref")
        self.digest_key = _derive(master, b"digest")
        """Key for digests of rows (``hashlib.blake2b(key=...)``)."""

    def seal(self, plain: bytes, purpose: bytes) -> bytes:
        """Encrypted and authenticated; ``purpose`` ties the result to where it is kept."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._aead.encrypt(nonce, plain, purpose)

    def unseal(self, sealed: bytes, purpose: bytes) -> bytes:
        """The plain bytes; raises ``StoreDamaged("seal_broken")`` when they were altered or sealed with another key."""
        try:
            return self._aead.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], purpose)
        except (InvalidTag, TypeError, ValueError) as error:  # the latter: what is there is not even a sealed value
            raise StoreDamaged(
                "seal_broken",
                "Sealed data cannot be opened",
                "The store was altered or its key was lost; the agent sets the store aside and rebuilds it.",
            ) from error

    def reference(self, *parts: str) -> bytes:
        """A keyed hash that stands for a key where the key itself must not appear (16 bytes)."""
        return hashlib.blake2b("\0".join(parts).encode(), key=self._ref_key, digest_size=16).digest()


def _derive(master: bytes, purpose: bytes) -> bytes:
    return hashlib.blake2b(purpose, key=master, digest_size=32, person=b"practice-agent").digest()
