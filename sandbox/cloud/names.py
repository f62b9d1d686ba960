"""Ids, codes, keys and tokens: how they are made, and how the practice is read from them.

Each begins with the practice, so that whoever receives one knows where to look it up. Secrets are kept as hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime

Entropy = Callable[[int], bytes]
"""Random bytes: ``secrets.token_bytes``, or a seeded generator in a simulation."""

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # no i, l, o, u: read out on the telephone


def _word(entropy: Entropy, length: int) -> str:
    return "".join(_ALPHABET[byte & 31] for byte in entropy(length))


def new_practice_id(entropy: Entropy) -> str:
    """A practice's id: ``p`` and nine characters."""
    return "p" + _word(entropy, 9)


def new_agent_id(practice_id: str, entropy: Entropy) -> str:
    """An agent's id: the practice and a word."""
    return f"{practice_id}.a{_word(entropy, 11)}"


def new_command_id(practice_id: str, entropy: Entropy) -> str:
    """A command's id: the practice and a word."""
    return f"{practice_id}.c{_word(entropy, 15)}"


def new_code(practice_id: str, entropy: Entropy) -> str:
    """A one-time enrolment code of 80 random bits, in groups that can be read out."""
    word = _word(entropy, 16).upper()
    return "-".join([practice_id.upper(), *(word[at : at + 4] for at in range(0, 16, 4))])


def normal_code(code: str) -> str:
    """A code as typed by a person, in the form in which it was made."""
    return code.strip().replace(" ", "").upper()


def new_secret(owner: str, entropy: Entropy) -> str:
    """A bearer secret: whose it is, a point, 160 random bits."""
    return f"{owner}.{_word(entropy, 32)}"


def practice_of(name: str) -> str:
    """The practice that an id, code or secret belongs to (it may not exist)."""
    return name.lower().replace("-", ".").split(".", 1)[0][:40]


def hashed(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def instant(moment: datetime) -> str:
    """A moment as the cloud writes it: UTC, ISO 8601, always the same length."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
