"""The agent's identity towards the cloud: an ES384 key pair, and the assertions that it signs (RFC 7523).

Owns the key's forms; never writes it anywhere: whoever keeps it (the keyring) asks for :meth:`Identity.to_secret`.
"""

from __future__ import annotations

from typing import Any

import orjson
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from agent.model.errors import NeedsPerson

ASSERTION_LASTS = 300
"""Seconds that an assertion is good for."""


class Identity:
    """A P-384 key pair."""

    def __init__(self, key: jwk.ECKey) -> None:
        self._key = key

    @classmethod
    def make(cls) -> Identity:
        """A fresh key pair."""
        return cls(jwk.ECKey.generate_key("P-384"))

    @classmethod
    def from_secret(cls, secret: str) -> Identity:
        """The key pair from what :meth:`to_secret` gave. Raises ``NeedsPerson`` (``identity_damaged``)."""
        try:
            key = jwk.ECKey.import_key(orjson.loads(secret))
            if key.curve_name != "P-384" or not key.is_private:
                raise ValueError
        except (JoseError, ValueError, TypeError, KeyError):
            raise NeedsPerson(
                "identity_damaged",
                "The agent's key cannot be read",
                "Enrol again: practice-agent enroll --takeover with a new code.",
            ) from None
        return cls(key)

    def to_secret(self) -> str:
        """The private key as text, for the keyring only."""
        return orjson.dumps(self._key.as_dict(private=True)).decode()

    def public_jwk(self) -> dict[str, Any]:
        """The public half, as the cloud gets it."""
        return dict(self._key.as_dict(private=False))

    def thumbprint(self) -> str:
        """RFC 7638 thumbprint of the public key: names the key without telling anything of it."""
        return str(self._key.thumbprint())

    def assertion(self, agent_id: str, token_url: str, now: float, jti: str) -> str:
        """A signed statement that this is the agent, for this token URL, good once and for five minutes.

        ``now``: seconds since 1970, by the clock that the cloud goes by.
        """
        claims = {
            "iss": agent_id,
            "sub": agent_id,
            "aud": token_url,
            "iat": int(now),
            "exp": int(now) + ASSERTION_LASTS,
            "jti": jti,
        }
        header = {"alg": "ES384", "typ": "JWT", "kid": self.thumbprint()}
        return jwt.encode(header, claims, self._key, algorithms=["ES384"])

    def __repr__(self) -> str:
        """Never the key."""
        return f"Identity({self.thumbprint()})"
