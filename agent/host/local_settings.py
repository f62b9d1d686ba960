"""Settings as the local API shows and changes them: a plan first, and nothing is changed while it has a problem.

Secrets go into the keyring and come out nowhere.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent.host import private_file, settings_file
from agent.host.home import Home
from agent.host.policy_file import FILE as POLICY_FILE
from agent.host.secret_names import (
    API_CUSTOMER_KEY,
    API_DEVELOPER_KEY,
    DATABASE_PASSWORD,
    PROXY_PASSWORD,
    STORE_KEY,
    WRITE_AUTHENTICATION,
    WRITE_PASSWORD,
)
from agent.host.settings import Settings
from agent.host.setup import guess_dialect
from agent.model.errors import AgentError, NeedsPerson
from agent.platform.secrets import Secrets
from agent.store.sealing import new_master_key
from agent.wire.local import SecretName, SettingsAnswer, SettingsChange, SettingsPlan
from agent.writeback.policy import parse

_POLICY_LONGEST = 100_000
_KEPT_AS: Mapping[SecretName, str] = {
    "proxy_password": PROXY_PASSWORD,
    "write_password": WRITE_PASSWORD,
    "write_authentication": WRITE_AUTHENTICATION,
    "api_developer_key": API_DEVELOPER_KEY,
    "api_customer_key": API_CUSTOMER_KEY,
}
_KEPT = "(kept in the keyring)"


def answer(home: Home) -> SettingsAnswer:
    """As they are; empty where there are none, or none that can be read."""
    return SettingsAnswer(
        settings=_raw(_present(home)),
        fields=Settings.model_json_schema(by_alias=True),
        policy=_policy(home),
    )


def plan(home: Home, change: SettingsChange) -> SettingsPlan:
    """What a change would do."""
    return _planned(home, change)[0]


def apply(home: Home, change: SettingsChange) -> SettingsPlan:
    """Do it: secrets first, the settings last, so that their presence means ready.

    Raises:
        NeedsPerson: ``settings_invalid``, ``home_unusable``; what was there before is there still.
    """
    planned, settings = _planned(home, change)
    if planned.problems:
        raise NeedsPerson("settings_invalid", "; ".join(planned.problems), "Correct it; nothing was changed.")
    secrets = Secrets(home.path)
    if change.database_password is not None:
        if change.database_password:
            secrets.set(DATABASE_PASSWORD, change.database_password)
        else:
            secrets.delete(DATABASE_PASSWORD)
    for name, value in change.secrets.items():
        if value:
            secrets.set(_KEPT_AS[name], value)
        else:
            secrets.delete(_KEPT_AS[name])
    if change.policy is not None and change.policy != _policy(home):
        _write_policy(home, change.policy)
    if settings is not None:
        if secrets.get(STORE_KEY) is None:  # one that is there may be in use: another one would cost the store
            secrets.set(STORE_KEY, new_master_key().hex())
        settings_file.write(home.path, settings)
    return planned


def _planned(home: Home, change: SettingsChange) -> tuple[SettingsPlan, Settings | None]:
    """The plan, and the settings that it leads to; None where they stay as they are."""
    problems: list[str] = []
    changes: list[tuple[str, Any, Any]] = []
    present = _present(home)
    settings: Settings | None = None
    if change.settings:
        settings, problems = _changed(present, change.settings)
        if settings is not None:
            changes += _differences(_raw(present), _raw(settings))
            problems += _beyond(settings, change)
    elif present is not None:
        problems += _homeless(present, change)
    elif change.database_password or any(change.secrets.values()):
        problems.append("there are no settings yet that the password could belong to")
    if change.policy is not None and change.policy != (former := _policy(home)):
        problems += _policy_problems(change.policy)
        changes.append(("policy.toml", f"{len(former.splitlines())} lines", f"{len(change.policy.splitlines())} lines"))
    if change.database_password is not None:
        changes.append(("database password", _KEPT, "(new)" if change.database_password else "(none)"))
    for name, value in change.secrets.items():
        changes.append((name.replace("_", " "), _KEPT, "(new)" if value else "(none)"))
    begins = any(where != "policy.toml" for where, _, _ in changes)
    if settings == present:
        settings = None
    return SettingsPlan(changes=changes, problems=problems, restarts=begins and not problems), settings


def _changed(present: Settings | None, wanted: Mapping[str, Mapping[str, Any]]) -> tuple[Settings | None, list[str]]:
    raw: dict[str, Any] = (
        {} if present is None else present.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    )
    for section, values in wanted.items():
        inside = dict(raw.get(section) or {})
        for name, value in values.items():
            inside.pop(name, None)
            if value is not None:
                inside[name] = value
        raw[section] = inside
    source = raw.get("source")
    if isinstance(source, dict) and "dialect" not in source and isinstance(source.get("connection"), str):
        guessed = guess_dialect(str(raw.get("practice", {}).get("pms")), source["connection"])
        raw["source"] = {**source, **({} if guessed is None else {"dialect": guessed})}
    try:
        return Settings.model_validate(raw), []
    except ValidationError as error:
        return None, settings_file.faults(error)


def _beyond(settings: Settings, change: SettingsChange) -> list[str]:
    """What no form shows."""
    problems = []
    if change.database_password and settings.source.login is None:
        problems.append("source.login: a password needs the name of the database user")
    if settings.cloud.ca_file is not None and not os.access(settings.cloud.ca_file, os.R_OK):
        problems.append("cloud.ca_file: there is no such file, or the agent may not read it")
    return problems + _homeless(settings, change)


def _homeless(settings: Settings, change: SettingsChange) -> list[str]:
    """Secrets for what the settings do not name."""
    api = settings.writes.api_url is not None
    needs: Mapping[SecretName, tuple[bool, str]] = {
        "proxy_password": (settings.cloud.proxy_login is not None, "cloud.proxy_login: the name at the proxy"),
        "write_password": (settings.writes.login is not None, "writes.login: the database user that writes"),
        "write_authentication": (settings.writes.connection is not None, "writes.connection: the way of writes"),
        "api_developer_key": (api, "writes.api_url: the address of the API"),
        "api_customer_key": (api, "writes.api_url: the address of the API"),
    }
    wanting = dict.fromkeys(needs[name][1] for name, value in change.secrets.items() if value and not needs[name][0])
    return [f"{what} is missing, which the secret is for" for what in wanting]


def _policy_problems(text: str) -> list[str]:
    if len(text) > _POLICY_LONGEST:
        return ["policy.toml is too long"]
    try:
        parse(text)
    except AgentError as error:
        return [error.advice]
    return []


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    found = []
    for section in dict.fromkeys((*before, *after)):
        was, will = before.get(section) or {}, after.get(section) or {}
        for name in dict.fromkeys((*was, *will)):
            if was.get(name) != will.get(name):
                found.append((f"{section}.{name}", was.get(name), will.get(name)))
    return found


def _present(home: Home) -> Settings | None:
    try:
        return settings_file.read(home.path)
    except AgentError:
        return None


def _raw(settings: Settings | None) -> dict[str, Any]:
    return {} if settings is None else settings.model_dump(mode="json", by_alias=True)


def _policy(home: Home) -> str:
    try:
        return (home.path / POLICY_FILE).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _write_policy(home: Home, text: str) -> None:
    file: Path = home.path / POLICY_FILE
    try:
        private_file.write(file, text.encode())
    except OSError as error:
        raise NeedsPerson(
            "home_unusable",
            f"{file} cannot be written",
            "See that the disk has room and that this user may write to the folder.",
            errno=error.errno,
        ) from error
