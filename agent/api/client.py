"""The local API's client, for command line and window: finds the running agent by its folder, and asks it.

Blocking: a window calls it from threads. Foreign exceptions are converted here, once. Ignores the proxies of the
environment: what is said never leaves the machine.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeVar
from urllib.parse import quote

import httpx
import orjson
from pydantic import ValidationError

from agent.model.errors import AgentError, NeedsPerson, Retry, Terminal
from agent.wire.cloud import Message
from agent.wire.local import (
    RIGHTS,
    Address,
    Decision,
    DiscoverAnswer,
    EventsAnswer,
    HistoryAnswer,
    PauseRequest,
    Refusal,
    Right,
    SettingsAnswer,
    SettingsChange,
    SettingsPlan,
    StatusAnswer,
    Task,
    TaskKind,
    TaskRequest,
    VersionAnswer,
    WriteDetail,
    WritesAnswer,
)

ADDRESS_FILE = "api.json"
"""In the agent's folder, while it runs."""

M = TypeVar("M", bound=Message)
Method = Literal["GET", "POST", "PUT", "DELETE"]

_NEW_TOKENS = frozenset({"token_refused", "host_refused"})
"""What another agent, or the same one started again, answers."""


class NotRunning(Retry):
    """No agent runs in this folder, or it has just ended."""


class Slow(Retry):
    """The agent did not answer in time."""


def read_address(home: Path) -> Address:
    """Where the agent of a folder listens.

    Raises:
        NotRunning: it says nothing of it.
    """
    try:
        return Address.model_validate_json((home / ADDRESS_FILE).read_bytes())
    except (OSError, ValidationError):
        raise _not_running() from None


def best_right(home: Path) -> Right | None:
    """The highest right whose token this user can read now; None = none, or no agent runs."""
    try:
        address = read_address(home)
    except NotRunning:
        return None
    return next((right for right in reversed(RIGHTS) if _readable(home / address.tokens.get(right, ""))), None)


class LocalAgent:
    """The running agent of a folder. Survives its restarts: address and token are read again when need be.

    Every method raises :class:`NotRunning`, :class:`Slow`, ``NeedsPerson("right_missing")`` and what the call's own
    refusals become: 404 ``Terminal``, 409 ``NeedsPerson``, 503 ``Retry``, anything else ``Terminal``.
    """

    def __init__(self, home: Path, right: Right = "look", *, seconds: float = 10.0) -> None:
        """``right``: which token to use. ``seconds``: how long an answer may take, beside what is waited for."""
        self.home = home
        self.right: Right = right
        self._seconds = seconds
        # Nothing goes over TLS here; a context without authorities spares reading all of the machine's for each client.
        no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._http = httpx.Client(trust_env=False, follow_redirects=False, verify=no_tls)
        self._known: tuple[Address, str] | None = None

    def __enter__(self) -> LocalAgent:
        """Closed at the end of the block."""
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections; a call under way in another thread ends as :class:`NotRunning`."""
        self._http.close()

    # Look ------------------------------------------------------------------------------------------------------------

    def version(self) -> VersionAnswer:
        """Versions, and what this client's token may do."""
        return self._ask(VersionAnswer, "GET", "/v1/version")

    def status(self, after: int | None = None, wait: float = 0.0) -> StatusAnswer:
        """Everything at one glance; with ``after`` as soon as there is another revision, or after ``wait`` seconds."""
        return self._ask(StatusAnswer, "GET", "/v1/status", {"after": after, "wait": wait}, wait=wait)

    def events(self, after: int = 0, wait: float = 0.0, limit: int = 200) -> EventsAnswer:
        """The events after a number; waits for some."""
        return self._ask(EventsAnswer, "GET", "/v1/events", {"after": after, "wait": wait, "limit": limit}, wait=wait)

    def history(self) -> HistoryAnswer:
        """The last day."""
        return self._ask(HistoryAnswer, "GET", "/v1/history")

    def writes(self, limit: int = 100) -> WritesAnswer:
        """The newest write-backs."""
        return self._ask(WritesAnswer, "GET", "/v1/writes", {"limit": limit})

    def write(self, command_id: str, *, unmask: bool = False) -> WriteDetail:
        """One of them; unmasked with *operate*, which is logged."""
        query = {"unmask": "true"} if unmask else {}
        return self._ask(WriteDetail, "GET", f"/v1/writes/{_part(command_id)}", query)

    def pause(self, hours: float) -> StatusAnswer:
        """Read and write nothing for so long."""
        return self._ask(StatusAnswer, "POST", "/v1/pause", body=PauseRequest(hours=hours))

    def resume(self) -> StatusAnswer:
        """Go on."""
        return self._ask(StatusAnswer, "DELETE", "/v1/pause")

    def begin(self, kind: TaskKind, **arguments: Any) -> Task:
        """Begin something that takes a while; what it needs is in ``agent.wire.local.TaskRequest``."""
        return self._ask(Task, "POST", "/v1/tasks", body=TaskRequest(kind=kind, arguments=arguments))

    def task(self, task_id: str, wait: float = 0.0) -> Task:
        """How it fares; waits for news of it."""
        return self._ask(Task, "GET", f"/v1/tasks/{_part(task_id)}", {"wait": wait}, wait=wait)

    def settings(self) -> SettingsAnswer:
        """The settings, without secrets."""
        return self._ask(SettingsAnswer, "GET", "/v1/settings")

    # Operate ---------------------------------------------------------------------------------------------------------

    def decide(self, command_id: str, verdict: Literal["approve", "reject", "retry"], name: str) -> WriteDetail:
        """A person's word on a write-back; ``name``: the person's account."""
        place = f"/v1/writes/{_part(command_id)}/decision"
        return self._ask(WriteDetail, "POST", place, body=Decision(verdict=verdict, name=name[:80]))

    # Change ----------------------------------------------------------------------------------------------------------

    def plan(self, change: SettingsChange) -> SettingsPlan:
        """What a change of the settings would do."""
        return self._ask(SettingsPlan, "POST", "/v1/settings/plan", body=change)

    def change(self, change: SettingsChange) -> SettingsPlan:
        """Change the settings; raises ``NeedsPerson("settings_invalid")`` where the plan has problems."""
        return self._ask(SettingsPlan, "PUT", "/v1/settings", body=change)

    def discover(self) -> DiscoverAnswer:
        """Practice management systems on the agent's machine."""
        return self._ask(DiscoverAnswer, "GET", "/v1/discover", wait=20.0)

    # -----------------------------------------------------------------------------------------------------------------

    def _ask(
        self,
        gives: type[M],
        method: Method,
        path: str,
        query: Mapping[str, Any] | None = None,
        body: Message | None = None,
        wait: float = 0.0,
    ) -> M:
        known = self._known
        if known is None:
            known = self._find()
        try:
            response = self._send(known, method, path, query, body, wait)
            if response.status_code in (401, 421) and _refusal(response).code in _NEW_TOKENS:
                raise _not_running()
        except NotRunning:
            # It may have been started again since: its address and its tokens are others then.
            self._known = None
            fresh = self._find()
            if fresh == known and method != "GET":
                raise
            response = self._send(fresh, method, path, query, body, wait)
        if response.is_success:
            try:
                return gives.model_validate_json(response.content)
            except ValidationError:
                raise _strange() from None
        raise _error(_refusal(response))

    def _send(
        self,
        known: tuple[Address, str],
        method: Method,
        path: str,
        query: Mapping[str, Any] | None,
        body: Message | None,
        wait: float,
    ) -> httpx.Response:
        address, token = known
        headers = {"Authorization": f"Bearer {token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            return self._http.request(
                method,
                f"http://127.0.0.1:{address.port}{path}",
                params={name: value for name, value in (query or {}).items() if value is not None},
                content=None if body is None else body.model_dump_json().encode(),
                headers=headers,
                timeout=httpx.Timeout(self._seconds + wait, connect=3.0),
            )
        except httpx.ReadTimeout:
            raise _slow() from None
        except (httpx.HTTPError, RuntimeError):  # RuntimeError: closed meanwhile
            raise _not_running() from None

    def _find(self) -> tuple[Address, str]:
        address = read_address(self.home)
        try:
            token = (self.home / address.tokens[self.right]).read_text(encoding="ascii").strip()
        except (FileNotFoundError, KeyError):
            raise _not_running() from None
        except (OSError, ValueError):
            raise NeedsPerson(
                "right_missing",
                "This user may not do that with the agent",
                "Run it as an administrator, or as a member of the agent's operators.",
                reason=self.right,
            ) from None
        self._known = address, token
        return self._known


def _readable(file: Path) -> bool:
    try:
        with file.open("rb"):
            return True
    except OSError:
        return False


def _part(text: str) -> str:
    return quote(text, safe="")


def _refusal(response: httpx.Response) -> Refusal:
    try:
        return Refusal.model_validate(orjson.loads(response.content))
    except (ValidationError, orjson.JSONDecodeError):
        raise (_slow() if response.status_code == 503 else _strange()) from None  # 503: too many ask at once


def _error(refusal: Refusal) -> AgentError:
    told = (refusal.code, refusal.title, refusal.advice)
    match refusal.status:
        case 401 | 403 | 409:
            return NeedsPerson(*told)
        case 503:
            return Retry(*told)
        case _:
            return Terminal(*told)


def _not_running() -> NotRunning:
    return NotRunning(
        "agent_not_running",
        "The agent does not run",
        "Start the service, or `practice-agent run`; the folder may be another one (--home).",
    )


def _slow() -> Slow:
    return Slow(
        "agent_slow",
        "The agent does not answer",
        "Wait a moment; if it lasts, restart the service and send a bundle to support.",
    )


def _strange() -> Terminal:
    return Terminal(
        "agent_strange",
        "What answers there is not the agent, or one of another version",
        "Restart the service; use the same version everywhere.",
    )
