"""The gate before every call: the right address, no web page, a token. Nothing passes that is not let through here.

Guards against other users of the machine (they cannot read the tokens) and against web pages in a browser on it (a
foreign ``Host``, an ``Origin``). Never logs or repeats a token.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from agent.api.refusals import refused
from agent.wire.local import RIGHTS, Right


class Gate:
    """ASGI: lets a request through with ``scope["right"]`` set, or refuses it."""

    def __init__(self, app: ASGIApp, tokens: Mapping[Right, str], port: int) -> None:
        self._app = app
        self._tokens = {right: token.encode() for right, token in tokens.items()}
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            raise RuntimeError("only HTTP is served")
        headers = Headers(scope=scope)
        code = self._fault(headers)
        right = None if code else self._right(headers)
        if code is None and right is None:
            code = "token_refused" if "authorization" in headers else "token_missing"
        if code is not None:
            await refused(code)(scope, receive, send)
            return
        scope["right"] = right
        await self._app(scope, receive, send)

    def _fault(self, headers: Headers) -> str | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return "host_refused"
        if "origin" in headers or headers.get("sec-fetch-site", "none") != "none":
            return "origin_refused"
        return None

    def _right(self, headers: Headers) -> Right | None:
        """The highest right of the token; every token is compared, in the same time."""
        given = headers.getlist("authorization")
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        found: Right | None = None
        for right in RIGHTS:
            same = hmac.compare_digest(token.encode("utf-8", "surrogateescape"), self._tokens[right])
            if same and scheme.lower() == "bearer":
                found = right
        return found


def includes(right: Right, wanted: Right) -> bool:
    """Whether who has the one has the other."""
    return RIGHTS.index(right) >= RIGHTS.index(wanted)
