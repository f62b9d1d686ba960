"""``practice-agent init``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from agent.cli import screen
from agent.cli.options import HomeDir, examples
from agent.model.errors import NeedsPerson

EXAMPLES = examples(
    'practice-agent init --pms eaglesoft --connection "DSN=Eaglesoft" --login reader --time-zone America/New_York '
    "--cloud https://feed.example.com",
    'practice-agent init --pms opendental --connection "Driver=MariaDB;Server=db;Database=opendental" --login reader '
    "--password-stdin --time-zone America/Chicago --cloud https://feed.example.com < password.txt",
)


def init(
    pms: Annotated[str, typer.Option("--pms", metavar="eaglesoft|opendental", help="The practice-management system.")],
    connection: Annotated[
        str, typer.Option(metavar="STRING", help="ODBC connection string without user name and password, or DSN=name.")
    ],
    time_zone: Annotated[
        str, typer.Option(metavar="ZONE", help="IANA time zone of the practice, for example America/New_York.")
    ],
    cloud: Annotated[str, typer.Option(metavar="URL", help="Address of the cloud, https:// only.")],
    dialect: Annotated[
        str | None,
        typer.Option(
            metavar="sqlanywhere|mariadb|postgresql|sqlite", help="Database engine; guessed from the driver's name."
        ),
    ] = None,
    login: Annotated[str | None, typer.Option(metavar="NAME", help="Database user; the password is asked for.")] = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
    schema: Annotated[
        str | None, typer.Option(metavar="NAME", help="Owner of the tables, where it is not the usual one.")
    ] = None,
    ca_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="PEM file of a certificate authority to trust for the cloud alone."),
    ] = None,
    proxy: Annotated[str | None, typer.Option(metavar="URL", help="HTTP proxy to go through.")] = None,
    location: Annotated[
        list[str] | None,
        typer.Option(metavar="ID=NAME[=ZONE]", help="An office that the PMS does not list; repeatable."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace settings that are there; the data stays.")] = False,
    home: HomeDir = None,
) -> None:
    """Write the settings of a practice; put its password and a sealing key into the keyring."""
    from agent.host import setup
    from agent.host.home import Home

    given = setup.Given(
        pms=pms,
        connection=connection,
        time_zone=time_zone,
        cloud=cloud,
        dialect=dialect,
        login=login,
        schema=schema,
        ca_file=None if ca_file is None else str(ca_file.absolute()),
        proxy=proxy,
        locations=location or (),
    )
    opened = Home.open(home)
    setup.refuse_second(opened, force=force)
    try:
        setup.settings_of(given)  # before a password is asked for
        settings = setup.init(opened, given, _password(login, password_stdin), force=force)
    except setup.Unusable as error:
        raise typer.BadParameter(error.title) from None
    guessed = "" if dialect else " (guessed; --dialect says otherwise)"
    screen.say(f"Wrote {opened.settings}")
    screen.say(f"Database engine: {settings.source.dialect}{guessed}")
    screen.say("Next: `practice-agent doctor` checks everything, then `practice-agent enroll CODE`.")


def _password(login: str | None, from_stdin: bool) -> str | None:
    if login is None:
        if from_stdin:
            raise typer.BadParameter("--password-stdin needs --login")
        return None
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise NeedsPerson(
            "not_confirmed", "The password must be given and nobody can be asked", "Give it with --password-stdin."
        )
    return str(typer.prompt(f"Password of {login}", hide_input=True, default="", show_default=False, err=True))
