"""``practice-cloud conformance``: any cloud proves that it keeps the contract. Owns texts and the exit code only."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer

from sandbox.conformance.caller import Caller
from sandbox.conformance.stage import Clock, Stage
from sandbox.conformance.suite import Finding, check

_EXAMPLE = """Examples:

`practice-cloud conformance https://127.0.0.1:8443 --ca tls/ca.pem --code CODE1 --code CODE2 --key KEY`

`practice-cloud conformance https://cloud.example --code CODE1 --code CODE2 --key KEY --only delivery --json`"""


def register(app: typer.Typer) -> None:
    """Add the verb to the program."""
    app.command(epilog=_EXAMPLE)(conformance)


def conformance(
    url: Annotated[str, typer.Argument(help="The cloud's address: https://...")],
    code: Annotated[list[str], typer.Option(help="A fresh enrolment code; two of one practice are needed.")],
    key: Annotated[str, typer.Option(help="A key of the practice that may read and write.")],
    read_key: Annotated[str | None, typer.Option(help="A key of it that may only read.")] = None,
    ca: Annotated[Path | None, typer.Option(help="PEM file of the CA; otherwise the machine's trust.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only rules whose names begin so.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable output.")] = False,
) -> None:
    """Prove rule by rule that a cloud keeps the contract; exit code 1 when it does not.

    Behaves as an agent and as an integrator, and leaves records and commands of its own behind: give it a practice
    that is made for this. Takes about a minute, half of it waiting for a command to expire.
    """
    if len(set(code)) < 2:
        raise typer.BadParameter("two different codes are needed", param_hint="--code")
    if not url.startswith("https://"):
        raise typer.BadParameter("an https:// address is needed", param_hint="URL")
    stage = Stage(Caller(url, ca), Clock(_now, _wait), code, key, read_key)
    findings: list[Finding] = []
    try:
        for one in check(stage, only or ()):
            findings.append(one)
            if not as_json:
                typer.echo(_line(one))
    finally:
        stage.close()
    broken = sum(not one.ok for one in findings)
    if as_json:
        typer.echo(orjson.dumps([one.model_dump() for one in findings], option=orjson.OPT_INDENT_2))
    else:
        typer.echo(f"{len(findings) - broken} of {len(findings)} rules are kept")
    raise typer.Exit(1 if broken or not findings else 0)


def _line(one: Finding) -> str:
    if one.ok:
        return f"ok      {one.rule:24} {one.title}"
    return f"FAILED  {one.rule:24} {one.title}; expected: {one.expected}"


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251  the composition root of this verb


def _wait(seconds: float) -> None:
    threading.Event().wait(seconds)
