"""What the cloud's callers see, over TLS, with their keys: the feed, the state, the totals, commands. And plans faults.

The demo looks at the cloud from outside, as an integrator would; it never opens the cloud's database.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import orjson

from agent.model.errors import Retry, Terminal

_SECONDS = 10.0


class CloudAway(Retry):
    """The cloud does not answer."""

    def __init__(self) -> None:
        super().__init__("cloud_away", "The cloud does not answer", "It may be back soon.")


@dataclass(slots=True)
class CloudReader:
    """A reader of one practice's data."""

    url: str
    ca: Path
    """The CA that the cloud's certificate is of."""
    practice_id: str = ""
    key: str = ""
    """A reader's key."""
    write_key: str = ""
    """A key that may also queue commands."""
    _link: http.client.HTTPSConnection | None = None

    def changes(self, after: int, limit: int = 1000) -> tuple[list[dict[str, Any]], bool]:
        """Entries of the feed after a number, and whether there is more."""
        page = self._practice(f"changes?after={after}&limit={limit}")
        return page["changes"], page["more"]

    def status(self) -> dict[str, Any]:
        """How the practice's feed stands."""
        return self._practice("status")

    def totals(self) -> dict[str, Any]:
        """Sums of all days."""
        return self._practice("totals?first_day=0001-01-01&last_day=9999-12-31")

    def records(self, resource: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Id and canonical fields of every record of a resource."""
        cursor = ""
        while True:
            page = self._practice(f"{resource}?limit=1000{cursor}")
            for one in page["records"]:
                yield one["id"], one["content"]["data"]
            if page["next_cursor"] is None:
                return
            cursor = f"&cursor={quote(page['next_cursor'])}"

    def record(self, resource: str, record_id: str) -> dict[str, Any]:
        """One record as the cloud holds it, with its version."""
        return self._practice(f"{resource}/{quote(record_id, safe='')}")

    def queue(self, request: dict[str, Any], idempotency_key: str) -> dict[str, Any]:
        """Queue a command; asked again with the same key, how it stands."""
        headers = {"Idempotency-Key": idempotency_key, "Content-Type": "application/json"}
        path = f"/v1/practices/{self.practice_id}/commands"
        found = orjson.loads(self._ask("POST", path, orjson.dumps(request), self._bearer(self.write_key) | headers))
        assert isinstance(found, dict)
        return found

    def command(self, command_id: str) -> dict[str, Any]:
        """How a command stands."""
        return self._practice(f"commands/{command_id}")

    def plan_fault(self, **fault: Any) -> None:
        """Let something go wrong in the cloud (see :class:`sandbox.cloud.faults.Fault`)."""
        self._ask("POST", "/__faults", orjson.dumps(fault))

    def faults_left(self) -> int:
        """How many planned faults have not happened yet."""
        return len(orjson.loads(self._ask("GET", "/__faults")))

    def close(self) -> None:
        """Let go of the connection."""
        if self._link is not None:
            self._link.close()
        self._link = None

    def _practice(self, what: str) -> dict[str, Any]:
        found = orjson.loads(self._ask("GET", f"/v1/practices/{self.practice_id}/{what}"))
        assert isinstance(found, dict)
        return found

    @staticmethod
    def _bearer(key: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {key}"} if key else {}

    def _ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> bytes:
        """What is answered; what is asked must be such that it may be asked twice."""
        fresh = self._link is None
        headers = headers or self._bearer(self.key)
        try:
            return self._once(method, path, body, headers)
        except (OSError, http.client.HTTPException):
            self.close()
            if fresh:
                raise CloudAway from None
        try:  # the cloud lets go of connections that rest
            return self._once(method, path, body, headers)
        except (OSError, http.client.HTTPException):
            self.close()
            raise CloudAway from None

    def _once(self, method: str, path: str, body: bytes | None, headers: dict[str, str]) -> bytes:
        if self._link is None:
            place = urlsplit(self.url)
            context = ssl.create_default_context(cafile=str(self.ca))
            self._link = http.client.HTTPSConnection(
                place.hostname or "", place.port, timeout=_SECONDS, context=context
            )
        self._link.request(method, path, body, headers)
        answer = self._link.getresponse()
        content = answer.read()
        if answer.status not in (200, 201, 202):
            raise Terminal(
                "cloud_refused", f"The cloud answered {answer.status}", "See the cloud's log.", status=answer.status
            )
        return content
