"""Asks the local API everything that can be asked of it, as everybody, and keeps every answer."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.security import canaries

PACKED = "base64 "
"""Before the name of what was unpacked from an answer."""

_PAYLOAD = canaries.PAYLOAD
_TASKS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("doctor", {}),
    ("diagnostics", {}),
    ("test_database", {}),
    ("test_cloud", {"url": "https://127.0.0.1:9"}),
    ("reconcile", {}),
    ("sync", {}),
    ("enrol", {"code": _PAYLOAD}),
    ("enrol", {_PAYLOAD: _PAYLOAD}),
)


class Asking:
    """One walk through all calls with all three tokens."""

    def __init__(self, home: Path, seen: dict[str, bytes], answered: dict[str, int], when: str) -> None:
        self._home = home
        self._seen = seen
        self._answered = answered
        self._when = when
        self._api = json.loads((home / "api.json").read_text())
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{self._api['port']}", trust_env=False, timeout=60)

    def everything(self) -> None:
        """Every call, at least once with what it takes and once with nonsense full of canaries."""
        with self._http:
            for right in ("look", "operate", "change"):
                self._look(right)
            for kind, arguments in _TASKS:
                self._task(kind, arguments)
            self._refused()
            self._ask("change", "POST", "pause", {"hours": 0.1})
            self._ask("change", "DELETE", "pause")

    def glance(self) -> None:
        """What everybody may see."""
        with self._http:
            self._look("look")

    def _look(self, right: str) -> None:
        places = ["version", "status", "events?limit=500", "history", "settings", "writes?limit=100", "nonsense"]
        places += ["discover"] if right == "change" else []
        for place in places:
            answer = self._ask(right, "GET", place)
            if place.startswith("writes?"):
                for one in answer.json()["writes"][:8]:
                    self._ask(right, "GET", f"writes/{one['id']}")
                    if right == "operate":
                        decision = {"verdict": "retry", "name": "somebody"}
                        self._ask(right, "POST", f"writes/{one['id']}/decision", decision, nonsense=True)

    def _task(self, kind: str, arguments: dict[str, Any]) -> None:
        begun = self._ask("change", "POST", "tasks", {"kind": kind, "arguments": arguments}, nonsense=True).json()
        told = begun
        while told.get("state") in ("waiting", "running"):
            told = self._ask("change", "GET", f"tasks/{begun['id']}?wait=5").json()
        for name, content in _packed(told):
            self._seen[f"{PACKED}{kind} {name} {self._when}"] = content

    def _refused(self) -> None:
        """What is answered to those who ask wrongly; the words of what they sent are not repeated."""
        wrong: tuple[tuple[str, str, Any], ...] = (
            ("POST", "settings/plan", {"settings": {"cloud": {"url": _PAYLOAD}, "practice": {"pms": _PAYLOAD}}}),
            ("POST", "settings/plan", {"policy": f"mode = {_PAYLOAD}"}),
            ("POST", "settings/plan", {"secrets": {"proxy_password": canaries.LOGIN_PASSWORD}}),
            ("PUT", "settings", {"settings": {"practice": {"time_zone": _PAYLOAD}}}),
            ("PUT", "settings", {"database_password": canaries.LOGIN_PASSWORD, _PAYLOAD: 1}),
            ("POST", "pause", {"hours": _PAYLOAD}),
            ("POST", "tasks", {"kind": _PAYLOAD}),
            ("GET", "tasks/0", None),
            ("GET", "writes/0", None),
            ("GET", "events?limit=x", None),
            ("DELETE", "nonsense", None),
        )
        for method, place, body in wrong:
            self._ask("change", method, place, body, nonsense=True)
        for token in ("none", "wrong"):
            answer = self._http.get("/v1/status", headers={"Authorization": f"Bearer {token}"})
            self._seen[f"api refused '{token}' of {self._when}"] = answer.content

    def _ask(self, right: str, method: str, place: str, body: Any = None, *, nonsense: bool = False) -> httpx.Response:
        token = (self._home / self._api["tokens"][right]).read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        answer = self._http.request(method, f"/v1/{place}", headers=headers, json=body)
        heads = "\n".join(f"{name}: {value}" for name, value in answer.headers.items()).encode()
        call = f"{right} {method} {place}"
        self._seen[f"api {call} {len(self._seen)} of {self._when}"] = heads + b"\n\n" + answer.content
        if not nonsense and "nonsense" not in place:
            self._answered[call] = answer.status_code
        return answer


def _packed(told: Any, name: str = "answer") -> Iterator[tuple[str, bytes]]:
    """What stands in an answer in base64: a bundle."""
    if isinstance(told, dict):
        for inner, value in told.items():
            yield from _packed(value, f"{name}.{inner}")
    elif isinstance(told, str) and len(told) > 200:
        try:
            yield name, base64.b64decode(told, validate=True)
        except (binascii.Error, ValueError):
            return
