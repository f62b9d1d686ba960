"""Tokens for agents: a signed assertion (RFC 7523, ES384) against a short-lived bearer token.

An assertion is taken once, from the agent whose key signed it, for this token URL, within five minutes. Tokens are
opaque and end at once when the agent is replaced or unenrolled.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from joserfc import jwk, jws, jwt
from joserfc.errors import JoseError
from sqlalchemy import Connection, delete, insert, select

from agent.wire.cloud import Token
from sandbox.cloud.enrolments import active_agent
from sandbox.cloud.names import Entropy, hashed, instant, new_secret, practice_of
from sandbox.cloud.refusal import refuse
from sandbox.cloud.schema import agents, assertions, tokens

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""``client_assertion_type`` of RFC 7523."""

TOKEN_LASTS = timedelta(minutes=15)
"""How long a token is good for."""

ASSERTION_LASTS = timedelta(minutes=5)
"""An assertion may say at most this long until its end."""

LEEWAY = timedelta(seconds=60)
"""Difference between the two clocks that is let pass."""


def issue(db: Connection, assertion: str, audiences: Collection[str], now: datetime, entropy: Entropy) -> Token:
    """A token for the agent that signed the assertion."""
    agent = active_agent(db, _claimed_agent(assertion))
    claims = _verified(assertion, agent.public_key)
    _check_claims(claims, agent.agent_id, audiences, now)
    whose = {"practice_id": agent.practice_id, "agent_id": agent.agent_id}
    _use_once(db, whose, claims, now)
    secret = new_secret(agent.agent_id, entropy)
    db.execute(delete(tokens).where(tokens.c.practice_id == agent.practice_id, tokens.c.expires_at < instant(now)))
    db.execute(insert(tokens).values(**whose, token_hash=hashed(secret), expires_at=instant(now + TOKEN_LASTS)))
    return Token(access_token=secret, expires_in=int(TOKEN_LASTS.total_seconds()))


def check(db: Connection, token: str, now: datetime) -> str:
    """The agent that a token was given to."""
    t = tokens.c
    mine = (t.practice_id == practice_of(token), t.token_hash == hashed(token))
    asked = select(t.agent_id).where(*mine, t.expires_at > instant(now))
    found: str | None = db.execute(asked).scalar()
    if found is None:
        refuse(401, "token_refused", "The token is not known or has ended")
    return found


def _claimed_agent(assertion: str) -> str:
    """Whom the assertion says it is from; believed only after its signature."""
    try:
        subject = orjson.loads(jws.extract_compact(assertion.encode()).payload)["sub"]
    except (JoseError, ValueError, TypeError, KeyError):
        subject = None
    if not isinstance(subject, str) or len(subject) > 80 or "\0" in subject:
        refuse(401, "assertion_refused", "The client assertion is not one")
    return subject


def _verified(assertion: str, public_key: str) -> dict[str, Any]:
    try:
        key = jwk.ECKey.import_key(orjson.loads(public_key))
        claims: dict[str, Any] = jwt.decode(assertion, key, algorithms=["ES384"]).claims
    except (JoseError, ValueError, TypeError):
        refuse(401, "assertion_refused", "The client assertion is not signed with this agent's key")
    return claims


def _check_claims(claims: dict[str, Any], agent_id: str, audiences: Collection[str], now: datetime) -> None:
    audience = claims.get("aud")
    named = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != agent_id or not any(isinstance(one, str) and one in audiences for one in named):
        refuse(401, "assertion_refused", "The client assertion is for another place")
    ends, begins = claims.get("exp"), claims.get("iat", claims.get("nbf"))
    seconds = now.astimezone(UTC).timestamp()
    leeway = LEEWAY.total_seconds()
    if not isinstance(ends, int) or not isinstance(claims.get("jti"), str):
        refuse(401, "assertion_refused", "The client assertion lacks exp or jti")
    if ends + leeway < seconds:
        refuse(401, "assertion_expired", "The client assertion has ended: is the clock wrong?")
    early = isinstance(begins, int) and begins - leeway > seconds
    if early or ends - leeway > seconds + ASSERTION_LASTS.total_seconds():
        refuse(401, "assertion_early", "The client assertion is from the future: is the clock wrong?")


def _use_once(db: Connection, whose: dict[str, Any], claims: dict[str, Any], now: datetime) -> None:
    a, jti = assertions.c, hashed(claims["jti"])
    mine = (a.practice_id == whose["practice_id"], a.agent_id == whose["agent_id"])
    # The agent's row makes two with the same assertion wait for each other.
    db.execute(select(agents.c.agent_id).where(agents.c.agent_id == whose["agent_id"]).with_for_update())
    db.execute(delete(assertions).where(*mine, a.expires_at < instant(now)))
    if db.execute(select(a.jti).where(*mine, a.jti == jti)).first() is not None:
        refuse(401, "assertion_replayed", "The client assertion was used before")
    ends = instant(now + ASSERTION_LASTS + 3 * LEEWAY)
    db.execute(insert(assertions).values(**whose, jti=jti, expires_at=ends))
