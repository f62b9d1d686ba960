"""Rules about queueing commands: once, checked, signed; and seeing how they stand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from agent.wire.commands import CommandStatus
from sandbox.conformance.rules import Book, expect
from sandbox.conformance.stage import ALERT, Stage

QUEUE = Book("command")

_SECRET = "Zebulon-Quirke"
_VERSION = "a" * 32


@QUEUE.rule("queued", "A command is answered with its status: queued, not final, never delivered")
def _queued(stage: Stage) -> None:
    stage.agent.clear()
    status = stage.queue().message(CommandStatus)
    expect((status.state, status.final, status.delivery_count) == ("queued", False, 0), "queued, open, not delivered")
    expect([step.state for step in status.steps] == ["queued"], "the step queued with its time")
    expect(stage.status(status.command_id) == status, "the same when it is looked at")


@QUEUE.rule("key_needed", "Without an Idempotency-Key a command is refused")
def _key_needed(stage: Stage) -> None:
    path = f"/v1/practices/{stage.agent.practice_id}/commands"
    stage.caller.ask("POST", path, ALERT, token=stage.write_key).problem(400, "idempotency_key_missing")


@QUEUE.rule("same_key", "The same request with the same key queues nothing more and tells how the first one stands")
def _same_key(stage: Stage) -> None:
    stage.agent.clear()
    key = stage.id("key")
    first = stage.queue(key).message(CommandStatus)
    second = stage.queue(key).message(CommandStatus)
    expect(second.command_id == first.command_id, "the same command_id")
    expect(len(stage.agent.fetched()) == 1, "one command for the agent")
    expect(stage.agent.reported(first.command_id, 1, "received").status == 200, "a report that is taken")
    third = stage.queue(key).message(CommandStatus)
    expect((third.command_id, third.state) == (first.command_id, "received"), "the state that it is in by then")


@QUEUE.rule("other_request", "Another request with the same key is refused and queues nothing")
def _other_request(stage: Stage) -> None:
    stage.agent.clear()
    key = stage.id("other")
    stage.queue(key).message(CommandStatus)
    answer = stage.queue(key, payload={"text": "another"})
    answer.problem(answer.status if answer.status in (409, 422) else 422, "idempotency_mismatch")
    expect(len(stage.agent.fetched()) == 1, "one command for the agent")


@QUEUE.rule("read_only", "A key that may only read queues nothing")
def _read_only(stage: Stage) -> None:
    if stage.read_key is not None:
        stage.queue(token=stage.read_key).problem(403)
    stage.queue(token=stage.agent.token()).problem(401)


@QUEUE.rule("fields", "A field that is wrong is named and its value never quoted; the key stays free")
def _fields(stage: Stage) -> None:
    stage.agent.clear()
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("kind", {"kind": "alert.shout"}),
        ("target.resource", {"target": {"resource": "appointment", "id": _SECRET}}),
        ("target.id", {"target": {"resource": "patient"}}),
        ("payload.text", {"payload": {}}),
        ("payload.text", {"payload": {"text": [_SECRET]}}),
        ("payload", {"payload": {"text": "x", "txet": _SECRET}}),
        ("expires_in", {"expires_in": 31 * 86_400}),
        ("expires_in", {"expires_in": 1}),
        ("expected_version", {"expected_version": _SECRET}),
    ]
    key = stage.id("fields")
    for field, said in wrong:
        answer = stage.queue(key, **said)
        told = answer.problem(422)
        expect((told.field or "").startswith(field), f"a problem whose field is {field}")
        expect(_SECRET.encode() not in answer.body, "a problem that does not quote the value")
    stage.queue(key).message(CommandStatus)
    expect(len(stage.agent.fetched()) == 1, "nothing but the good command for the agent")


@QUEUE.rule("signed", "The agent gets a JWS of a key that it knows, and in it exactly what was asked")
def _signed(stage: Stage) -> None:
    stage.agent.clear()
    wanted: dict[str, Any] = {
        "kind": "appointment.reschedule",
        "target": {"resource": "appointment", "id": stage.id("A")},
        "payload": {"start": "2031-03-04T09:30:00", "duration_minutes": 40},
        "expected_version": _VERSION,
    }
    status = stage.queue(**wanted, expires_in=600).message(CommandStatus)
    fetched = stage.agent.fetched()
    expect(len(fetched) == 1, "one command")
    command, count = fetched[0]
    expect(count == 1, "delivery_count 1 at the first delivery")
    told = command.model_dump(include=set(wanted))
    expect(told == wanted, "kind, target, payload and expected_version as asked")
    expect(command.practice_id == stage.agent.practice_id, "the practice's id")
    ids = (command.command_id, command.queue_seq, command.issued_at, command.expires_at)
    expect(ids == (status.command_id, status.queue_seq, status.issued_at, status.expires_at), "ids and times as told")
    lasts = datetime.fromisoformat(command.expires_at) - datetime.fromisoformat(command.issued_at)
    expect(lasts.total_seconds() == 600, "an expiry as far away as asked")


@QUEUE.rule("retry", "Only what ended without effect can be retried, and once at a time")
def _retry(stage: Stage) -> None:
    stage.agent.clear()
    first = stage.queued()
    stage.queue(retry_of=first).problem(409)
    stage.queue(retry_of=stage.id("nobody")).problem(422)
    stage.agent.deliveries()
    stage.agent.reported(first, 1, "conflict", reason_code="double_booked")
    second = stage.queue(retry_of=first).message(CommandStatus)
    expect(second.retry_of == first, "retry_of in the status")
    stage.queue(retry_of=first).problem(409)
    expect([one.retry_of for one, _ in stage.agent.fetched()] == [first], "retry_of in what is signed")
    stage.agent.reported(second.command_id, 1, "verified")
    stage.queue(retry_of=second.command_id).problem(409)


@QUEUE.rule("list", "The practice's commands are listed in order, page by page, and by state")
def _list(stage: Stage) -> None:
    stage.agent.clear()
    ids = [stage.queued() for _ in range(5)]
    stage.agent.deliveries()
    stage.agent.reported(ids[3], 1, "verified")
    after = stage.status(ids[0]).queue_seq - 1
    found: list[str] = []
    more = True
    while more:
        page = stage.read("commands", after=after, limit=2).json()
        found += [one["command_id"] for one in page["commands"]]
        after, more = page["next_after"], page["more"]
    expect(found == ids, "all of them, in the order of queueing")
    first = stage.status(ids[0]).queue_seq - 1
    chosen = stage.read("commands", after=first, state="verified").json()["commands"]
    expect([one["command_id"] for one in chosen] == [ids[3]], "those in the state asked for")
    stage.read("commands/nobody").problem(404, "command_unknown")
