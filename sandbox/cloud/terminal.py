"""What the verbs of ``practice-cloud`` share: options, tables, and how refusals come out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from agent.wire.cloud import Problem
from sandbox.cloud.alarms_seal import Seal, key_from
from sandbox.cloud.database import Database
from sandbox.cloud.service import Cloud
from sandbox.cloud.signing import CommandSigner

T = TypeVar("T")
_SHORT = 14
"""Cells up to this length are never broken."""

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


AlarmKey = Annotated[
    Path | None,
    typer.Option(
        "--alarm-key",
        envvar="PRACTICE_CLOUD_ALARM_KEY",
        help="The key file that seals the secrets of webhooks; otherwise beside the signer's.",
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


def open_cloud(db: str, signer: CommandSigner | None = None, seal: Seal | None = None) -> Cloud:
    """The core, on this database."""
    return Cloud(Database(db), clock, signer=signer, seal=seal)


def alarm_seal(given: Path | None, db: str, dev_tls: Path | None = None) -> Seal:
    """What seals the secrets of webhooks; its key file is made at first use. Raises ``NeedsPerson``."""
    return Seal(key_from(given or _beside(db, dev_tls, "alarms.key")))


def signer_key(given: Path | None, db: str, dev_tls: Path | None = None) -> Path:
    """Where the signer's keys are."""
    return given or _beside(db, dev_tls, "signer.json")


def _beside(db: str, dev_tls: Path | None, name: str) -> Path:
    """A file beside the SQLite file, else beside the development certificate or here."""
    file = db.removeprefix("sqlite:///")
    if file not in ("", db):
        return Path(f"{file}.{name}")
    return (dev_tls or Path()) / f"practice-cloud.{name}"


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


ROOMY = 150
"""Columns of characters from which on a terminal has room for everything."""


def table(
    heads: tuple[str, ...],
    rows: Sequence[tuple[str, ...]],
    roomy: Collection[str] = (),
    colours: Mapping[str, str] | None = None,
) -> None:
    """Print a table; where nobody looks, with tabs. ``roomy``: heads that a narrow terminal is spared; ``colours``:
    cell -> its colour.
    """
    console = Console()
    if not console.is_terminal:
        for row in (heads, *rows):
            typer.echo("\t".join(row))
        return
    kept = [at for at, head in enumerate(heads) if console.width >= ROOMY or head not in roomy]
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for at in kept:
        widest = max((len(row[at]) for row in rows), default=0)
        shown.add_column(heads[at], no_wrap=widest <= _SHORT, overflow="fold")
    for row in rows:  # what looks like markup is none
        shown.add_row(*(Text(row[at], (colours or {}).get(row[at], "")) for at in kept))
    console.print(shown)
