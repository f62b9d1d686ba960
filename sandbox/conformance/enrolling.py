"""Rules about who may speak: enrolment, tokens, keys."""

from __future__ import annotations

from joserfc import jwk

from agent.wire.cloud import Enrolled, Heartbeat, HeartbeatAccepted, Token
from agent.wire.commands import KeySet
from sandbox.conformance.rules import Book, expect
from sandbox.conformance.stage import Stage

ENROLMENT = Book("enrolment")
TOKENS = Book("token")


@ENROLMENT.rule("unknown_code", "A code that was never given out is refused")
def _unknown_code(stage: Stage) -> None:
    stage.new_agent().enrol("P000000000-AAAA-BBBB-CCCC-DDDD").problem(404, "code_unknown")


@ENROLMENT.rule("bad_key", "A key of another curve, or a private one, is refused and does not use up the code")
def _bad_key(stage: Stage) -> None:
    other_curve = dict(jwk.ECKey.generate_key("P-256").as_dict(private=False))
    private = dict(jwk.ECKey.generate_key("P-384").as_dict(private=True))
    for key in (other_curve, private):
        stage.new_agent().enrol(stage.codes[-1], public_key=key, takeover=True).problem(422, "bad_key")


@ENROLMENT.rule("first", "A fresh code and a public key give an agent id of the practice")
def _first(stage: Stage) -> None:
    agent = stage.agent
    expect(agent.agent_id and agent.practice_id, "agent_id and practice_id")
    told = agent.enrolled.command_keys if agent.enrolled is not None else None
    expect(told, "command_keys: a KeySet with the keys that commands are signed with")
    keys = KeySet.model_validate(told).keys
    expect(keys and all(one.get("crv") == "P-384" and one.get("kid") for one in keys), "P-384 keys with kid")
    expect(not any("d" in one for one in keys), "public keys only")


@ENROLMENT.rule("repeatable", "The same code, key and host are answered as before: the answer may have been lost")
def _repeatable(stage: Stage) -> None:
    again = stage.agent.enrol(stage.codes[0]).message(Enrolled)
    expect(again.agent_id == stage.agent.agent_id, "the same agent_id")


@ENROLMENT.rule("code_once", "A used code is refused with another key")
def _code_once(stage: Stage) -> None:
    expect(stage.agent.agent_id, "an agent")
    stage.new_agent().enrol(stage.codes[0], takeover=True).problem(409, "code_used")


@ENROLMENT.rule(
    "one_agent", "A second agent is refused unless it takes over, and its code stays good; then the first is out"
)
def _one_agent(stage: Stage) -> None:
    first, second = stage.agent, stage.new_agent()
    first.token()
    second.enrol(stage.codes[1]).problem(409, "already_enrolled")
    second.enrolled = second.enrol(stage.codes[1], takeover=True).message(Enrolled)
    expect(second.agent_id != first.agent_id, "an agent id of its own for the second agent")
    beat = Heartbeat(sent_at=stage.clock.now().isoformat(), agent_version="1", status={})
    path = f"/v1/agents/{first.agent_id}/heartbeat"
    stage.caller.ask("PUT", path, beat, token=first.token()).problem(401)
    first.ask_token(first.assertion()).problem(401, "agent_replaced")
    stage.agent = second


@TOKENS.rule("needed", "Without a token that it has given out, the cloud tells nothing")
def _needed(stage: Stage) -> None:
    stage.agent.token()
    path = f"/v1/agents/{stage.agent.agent_id}/commands"
    for token in (None, "nonsense", f"{stage.agent.agent_id}.{'0' * 32}"):
        stage.caller.ask("GET", path, token=token, query={"session": "x"}).problem(401)
        stage.caller.ask("GET", f"/v1/practices/{stage.agent.practice_id}/changes", token=token).problem(401)


@TOKENS.rule("own", "A token opens the calls of its own agent only, a key those of its own practice")
def _own(stage: Stage) -> None:
    token = stage.agent.token()
    other = f"{stage.agent.practice_id}x"
    stage.caller.ask("GET", f"/v1/agents/{stage.agent.agent_id}x/commands?session=x", token=token).problem(
        403, "forbidden"
    )
    stage.caller.ask("GET", f"/v1/practices/{other}/changes", token=stage.write_key).problem(403, "forbidden")
    stage.caller.ask("GET", f"/v1/practices/{stage.agent.practice_id}/changes", token=token).problem(401)


@TOKENS.rule("once", "An assertion serves once")
def _once(stage: Stage) -> None:
    assertion = stage.agent.assertion()
    stage.agent.ask_token(assertion).message(Token)
    stage.agent.ask_token(assertion).problem(401)


@TOKENS.rule(
    "right", "An assertion must be this agent's, for this place, signed with ES384 and its key, and not too old or long"
)
def _right(stage: Stage) -> None:
    agent, now = stage.agent, int(stage.clock.now().timestamp())
    agent.ask_token(agent.assertion(key=jwk.ECKey.generate_key("P-384"))).problem(401)
    agent.ask_token(agent.assertion(aud="https://elsewhere.example/oauth2/token")).problem(401)
    agent.ask_token(agent.assertion(iat=now - 900, exp=now - 600)).problem(401)
    agent.ask_token(agent.assertion(exp=now + 86_400)).problem(401)
    agent.ask_token(agent.assertion(iss="somebody")).problem(401)
    body = agent.assertion().split(".")[1]
    agent.ask_token(f"eyJhbGciOiJub25lIn0.{body}.").problem(401)


@TOKENS.rule("heartbeat", "A heartbeat is answered with the cloud's time")
def _heartbeat(stage: Stage) -> None:
    beat = Heartbeat(sent_at=stage.clock.now().isoformat(), agent_version="1", status={"state": "ok"})
    stage.agent.call("PUT", "heartbeat", beat).message(HeartbeatAccepted)
