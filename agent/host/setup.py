"""Makes a home folder ready: settings from what a person gave, password and sealing key into the keyring.

Never asks anybody anything and never touches the practice's database or the cloud.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from agent.host import settings_file
from agent.host.home import Home
from agent.host.secret_names import DATABASE_PASSWORD, STORE_KEY
from agent.host.settings import Settings
from agent.model.errors import AgentError, NeedsPerson, Terminal
from agent.platform.secrets import Secrets
from agent.store.sealing import new_master_key

_DRIVERS: tuple[tuple[str, str], ...] = (
    (r"sql ?anywhere|sqlany|adaptive server anywhere|dbodbc", "sqlanywhere"),
    (r"mariadb|mysql|libmaodbc|libmyodbc", "mariadb"),
    (r"postgres|psqlodbc", "postgresql"),
    (r"sqlite", "sqlite"),
)
"""What a driver's name or file says of the engine behind it."""

_USUAL = {"eaglesoft": "sqlanywhere", "opendental": "mariadb"}
"""The engine that a PMS runs on when the driver's name tells nothing (a DSN)."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a person gave."""

    pms: str
    connection: str
    time_zone: str
    cloud: str
    dialect: str | None = None
    """None = guess it."""
    login: str | None = None
    schema: str | None = None
    ca_file: str | None = None
    proxy: str | None = None
    locations: Sequence[str] = ()
    """``ID=NAME`` or ``ID=NAME=ZONE`` each."""


class Unusable(Terminal):
    """What was given makes no settings."""


def guess_dialect(pms: str, connection: str) -> str | None:
    """The engine behind a connection string, by its driver's name, else the one that the PMS comes with."""
    driver = re.search(r"(?i)(?:^|;)\s*driver\s*=\s*(\{[^}]*\}|[^;]*)", connection)
    for pattern, dialect in _DRIVERS:
        if re.search(pattern, driver[1] if driver else connection, re.IGNORECASE):
            return dialect
    return None if driver else _USUAL.get(pms)


def settings_of(given: Given, former: Settings | None = None) -> Settings:
    """The settings; pace, limits, writes and codes are kept from ``former``, so is the login at the same proxy.

    Raises:
        Unusable: names everything that is wrong.
    """
    dialect = given.dialect or guess_dialect(given.pms, given.connection)
    if dialect is None:
        raise _unusable(["the driver's name does not tell the database engine: say it with --dialect"])
    raw: dict[str, Any] = {
        "practice": {
            "pms": given.pms,
            "time_zone": given.time_zone,
            "location": [_location(text) for text in given.locations],
        },
        "source": _present(dialect=dialect, connection=given.connection, login=given.login, schema=given.schema),
        "cloud": _present(url=given.cloud, ca_file=given.ca_file, proxy=given.proxy),
    }
    if former is not None:
        if former.cloud.proxy == given.proxy and former.cloud.proxy_login is not None:
            raw["cloud"]["proxy_login"] = former.cloud.proxy_login
        raw |= {"pace": former.pace, "limits": former.limits, "writes": former.writes, "codes": former.codes}
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        raise _unusable(
            [f"{'.'.join(map(str, f['loc']))} {f['msg'].removeprefix('Value error, ')}" for f in faults]
        ) from None


def init(home: Home, given: Given, password: str | None, *, force: bool = False) -> Settings:
    """Write the settings and keep the secrets; the settings come last, so that their presence means ready.

    Raises:
        NeedsPerson: ``already_initialised`` when there are settings and ``force`` is not given; ``home_unusable``.
        Unusable: ``options_invalid``.
    """
    refuse_second(home, force=force)
    former = _former(home)
    settings = settings_of(given, former)
    secrets = Secrets(home.path)
    if password is None:
        secrets.delete(DATABASE_PASSWORD)
    else:
        secrets.set(DATABASE_PASSWORD, password)
    if secrets.get(STORE_KEY) is None:  # one that is there may be in use: another one would cost the store
        secrets.set(STORE_KEY, new_master_key().hex())
    settings_file.write(home.path, settings)
    return settings


def refuse_second(home: Home, *, force: bool) -> None:
    """Raises ``NeedsPerson("already_initialised")`` when there are settings already and nobody said to replace them."""
    if home.settings.exists() and not force:
        raise NeedsPerson(
            "already_initialised",
            f"There are settings in {home.path} already",
            "Edit agent.toml there, give --force to write it anew, or choose another folder with --home.",
        )


def _former(home: Home) -> Settings | None:
    try:
        return settings_file.read(home.path)
    except AgentError:
        return None  # none, or none that can be read: they are about to be replaced


def _location(text: str) -> Mapping[str, str]:
    pieces = [piece.strip() for piece in text.split("=")]
    if len(pieces) not in (2, 3) or not all(pieces):
        raise _unusable(["a location is written ID=NAME or ID=NAME=ZONE"])
    return dict(zip(("id", "name", "time_zone"), pieces, strict=False))


def _present(**values: str | None) -> dict[str, str]:
    return {key: value for key, value in values.items() if value is not None}


def _unusable(faults: Sequence[str]) -> Unusable:
    return Unusable("options_invalid", "; ".join(faults), "See `practice-agent init --help`, and docs/settings.md.")
