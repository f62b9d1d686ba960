"""What takes a while, as the local API has it: begun at once, asked for until it is over.

Sync, snapshot and reconcile go through the running agent's mailbox, as the command line's do; the rest runs in threads
of this process. At most one of each kind at a time.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agent.model.errors import AgentError, NeedsPerson, Retry, Terminal
from agent.store.requests import Requests
from agent.wire.local import Task, TaskKind, TaskRequest

_REMEMBERED = 100
_MAILED: frozenset[TaskKind] = frozenset({"sync", "snapshot", "reconcile"})
_ARGUMENTS: dict[TaskKind, frozenset[str]] = {
    "sync": frozenset(),
    "snapshot": frozenset(),
    "reconcile": frozenset({"resources", "repair"}),
    "diagnostics": frozenset({"send", "incident"}),
    "doctor": frozenset(),
    "test_database": frozenset({"connection", "pms", "login", "password", "dialect", "schema", "time_zone"}),
    "test_cloud": frozenset({"url", "ca_file", "proxy", "proxy_login", "proxy_password"}),
    "enrol": frozenset({"code", "takeover"}),
}

Answer = dict[str, Any]
Tell = Callable[[Answer], None]
Work = Callable[[Mapping[str, Any], Tell], Answer]
"""Does it: from arguments, telling progress, to the answer."""


@dataclass(slots=True)
class _Known:
    task: Task
    arguments: dict[str, Any] = field(repr=False)
    number: int | None = None
    """Of the request in the mailbox."""


class Tasks:
    """The tasks of one process. Safe to use from several threads."""

    def __init__(
        self,
        work: Mapping[TaskKind, Work],
        ask: Callable[[str, dict[str, Any]], int],
        look: Callable[[Callable[[Requests], Any]], Any],
        failed: Callable[[str, Exception], None],
        ring: Callable[[], None],
    ) -> None:
        """``ask`` puts a request into the mailbox and raises what keeps it from being done; ``look`` looks into the
        mailbox, raising ``Retry`` while there is none; ``failed`` is told of bugs.
        """
        self._work = work
        self._ask = ask
        self._look = look
        self._failed = failed
        self._ring = ring
        self._lock = threading.Lock()
        self._beginning = threading.Lock()
        """One looks whether there is such a task already, and begins it, before the next one looks."""
        self._known: dict[str, _Known] = {}

    def begin(self, asked: TaskRequest) -> Task:
        """Begin; the same asked again while it goes on is the same task."""
        arguments = _checked(asked)
        with self._beginning:
            return self._begin(asked, arguments)

    def _begin(self, asked: TaskRequest, arguments: dict[str, Any]) -> Task:
        for one in list(self._known.values()):
            if one.task.kind == asked.kind and self.get(one.task.id).state in ("waiting", "running"):
                if one.arguments == arguments:
                    return one.task
                raise NeedsPerson(
                    "task_busy", "The same is being done already, with other values", "Wait until that is over."
                )
        made = _Known(Task(id=secrets.token_hex(8), kind=asked.kind, state="waiting"), arguments)
        if asked.kind in _MAILED:
            made.number = self._ask(asked.kind, arguments)
        with self._lock:
            if asked.kind == "diagnostics":  # an answer holds a whole bundle: the last one is enough
                self._known = {name: one for name, one in self._known.items() if one.task.kind != asked.kind}
            while len(self._known) >= _REMEMBERED:
                self._known.pop(next(iter(self._known)))
            self._known[made.task.id] = made
        if made.number is None:
            threading.Thread(target=self._run, args=(made,), name=f"task-{asked.kind}", daemon=True).start()
        return made.task

    def get(self, task_id: str) -> Task:
        """How it fares; raises ``Terminal("task_unknown")``."""
        known = self._known.get(task_id)
        if known is None:
            raise Terminal("task_unknown", "There is no such task any more", "Begin it again.")
        if known.number is not None and known.task.state in ("waiting", "running"):
            self._tell(known, *self._mailed(known.number))
        return known.task

    def _mailed(self, number: int) -> tuple[Literal["waiting", "running", "done", "failed"], Answer]:
        try:
            request = self._look(lambda requests: requests.get(number))
        except Retry:
            return "waiting", {}  # the agent begins anew; then it says what became of this
        if request is None or (request.state == "failed" and not request.answer):
            return "failed", _told(Retry("agent_restarted", "The agent was restarted meanwhile", "Ask again."))
        return request.state, request.answer or {}

    def _run(self, known: _Known) -> None:
        def tell(answer: Answer) -> None:
            self._tell(known, "running", answer)

        tell({})
        try:
            answer = self._work[known.task.kind](known.arguments, tell)
        except AgentError as error:
            self._tell(known, "failed", _told(error))
        except Exception as error:  # noqa: BLE001 - whoever asked must hear that it is over
            self._failed(known.task.kind, error)
            bug = AgentError("internal_error", "The program met a case that it does not know", "Please tell support.")
            self._tell(known, "failed", _told(bug))
        else:
            self._tell(known, "done", answer)
        finally:
            known.arguments.clear()  # there may be a password among them

    def _tell(self, known: _Known, state: Literal["waiting", "running", "done", "failed"], answer: Answer) -> None:
        with self._lock:
            if known.task.state in ("done", "failed"):
                return
            known.task = Task(id=known.task.id, kind=known.task.kind, state=state, answer=answer)
        self._ring()


def _checked(asked: TaskRequest) -> dict[str, Any]:
    strange = set(asked.arguments) - _ARGUMENTS[asked.kind]
    wanted: dict[str, type] = {"repair": bool, "takeover": bool, "send": bool, "resources": list}
    wrong = [
        name
        for name, value in asked.arguments.items()
        if name not in strange and value is not None and not isinstance(value, wanted.get(name, str))
    ]
    resources = asked.arguments.get("resources") or []
    if strange or wrong or (isinstance(resources, list) and not all(isinstance(one, str) for one in resources)):
        raise NeedsPerson(
            "task_arguments_invalid",
            f"{asked.kind} takes {', '.join(sorted(_ARGUMENTS[asked.kind])) or 'no arguments'}, each of its own type",
            "See docs/local-api.md.",
        )
    return {name: value for name, value in asked.arguments.items() if value is not None}


def _told(error: AgentError) -> Answer:
    return {"code": error.code, "title": error.title, "advice": error.advice}
