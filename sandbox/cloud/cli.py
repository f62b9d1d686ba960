"""``practice-cloud``: run the reference cloud, invite agents, look at what arrived. Owns texts and exit codes only."""

from __future__ import annotations

import contextlib
import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from agent.model.errors import AgentError, NeedsPerson, Retry
from sandbox.cloud import command_verbs, fleet_verbs
from sandbox.cloud.alarms_rules import Limits
from sandbox.cloud.alarms_serving import LOOK_SECONDS, watching
from sandbox.cloud.alarms_verbs import alarms_app
from sandbox.cloud.bundle_verbs import bundles_app
from sandbox.cloud.faults import Faults
from sandbox.cloud.fleet_schema import FLEET
from sandbox.cloud.openapi import document
from sandbox.cloud.server import Place, serve, write_ready_file
from sandbox.cloud.signer_process import SignerProcess
from sandbox.cloud.signing import SignerLimits, SignerRefused
from sandbox.cloud.terminal import (
    DB,
    AlarmKey,
    Db,
    Json,
    PracticeName,
    RefusedError,
    SignerKey,
    alarm_seal,
    clock,
    examples,
    good,
    open_cloud,
    practice_named,
    signer_key,
    table,
)
from sandbox.cloud.tls import ServerTls, development_tls
from sandbox.conformance import verb

EXIT_REFUSED = 1
"""The cloud refuses: no such practice, hold, ..."""
EXIT_USAGE = 2
"""The command line is wrong."""
EXIT_RETRY = 3
"""It may work later: the database does not answer."""
EXIT_PERSON = 4
"""Somebody must change something first: address, certificate, database."""


app = typer.Typer(
    help="The reference cloud of Practice Agent.\n\nExit codes: 0 done, 1 refused, 2 wrong usage, 3 try again later, "
    "4 somebody must act first.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
holds_app = typer.Typer(help="Deletes that wait for a person.", invoke_without_command=True)
app.add_typer(holds_app, name="holds")
app.add_typer(bundles_app, name="bundles")
app.add_typer(command_verbs.signer_app, name="signer")
app.add_typer(alarms_app, name="alarms")
command_verbs.register(app)
fleet_verbs.register(app)
verb.register(app)


@app.command(
    name="serve",
    epilog=examples(
        "practice-cloud serve --dev-tls tls",
        "practice-cloud serve --db postgresql://cloud@db/cloud --port 443 --cert server.pem --key server-key.pem",
    ),
)
def serve_command(
    db: Db = DB,
    host: Annotated[str, typer.Option(help="Address to bind.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to bind; 0 = any free one.")] = 8443,
    cert: Annotated[Path | None, typer.Option(help="PEM file of the server certificate and its chain.")] = None,
    key: Annotated[Path | None, typer.Option(help="PEM file of its key.")] = None,
    dev_tls: Annotated[Path | None, typer.Option(help="Folder for a development CA and certificate.")] = None,
    public_url: Annotated[str | None, typer.Option(help="The address by which agents know this cloud.")] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Written when up: JSON with url, ca, pid.")] = None,
    faults: Annotated[
        bool, typer.Option("--faults", envvar="PRACTICE_CLOUD_FAULTS", help="Faults on purpose.")
    ] = False,
    key_file: SignerKey = None,
    alarm_key: AlarmKey = None,
    per_minute: Annotated[
        int, typer.Option("--commands-per-minute", min=1, help="Commands of a practice that the signer signs.")
    ] = SignerLimits().per_minute,
    per_hour: Annotated[
        int, typer.Option("--commands-per-hour", min=1, help="Commands of a practice that the signer signs.")
    ] = SignerLimits().per_hour,
    look_every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks for alarms.")] = LOOK_SECONDS,
    oldest_agent: Annotated[
        str | None, typer.Option(help="Oldest version of the agent that is supported: older ones raise an alarm.")
    ] = None,
) -> None:
    """Serve the contract over TLS until Ctrl-C; the signer of commands runs beside it, in a process of its own."""
    if dev_tls is not None:
        tls = development_tls(dev_tls, *([] if host in {"0.0.0.0", "::"} else [host]))  # noqa: S104
    elif cert is not None and key is not None:
        tls = ServerTls(cert, key)
    else:
        raise NeedsPerson("tls_missing", "The cloud needs a certificate", "Give --cert and --key, or --dev-tls.")
    for path in (tls.certificate, tls.key):
        if not path.is_file():
            raise NeedsPerson("tls_missing", "A certificate file is missing", f"There is no file {path}.")
    limits = SignerLimits(per_minute, per_hour)
    with contextlib.closing(SignerProcess(signer_key(key_file, db, dev_tls), limits, make=True)) as signer:
        cloud = open_cloud(db, signer, alarm_seal(alarm_key, db, dev_tls))
        try:
            signer.key_set()
        except SignerRefused as refused:
            raise NeedsPerson(refused.code, refused.title, "Check --signer-key and the rights of its file.") from None

        def up(url: str) -> None:
            if ready_file is not None:
                write_ready_file(ready_file, url, tls.ca)
            Console().print(f"practice-cloud serves {url}" + (f", CA {tls.ca}" if tls.ca else ""), soft_wrap=True)

        with watching(cloud, clock, tls.certificate, Limits(oldest_agent=oldest_agent), every=look_every):
            serve(cloud, tls, Place(host, port, public_url), faults=Faults() if faults else None, ready=up)


@app.command(epilog=examples('practice-cloud invite --practice "Elm Street Dental"'))
def invite(
    practice: PracticeName,
    db: Db = DB,
    days: Annotated[int, typer.Option(min=1, max=90, help="Days that the code is good for.")] = 7,
) -> None:
    """Print a one-time enrolment code; a practice that does not exist yet is made."""
    cloud = open_cloud(db)
    practice_id = cloud.find_practice(practice) or cloud.add_practice(practice)
    typer.echo(good(cloud.invite(practice_id, timedelta(days=days))).code)


@app.command(
    epilog=examples(
        'practice-cloud key --practice "Elm Street Dental" --label warehouse',
        'practice-cloud key --practice "Elm Street Dental" --label booking --write',
        "practice-cloud key --fleet --label dashboard",
    )
)
def key(
    practice: Annotated[str | None, typer.Option("--practice", help="The practice's id or name.")] = None,
    db: Db = DB,
    label: Annotated[str, typer.Option(help="What the key is for.")] = "reader",
    write: Annotated[bool, typer.Option("--write", help="It may also queue commands.")] = False,
    fleet: Annotated[bool, typer.Option("--fleet", help="How all practices fare, and no practice's data.")] = False,
) -> None:
    """Print a key with which the practice's data can be read; it is shown this once."""
    if fleet == (practice is not None) or (fleet and write):
        raise typer.BadParameter("give --practice, with --write where it may write, or --fleet alone")
    cloud = open_cloud(db)
    if practice is None:
        typer.echo(good(cloud.add_reader_key(FLEET, label)))
        return
    typer.echo(good(cloud.add_reader_key(practice_named(cloud, practice), label, may_write=write)))


@app.command(epilog=examples("practice-cloud practices --json"))
def practices(db: Db = DB, as_json: Json = False) -> None:
    """List the practices and how far their feeds have come."""
    found = open_cloud(db).practices()
    if as_json:
        typer.echo(orjson.dumps([one.model_dump() for one in found]))
        return
    rows = [(one.practice_id, one.name, one.agent_id or "-", str(one.epoch), str(one.feed_seq)) for one in found]
    table(("Practice", "Name", "Agent", "Epoch", "Feed"), rows)


@app.command(
    epilog=examples(
        'practice-cloud changes --practice "Elm Street Dental" --after 1200',
        'practice-cloud changes --practice "Elm Street Dental" --json --limit 1000',
    )
)
def changes(
    practice: PracticeName,
    db: Db = DB,
    after: Annotated[int, typer.Option(min=0, help="Entries after this number.")] = 0,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Entries at most.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Whole entries, one a line: patient data.")] = False,
) -> None:
    """Show a piece of a practice's feed."""
    cloud = open_cloud(db)
    entries, _, _ = cloud.changes(practice_named(cloud, practice), after, limit)
    if as_json:
        for entry in entries:
            typer.echo(entry)
        return
    rows = []
    for one in map(orjson.loads, entries):
        rows.append((str(one["feed_seq"]), one["received_at"], one["op"], one["resource"], one["cause"]))
    table(("Feed", "Received", "Op", "Resource", "Cause"), rows)


@holds_app.callback(epilog=examples("practice-cloud holds", "practice-cloud holds accept p4n0x2k8wq.1"))
def holds(
    context: typer.Context,
    practice: Annotated[str | None, typer.Option("--practice", help="Only this practice.")] = None,
    db: Db = DB,
    as_json: Json = False,
) -> None:
    """List the deletes that wait for a person."""
    context.obj = db
    if context.invoked_subcommand is not None:
        return
    cloud = open_cloud(db)
    whose = [practice_named(cloud, practice)] if practice else [one.practice_id for one in cloud.practices()]
    found = [hold for practice_id in whose for hold in cloud.holds(practice_id)]
    if as_json:
        typer.echo(orjson.dumps([one.model_dump() for one in found]))
        return
    rows = [(one.hold_id, one.resource, f"{one.missing} of {one.present}", one.made_at) for one in found]
    table(("Hold", "Resource", "Would be deleted", "Since"), rows)


@holds_app.command(epilog=examples("practice-cloud holds accept p4n0x2k8wq.1"))
def accept(
    context: typer.Context,
    hold_id: Annotated[str, typer.Argument(help="The hold, as listed.")],
    db: Annotated[str | None, typer.Option("--db", help="Database, as for all commands.")] = None,
) -> None:
    """Let a hold's deletes happen."""
    gone = good(open_cloud(db or str(context.obj)).accept_hold(hold_id))
    typer.echo(f"{gone} records deleted")


@app.command(epilog=examples("practice-cloud openapi --out docs/openapi.json"))
def openapi(
    out: Annotated[Path | None, typer.Option(help="Write it to this file.")] = None,
) -> None:
    """Print the contract's OpenAPI document."""
    text = orjson.dumps(document(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
    if out is None:
        typer.echo(text, nl=False)
    else:
        out.write_bytes(text)


def main() -> None:
    """Run the command line; errors become a sentence and an exit code."""
    errors = Console(stderr=True)
    try:
        app()
    except AgentError as error:
        errors.print(f"{error.title} ({error.code}). {error.advice}", style="red", markup=False, soft_wrap=True)
        sys.exit(EXIT_RETRY if isinstance(error, Retry) else EXIT_PERSON)
    except RefusedError as error:
        errors.print(f"{error.problem.title} ({error.problem.code}).", style="red", markup=False, soft_wrap=True)
        sys.exit(EXIT_REFUSED)


if __name__ == "__main__":
    main()
