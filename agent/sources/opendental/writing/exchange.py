"""One request to the PMS's API and its answer. Tells "certainly not sent" from "sent, but the answer is lost".

Plain HTTP is meant here: the API Service listens on the practice's own machine or network and knows no TLS; an address
on the internet is refused. Never retries, never follows a redirect, never asks the environment for a proxy, and keeps
no connection: one that the other side had closed would leave it open whether the request was read.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from urllib.parse import urlsplit

import httpx
import orjson

from agent.model.errors import Terminal
from agent.model.writing import NotNow
from agent.sources.opendental.writing.refusals import not_now, unknown

SERVICE_URL = "http://localhost:30223/api/v1/"
"""Where the API Service listens: a Windows service beside the database."""

LOCAL_URL = "http://localhost:30222/api/v1/"
"""Where the program itself listens while somebody is logged on."""

LONGEST_ANSWER = 4 * 1024 * 1024
"""Bytes; what is longer is no answer to what we ask."""

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
_KEY = re.compile(r"[\x21-\x2e\x30-\x7e]+")

Method = Literal["GET", "POST", "PUT"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    """HTTP status."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    body: Any = None
    """The JSON value; None = there was none."""


class Exchange(Protocol):
    """A way to the API."""

    def send(self, method: Method, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """One request; ``path`` begins without a slash and may hold a query.

        Raises:
            NotNow: certainly nothing was sent.
            OutcomeUnknown: it was sent, or may have been; no whole answer came.
        """


class HttpExchange:
    """The API over HTTP."""

    def __init__(
        self,
        developer_key: str,
        customer_key: str,
        base_url: str = SERVICE_URL,
        *,
        connect_seconds: float = 5.0,
        answer_seconds: float = 65.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """``answer_seconds``: a little more than the 60 after which the API gives up by itself.

        Raises:
            Terminal: the address or a key cannot be used.
        """
        _check_address(base_url)
        if not (_KEY.fullmatch(developer_key) and _KEY.fullmatch(customer_key)):
            raise Terminal("channel_key_invalid", "A key for the PMS's API is not a key", "Enter it again.")
        self._client = httpx.Client(
            base_url=base_url,
            headers={
                "Authorization": f"ODFHIR {developer_key}/{customer_key}",
                "Content-Type": "application/json",
                "Accept": "application/json",
            },
            timeout=httpx.Timeout(answer_seconds, connect=connect_seconds),
            limits=httpx.Limits(max_keepalive_connections=0),
            trust_env=False,
            follow_redirects=False,
            transport=transport,
        )

    def send(self, method: Method, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """One request and its answer, read whole."""
        content = None if body is None else orjson.dumps(body)
        try:
            with self._client.stream(method, path, content=content) as response:
                read = bytearray()
                for piece in response.iter_bytes():
                    read += piece
                    if len(read) > LONGEST_ANSWER:
                        break
        except _NOT_SENT:
            raise not_now("channel_unreachable") from None
        except httpx.HTTPError:
            raise unknown() from None
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, _json(bytes(read)))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def __repr__(self) -> str:
        return "HttpExchange(***)"


class Cascade:
    """Several ways to the same API: the next one is taken when the request was certainly not sent by the one before."""

    def __init__(self, ways: Sequence[Exchange]) -> None:
        """``ways``: at least one; the API Service first."""
        self._ways = tuple(ways)

    def send(self, method: Method, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """By the first way that takes it."""
        for way in self._ways[:-1]:
            try:
                return way.send(method, path, body)
            except NotNow:
                continue
        return self._ways[-1].send(method, path, body)


def _check_address(url: str) -> None:
    """Plain HTTP stays inside the practice."""
    parts = urlsplit(url)
    bad = parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc
    if not bad and parts.scheme == "http":
        try:
            address = ipaddress.ip_address(parts.hostname or "")
        except ValueError:
            bad = False  # a name: that of a machine in the practice, as the office's IT has set it
        else:
            bad = not (address.is_private or address.is_loopback or address.is_link_local)
    if bad:
        raise Terminal(
            "channel_address_invalid",
            "The address of the PMS's API is not one in the practice",
            f"Use the API Service's address, usually {SERVICE_URL}",
        )


def _json(raw: bytes) -> Any:
    if not raw or len(raw) > LONGEST_ANSWER:
        return None
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return None
