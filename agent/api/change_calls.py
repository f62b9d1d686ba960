"""The calls that need *change*: settings, and what leads to them. Every use is logged."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool

from agent.api.calls import Asked, Call
from agent.wire.local import DiscoverAnswer, SettingsChange, SettingsPlan


async def _plan(asked: Asked) -> SettingsPlan:
    return await run_in_threadpool(asked.agent.plan, asked.body(SettingsChange))


async def _change(asked: Asked) -> SettingsPlan:
    return await run_in_threadpool(asked.agent.change, asked.body(SettingsChange))


async def _discover(asked: Asked) -> DiscoverAnswer:
    return await run_in_threadpool(asked.agent.discover)


CHANGE_CALLS: tuple[Call, ...] = (
    Call(
        "plan_settings",
        "POST",
        "/v1/settings/plan",
        "change",
        "What a change of the settings would do",
        _plan,
        SettingsPlan,
        SettingsChange,
    ),
    Call(
        "change_settings",
        "PUT",
        "/v1/settings",
        "change",
        "Change the settings; the agent begins anew with them by itself",
        _change,
        SettingsPlan,
        SettingsChange,
        refusals=("settings_invalid",),
    ),
    Call(
        "discover",
        "GET",
        "/v1/discover",
        "change",
        "Practice management systems on this machine",
        _discover,
        DiscoverAnswer,
    ),
)
