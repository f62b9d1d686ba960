"""One message to one webhook: signed as Standard Webhooks has it, sent once, the answer told in a word.

Follows no redirects, reads no answer's body, and never takes longer than its deadline, however slow a receiver is.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx
import truststore
from standardwebhooks import Webhook

from sandbox.cloud.alarms_delivery import Answer, Due

SECONDS = 15.0
"""A receiver answers within this time."""
TARGET_SECONDS = 20.0
"""One round of messages to one webhook takes at most this long."""

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def headers(message_id: str, body: str, secret: str, now: datetime) -> dict[str, str]:
    """The headers of a message: its id, the time of this attempt, and the signature over both and the body."""
    moment = now.astimezone(UTC)
    return {
        "content-type": "application/json",
        "user-agent": "practice-cloud",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, moment, body),
    }


class Sender:
    """Sends what is due; one round at a time."""

    def __init__(
        self, now: Callable[[], datetime], trust: ssl.SSLContext | None = None, seconds: float = SECONDS
    ) -> None:
        """``trust``: which certificates to trust; None = those that this machine trusts."""
        self._now = now
        self._trust = trust if trust is not None else truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self._seconds = seconds

    def send(self, due: Iterable[Due]) -> list[tuple[Due, Answer | None]]:
        """Send them: the webhooks side by side, the messages of one in order until one fails; None = not tried."""
        return asyncio.run(self._round(due))

    async def _round(self, due: Iterable[Due]) -> list[tuple[Due, Answer | None]]:
        queues: dict[str, list[Due]] = {}
        for one in due:
            queues.setdefault(one.target_id, []).append(one)
        answered = await asyncio.gather(*(self._queue(queue) for queue in queues.values()))
        return [one for answers in answered for one in answers]

    async def _queue(self, queue: list[Due]) -> list[tuple[Due, Answer | None]]:
        answers: dict[str, Answer] = {}
        ends = asyncio.get_running_loop().time() + TARGET_SECONDS
        local = urlsplit(queue[0].url).hostname in _LOCAL
        async with httpx.AsyncClient(
            verify=self._trust, follow_redirects=False, trust_env=not local, timeout=self._seconds
        ) as http:
            for one in queue:
                if answers and asyncio.get_running_loop().time() > ends:
                    break
                answers[one.message_id] = await self._attempt(http, one)
                if answers[one.message_id].failure is not None:
                    break
        return [(one, answers.get(one.message_id)) for one in queue]

    async def _attempt(self, http: httpx.AsyncClient, one: Due) -> Answer:
        signed = headers(one.message_id, one.body, one.secret, self._now())
        try:
            async with (
                asyncio.timeout(self._seconds),
                http.stream("POST", one.url, content=one.body.encode(), headers=signed) as response,
            ):
                return self._understood(response)
        except (TimeoutError, httpx.TimeoutException):
            return Answer("no answer in time")
        except httpx.ConnectError as error:
            return Answer("certificate not trusted" if "CERTIFICATE" in str(error) else "not reached")
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError):
            return Answer("connection broken")

    def _understood(self, response: httpx.Response) -> Answer:
        status = response.status_code
        if 200 <= status < 300:
            return Answer(None)
        return Answer(f"answered {status}", status == 410, self._wish(response.headers.get("retry-after")))

    def _wish(self, told: str | None) -> timedelta | None:
        if told is None:
            return None
        if told.isdecimal() and len(told) < 7:
            return timedelta(seconds=int(told))
        try:
            return max(timedelta(), parsedate_to_datetime(told).astimezone(UTC) - self._now())
        except (ValueError, TypeError, OverflowError):
            return None
