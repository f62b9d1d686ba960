"""The service without HTTP: lets a request in, finds the call that it asks for, answers. Never checks for overlaps.

One request at a time, as the house allows; all of a request's rows are written by one commit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from sandbox.opendental_api import appointments, commlogs, listing, patients, schedule_acts
from sandbox.opendental_api.answer import NOT_FOUND, UNAUTHORIZED, ApiAnswer, Refused, bad
from sandbox.opendental_api.call import Call, Version
from sandbox.opendental_api.house import Alone, House
from sandbox.opendental_api.keys import ApiKeys
from sandbox.opendental_api.rows import Rows
from sandbox.practice.engine import Database

PORT = 30223
"""Where the real service listens."""

PREFIX = "/api/v1"
LONGEST_BODY = 16_800_000
MOST_ROWS = 1000

Handler = Callable[[Call], ApiAnswer]


class Route(NamedTuple):
    """A call that the API offers."""

    method: str
    path: str
    """``#`` stands for a key."""
    handler: Handler
    since: Version = (21, 1, 0)
    """First version of the program that has it."""


ROUTES = [
    Route("GET", "/appointments", appointments.get_many),
    Route("GET", "/appointments/#", appointments.get_one),
    Route("POST", "/appointments", appointments.post),
    Route("PUT", "/appointments/#", appointments.put),
    Route("PUT", "/appointments/#/Break", schedule_acts.break_, (21, 3, 0)),
    Route("PUT", "/appointments/#/Confirm", schedule_acts.confirm),
    Route("PUT", "/appointments/#/Note", schedule_acts.note),
    Route("GET", "/patients", patients.get_many),
    Route("GET", "/patients/Simple", patients.get_simple, (21, 2, 0)),
    Route("GET", "/patients/#", patients.get_one),
    Route("POST", "/patients", patients.post),
    Route("PUT", "/patients/#", patients.put, (21, 2, 0)),
    Route("GET", "/commlogs", commlogs.get_many),
    Route("POST", "/commlogs", commlogs.post),
    Route("GET", "/popups", commlogs.get_popups, (21, 4, 0)),
    Route("POST", "/popups", commlogs.post_popup),
    Route("GET", "/definitions", listing.definitions),
    Route("GET", "/providers", listing.providers),
    Route("GET", "/providers/#", listing.provider, (24, 4, 17)),
    Route("GET", "/operatories", listing.operatories),
    Route("GET", "/operatories/#", listing.operatory, (24, 1, 10)),
    Route("GET", "/appointmenttypes", listing.appointment_types, (22, 4, 10)),
    Route("GET", "/preferences", listing.preferences),
    Route("GET", "/histappointments", listing.history, (23, 1, 30)),
    Route("GET", "/signalods", listing.signals, (21, 2, 0)),
]


class ApiService:
    """The service on one practice's database."""

    def __init__(
        self,
        connection: Any,
        clock: Callable[[], datetime],
        keys: ApiKeys,
        house: House | None = None,
    ) -> None:
        database = Database(connection)
        self.keys = keys
        """Who is let in."""
        self.house = house if house is not None else Alone(database)
        """What stands around it."""
        self.rows = Rows(database, self.house)
        """The practice."""
        self._clock = clock

    def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes | None
    ) -> ApiAnswer:
        """Answer a request; ``path`` begins with ``/api/v1/``, texts of the query are decoded.

        Raises:
            Died: a planned fault ended the service in the middle of its writing.
        """
        with self.house.lock:
            self.house.settle()
            try:
                return self._handle(method, path, query, {name.lower(): value for name, value in headers.items()}, body)
            except Refused as refused:
                return refused.answer
            finally:
                self.rows.forget()
                self.rows.end_reading()

    def _handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes | None
    ) -> ApiAnswer:
        if not self.keys.let_in(headers):
            raise Refused(UNAUTHORIZED, "Invalid credentials: a developer key or customer key is invalid or disabled")
        if headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            raise bad("Content-Type must be application/json")
        route, key = _route(method, path)
        version = self._version()
        if version < route.since:
            wanted = ".".join(map(str, route.since))
            raise bad(f"The version of the dental office must be at least {wanted} for this method")
        now = self._clock().replace(microsecond=0)
        return route.handler(Call(self.rows, now, version, query, _fields(method, body), key, _page(query)))

    def _version(self) -> Version:
        numbers = [int(part) for part in re.findall(r"\d+", self.rows.setting("ProgramVersion"))[:3]]
        major, minor, build = (*numbers, 0, 0, 0)[:3]
        return major, minor, build


def _route(method: str, path: str) -> tuple[Route, int]:
    if not path.startswith(PREFIX + "/"):
        raise Refused(NOT_FOUND, "The requested resource does not exist")
    parts = path.removeprefix(PREFIX).split("/")
    for route in ROUTES:
        wanted = route.path.split("/")
        if route.method != method or len(wanted) != len(parts):
            continue
        if all(one == part or (one == "#" and part.isdigit()) for one, part in zip(wanted, parts, strict=True)):
            keys = [part for one, part in zip(wanted, parts, strict=True) if one == "#"]
            return route, int(keys[0]) if keys else 0
    raise Refused(NOT_FOUND, "The requested resource does not exist")


def _fields(method: str, body: bytes | None) -> dict[str, Any]:
    if method == "GET" or not body:
        return {}
    if len(body) > LONGEST_BODY:
        raise bad("The request is too long")
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise bad("The body is not valid JSON") from None
    if not isinstance(found, dict):
        raise bad("The body must be a JSON object")
    return found


def _page(query: Mapping[str, str]) -> tuple[int, int]:
    offset, limit = query.get("Offset") or "0", query.get("Limit") or str(MOST_ROWS)
    if not (offset.isdigit() and limit.isdigit()):
        raise bad("Offset and Limit must be numbers")
    return int(offset), min(max(int(limit), 1), MOST_ROWS)
