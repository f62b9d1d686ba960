"""Makes ``docs/database-login.md``: a database login that may read exactly the columns that the declarations name.

The statements are for the owner of a database to run; a test runs them on real servers and reads everything with the
login that they make. Nothing of the program imports this.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from agent.sources.eaglesoft.pms import EAGLESOFT
from agent.sources.eaglesoft.writing.rights import WRITES
from agent.sources.grants import LOGIN, OWNER, PASSWORD, mariadb, postgresql, sqlanywhere
from agent.sources.opendental.pms import OPENDENTAL

WRITER = "agent_writer"
_WIDTH = 108

_HEAD = """\
# The database login

Give the agent a login of its own that may read and nothing else. The statements below let it read the columns that its
declarations and its write channel name, and no others: neither passwords nor social security numbers, even if the agent
were to ask. Run them as the database's owner, with a password of your own, then give name and password to the agent:

    practice-agent init --pms opendental --login agent_reader ...

The agent asks for the password, or reads it with `--password-stdin`; it goes into the keyring. `practice-agent doctor`
names every table and column that the login cannot see or read, and what it could do beyond reading; where something is
amiss it prints these statements with the names of the database at hand.

A new version of the agent may read more columns: run the statements of its own page again. A login that may read whole
tables (`GRANT SELECT ON table`) works as well, and saves that."""

_OPENDENTAL = """\
The database is called `opendental` here. For an agent on another machine, name that machine in place of `localhost`.
Tested on MariaDB 10.11."""

_EAGLESOFT = """\
For SQL Anywhere 10 and later. Never run: no SQL Anywhere server could be had. It needs the rights of the database's
administrator, which an office often does not have; then use a login that the vendor gives for reading. The agent sets
options for its own connection only."""

_STAND_IN = """\
For trying things out; Eaglesoft itself does not run on PostgreSQL. Tested on PostgreSQL 15."""


_WRITER = """\
Only for an office that has switched writes on; Open Dental needs none, it is written to through its own API Service. A
login of its own, never the one that reads. Rights are not enough: Eaglesoft lets a connection write only when it is
authenticated by its vendor's means, which the operator must have been given; without it the agent refuses every write
with `channel_read_only`. Never run on a real Eaglesoft."""

_WRITER_STAND_IN = """\
For trying things out. Tested on PostgreSQL 15."""


def page() -> str:
    """The whole page."""
    lines = ["<!-- Made by `make docs`; change the code, not this page. -->", *_HEAD.splitlines()]
    for title, told, statements in (
        ("Open Dental, on MariaDB or MySQL", _OPENDENTAL, mariadb(OPENDENTAL, "opendental", f"'{LOGIN}'@'localhost'")),
        ("Eaglesoft, on SQL Anywhere", _EAGLESOFT, sqlanywhere(EAGLESOFT, LOGIN)),
        ("Eaglesoft's stand-in, on PostgreSQL", _STAND_IN, postgresql(EAGLESOFT, LOGIN)),
        ("A login that writes: Eaglesoft, on SQL Anywhere", _WRITER, sqlanywhere_writer()),
        ("A login that writes: Eaglesoft's stand-in, on PostgreSQL", _WRITER_STAND_IN, postgresql_writer(WRITER)),
    ):
        lines += ["", f"## {title}", "", *told.splitlines(), "", *_shown(statements)]
    return "\n".join(lines) + "\n"


def postgresql_writer(login: str, password: str = PASSWORD) -> list[str]:
    """Statements for a login that writes, on PostgreSQL."""
    grants = (f'GRANT {rights} ON "{OWNER}"."{table}" TO {login}' for table, rights in WRITES.items())
    return [
        f"CREATE ROLE {login} LOGIN PASSWORD '{password}'",
        f'GRANT USAGE ON SCHEMA "{OWNER}" TO {login}',
        *grants,
    ]


def sqlanywhere_writer() -> list[str]:
    """Statements for a login that writes, on SQL Anywhere."""
    grants = (f'GRANT {rights} ON "{OWNER}"."{table}" TO {WRITER}' for table, rights in WRITES.items())
    return [f"CREATE USER {WRITER} IDENTIFIED BY '{PASSWORD}'", *grants]


def _shown(statements: Iterable[str]) -> Iterator[str]:
    for statement in statements:
        first, *rest = textwrap.wrap(f"{statement};", _WIDTH, break_on_hyphens=False, break_long_words=False)
        yield f"    {first}"
        yield from (f"      {line}" for line in rest)
