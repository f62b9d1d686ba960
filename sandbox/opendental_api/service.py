"""The service without HTTP: lets a request in, finds the call that it asks for, answers. Never checks for overlaps.

One request at a time, as the house allows; all of a request's rows are written by one commit.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, NamedTuple

import orjson
import pyodbc

from sandbox.opendental_api import appointments, commlogs, documents, listing, patients, payments, schedule_acts, slots
from sandbox.opendental_api.answer import ERROR, NOT_FOUND, UNAUTHORIZED, ApiAnswer, Refused, bad, told
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

_DATABASE_ERRORS = (sqlite3.Error, pyodbc.Error)

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
    Route("GET", "/appointments/Slots", slots.slots),
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
    Route("GET", "/documents", documents.get_many, (21, 2, 0)),
    Route("GET", "/documents/#", documents.get_one, (24, 2, 32)),
    Route("POST", "/documents/Upload", documents.upload),
    Route("GET", "/payments", payments.get_many, (22, 2, 32)),
    Route("POST", "/payments", payments.post, (21, 2, 0)),
    Route("PUT", "/payments/#/Partial", payments.put_partial, (25, 1, 11)),
    Route("GET", "/paysplits", payments.get_splits, (22, 4, 16)),
    Route("PUT", "/paysplits/#", payments.put_split, (25, 2, 9)),
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
        *,
        reconnect: Callable[[], Any] | None = None,
    ) -> None:
        self.keys = keys
        """Who is let in."""
        self.house = house if house is not None else Alone()
        """What stands around it."""
        self.rows = Rows(Database(connection), self.house)
        """The practice."""
        self._clock = clock
        self._reconnect = reconnect

    def handle(
        self, method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], body: bytes | None
    ) -> ApiAnswer:
        """Answer a request; ``path`` begins with ``/api/v1/``, texts of the query are decoded.

        A database that cannot be used answers 500; ``reconnect`` is then asked for another connection.

        Raises:
            Died: a planned fault ended the service in the middle of its writing.
        """
        with self.house.lock:
            if method != "GET":
                self.house.settle()
            try:
                answer = self._handle(method, path, query, {name.lower(): one for name, one in headers.items()}, body)
                self.rows.end_reading()
            except Refused as refused:
                self.rows.end_reading()
                return refused.answer
            except _DATABASE_ERRORS:
                self._mend()
                return told(ERROR, "The database cannot be used at the moment")
            finally:
                self.rows.forget()
            return answer

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
        self.rows.tell()
        now = self._clock().replace(microsecond=0)
        return route.handler(Call(self.rows, now, version, query, _fields(method, body), key, _page(query)))

    def _mend(self) -> None:
        """Take back what was not committed; with another connection, if this one broke and there is a way to one."""
        connection = self.rows.database.connection
        with suppress(*_DATABASE_ERRORS):
            connection.rollback()
        if self._reconnect is None:
            return
        with suppress(*_DATABASE_ERRORS):
            self.rows.database = Database(self._reconnect())
            self.rows.tell()
        if self.rows.database.connection is not connection:
            with suppress(*_DATABASE_ERRORS):
                connection.close()

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
