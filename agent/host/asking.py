"""Asks for a sync, a snapshot or a reconcile: of the running agent through its mailbox, else of one that works in this
process until it is done. Both ways look the same to who asks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from agent.health.catalogue import explain
from agent.host import looking, status_file
from agent.host.clock import SystemClock
from agent.host.home import Home
from agent.host.secret_names import STORE_KEY
from agent.host.working import AgentAtWork, at_work
from agent.model.clock import Clock, iso_utc
from agent.model.errors import AgentError, NeedsPerson, Retry, Terminal
from agent.platform.secrets import Secrets
from agent.store.requests import Request, Requests
from agent.store.sealing import Seal
from agent.store.store import Store

Kind = Literal["sync", "snapshot", "reconcile"]

LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 60.0
"""How long something may be away before a verb that works in its own process gives up."""
BUSY_SECONDS = 3.0
"""The running agent takes a request within half a second, unless it is busy with another one."""
NEWER_SECONDS = 10.0
"""How long to wait for a status that the running agent wrote after it was done; it does so at once."""
SILENCE_SECONDS = 120.0
"""How long the running agent may say nothing before it is given up."""


@dataclass(frozen=True, slots=True)
class News:
    """How what was asked for fares."""

    done: bool
    answer: dict[str, Any]
    """Progress, in the end the result; never patient data."""
    status: dict[str, Any] | None
    """The status document; up to a few seconds old, but at the end one that knows of what was done."""
    trouble: str | None
    """What it waits for, in words; None = it goes on."""
    elsewhere: bool
    """True when another process does the work: it goes on there if this one ends."""


def open_beside(home: Home, clock: Clock) -> Store:
    """The store of a home beside an agent that may be at work on it: for the mailbox and for decisions.

    Raises:
        NeedsPerson: ``nothing_stored`` when there is none, or its key is not in the keyring.
        Terminal: it is damaged or sealed with another key; nothing is set aside here.
    """
    key = Secrets(home.path).get(STORE_KEY)
    if key is None or not home.store.exists():
        raise NeedsPerson(
            "nothing_stored",
            "No agent has worked here yet",
            "Run `practice-agent sync --once` or `practice-agent run`.",
        )
    return Store(home.store, Seal(bytes.fromhex(key)), clock.time)


def ask(home: Home, kind: Kind, wait: Callable[[float], object], **arguments: Any) -> Iterator[News]:
    """Ask, and tell how it fares until it is done; the last news has the result.

    ``wait`` is called with seconds between two looks. Raises what kept it from being done.
    """
    clock = SystemClock()
    with contextlib.ExitStack() as closing:
        try:
            work = closing.enter_context(at_work(home))
        except NeedsPerson as error:
            if error.code != "home_in_use":
                raise
            work = None
        if work is not None:
            yield from _here(home, work, kind, arguments, wait, clock)
        else:
            store = open_beside(home, clock)
            closing.callback(store.close)
            yield from _there(home, store.requests, kind, arguments, wait, clock)


def _here(
    home: Home, work: AgentAtWork, kind: Kind, arguments: dict[str, Any], wait: Callable[[float], object], clock: Clock
) -> Iterator[News]:
    agent = work.agent
    while agent.capture.work.guard.halted is not None:  # before that nobody knows what there is to ask about
        yield News(False, {}, status_file.read(home.path), _trouble_here(work, clock), elsewhere=False)
        wait(LOOK_SECONDS)
    number = agent.store.requests.ask(kind, **arguments)
    while True:
        request = _finished(agent.store.requests, number)
        if request.state == "done":
            yield News(True, request.answer or {}, agent.status.document(), None, elsewhere=False)
            return
        trouble = _trouble_here(work, clock)
        yield News(False, request.answer or {}, status_file.read(home.path), trouble, elsewhere=False)
        wait(LOOK_SECONDS)


def _trouble_here(work: AgentAtWork, clock: Clock) -> str | None:
    """What an agent in this process waits for; raises what it would wait for in vain."""
    work.check()
    halted = work.agent.capture.work.guard.halted
    if halted is not None and halted != "not_seen":
        warnable = explain(halted)
        kind = Retry if halted == "upgrade_in_progress" else NeedsPerson
        raise kind(warnable.code, warnable.title, f"{warnable.advice} See `practice-agent holds`.")
    for name in ("capture", "upload"):
        problem = work.agent.workers[name].problem
        if problem is None:
            continue
        if not isinstance(problem.error, Retry) or clock.time() - problem.since > PATIENCE_SECONDS:
            raise problem.error
        return problem.error.title
    return None


def _there(
    home: Home, requests: Requests, kind: Kind, arguments: dict[str, Any], wait: Callable[[float], object], clock: Clock
) -> Iterator[News]:
    number = requests.ask(kind, **arguments)
    asked = clock.monotonic()
    while True:
        request = _finished(requests, number)
        seen = looking.look(home, clock.time())
        if request.state == "done":
            yield News(True, request.answer or {}, _newer(home, clock, wait), None, elsewhere=True)
            return
        if seen.presence == "stopped" or (seen.presence == "silent" and (seen.age or 0.0) > SILENCE_SECONDS):
            raise Retry("agent_gone", "The agent that was asked does not answer any more", "Start it and ask again.")
        busy = request.state == "waiting" and clock.monotonic() - asked > BUSY_SECONDS
        yield News(False, request.answer or {}, seen.document, _trouble_there(seen, busy), elsewhere=True)
        wait(LOOK_SECONDS)


def _newer(home: Home, clock: Clock, wait: Callable[[float], object]) -> dict[str, Any] | None:
    """A status document that was written from now on; the last one where none comes, as when the disk is full."""
    now, patience = iso_utc(clock.time()), clock.monotonic() + NEWER_SECONDS
    while True:
        document = status_file.read(home.path)
        late = clock.monotonic() > patience or looking.look(home, clock.time()).presence == "stopped"
        if late or (document is not None and str(document.get("at", "")) >= now):
            return document
        wait(LOOK_SECONDS)


def _trouble_there(seen: looking.Look, busy: bool) -> str | None:
    errors = [one["title"] for one in (seen.document or {}).get("warnings", []) if one["severity"] == "error"]
    if errors:
        return str(errors[0])
    return "The agent is busy with something else" if busy else None


def _finished(requests: Requests, number: int) -> Request:
    """The request as it stands; raises what it failed of."""
    request = requests.get(number)
    if request is None or (request.state == "failed" and not request.answer):
        raise Retry("agent_restarted", "The agent was restarted meanwhile", "Ask again.")
    if request.state == "failed":
        told = request.answer or {}
        kinds: dict[str, type[AgentError]] = {one.__name__: one for one in (Retry, Terminal, NeedsPerson)}
        raise kinds.get(str(told.get("kind")), AgentError)(
            str(told.get("code")), str(told.get("title")), str(told.get("advice"))
        )
    return request
