"""Sets up the way into the PMS: addresses into ``agent.toml``, secrets into the keyring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from agent.host import settings_file
from agent.host.home import Home
from agent.host.secret_names import API_CUSTOMER_KEY, API_DEVELOPER_KEY, WRITE_AUTHENTICATION, WRITE_PASSWORD
from agent.host.settings import Settings, Writes
from agent.model.errors import NeedsPerson
from agent.platform.secrets import Secrets


@dataclass(frozen=True, slots=True)
class Given:
    """What a person gave; None = leave it as it is."""

    api_url: str | None = None
    connection: str | None = None
    login: str | None = None
    user: str | None = None


def secrets_wanted(home: Home, given: Given) -> dict[str, str]:
    """The secrets to be asked for: name in the keyring -> what a person is asked.

    Raises:
        NeedsPerson: ``write_options_invalid``.
    """
    settings = _settings(settings_file.read(home.path), given)
    if settings.practice.pms == "opendental":
        return {API_DEVELOPER_KEY: "Developer key of the API", API_CUSTOMER_KEY: "The office's key of the API"}
    wanted = {WRITE_AUTHENTICATION: "The vendor's statement that lets a connection write (empty: none is needed)"}
    if settings.writes.login is not None:
        wanted = {WRITE_PASSWORD: f"Password of {settings.writes.login}"} | wanted
    return wanted


def write(home: Home, given: Given, secrets: Mapping[str, str]) -> None:
    """Keep it: secrets first, so that settings never name a way whose secrets are missing."""
    settings = _settings(settings_file.read(home.path), given)
    keyring = Secrets(home.path)
    for name, value in secrets.items():
        if value:
            keyring.set(name, value)
        else:
            keyring.delete(name)
    settings_file.write(home.path, settings)


def _settings(settings: Settings, given: Given) -> Settings:
    wrong = _foreign(settings.practice.pms, given)
    if wrong is not None:
        raise NeedsPerson("write_options_invalid", wrong, "See `practice-agent writes setup --help`.")
    told = {name: value for name in ("api_url", "connection", "login", "user") if (value := getattr(given, name))}
    try:
        writes = Writes.model_validate(settings.writes.model_dump() | told)
    except ValidationError as error:
        fault = error.errors(include_input=False)[0]
        what = f"{'.'.join(map(str, fault['loc']))} {fault['msg'].removeprefix('Value error, ')}"
        raise NeedsPerson("write_options_invalid", what, "See `practice-agent writes setup --help`.") from None
    return settings.model_copy(update={"writes": writes})


def _foreign(pms: str, given: Given) -> str | None:
    """What does not belong to the PMS, or is missing for it."""
    if pms == "opendental":
        if given.connection or given.login or given.user:
            return "Open Dental is written through its API: only --api-url is for it"
        return None if given.api_url else "Open Dental needs --api-url"
    if given.api_url:
        return "--api-url is for Open Dental"
    return None if given.connection and given.user else "Eaglesoft needs --connection and --user"
