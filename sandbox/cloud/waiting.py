"""Long polls: an agent's request for commands is answered when there are some, or when its time is up.

While it waits it holds neither a thread nor a database connection: the bell wakes it for what this process has queued,
and one slow look for all who wait finds what another process has.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool

from agent.wire.cloud import Problem
from agent.wire.commands import CommandsPage
from sandbox.cloud.names import practice_of
from sandbox.cloud.service import Cloud

MAX_WAIT = 30.0
"""Seconds that an agent may wait."""

LOOK_EVERY = 0.5
"""Seconds between two looks for what other processes have queued."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an agent waits for."""

    agent_id: str
    session: str
    wait: float
    """Seconds."""
    keys: int
    """Version of the key set that it knows; 0 = not told."""


class Waiting:
    """All agents that wait at this process; lives in one event loop."""

    def __init__(self, cloud: Cloud, look_every: float = LOOK_EVERY) -> None:
        self._cloud = cloud
        self._look_every = look_every
        self._awake: dict[asyncio.Event, str] = {}
        self._looking: asyncio.Task[None] | None = None
        self._stopped = False

    async def commands(self, asked: Asked, gone: Callable[[], Awaitable[bool]]) -> CommandsPage | Problem | None:
        """The commands, as soon as there are some; None when the agent has gone away meanwhile."""
        loop, event, practice_id = asyncio.get_running_loop(), asyncio.Event(), practice_of(asked.agent_id)
        ends = loop.time() + min(asked.wait, MAX_WAIT)
        deaf = self._cloud.bell.listen(practice_id, lambda: _wake(loop, event))
        self._awake[event] = practice_id
        try:
            while True:
                event.clear()  # before the look: what is queued after it wakes us
                page = await run_in_threadpool(self._cloud.commands_for, asked.agent_id, asked.session, asked.keys)
                left = ends - loop.time()
                if isinstance(page, Problem) or page.deliveries or left <= 0 or self._stopped:
                    return page
                if asked.keys and page.key_set is not None:
                    return page
                self._look()
                try:
                    async with asyncio.timeout(left):
                        await event.wait()
                except TimeoutError:
                    return page
                if await gone():
                    return None
        finally:
            deaf()
            del self._awake[event]

    def stop(self) -> None:
        """Answer all who wait now: the server shuts down."""
        self._stopped = True
        for event in self._awake:
            event.set()

    def _look(self) -> None:
        """See to it that somebody looks for what other processes queue."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_for_others())

    async def _look_for_others(self) -> None:
        while self._awake and not self._stopped:
            await asyncio.sleep(self._look_every)
            practice_ids = set(self._awake.values())
            if not practice_ids:
                return
            found = await run_in_threadpool(self._cloud.practices_waiting, practice_ids)
            for event, practice_id in self._awake.items():
                if practice_id in found:
                    event.set()


def _wake(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    """Set the event from whatever thread; a loop that has ended needs no waking."""
    try:
        loop.call_soon_threadsafe(event.set)
    except RuntimeError:
        return
