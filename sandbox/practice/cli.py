"""The simulated practice by hand: ``python -m sandbox.practice build`` makes one, ``work`` lets its front desk work.

DATABASE is a file (SQLite) or an ODBC connection string (MariaDB, PostgreSQL). The model of the practice is kept beside
it, in a file of its own, because the database alone does not tell what must be true.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Annotated, Any

import typer

from sandbox.practice.build import Size, build
from sandbox.practice.desk import WEIGHTS, Desk
from sandbox.practice.engine import open_file
from sandbox.practice.oddities import OVER_ODBC
from sandbox.practice.oracle import totals
from sandbox.practice.saved import load, save
from sandbox.practice.schema import Pms

app = typer.Typer(no_args_is_help=True, add_completion=False, help=(__doc__ or "").partition("\n")[0])

Where = Annotated[str, typer.Argument(metavar="DATABASE", help="A file, or an ODBC connection string.")]
Model = Annotated[Path | None, typer.Option(help="Where the model is kept; beside the file unless told.")]


@app.command("build")
def build_command(
    pms: Annotated[str, typer.Argument(help="eaglesoft or opendental")],
    database: Where,
    seed: int = 1,
    patients: int = 600,
    appointments: int = 4000,
    ledger: int = 8000,
    sites: int = 3,
    zone: str = "America/New_York",
    random_keys: bool = False,
    model: Model = None,
) -> None:
    """Build a practice: empty tables are filled, filled ones replaced.

    Example: python -m sandbox.practice build eaglesoft practice.db --patients 200
    """
    if pms not in ("eaglesoft", "opendental"):
        raise typer.BadParameter("eaglesoft or opendental", param_hint="PMS")
    kind: Pms = "eaglesoft" if pms == "eaglesoft" else "opendental"
    place = _model_path(database, model)
    with closing(_connect(database, kind)) as connection:
        practice = build(
            kind,
            connection,
            seed,
            Size(patients, appointments, ledger, sites),
            now=_clock(),
            zone=zone,
            odd=OVER_ODBC,
            random_keys=random_keys,
        )
    save(practice, place)
    lines = sum(len(book) for book in practice.ledger().values())
    typer.echo(f"{len(practice.patients)} patients, {len(practice.appointments)} appointments, {lines} ledger lines")


@app.command()
def work(
    database: Where,
    count: Annotated[int, typer.Option(help="How many operations; 0 = until interrupted.")] = 0,
    pace: Annotated[float, typer.Option(help="Operations a second; 0 = as fast as it can.")] = 1.0,
    only: Annotated[list[str] | None, typer.Option(help="Only operations of these names.")] = None,
    seed: Annotated[int, typer.Option(help="Other seeds do other things.")] = 1,
    model: Model = None,
) -> None:
    """Let the front desk work; prints the names of its operations.

    Example: python -m sandbox.practice work practice.db --pace 2 --only book --only move
    """
    unknown = set(only or ()) - WEIGHTS.keys()
    if unknown:
        raise typer.BadParameter(f"no such operation: {', '.join(sorted(unknown))}", param_hint="--only")
    place = _model_path(database, model)
    practice = load(place)
    pause = threading.Event()
    with closing(_connect(database, practice.pms)) as connection:
        desk = Desk(practice, connection, Random(f"{seed} {practice.now}"))
        done = 0
        try:
            while not count or done < count:
                desk.now = _clock()
                typer.echo(desk.work(1, frozenset(only) if only else None)[0])
                done += 1
                pause.wait(1 / pace if pace > 0 else 0)
        except KeyboardInterrupt:
            typer.echo(f"{done} operations")
        finally:
            save(practice, place)


@app.command("totals")
def totals_command(database: Where, days: int = 7, model: Model = None) -> None:
    """Sums per day and location, as the model has them: charges, payments, adjustments, appointments."""
    sums = totals(load(_model_path(database, model)))
    today = str(_clock().date())
    shown = sorted({day for day, _ in sums if day <= today})[-days:]
    typer.echo(f"{'day':10}  {'site':>4}  {'charges':>12}  {'payments':>12}  {'adjustments':>12}  visits")
    for (day, site), one in sorted(sums.items(), key=str):
        if day in shown:
            typer.echo(
                f"{day:10}  {site or '-':>4}  {one.charges:>12}  {one.payments:>12}  {one.adjustments:>12}"
                f"  {one.appointments:>6}"
            )


def _model_path(database: str, model: Path | None) -> Path:
    if model is not None:
        return model
    if "=" in database:
        raise typer.BadParameter("say with --model where the practice's model is kept", param_hint="--model")
    return Path(database + ".model.json")


def _connect(database: str, pms: Pms) -> Any:
    if "=" not in database:
        path = Path(database)
        if not path.exists():
            return open_file(pms, database)
        return sqlite3.connect(path, check_same_thread=False, timeout=30)
    import pyodbc

    return pyodbc.connect(database)


def _clock() -> datetime:
    """The practice's clock is this machine's, as it is for a real one."""
    return datetime.now().replace(microsecond=0)  # noqa: DTZ005, TID251 - the practice's own wall clock
