"""``python -m sandbox.opendental_api serve``: the service on a database that a practice was built in."""

from __future__ import annotations

import signal
import sqlite3
import threading
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import pyodbc
import typer

from sandbox.opendental_api.faults import Faulty, Plan
from sandbox.opendental_api.keys import ApiKeys
from sandbox.opendental_api.server import serving, write_ready_file
from sandbox.opendental_api.service import PORT, ApiService

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


@app.callback()
def about() -> None:
    """A stand-in of Open Dental's API Service, for simulated practices."""


@app.command()
def serve(
    connection: Annotated[str, typer.Option(help="A file, or an ODBC connection string, of an Open Dental practice.")],
    port: Annotated[int, typer.Option(help="Port on 127.0.0.1; 0 = any free one.")] = PORT,
    zone: Annotated[str | None, typer.Option(help="Time zone of the practice; else this machine's.")] = None,
    ready_file: Annotated[Path | None, typer.Option(help="Written when it serves: address and keys, as JSON.")] = None,
) -> None:
    """Serve until interrupted; keys are made up at each start.

    Example: python -m sandbox.opendental_api serve --connection practice.db --ready-file api.json
    """

    def clock() -> datetime:
        here = ZoneInfo(zone) if zone else None
        return datetime.now(here).replace(tzinfo=None)  # noqa: TID251 - the practice's own wall clock

    def connect() -> Any:
        if "=" not in connection:
            return sqlite3.connect(connection, check_same_thread=False, timeout=30)
        return pyodbc.connect(connection)

    end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: end.set())
    service = ApiService(connect(), clock, ApiKeys.made_up(), reconnect=connect)
    with serving(Faulty(service, Plan(), clock), port) as served:
        typer.echo(f"{served.url}  Authorization: {served.keys.header}")
        if ready_file is not None:
            write_ready_file(ready_file, served)
        end.wait()


if __name__ == "__main__":
    app()
