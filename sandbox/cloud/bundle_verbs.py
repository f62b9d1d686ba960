"""The verbs of ``practice-cloud`` about diagnostics bundles: list them, get one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from sandbox.cloud.terminal import DB, Db, Json, examples, good, open_cloud, practice_named, table

bundles_app = typer.Typer(help="Diagnostics bundles that agents have sent.", no_args_is_help=True)


@bundles_app.command(
    name="list", epilog=examples("practice-cloud bundles list", 'practice-cloud bundles list "Elm Street Dental"')
)
def list_bundles(
    practice: Annotated[str | None, typer.Argument(help="Only this practice's: id or name.")] = None,
    db: Db = DB,
    as_json: Json = False,
) -> None:
    """List the bundles, newest first. Ask for one with the command agent.collect_diagnostics."""
    cloud = open_cloud(db)
    found = cloud.bundles(None if practice is None else practice_named(cloud, practice))
    if as_json:
        typer.echo(orjson.dumps([one.model_dump() for one in found]))
        return
    names = {one.practice_id: one.name for one in cloud.practices()}
    rows = [
        (one.bundle, names.get(one.practice_id, one.practice_id), one.received_at, one.agent_version, str(one.size))
        for one in found
    ]
    table(("Bundle", "Practice", "Received", "Agent", "Bytes"), rows)


@bundles_app.command(epilog=examples("practice-cloud bundles get PA-7K2M-X9QD --out bundle.zip"))
def get(
    bundle: Annotated[str, typer.Argument(help="The incident's id, as the agent or the list says it.")],
    out: Annotated[
        Path | None, typer.Option(help="File to write; PA-....zip in this folder where none is given.")
    ] = None,
    db: Db = DB,
) -> None:
    """Write a bundle to a file."""
    name = bundle.strip().upper()
    content = good(open_cloud(db).bundle(name))
    file = out or Path(f"{name}.zip")
    file.write_bytes(content)
    typer.echo(str(file))
