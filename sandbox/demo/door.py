"""The way into the practice for writes: what ``practice-agent writes setup`` is given, and what has to run for it.

Open Dental is written through its API: a stand-in of the API service runs beside the front desk, in this process, so
that the desk knows of all that it writes. Eaglesoft is written by SQL: where its database has logins, the agent gets
one for that, with the rights that its writes need and no others.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.demo.office import Access, FrontDesk, wall_clock
from sandbox.opendental_api.installed import installed
from sandbox.opendental_api.keys import ApiKeys
from sandbox.opendental_api.server import Served
from sandbox.practice.schema import POSTGRESQL_SCHEMA

_LOGIN = "practice_writer"
_PATIENCE = "Timeout=2000;"
"""A file is locked while somebody else writes: how long to wait for that, in milliseconds."""
_DENTIST = 1
_RIGHTS = {
    "appointment": "SELECT, INSERT, UPDATE",
    "appointment_provider": "SELECT, INSERT, UPDATE, DELETE",
    "appt_log": "SELECT, INSERT",
    "operatory_notes": "SELECT, INSERT",
    "patient": "SELECT, UPDATE",
}
"""Table -> what the kinds that are shown need there."""


@dataclass(slots=True)
class Door:
    """What a person would give ``writes setup``."""

    options: list[str]
    """Of the command."""
    typed: str
    """The secrets, one a line, in the order in which they are asked for."""
    api: ApiDoor | None = None
    """The API, where there is one."""

    def open(self) -> None:
        """Let writes in (again)."""
        if self.api is not None:
            self.api.open()

    def close(self) -> None:
        """Let nothing in any more."""
        if self.api is not None:
            self.api.close()


class ApiDoor:
    """Open Dental's API service beside the front desk; closed and opened again it keeps its port and its keys."""

    def __init__(self, front: FrontDesk, time: Callable[[], float]) -> None:
        self._front = front
        self._time = time
        self._served: Served | None = None
        self._port = 0
        self.keys = ApiKeys.made_up()
        """Who is let in."""

    @property
    def url(self) -> str:
        """Where it is; known once it was opened."""
        assert self._served is not None
        return self._served.url

    def open(self) -> None:
        """Take requests, on a connection of its own."""
        service = installed(
            lambda: self._front.desk, self._front.connect, clock=lambda: wall_clock(self._time()), keys=self.keys
        )
        self._served = Served(service, self._port)
        self._served.start()
        self._port = self._served.port

    def close(self) -> None:
        """Take no more."""
        if self._served is not None:
            self._served.stop()
        self._served = None


def into_opendental(front: FrontDesk, time: Callable[[], float]) -> Door:
    """The API; it is open when this returns."""
    api = ApiDoor(front, time)
    api.open()
    typed = f"{api.keys.developer}\n{api.keys.customer}\n"
    return Door(["--api-url", api.url], typed, api)


def into_eaglesoft(front: FrontDesk, access: Access) -> Door:
    """The database itself; where it has logins, with one of its own."""
    user = next(str(one.key) for one in front.practice.providers.values() if one.role == _DENTIST and one.status == "A")
    if access.database is None:
        return Door(["--connection", access.connection + _PATIENCE, "--user", user], "\n")
    password = secrets.token_urlsafe(16)
    access.database.run(*_rights(password))
    return Door(["--connection", access.connection, "--login", _LOGIN, "--user", user], f"{password}\n\n")


def _rights(password: str) -> list[str]:
    schema = f'"{POSTGRESQL_SCHEMA}"'
    return [
        f"CREATE ROLE {_LOGIN} LOGIN PASSWORD '{password}'",
        f"GRANT USAGE ON SCHEMA {schema} TO {_LOGIN}",
        *(f'GRANT {rights} ON {schema}."{table}" TO {_LOGIN}' for table, rights in _RIGHTS.items()),
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {_LOGIN}",
    ]
