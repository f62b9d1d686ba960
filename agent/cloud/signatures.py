"""Who may tell the agent to write: the keys that commands are signed with, and the check of every command.

A command is taken only when it is a compact JWS, ES384, of a key that this agent trusts, for this practice. Trust
begins at the enrolment and passes on only by a key set that a trusted key has signed. Knows nothing of files or of
time: whoever applies a command looks whether it has expired.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson
from joserfc import jwk, jws
from joserfc.errors import JoseError
from pydantic import ValidationError

from agent.model.errors import Terminal
from agent.model.reasons import REASONS
from agent.wire.commands import Command, KeySet
from agent.wire.payloads import MAX_COMMAND_BYTES

_ALGORITHM = "ES384"
_MAX_JWS = MAX_COMMAND_BYTES * 4 // 3 + 4096
_PLAIN_ID = re.compile(r"[A-Za-z0-9._~-]{1,80}")


class CommandKeys:
    """The keys that this agent trusts, as of one version of the key set."""

    def __init__(self, key_set: KeySet, practice_id: str) -> None:
        """Raises ``Terminal`` (``command_keys_damaged``) when the set holds something else than P-384 keys."""
        self.practice_id = practice_id
        """The practice that this agent serves."""
        self._set = key_set
        self._keys = _imported(key_set)

    @classmethod
    def from_key_set(cls, key_set: Mapping[str, Any], practice_id: str) -> CommandKeys:
        """The keys told at the enrolment (``Enrolled.command_keys``). Raises ``Terminal``."""
        try:
            return cls(KeySet.model_validate(dict(key_set)), practice_id)
        except ValidationError:
            raise _damaged() from None

    @classmethod
    def from_json(cls, text: str, practice_id: str) -> CommandKeys:
        """The keys from what :meth:`to_json` gave. Raises ``Terminal``."""
        try:
            return cls(KeySet.model_validate_json(text), practice_id)
        except ValidationError:
            raise _damaged() from None

    def to_json(self) -> str:
        """The keys as text, for the store; public, but whoever can change them can give commands."""
        return self._set.model_dump_json()

    @property
    def version(self) -> int:
        """Version of the key set; what ``CloudClient.commands`` wants to be told."""
        return self._set.version

    def open_command(self, compact: str) -> Command:
        """The command in a JWS.

        Raises ``Terminal`` with the reason code ``signature_invalid``, ``malformed`` or ``not_addressed``. Its field
        ``command_id`` is what the JWS claims (or absent): fit for saying that it is refused, for nothing else.
        """
        claimed = _claimed_id(compact)
        try:
            command = Command.model_validate_json(self._verified(compact, claimed))
        except ValidationError:
            raise _refused("malformed", claimed) from None
        if command.practice_id != self.practice_id:
            raise _refused("not_addressed", claimed)
        return command

    def learn(self, compact: str) -> bool:
        """Take a newer key set that a trusted key has signed; False when it is none, old, or for another practice."""
        try:
            newer = KeySet.model_validate_json(self._verified(compact, None))
            keys = _imported(newer)
        except (Terminal, ValidationError):
            return False
        if newer.version <= self._set.version or newer.practice_id not in ("", self.practice_id) or not keys:
            return False
        self._set, self._keys = newer, keys
        return True

    def _verified(self, compact: str, claimed: str | None) -> bytes:
        """The signed content."""
        registry = jws.JWSRegistry(algorithms=[_ALGORITHM])
        registry.max_payload_length = _MAX_JWS
        try:
            if len(compact) > _MAX_JWS:
                raise ValueError
            header = jws.extract_compact(compact.encode("ascii"), registry=registry).headers()
            key = self._keys[header["kid"]]
            if header["alg"] != _ALGORITHM or "crit" in header or "b64" in header:
                raise ValueError
            return jws.deserialize_compact(compact, key, registry=registry).payload
        except (JoseError, ValueError, TypeError, KeyError):
            raise _refused("signature_invalid", claimed) from None


def _imported(key_set: KeySet) -> dict[str, jwk.ECKey]:
    found: dict[str, jwk.ECKey] = {}
    for one in key_set.keys:
        try:
            key = jwk.ECKey.import_key({name: str(one[name]) for name in ("kty", "crv", "x", "y")})
            if key.curve_name != "P-384" or "d" in one:
                raise ValueError
            found[str(one["kid"])] = key
        except (JoseError, ValueError, TypeError, KeyError):
            raise _damaged() from None
    return found


def _claimed_id(compact: str) -> str | None:
    """The command's id as it says itself, before anything is checked."""
    registry = jws.JWSRegistry()
    registry.max_payload_length = _MAX_JWS
    try:
        payload = jws.extract_compact(compact.encode("ascii"), registry=registry).payload
        claimed = orjson.loads(payload)["command_id"]
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return claimed if isinstance(claimed, str) and _PLAIN_ID.fullmatch(claimed) else None


def _refused(code: str, claimed: str | None) -> Terminal:
    reason = REASONS[code]
    return Terminal(code, reason.title, reason.asks, command_id=claimed)


def _damaged() -> Terminal:
    return Terminal(
        "command_keys_damaged",
        "The keys that commands are signed with cannot be read",
        "Enrol again: practice-agent enroll --takeover with a new code.",
    )
