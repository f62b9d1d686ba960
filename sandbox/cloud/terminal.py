"""What the verbs of ``practice-cloud`` share: options, tables, and how refusals come out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.wire.cloud import Problem
from sandbox.cloud.database import Database
from sandbox.cloud.service import Cloud
from sandbox.cloud.signing import CommandSigner

T = TypeVar("T")

DB = "sqlite:///practice-cloud.db"
"""The database, unless said otherwise."""

Db = Annotated[
    str,
    typer.Option(
        "--db",
        envvar="PRACTICE_CLOUD_DB",
        help="Database: sqlite:///FILE, or postgresql://user@host/name.",
        show_default=True,
    ),
]
PracticeName = Annotated[str, typer.Option("--practice", help="The practice's id or name.")]
Json = Annotated[bool, typer.Option("--json", help="Machine-readable output.")]


SignerKey = Annotated[
    Path | None,
    typer.Option(
        "--signer-key",
        envvar="PRACTICE_CLOUD_SIGNER_KEY",
        help="The signer's key file; otherwise beside the SQLite file or the development certificate.",
    ),
]


def examples(*lines: str) -> str:
    """The examples at the end of a verb's help."""
    return "\n\n".join(["Examples:", *(f"`{line}`" for line in lines)])


class RefusedError(Exception):
    """The cloud has refused what was asked."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def clock() -> datetime:
    """The time."""
    return datetime.now(UTC)  # noqa: TID251  the composition root of this program: here the clock is handed in


def open_cloud(db: str, signer: CommandSigner | None = None) -> Cloud:
    """The core, on this database."""
    return Cloud(Database(db), clock, signer=signer)


def signer_key(given: Path | None, db: str, dev_tls: Path | None = None) -> Path:
    """Where the signer's keys are."""
    if given is not None:
        return given
    file = db.removeprefix("sqlite:///")
    if file not in ("", db):
        return Path(f"{file}.signer.json")
    return (dev_tls or Path()) / "practice-cloud.signer.json"


def practice_named(cloud: Cloud, name: str) -> str:
    """The id of the practice with this id or name."""
    found = cloud.find_practice(name)
    if found is None:
        raise RefusedError(Problem(code="practice_unknown", title="There is no such practice", status=404))
    return found


def good(answer: T | Problem) -> T:
    """The answer, unless it is a refusal."""
    if isinstance(answer, Problem):
        raise RefusedError(answer)
    return answer


def table(heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print a table; where nobody looks, with tabs."""
    console = Console()
    if not console.is_terminal:
        for row in (heads, *rows):
            typer.echo("\t".join(row))
        return
    shown = Table(*heads)
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))  # what looks like markup is none
    console.print(shown)
