"""Signatures: which commands the agent takes for genuine."""

from __future__ import annotations

import base64
import random
from typing import Any

import orjson
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jwk, jws

from agent.cloud.signatures import CommandKeys
from agent.model.errors import Terminal
from agent.wire.commands import Command, KeySet, Target
from sandbox.cloud.signing import Signer, SigningKeys
from tests.sandbox.cloud.sender import Moment

MOMENT = Moment()
KEYS = SigningKeys.make(random.Random(1).randbytes)
FOREIGN = SigningKeys.make(random.Random(2).randbytes)
COMMAND = Command(
    command_id="p1.c1",
    practice_id="p1",
    queue_seq=1,
    kind="alert.create",
    target=Target(resource="patient", id="P1"),
    payload={"text": "x"},
    issued_at="2026-03-02T12:00:00Z",
    expires_at="2026-03-03T12:00:00Z",
)


def trusted(practice_id: str = "p1") -> CommandKeys:
    return CommandKeys.from_key_set(KEYS.public_set().model_dump(), practice_id)


def signed(content: bytes = COMMAND.model_dump_json().encode(), keys: SigningKeys = KEYS, **header: Any) -> str:
    """A JWS made by hand, with whatever header."""
    said = {"alg": "ES384", "kid": keys.private["kid"], **header}
    text = f"{coded(orjson.dumps(said))}.{coded(content)}"
    key = jwk.ECKey.import_key(dict(keys.private)).private_key
    assert key is not None
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA384())))
    return f"{text}.{coded(r.to_bytes(48, 'big') + s.to_bytes(48, 'big'))}"


def coded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def refusal(compact: str, keys: CommandKeys | None = None) -> Terminal:
    with pytest.raises(Terminal) as caught:
        (keys or trusted()).open_command(compact)
    return caught.value


def test_a_genuine_command_is_opened_also_after_the_keys_were_kept_as_text() -> None:
    compact = Signer(KEYS, MOMENT).sign(COMMAND)
    assert trusted().open_command(compact) == COMMAND
    kept = CommandKeys.from_json(trusted().to_json(), "p1")
    assert (kept.open_command(compact), kept.version) == (COMMAND, 1)


def test_forgeries_are_refused() -> None:
    genuine = signed()
    head, body, signature = genuine.split(".")
    other_body = signed(COMMAND.model_copy(update={"queue_seq": 2}).model_dump_json().encode()).split(".")[1]
    shared_secret = jwk.OctKey.import_key(b"x" * 48)
    confused = jws.serialize_compact(
        {"alg": "HS384", "kid": KEYS.private["kid"]}, COMMAND.model_dump_json(), shared_secret, algorithms=["HS384"]
    )
    forged = [
        signed(keys=FOREIGN),
        signed(keys=FOREIGN, kid=KEYS.private["kid"]),
        f"{head}.{other_body}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"eyJhbGciOiJub25lIn0.{body}.",
        confused,
        genuine + "A",
        "",
        "a.b.c",
        "é.é.é",
        "x" * 100,
    ]
    for compact in forged:
        assert refusal(compact).code == "signature_invalid", compact[:40]


@pytest.mark.parametrize(
    "header",
    [
        {"crit": ["exp"], "exp": 1},
        {"crit": ["b64"], "b64": False},
        {"b64": False},
        {"crit": []},
        {"alg": "ES256"},
        {"alg": "none"},
        {"kid": "somebody"},
        {"kid": None},
    ],
)
def test_headers_that_ask_for_more_than_is_known_are_refused(header: dict[str, Any]) -> None:
    assert refusal(signed(**header)).code == "signature_invalid"


def test_a_command_for_another_practice_is_not_for_us() -> None:
    error = refusal(signed(), trusted("p2"))
    assert (error.code, error.fields["command_id"]) == ("not_addressed", "p1.c1")


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b'{"command_id": "p1.c1"}', b"\xff"])
def test_genuine_nonsense_is_malformed(content: bytes) -> None:
    assert refusal(signed(content)).code == "malformed"


def test_a_refusal_names_the_command_only_by_a_plain_id() -> None:
    assert refusal(signed(keys=FOREIGN)).fields["command_id"] == "p1.c1"
    for claimed in (7, "Zebulon Quirke", "x" * 200, None):
        content = COMMAND.model_copy(update={"command_id": claimed}).model_dump_json(warnings=False).encode()
        assert refusal(signed(content, FOREIGN)).fields["command_id"] is None


def test_trust_passes_on_only_by_a_key_that_is_trusted() -> None:
    keys = trusted()
    second = KEYS.rotate(MOMENT(), random.Random(3).randbytes)
    third = second.rotate(MOMENT(), random.Random(4).randbytes)
    by_second = signed(keys=third)
    assert refusal(by_second, keys).code == "signature_invalid"
    assert not keys.learn(third.handovers[1].jws), "signed by a key that is not known yet"
    assert keys.learn(third.handovers[0].jws)
    assert not keys.learn(third.handovers[0].jws), "not newer"
    assert keys.learn(third.handovers[1].jws)
    assert keys.open_command(by_second) == COMMAND
    assert keys.open_command(signed()) == COMMAND, "what is under way stays good"
    assert keys.version == 3


@pytest.mark.parametrize(
    "content",
    [
        KeySet(version=9, practice_id="p2", keys=[FOREIGN.keys[0].public]).model_dump_json(),
        KeySet(version=1, keys=[FOREIGN.keys[0].public]).model_dump_json(),
        KeySet(version=9, keys=[]).model_dump_json(),
        KeySet(version=9, keys=[{"kty": "EC", "kid": "x"}]).model_dump_json(),
        KeySet(version=9, keys=[FOREIGN.private]).model_dump_json(),
        KeySet(
            version=9, keys=[jwk.ECKey.generate_key("P-256").as_dict(private=False) | {"kid": "x"}]
        ).model_dump_json(),
        COMMAND.model_dump_json(),
        "{}",
    ],
)
def test_key_sets_that_are_not_for_us_or_none_are_not_learnt(content: str) -> None:
    keys = trusted()
    assert not keys.learn(signed(content.encode()))
    assert keys.open_command(signed()) == COMMAND


def test_keys_that_were_revoked_sign_nothing_any_more() -> None:
    keys = trusted()
    revoked = KEYS.rotate(MOMENT(), random.Random(3).randbytes, revoke=True)
    assert keys.learn(revoked.handovers[0].jws)
    assert refusal(signed(), keys).code == "signature_invalid"
    assert keys.open_command(signed(keys=revoked)) == COMMAND


def test_keys_leave_the_set_when_nothing_they_signed_can_be_under_way() -> None:
    moment = Moment()
    keys = KEYS
    for _ in range(3):
        keys = keys.rotate(moment(), random.Random(100 + keys.version).randbytes)
        moment.go(days=20)
    assert [len(keys.keys), keys.version] == [3, 4], "the first one was retired forty days before"
    assert KEYS.keys[0].public not in keys.public_set().keys


@pytest.mark.parametrize("text", ["", "{}", '{"version": 1, "keys": [{}]}', '{"version": 1, "keys": [{"kty": "oct"}]}'])
def test_damaged_keys_ask_for_an_enrolment(text: str) -> None:
    with pytest.raises(Terminal) as caught:
        CommandKeys.from_json(text, "p1")
    assert caught.value.code == "command_keys_damaged"
