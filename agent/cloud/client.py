"""The calls of the cloud contract, as methods. Each is one exchange; whoever calls owns retry and backoff.

Holds the bearer token in memory only, asks for a new one when it ends, and once when the cloud refuses it.
"""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TypeVar
from urllib.parse import urlencode

import httpx
from pydantic import ValidationError

from agent.cloud.errors import bad_answer, from_answer
from agent.cloud.identity import Identity
from agent.cloud.transport import Answer, Limits, Transport
from agent.model.clock import Clock
from agent.model.errors import NeedsPerson, Terminal
from agent.wire.cloud import (
    BATCH_TYPE,
    BUNDLE_TYPE,
    MAX_BATCH_BYTES,
    BatchAccepted,
    BatchHeader,
    BundleAccepted,
    Enrolled,
    Enrolment,
    Heartbeat,
    HeartbeatAccepted,
    Message,
    ReconcileRequest,
    ReconcileResponse,
    Session,
    SessionRequest,
    Token,
)
from agent.wire.commands import CommandsPage, Reports, ReportsAccepted

M = TypeVar("M", bound=Message)

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_EARLY = 30.0
_CLOCK_MATTERS = 30.0
_LATE = 5.0


class CloudClient:
    """The cloud, as an enrolled (or enrolling) agent sees it; safe to use from several threads.

    Every method raises ``Retry``, ``Terminal`` or ``NeedsPerson`` with a stable code; none is tried again in here.
    """

    def __init__(
        self,
        base_url: str,
        identity: Identity,
        agent_id: str | None,
        clock: Clock,
        *,
        ca_file: Path | None = None,
        proxy: str | None = None,
        proxy_login: tuple[str, str] | None = None,
        limits: Limits | None = None,
        agent_version: str = "0",
    ) -> None:
        """``agent_id`` None: not enrolled yet, only :meth:`enrol` works."""
        self._transport, self._waiting = (
            Transport(
                base_url,
                clock,
                ca_file=ca_file,
                proxy=proxy,
                proxy_login=proxy_login,
                limits=limits,
                agent_version=agent_version,
            )
            for _ in range(2)  # what waits for commands has connections of its own, so that it can be broken off alone
        )
        self._identity = identity
        self._agent_id = agent_id
        self._clock = clock
        self._lock = threading.Lock()
        self._token: tuple[str, float] | None = None

    @property
    def clock_offset(self) -> float | None:
        """Seconds that the cloud's clock is ahead of this machine's, by the last answer (to the second)."""
        return self._transport.clock_offset

    @property
    def round_trip(self) -> float | None:
        """Seconds until the last short request was answered."""
        return self._transport.round_trip

    @property
    def certificate_ends(self) -> float | None:
        """When the certificate that the cloud showed last expires, seconds since 1970."""
        return self._transport.certificate_ends

    @property
    def proxied(self) -> bool:
        """True when a proxy is in use."""
        return self._transport.proxy is not None

    def enrol(self, request: Enrolment) -> Enrolled:
        """Exchange a one-time code and the public key for an agent id."""
        answer = self._transport.exchange("POST", "/v1/enrolments", *_json(request))
        return self._understood(answer, Enrolled)

    def unenrol(self) -> None:
        """Tell the cloud that this agent feeds the practice no more."""
        self._call("DELETE", f"/v1/enrolments/{self._agent()}")
        self._token = None

    def begin_session(self, request: SessionRequest) -> Session:
        """Be the one that sends; resume the epoch or begin a new one."""
        return self._understood(self._call("POST", self._path("epochs"), *_json(request)), Session)

    def send_batch(self, header: BatchHeader, frames: Sequence[bytes]) -> BatchAccepted:
        """Deliver chunks; the answer says up to where the cloud holds everything durably."""
        body = b"".join([header.model_dump_json().encode(), b"\n", *frames])
        if len(body) > MAX_BATCH_BYTES:
            raise Terminal("too_large", "A batch is larger than the cloud takes", "Ask support.", size=len(body))
        answer = self._call("POST", self._path("batches"), body, {"Content-Type": BATCH_TYPE})
        return self._understood(answer, BatchAccepted)

    def heartbeat(self, beat: Heartbeat) -> HeartbeatAccepted:
        """Say that the agent is alive, and how it fares."""
        return self._understood(self._call("PUT", self._path("heartbeat"), *_json(beat)), HeartbeatAccepted)

    def reconcile(self, request: ReconcileRequest) -> ReconcileResponse:
        """Compare segment digests, or list the members of segments."""
        answer = self._call("POST", self._path("reconciliations"), *_json(request))
        return self._understood(answer, ReconcileResponse)

    def commands(self, session: str, wait: float, keys: int = 0) -> CommandsPage:
        """Commands that the cloud does not know to be kept here; waits for some, at most ``wait`` (0 to 30) seconds.

        ``keys``: version of the key set that the agent trusts (``CommandKeys.version``). To be called by one thread.
        """
        query = urlencode({"session": session, "wait": f"{wait:.3f}", "keys": keys})
        answer = self._call("GET", f"{self._path('commands')}?{query}", patience=wait + _LATE)
        return self._understood(answer, CommandsPage)

    def interrupt(self) -> None:
        """Break off a wait for commands, from another thread: it raises ``Retry`` at once. For stopping."""
        self._waiting.interrupt()

    def report(self, reports: Reports) -> ReportsAccepted:
        """Say what has become of commands; may be sent again."""
        return self._understood(self._call("POST", self._path("commands/reports"), *_json(reports)), ReportsAccepted)

    def put_bundle(self, incident: str, content: bytes) -> None:
        """Hand over a diagnostics bundle, a ZIP file; may be sent again as it was."""
        path = self._path(f"diagnostics/{incident}")
        answer = self._call("PUT", path, content, {"Content-Type": BUNDLE_TYPE})
        if self._understood(answer, BundleAccepted).sha256 != hashlib.sha256(content).hexdigest():
            raise bad_answer(answer.response.status_code)

    def check(self) -> None:
        """Get a fresh token: shows that the way, the trust and the key are good. For the doctor."""
        with self._lock:
            self._token = self._fetch_token()

    def close(self) -> None:
        """Close all connections."""
        self._waiting.close()
        self._transport.close()

    def __enter__(self) -> CloudClient:
        """Closed at the end of the block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close all connections."""
        self.close()

    def _agent(self) -> str:
        if self._agent_id is None:
            raise NeedsPerson("not_enrolled", "This agent is not enrolled", "Run practice-agent enroll with a code.")
        return self._agent_id

    def _path(self, call: str) -> str:
        return f"/v1/agents/{self._agent()}/{call}"

    def _call(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        patience: float = 0.0,
    ) -> Answer:
        """An exchange with the token; once more with a new one if the cloud refuses it. ``patience``: a long poll."""
        transport = self._waiting if patience else self._transport
        token = self._bearer(None)
        sent = (headers or {}) | {"Authorization": f"Bearer {token}"}
        answer = transport.exchange(method, path, content, sent, patience=patience)
        if answer.response.status_code == httpx.codes.UNAUTHORIZED:
            sent["Authorization"] = f"Bearer {self._bearer(token)}"
            answer = transport.exchange(method, path, content, sent, patience=patience)
        if not answer.response.is_success:
            raise from_answer(answer.response, answer.body, self._clock.time())
        return answer

    def _bearer(self, refused: str | None) -> str:
        """A token that is good by our clock and is not the one just refused."""
        with self._lock:
            if self._token is None or self._token[0] == refused or self._token[1] <= self._clock.monotonic():
                self._token = None
                self._token = self._fetch_token()
            return self._token[0]

    def _fetch_token(self) -> tuple[str, float]:
        before = self._transport.clock_offset or 0.0
        answer = self._ask_token(before)
        after = self._transport.clock_offset or 0.0
        if answer.response.status_code == httpx.codes.UNAUTHORIZED and abs(after - before) > _CLOCK_MATTERS:
            answer = self._ask_token(after)  # this machine's clock is wrong: speak in the cloud's time
        token = self._understood(answer, Token)
        return token.access_token, self._clock.monotonic() + token.expires_in - _EARLY

    def _ask_token(self, offset: float) -> Answer:
        url = f"{self._transport.base_url}/oauth2/token"
        moment = self._clock.time() + offset
        assertion = self._identity.assertion(self._agent(), url, moment, uuid.uuid4().hex)
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": _ASSERTION_TYPE,
            "client_assertion": assertion,
        }
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._transport.exchange("POST", "/oauth2/token", urlencode(form).encode(), kind)

    def _understood(self, answer: Answer, model: type[M]) -> M:
        if not answer.response.is_success:
            raise from_answer(answer.response, answer.body, self._clock.time())
        try:
            return model.model_validate_json(answer.body)
        except ValidationError:
            raise bad_answer(answer.response.status_code) from None


def _json(message: Message) -> tuple[bytes, dict[str, str]]:
    return message.model_dump_json().encode(), {"Content-Type": "application/json"}
