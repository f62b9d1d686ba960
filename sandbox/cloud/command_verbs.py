"""The verbs of ``practice-cloud`` about commands: queue one, see how they stand, look after the signer's keys."""

from __future__ import annotations

import contextlib
import secrets
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from pydantic import ValidationError

from agent.wire.cloud import Problem
from agent.wire.commands import CommandRequest, CommandStatus
from agent.wire.payloads import TARGETS
from sandbox.cloud.keyfile import KeyFile
from sandbox.cloud.queueing import field_of
from sandbox.cloud.service import Cloud
from sandbox.cloud.signer_process import SignerProcess
from sandbox.cloud.terminal import (
    DB,
    Db,
    Json,
    RefusedError,
    SignerKey,
    clock,
    examples,
    good,
    open_cloud,
    practice_named,
    signer_key,
    table,
)

_LOOK_SECONDS = 0.1
_HELD = frozenset({"needs_person", "awaiting_approval"})

signer_app = typer.Typer(help="The keys that commands are signed with.", no_args_is_help=True)

Practice = Annotated[str, typer.Argument(help="The practice's id or name.")]


def register(app: typer.Typer) -> None:
    """Add the verbs to the program."""
    app.command(
        epilog=examples(
            'practice-cloud command "Elm Street Dental" appointment.confirm --target appointment:A17 --wait 30',
            'practice-cloud command "Elm Street Dental" alert.create --target patient:P4 --payload alert.json',
        )
    )(command)
    app.command(
        epilog=examples(
            'practice-cloud commands "Elm Street Dental"',
            'practice-cloud commands "Elm Street Dental" p4n0x2k8wq.c9d3k2m5r8t1v4x --json',
        )
    )(commands)


def command(
    practice: Practice,
    kind: Annotated[str, typer.Argument(help="What to do: appointment.create, patient.update_contact, ...")],
    target: Annotated[
        str | None, typer.Option(help="On what: RESOURCE:ID; not for patient.create and the agent's own.")
    ] = None,
    payload: Annotated[str | None, typer.Option(help="JSON file of the kind's fields; - = standard input.")] = None,
    expected_version: Annotated[
        str | None, typer.Option(help="Version of the target that the decision is based on.")
    ] = None,
    expires_in: Annotated[int, typer.Option(help="Seconds after which it must not be applied any more.")] = 86_400,
    retry_of: Annotated[str | None, typer.Option(help="The command, ended without effect, that it replaces.")] = None,
    idempotency_key: Annotated[
        str | None, typer.Option(help="Asked again with the same one, nothing is queued twice.")
    ] = None,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for its end.")] = 0,
    db: Db = DB,
    key_file: SignerKey = None,
    as_json: Json = False,
) -> None:
    """Queue a command for a practice's agent; with --wait exit code 0 means that it was done."""
    request = _request(kind, target, payload, expected_version, expires_in, retry_of)
    with contextlib.closing(SignerProcess(signer_key(key_file, db))) as signer:
        cloud = open_cloud(db, signer)
        practice_id = practice_named(cloud, practice)
        status = good(cloud.queue_command(practice_id, idempotency_key or uuid.uuid4().hex, request))
    if wait:
        status = _wait(cloud, practice_id, status, wait)
    typer.echo(status.model_dump_json() if as_json else _told(status))
    if wait and status.state != "verified":
        raise typer.Exit(1 if status.final or status.state in _HELD else 3)


def commands(
    practice: Practice,
    command_id: Annotated[str | None, typer.Argument(help="Only this one, with all its states.")] = None,
    state: Annotated[str | None, typer.Option(help="Only those in this state.")] = None,
    after: Annotated[int, typer.Option(min=0, help="Only those queued after this place.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Commands at most.")] = 100,
    db: Db = DB,
    as_json: Json = False,
) -> None:
    """Show the commands of a practice and how they stand."""
    cloud = open_cloud(db)
    practice_id = practice_named(cloud, practice)
    if command_id is not None:
        one = good(cloud.command_status(practice_id, command_id))
        if as_json:
            typer.echo(one.model_dump_json())
            return
        table(("State", "Since", "Reason"), [(step.state, step.at, step.reason_code or "-") for step in one.steps])
        return
    page = good(cloud.commands(practice_id, after, state, limit))  # type: ignore[arg-type]  # compared as it is
    if as_json:
        typer.echo(orjson.dumps([one.model_dump() for one in page.commands]))
        return
    heads = ("Place", "Command", "Kind", "Target", "State", "Reason", "Since", "Delivered")
    table(heads, [_row(one) for one in page.commands])


@signer_app.command(epilog=examples("practice-cloud signer show"))
def show(db: Db = DB, key_file: SignerKey = None, as_json: Json = False) -> None:
    """Say which keys sign commands; never the private one."""
    _show(KeyFile(signer_key(key_file, db)), as_json)


@signer_app.command(epilog=examples("practice-cloud signer rotate", "practice-cloud signer rotate --revoke"))
def rotate(
    db: Db = DB,
    key_file: SignerKey = None,
    revoke: Annotated[
        bool, typer.Option("--revoke", help="Trust the keys before no more, also for commands under way.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Sign with a new key from now on; agents learn it with the next commands, signed by the one before."""
    file = KeyFile(signer_key(key_file, db))
    file.rotate(clock(), secrets.token_bytes, revoke=revoke)
    _show(file, as_json)


def _show(file: KeyFile, as_json: bool) -> None:
    keys = file.load()
    if as_json:
        typer.echo(keys.public_set().model_dump_json())
        return
    table(("Key", "Retired"), [(str(one.public["kid"]), one.retired_at or "-") for one in keys.keys])


def _request(
    kind: str,
    target: str | None,
    payload: str | None,
    expected_version: str | None,
    expires_in: int,
    retry_of: str | None,
) -> CommandRequest:
    resource, _, record_id = (target or TARGETS.get(kind, "patient")).partition(":")
    try:
        said: dict[str, Any] = {
            "kind": kind,
            "target": {"resource": resource, "id": record_id or None},
            "payload": _payload(payload),
            "expected_version": expected_version,
            "expires_in": expires_in,
            "retry_of": retry_of,
        }
        return CommandRequest.model_validate(said)
    except ValidationError as error:
        where = field_of(error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"])
        raise RefusedError(
            Problem(code="bad_request", title=f"A field is not as documented: {where}", status=422, field=where)
        ) from None


def _payload(source: str | None) -> object:
    if source is None:
        return {}
    try:
        return orjson.loads(sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes())
    except (OSError, orjson.JSONDecodeError):
        raise RefusedError(
            Problem(code="bad_request", title="The payload cannot be read as JSON", status=422, field="payload")
        ) from None


def _wait(cloud: Cloud, practice_id: str, status: CommandStatus, seconds: float) -> CommandStatus:
    ends, tick = time.monotonic() + seconds, threading.Event()
    while not status.final and status.state not in _HELD and time.monotonic() < ends:
        tick.wait(_LOOK_SECONDS)
        status = good(cloud.command_status(practice_id, status.command_id))
    return status


def _told(status: CommandStatus) -> str:
    reason = status.steps[-1].reason_code if status.steps else None
    return f"{status.command_id} {status.state}" + (f" ({reason})" if reason else "")


def _row(one: CommandStatus) -> tuple[str, ...]:
    last = one.steps[-1]
    target = f"{one.target.resource}:{one.target.id}" if one.target.id else one.target.resource
    since = (last.state, last.reason_code or "-", last.at, str(one.delivery_count))
    return (str(one.queue_seq), one.command_id, one.kind, target, *since)
