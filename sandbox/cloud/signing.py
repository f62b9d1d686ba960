"""Signing commands: the keys, their rotation, and the limits that hold whatever the serving process asks for.

Pure: clock and entropy are handed in, and it owns no file and no process (``signer.py`` does). A key signs until the
next rotation; its public half stays in the key set for as long as a command that it signed may still be on its way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwk, jws
from pydantic import BaseModel, ConfigDict

from agent.wire.commands import Command, KeySet
from agent.wire.payloads import MAX_COMMAND_BYTES, PAYLOADS
from sandbox.cloud.names import Entropy, instant

ALGORITHM = "ES384"

LONGEST = timedelta(days=30)
"""No command may be good for longer."""

_LEEWAY = timedelta(minutes=5)
_ORDER = int(
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973", 16
)  # of the group of P-384


class SignerRefused(Exception):
    """The signer does not sign this."""

    def __init__(self, code: str, title: str, status: int) -> None:
        super().__init__(code)
        self.code, self.title, self.status = code, title, status


class CommandSigner(Protocol):
    """What the cloud needs of a signer, wherever that is."""

    def sign(self, command: Command) -> str:
        """The command as a compact JWS. Raises :class:`SignerRefused`."""

    def key_set(self) -> KeySet:
        """The keys that commands may be signed with. Raises :class:`SignerRefused`."""

    def handover(self, known: int) -> str | None:
        """The next key set for an agent that knows this version, signed with a key of that one; None = it is current.

        ``known`` 0: not told; then the newest.
        """


@dataclass(frozen=True, slots=True)
class SignerLimits:
    """What the signer never exceeds."""

    per_minute: int = 300
    """Commands of a practice in a minute."""
    per_hour: int = 3000
    """Commands of a practice in an hour."""
    kinds: frozenset[str] = frozenset(PAYLOADS)
    """Kinds that it signs."""
    max_bytes: int = MAX_COMMAND_BYTES
    """Length of a command at most."""


class HeldKey(BaseModel):
    """The public half of a key that is or was in use."""

    model_config = ConfigDict(frozen=True)

    public: dict[str, Any]
    retired_at: str | None = None


class Handover(BaseModel):
    """A key set as agents get it who know the one before."""

    model_config = ConfigDict(frozen=True)

    version: int
    jws: str


class SigningKeys(BaseModel):
    """All keys: the private one that signs, and the public halves that may still be met."""

    model_config = ConfigDict(frozen=True)

    version: int
    private: dict[str, Any]
    keys: list[HeldKey]
    handovers: list[Handover] = []

    @classmethod
    def make(cls, entropy: Entropy) -> SigningKeys:
        """A first key."""
        private, public = _new_key(entropy)
        return cls(version=1, private=private, keys=[HeldKey(public=public)])

    def rotate(self, now: datetime, entropy: Entropy, *, revoke: bool = False) -> SigningKeys:
        """A new key signs from now on.

        Those before verify until nothing that they signed can be under way; ``revoke``: not any more, at once.
        """
        private, public = _new_key(entropy)
        oldest = instant(now - LONGEST - _LEEWAY)
        former = [] if revoke else [one for one in self.keys if one.retired_at is None or one.retired_at > oldest]
        retired = [one if one.retired_at else one.model_copy(update={"retired_at": instant(now)}) for one in former]
        fresh = SigningKeys(version=self.version + 1, private=private, keys=[*retired, HeldKey(public=public)])
        told = _compact(fresh.public_set().model_dump_json().encode(), self.private)
        return fresh.model_copy(update={"handovers": [*self.handovers, Handover(version=fresh.version, jws=told)]})

    def public_set(self) -> KeySet:
        """What agents may know."""
        return KeySet(version=self.version, keys=[one.public for one in self.keys])


class Signer:
    """Signs commands within its limits."""

    def __init__(
        self,
        keys: SigningKeys,
        now: Callable[[], datetime],
        *,
        limits: SignerLimits | None = None,
        recent: Iterable[tuple[str, float]] = (),
    ) -> None:
        """``recent``: practice and moment (seconds since 1970) of what was signed within the last hour."""
        self.keys = keys
        """The keys; may be exchanged for those after a rotation."""
        self._now = now
        self._limits = limits if limits is not None else SignerLimits()
        self._signed: dict[str, deque[float]] = {}
        for practice_id, moment in recent:
            self._signed.setdefault(practice_id, deque()).append(moment)

    def sign(self, command: Command) -> str:
        """The command as a compact JWS. Raises :class:`SignerRefused`."""
        now = self._now()
        content = command.model_dump_json().encode()
        if command.kind not in self._limits.kinds:
            raise SignerRefused("kind_not_signed", "The signer does not sign commands of this kind", 422)
        if len(content) > self._limits.max_bytes:
            raise SignerRefused("too_large", "The command is longer than the contract allows", 413)
        try:
            expires = datetime.fromisoformat(command.expires_at)
            too_late = expires > now + LONGEST + _LEEWAY
        except (ValueError, TypeError):
            too_late = True
        if too_late:
            raise SignerRefused("expires_too_late", "The command would be good for too long", 422)
        self._count(command.practice_id, now.timestamp())
        return _compact(content, self.keys.private)

    def key_set(self) -> KeySet:
        """The keys that commands may be signed with."""
        return self.keys.public_set()

    def handover(self, known: int) -> str | None:
        """The next key set for an agent that knows this version."""
        return next_handover(self.keys.handovers, known)

    def _count(self, practice_id: str, moment: float) -> None:
        signed = self._signed.setdefault(practice_id, deque())
        while signed and signed[0] <= moment - 3600:
            signed.popleft()
        last_minute = sum(1 for one in signed if one > moment - 60)
        if len(signed) >= self._limits.per_hour or last_minute >= self._limits.per_minute:
            raise SignerRefused("too_many_commands", "More commands than the signer signs for a practice", 429)
        signed.append(moment)


def next_handover(handovers: Iterable[Handover], known: int) -> str | None:
    """The key set after a version, as a JWS; after version 0 the newest; None = there is none."""
    later = [one for one in handovers if one.version > known]
    if not later:
        return None
    chosen = max(later, key=lambda one: one.version) if known == 0 else min(later, key=lambda one: one.version)
    return chosen.jws


def _new_key(entropy: Entropy) -> tuple[dict[str, Any], dict[str, Any]]:
    """Private and public JWK of a fresh key, with ``kid``."""
    number = int.from_bytes(entropy(64), "big") % (_ORDER - 1) + 1
    key = jwk.ECKey.import_key(ec.derive_private_key(number, ec.SECP384R1()))
    named = {"kid": str(key.thumbprint())}
    return {**key.as_dict(private=True), **named}, {**key.as_dict(private=False), **named}


def _compact(content: bytes, private: dict[str, Any]) -> str:
    registry = jws.JWSRegistry(algorithms=[ALGORITHM])
    registry.max_payload_length = 2 * MAX_COMMAND_BYTES
    header = {"alg": ALGORITHM, "kid": private["kid"]}
    return jws.serialize_compact(header, content, jwk.ECKey.import_key(dict(private)), registry=registry)
