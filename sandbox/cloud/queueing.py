"""Queueing commands: what is asked for is checked, numbered, signed and kept; once, however often it is asked.

Checks only what can be known without the practice: everything else is the agent's. Refusals name the field that is
wrong and never its value.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import NoReturn

from pydantic import ValidationError
from sqlalchemy import Connection, func, insert, select

from agent.model.canonical import encode
from agent.wire.commands import FINAL, Command, CommandRequest, CommandStatus
from agent.wire.payloads import PAYLOADS, TARGETS
from sandbox.cloud.batches import MAX_DEPTH, nesting
from sandbox.cloud.commanding import see
from sandbox.cloud.enrolments import PLAIN, lock_practice
from sandbox.cloud.names import Entropy, hashed, instant, new_command_id
from sandbox.cloud.refusal import refuse
from sandbox.cloud.schema import command_steps, commands
from sandbox.cloud.signing import CommandSigner, SignerRefused

_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_ID = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,512}")
_FIELD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VERIFIED = "verified"


def queue(
    db: Connection,
    signer: CommandSigner | None,
    practice_id: str,
    idempotency_key: str,
    request: CommandRequest,
    now: datetime,
    entropy: Entropy,
) -> CommandStatus:
    """Queue a command; asked again with the same key it answers how the first one stands."""
    if not _KEY.fullmatch(idempotency_key):
        refuse(400, "idempotency_key_missing", "An Idempotency-Key of 1 to 200 visible ASCII characters is needed")
    lock_practice(db, practice_id)
    key_hash, request_hash = hashed(idempotency_key), _hash_of(request)
    c = commands.c
    before = select(c.command_id, c.request_hash).where(c.practice_id == practice_id, c.key_hash == key_hash)
    if (known := db.execute(before).first()) is not None:
        if known.request_hash != request_hash:
            refuse(422, "idempotency_mismatch", "This Idempotency-Key was used for another request")
        return see(db, practice_id, known.command_id)
    _check(request)
    if request.retry_of is not None:
        _check_retry(db, practice_id, request.retry_of)
    if signer is None:
        refuse(503, "signer_missing", "This cloud has no signer: it cannot send commands")
    last = db.execute(select(func.max(c.queue_seq)).where(c.practice_id == practice_id)).scalar()
    command = Command(
        command_id=new_command_id(practice_id, entropy),
        practice_id=practice_id,
        queue_seq=(last or 0) + 1,
        kind=request.kind,
        target=request.target,
        payload=request.payload,
        expected_version=request.expected_version,
        issued_at=instant(now),
        expires_at=instant(now + timedelta(seconds=request.expires_in)),
        retry_of=request.retry_of,
    )
    try:
        signed = signer.sign(command)
    except SignerRefused as refused:
        refuse(refused.status, refused.code, refused.title)
    _keep(db, command, signed, key_hash, request_hash)
    return see(db, practice_id, command.command_id)


def _keep(db: Connection, command: Command, signed: str, key_hash: str, request_hash: str) -> None:
    whose = {"practice_id": command.practice_id, "command_id": command.command_id}
    db.execute(
        insert(commands).values(
            **whose,
            queue_seq=command.queue_seq,
            key_hash=key_hash,
            request_hash=request_hash,
            kind=command.kind,
            target=command.target.resource,
            target_id=command.target.id,
            jws=signed,
            issued_at=command.issued_at,
            expires_at=command.expires_at,
            state="queued",
            ended=False,
            kept=False,
            delivery_count=0,
            report_number=0,
            retry_of=command.retry_of,
        )
    )
    step = {"number": 1, "state": "queued", "at": command.issued_at, "told_at": command.issued_at}
    db.execute(insert(command_steps).values(**whose, **step))


def _check(request: CommandRequest) -> None:
    """Kind, target and payload are as documented."""
    if request.kind not in PAYLOADS:
        _bad("kind", "There is no such kind of command")
    wanted, target = TARGETS[request.kind], request.target
    if target.resource != wanted:
        _bad("target.resource", f"The target of this kind is a resource {wanted}")
    nameless = wanted == "agent" or request.kind == "patient.create"
    if nameless and target.id is not None:
        _bad("target.id", "The target of this kind has no id")
    if not nameless and (target.id is None or not _ID.fullmatch(target.id)):
        _bad("target.id", "The target of this kind needs the id of a record")
    if nesting(request.payload) > MAX_DEPTH:
        _bad("payload", "The payload is nested too deep")
    try:
        PAYLOADS[request.kind].model_validate(request.payload, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = field_of(("payload", *first["loc"]))
        _bad(where, "A field is missing, unknown, or not as documented")


def field_of(place: tuple[str | int, ...]) -> str:
    """The path of a field; what is no field's name by its look is left out, because callers choose it."""
    words = [str(one) for one in place if isinstance(one, int) or _FIELD.fullmatch(one)]
    return ".".join(words[:8])


def _check_retry(db: Connection, practice_id: str, retry_of: str) -> None:
    """The command before ended without effect, and nothing else stands in its place."""
    c = commands.c
    if not PLAIN.fullmatch(retry_of):
        _bad("retry_of", "There is no such command")
    asked = select(c.state).where(c.practice_id == practice_id, c.command_id == retry_of)
    state = db.execute(asked).scalar()
    if state is None:
        _bad("retry_of", "There is no such command")
    if state not in FINAL or state == _VERIFIED:
        refuse(409, "retry_refused", "Only a command that ended without effect can be retried", field="retry_of")
    others = select(c.state).where(c.practice_id == practice_id, c.retry_of == retry_of)
    if any(one not in FINAL or one == _VERIFIED for one in db.execute(others).scalars()):
        refuse(409, "retry_refused", "This command has been retried already", field="retry_of")


def _hash_of(request: CommandRequest) -> str:
    try:
        return hashlib.sha256(encode(request.model_dump(mode="json"))).hexdigest()
    except (TypeError, ValueError, RecursionError):
        _bad("payload", "The payload is not JSON")


def _bad(field: str, title: str) -> NoReturn:
    refuse(422, "bad_command", f"{title} ({field})", field=field)
