"""The settings that the window shows, and the change that somebody's edits make. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agent.wire.local import SecretName, SettingsAnswer, SettingsChange, SettingsPlan
from gui.texts import say

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Field:
    """A number that can be set."""

    section: str
    name: str
    unit: Literal["seconds", "minutes", "percent", "ms"]
    least: float
    most: float

    @property
    def scale(self) -> float:
        """What is shown for 1."""
        return 100.0 if self.unit == "percent" else 1.0


FIELDS = (
    Field("pace", "poll_seconds", "seconds", 0.5, 3600),
    Field("pace", "rotation_minutes", "minutes", 1, 1440),
    Field("pace", "duty_office", "percent", 1, 100),
    Field("pace", "duty_off", "percent", 1, 100),
    Field("pace", "statement_ms", "ms", 1, 1000),
)


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the form: values as they are shown."""

    numbers: Mapping[str, float]
    """Field -> value in its unit."""
    days: tuple[str, ...]
    opens: str
    closes: str
    proxy: str
    policy: str
    proxy_login: str = ""
    proxy_password: str = field(default="", repr=False)
    """Typed in now; the one that is kept is never shown."""
    database_password: str = field(default="", repr=False)
    """The same."""
    several: bool = False
    """There is more than one entry of office hours: they cannot be edited here."""

    @property
    def typed_secret(self) -> bool:
        """Whether a password was typed in."""
        return bool(self.proxy_password or self.database_password)


def form(answer: SettingsAnswer) -> Form:
    """The form of settings."""
    pace = answer.settings.get("pace") or {}
    hours = pace.get("office_hours") or []
    first = hours[0] if hours else {"days": [], "from": "07:00", "to": "19:00"}
    return Form(
        {one.name: float(pace.get(one.name) or 0) * one.scale for one in FIELDS},
        tuple(day for day in DAYS if day in first["days"]),
        str(first["from"]),
        str(first["to"]),
        str((answer.settings.get("cloud") or {}).get("proxy") or ""),
        answer.policy,
        str((answer.settings.get("cloud") or {}).get("proxy_login") or ""),
        several=len(hours) > 1,
    )


def change(before: Form, after: Form) -> SettingsChange | None:
    """What was edited; None = nothing."""
    sections: dict[str, dict[str, Any]] = {}
    for one in FIELDS:
        if abs(before.numbers[one.name] - after.numbers[one.name]) > 1e-9:
            sections.setdefault(one.section, {})[one.name] = round(after.numbers[one.name] / one.scale, 6)
    if not after.several and (before.days, before.opens, before.closes) != (after.days, after.opens, after.closes):
        hours = [{"days": list(after.days), "from": after.opens, "to": after.closes}] if after.days else []
        sections.setdefault("pace", {})["office_hours"] = hours
    if before.proxy != after.proxy:
        sections.setdefault("cloud", {})["proxy"] = after.proxy or None
    if before.proxy_login != after.proxy_login:
        sections.setdefault("cloud", {})["proxy_login"] = after.proxy_login or None
    policy = after.policy if after.policy != before.policy else None
    if not sections and policy is None and not after.typed_secret:
        return None
    secrets: dict[SecretName, str] = {"proxy_password": after.proxy_password} if after.proxy_password else {}
    password = after.database_password or None
    return SettingsChange(settings=sections, policy=policy, secrets=secrets, database_password=password)


def words(plan: SettingsPlan) -> str:
    """What a change would do, line by line."""
    lines = [f"✕  {problem}" for problem in plan.problems]
    lines += [
        say("settings.would", name=name, before=_value(before), after=_value(after))
        for name, before, after in plan.changes
    ]
    if plan.restarts and not plan.problems:
        lines.append(say("settings.restarts"))
    return "\n".join(lines) or say("settings.nothing")


def _value(value: Any) -> str:
    if value is None:
        return say("settings.default")
    if isinstance(value, list):
        return "; ".join(_value(one) for one in value) or say("none")
    if isinstance(value, dict):
        return " ".join(_value(one) for one in value.values())
    return str(value)
