"""The calls that need *operate*: decisions about what is written into the practice. Every use is logged."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool

from agent.api.calls import Asked, Call
from agent.wire.local import Decision, WriteDetail


async def _decide(asked: Asked) -> WriteDetail:
    return await run_in_threadpool(asked.agent.decide, asked.path["id"], asked.body(Decision))


OPERATE_CALLS: tuple[Call, ...] = (
    Call(
        "decide",
        "POST",
        "/v1/writes/{id}/decision",
        "operate",
        "A person's word on a write-back",
        _decide,
        WriteDetail,
        Decision,
        refusals=("command_unknown", "nothing_to_decide"),
    ),
)
