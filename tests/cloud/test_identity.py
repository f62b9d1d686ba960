"""The agent's key and its assertions."""

from __future__ import annotations

import pytest
from joserfc import jwk, jwt

from agent.cloud.identity import Identity
from agent.model.errors import NeedsPerson


def test_a_key_survives_its_keeping_and_shows_itself_to_nobody() -> None:
    identity = Identity.make()
    secret = identity.to_secret()
    again = Identity.from_secret(secret)
    assert again.thumbprint() == identity.thumbprint()
    assert "d" not in identity.public_jwk()
    private = jwk.ECKey.import_key(identity.public_jwk())
    assert not private.is_private
    assert secret not in repr(identity)


def test_an_assertion_says_who_for_whom_until_when() -> None:
    identity = Identity.make()
    text = identity.assertion("p1.a1", "https://cloud/oauth2/token", 1_000.9, "once")
    token = jwt.decode(text, jwk.ECKey.import_key(identity.public_jwk()), algorithms=["ES384"])
    assert token.claims == {
        "iss": "p1.a1",
        "sub": "p1.a1",
        "aud": "https://cloud/oauth2/token",
        "iat": 1000,
        "exp": 1300,
        "jti": "once",
    }


@pytest.mark.parametrize("secret", ["", "x", "{}", "[]", '{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}'])
def test_a_damaged_key_says_what_to_do(secret: str) -> None:
    with pytest.raises(NeedsPerson) as caught:
        Identity.from_secret(secret)
    assert caught.value.code == "identity_damaged"
    assert "enroll" in caught.value.advice


def test_a_key_of_another_kind_or_only_its_public_half_is_refused() -> None:
    import orjson

    other = orjson.dumps(jwk.ECKey.generate_key("P-256").as_dict(private=True)).decode()
    public = orjson.dumps(Identity.make().public_jwk()).decode()
    for secret in (other, public):
        with pytest.raises(NeedsPerson):
            Identity.from_secret(secret)
