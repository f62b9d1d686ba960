"""The verbs ``practice-cloud alarms ...``: webhooks, their log, a test. Owns texts and exit codes only."""

from __future__ import annotations

import dataclasses
from typing import Annotated

import orjson
import typer

from sandbox.cloud.alarms_sending import Sender
from sandbox.cloud.terminal import (
    DB,
    AlarmKey,
    Db,
    Json,
    alarm_seal,
    clock,
    examples,
    good,
    open_cloud,
    practice_named,
    table,
)

alarms_app = typer.Typer(help="Alarms: the webhooks that are told, and what they were told.", no_args_is_help=True)

TargetId = Annotated[str, typer.Argument(help="The webhook, as listed.")]


@alarms_app.command(
    epilog=examples(
        "practice-cloud alarms add https://hooks.example/practice",
        'practice-cloud alarms add https://hooks.example/elm --practice "Elm Street Dental"',
    )
)
def add(
    url: Annotated[str, typer.Argument(help="Where messages are sent: https; http only on this machine.")],
    practice: Annotated[
        str | None, typer.Option("--practice", help="Only this practice's alarms; otherwise all.")
    ] = None,
    db: Db = DB,
    key_file: AlarmKey = None,
    as_json: Json = False,
) -> None:
    """Add a webhook, and print its secret, which is shown this once."""
    cloud = open_cloud(db, seal=alarm_seal(key_file, db))
    practice_id = practice_named(cloud, practice) if practice is not None else None
    target_id, secret = good(cloud.alarms.add(url, practice_id))
    if as_json:
        typer.echo(orjson.dumps({"target_id": target_id, "secret": secret}))
    else:
        typer.echo(f"{target_id}\t{secret}")


@alarms_app.command(name="list", epilog=examples("practice-cloud alarms list"))
def list_targets(db: Db = DB, as_json: Json = False) -> None:
    """List the webhooks and whether they take what they are sent."""
    found = open_cloud(db).alarms.targets()
    if as_json:
        typer.echo(orjson.dumps([dataclasses.asdict(one) for one in found]))
        return
    rows = [
        (
            one.target_id,
            one.practice_id or "all",
            one.url,
            one.taken_at or "-",
            one.failure or "-",
            str(one.waiting),
            str(one.dead),
        )
        for one in found
    ]
    table(("Webhook", "Practice", "Address", "Took last", "Failure", "Waiting", "Given up"), rows)


@alarms_app.command(epilog=examples("practice-cloud alarms remove w4n0x2k8wq"))
def remove(target_id: TargetId, db: Db = DB) -> None:
    """Send nothing there any more, not even what waits."""
    good(open_cloud(db).alarms.remove(target_id))


@alarms_app.command(name="test", epilog=examples("practice-cloud alarms test w4n0x2k8wq"))
def try_target(target_id: TargetId, db: Db = DB, key_file: AlarmKey = None) -> None:
    """Send a test message, once; exit code 1 when it was not taken."""
    failure = good(open_cloud(db, seal=alarm_seal(key_file, db)).alarms.test(target_id, Sender(clock)))
    typer.echo("taken" if failure is None else f"not taken: {failure}")
    if failure is not None:
        raise typer.Exit(1)


@alarms_app.command(epilog=examples("practice-cloud alarms resend w4n0x2k8wq"))
def resend(target_id: TargetId, db: Db = DB) -> None:
    """Have the serving cloud send once more what the webhook did not take and was given up."""
    typer.echo(f"{good(open_cloud(db).alarms.again(target_id))} messages wait again")


@alarms_app.command(epilog=examples("practice-cloud alarms log", 'practice-cloud alarms log --practice "Elm" --json'))
def log(
    practice: Annotated[str | None, typer.Option("--practice", help="Only this practice's.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Lines at most.")] = 50,
    db: Db = DB,
    as_json: Json = False,
) -> None:
    """Show the newest messages and what became of each at each webhook."""
    cloud = open_cloud(db)
    found = cloud.alarms.log(practice_named(cloud, practice) if practice is not None else None, limit)
    if as_json:
        typer.echo(orjson.dumps([dataclasses.asdict(one) for one in found]))
        return
    rows = [
        (one.at, one.kind, one.alarm_id, one.target_id or "-", one.state, str(one.attempts), one.failure or "-")
        for one in found
    ]
    table(("At", "Kind", "Alarm", "Webhook", "State", "Attempts", "Failure"), rows)
