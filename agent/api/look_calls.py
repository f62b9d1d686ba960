"""The calls that *look* may make: they show no patient data; those that do something harm nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from pydantic import Field
from starlette.concurrency import run_in_threadpool

from agent.api.calls import Asked, Call, Query
from agent.wire.cloud import Message
from agent.wire.local import (
    MAX_WAIT,
    EventsAnswer,
    HistoryAnswer,
    PauseRequest,
    Right,
    SettingsAnswer,
    StatusAnswer,
    Task,
    TaskKind,
    TaskRequest,
    VersionAnswer,
    WriteDetail,
    WritesAnswer,
)

A = TypeVar("A", bound=Message)

TASK_RIGHTS: dict[TaskKind, Right] = {
    "sync": "look",
    "diagnostics": "look",
    "doctor": "look",
    "snapshot": "operate",
    "reconcile": "operate",
    "test_database": "change",
    "test_cloud": "change",
    "enrol": "change",
}
"""Kind of task -> who may begin it and see how it fares."""

_LOOK_SECONDS = 0.5
"""Between two looks at a task: some are done by other threads, through the store."""


class StatusQuery(Query):
    """What status to wait for."""

    after: int | None = Field(default=None, ge=0)
    """A revision: answer as soon as there is another one."""
    wait: float = Field(default=0.0, ge=0, le=MAX_WAIT)
    """Seconds to wait for it."""


class EventsQuery(Query):
    """Which events."""

    after: int = Field(default=0, ge=0)
    """Those with a higher number."""
    wait: float = Field(default=0.0, ge=0, le=MAX_WAIT)
    """Seconds to wait while there are none."""
    limit: int = Field(default=200, ge=1, le=1000)
    """The newest so many."""


class ListQuery(Query):
    """How many."""

    limit: int = Field(default=100, ge=1, le=200)
    """The newest so many."""


class WriteQuery(Query):
    """How to show it."""

    unmask: bool = False
    """Patient data as it is; needs *operate*."""


class WaitQuery(Query):
    """How long to wait."""

    wait: float = Field(default=0.0, ge=0, le=MAX_WAIT)
    """Seconds to wait for news."""


async def _waiting(asked: Asked, wait: float, look: Callable[[], A], news: Callable[[A], bool], every: float) -> A:
    """What ``look`` sees, as soon as it is news or the time is up."""
    left = wait
    with asked.bell.listen() as ear:
        while True:
            seen = await run_in_threadpool(look)
            if news(seen) or left <= 0 or asked.bell.stopped:
                return seen
            pause = min(left, every)
            begun = _now()
            await ear.wait(pause)
            left -= max(_now() - begun, 0.001)


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _status(asked: Asked) -> StatusAnswer:
    query = asked.query(StatusQuery)
    return await _waiting(
        asked,
        query.wait,
        asked.agent.status,
        lambda seen: query.after is None or seen.revision != query.after,
        MAX_WAIT,
    )


async def _events(asked: Asked) -> EventsAnswer:
    query = asked.query(EventsQuery)
    return await _waiting(
        asked,
        query.wait,
        lambda: asked.agent.events(query.after, query.limit),
        lambda seen: bool(seen.lines) or seen.last < query.after,  # a number of an earlier run: begin anew
        MAX_WAIT,
    )


async def _history(asked: Asked) -> HistoryAnswer:
    return await run_in_threadpool(asked.agent.history)


async def _writes(asked: Asked) -> WritesAnswer:
    return await run_in_threadpool(asked.agent.writes, asked.query(ListQuery).limit)


async def _write(asked: Asked) -> WriteDetail:
    unmask = asked.query(WriteQuery).unmask
    if unmask:
        asked.need("operate")
    return await run_in_threadpool(lambda: asked.agent.write(asked.path["id"], unmask=unmask))


async def _pause(asked: Asked) -> StatusAnswer:
    return await run_in_threadpool(asked.agent.pause, asked.body(PauseRequest).hours)


async def _resume(asked: Asked) -> StatusAnswer:
    return await run_in_threadpool(asked.agent.resume)


async def _begin(asked: Asked) -> Task:
    wanted = asked.body(TaskRequest)
    asked.need(TASK_RIGHTS[wanted.kind])
    return await run_in_threadpool(asked.agent.begin, wanted)


async def _task(asked: Asked) -> Task:
    first = await run_in_threadpool(asked.agent.task, asked.path["id"])
    asked.may(TASK_RIGHTS[first.kind])
    return await _waiting(
        asked,
        asked.query(WaitQuery).wait,
        lambda: asked.agent.task(first.id),
        lambda seen: seen.state in ("done", "failed") or seen != first,
        _LOOK_SECONDS,
    )


async def _settings(asked: Asked) -> SettingsAnswer:
    return await run_in_threadpool(asked.agent.settings)


async def _version(asked: Asked) -> VersionAnswer:
    return VersionAnswer(agent_version=await run_in_threadpool(asked.agent.version), right=asked.right)


_KINDS = "snapshot and reconcile need *operate*; test_database, test_cloud and enrol need *change*"

LOOK_CALLS: tuple[Call, ...] = (
    Call("version", "GET", "/v1/version", "look", "Version of the agent and of this API", _version, VersionAnswer),
    Call("status", "GET", "/v1/status", "look", "Everything at one glance", _status, StatusAnswer, query=StatusQuery),
    Call("events", "GET", "/v1/events", "look", "The newest events", _events, EventsAnswer, query=EventsQuery),
    Call("history", "GET", "/v1/history", "look", "The last 24 hours", _history, HistoryAnswer),
    Call("writes", "GET", "/v1/writes", "look", "The newest write-backs", _writes, WritesAnswer, query=ListQuery),
    Call(
        "write",
        "GET",
        "/v1/writes/{id}",
        "look",
        "One write-back, masked",
        _write,
        WriteDetail,
        query=WriteQuery,
        refusals=("command_unknown",),
        more="unmask needs *operate*",
    ),
    Call(
        "pause", "POST", "/v1/pause", "look", "Read and write nothing for a while", _pause, StatusAnswer, PauseRequest
    ),
    Call("resume", "DELETE", "/v1/pause", "look", "Go on", _resume, StatusAnswer),
    Call(
        "begin_task",
        "POST",
        "/v1/tasks",
        "look",
        "Begin something that takes a while",
        _begin,
        Task,
        TaskRequest,
        status=202,
        refusals=("task_busy", "task_arguments_invalid", "not_set_up", "paused"),
        more=_KINDS,
    ),
    Call(
        "task",
        "GET",
        "/v1/tasks/{id}",
        "look",
        "How it fares",
        _task,
        Task,
        query=WaitQuery,
        refusals=("task_unknown",),
        more=_KINDS,
    ),
    Call("settings", "GET", "/v1/settings", "look", "The settings, without secrets", _settings, SettingsAnswer),
)
