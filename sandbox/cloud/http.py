"""The HTTP layer: who asks, is the form right, how large may it be. Everything else is the core's.

Every refusal is a problem document (RFC 9457). A fault inside is answered as one too, without any of its text.
"""

from __future__ import annotations

import logging
from typing import TypeVar

import orjson
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from agent.wire.cloud import Message, Problem
from sandbox.cloud.calling import Answer, Call, Incoming
from sandbox.cloud.calls import CALLS
from sandbox.cloud.fleet_schema import FLEET
from sandbox.cloud.openapi import document
from sandbox.cloud.queueing import field_of
from sandbox.cloud.refusal import Refused, refuse
from sandbox.cloud.service import Cloud
from sandbox.cloud.waiting import Waiting

PROBLEM_TYPE = "application/problem+json"

_log = logging.getLogger("practice_cloud")

T = TypeVar("T")


def build_app(cloud: Cloud, public_url: str | None = None) -> Starlette:
    """The cloud's ASGI application.

    ``public_url``: the only address that assertions may name; None = the one at which the request came.
    """
    waiting = Waiting(cloud)
    routes = [
        Route(
            call.path.replace("{record_id}", "{record_id:path}"),  # ids may hold slashes
            _Endpoint(cloud, call, public_url, waiting),
            methods=[call.method],
        )
        for call in CALLS
    ]
    openapi = orjson.dumps(document(), option=orjson.OPT_INDENT_2)

    async def described(_: Request) -> Response:
        return Response(openapi, media_type="application/json")

    routes.insert(0, Route("/openapi.json", described, methods=["GET"]))
    app = Starlette(routes=routes, exception_handlers={HTTPException: _unrouted})
    app.state.waiting = waiting
    return app


class _Endpoint:
    """One call as an ASGI application (a class, so that starlette leaves methods to the route)."""

    def __init__(self, cloud: Cloud, call: Call, public_url: str | None, waiting: Waiting) -> None:
        self._cloud = cloud
        self._call = call
        self._public_url = public_url
        self._waiting = waiting

    async def __call__(self, scope: dict[str, object], receive: object, send: object) -> None:
        request = Request(scope, receive, send)  # type: ignore[arg-type]
        try:
            response = await self._respond(request)
        except ClientDisconnect:
            return
        await response(scope, receive, send)  # type: ignore[arg-type]

    async def _respond(self, request: Request) -> Response:
        try:
            body = await _body(request, self._call)
            if self._call.waits is None:
                answer = await run_in_threadpool(self._answer, request, body)
            else:
                asked = await run_in_threadpool(self._incoming, request, body)
                answer = await self._waiting.commands(self._call.waits(asked), request.is_disconnected)
        except Refused as refusal:
            answer = refusal.problem
        except SQLAlchemyError as error:
            _log.error("database fault: %s", type(error).__name__)
            answer = Problem(code="unavailable", title="The cloud's database does not answer", status=503)
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001  the last edge: nothing of a fault's text may leave
            _log.error("fault: %s", type(error).__name__)
            answer = Problem(code="internal_error", title="The cloud has a fault", status=500)
        return _response(answer, self._call.status)

    def _answer(self, request: Request, body: bytes) -> Answer:
        return self._call.answer(self._cloud, self._incoming(request, body))

    def _incoming(self, request: Request, body: bytes) -> Incoming:
        path = {name: str(value) for name, value in request.path_params.items()}
        self._authorize(request, path)
        call, message = self._call, None
        try:
            query = call.query.model_validate(dict(request.query_params))
            if call.takes is not None:
                message = call.takes.model_validate_json(body)
        except ValidationError as error:
            field = field_of(error.errors(include_url=False, include_context=False, include_input=False)[0]["loc"])
            status = 400 if call.takes is None else 422
            refuse(status, "bad_request", "The request is not as the contract says", field=field or None)
        base = self._public_url or f"{request.url.scheme}://{request.url.netloc}"
        audiences = frozenset({f"{base.rstrip('/')}/oauth2/token"})
        return Incoming(path, query, message, body, audiences, request.headers.get("Idempotency-Key", ""))

    def _authorize(self, request: Request, path: dict[str, str]) -> None:
        who = self._call.who
        if any("\0" in value or len(value) > 600 for value in path.values()):
            refuse(404, "not_found", "There is nothing here")
        if who == "anyone":
            return
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not secret or len(secret) > 200:
            refuse(401, "token_refused", "A bearer token is needed")
        if who == "agent":
            agent_id = _or_refuse(self._cloud.check_token(secret))
            if agent_id != path["agent_id"]:
                refuse(403, "forbidden", "This token is for another agent or practice")
            return
        key = _or_refuse(self._cloud.check_reader(secret))
        if who in ("fleet", "watcher") and key.practice_id == FLEET:
            return
        if who == "fleet" or key.practice_id != path["practice_id"]:
            refuse(403, "forbidden", "This token is for another agent or practice")
        if who == "writer" and not key.may_write:
            refuse(403, "read_only", "This key may read, not write: make one with practice-cloud key --write")


def _or_refuse(found: T | Problem) -> T:
    if isinstance(found, Problem):
        raise Refused(found)
    return found


async def _body(request: Request, call: Call) -> bytes:
    """The body, never more of it than the call takes."""
    declared = request.headers.get("Content-Length", "0")
    if not declared.isdecimal() or int(declared[:12]) > call.limit:
        refuse(413, "too_large", "The request is larger than this call takes")
    if request.headers.get("Content-Encoding", "identity") != "identity":
        refuse(415, "bad_request", "Content-Encoding is not taken")
    takes_body = call.method != "GET" and call.status != 204
    if takes_body and request.headers.get("Content-Type", "").partition(";")[0].strip() != call.body_type:
        refuse(415, "bad_request", "The Content-Type is not that of this call")
    parts, room = [], call.limit
    async for part in request.stream():
        room -= len(part)
        if room < 0:
            refuse(413, "too_large", "The request is larger than this call takes")
        parts.append(part)
    return b"".join(parts)


def _response(answer: Answer, status: int) -> Response:
    if isinstance(answer, Problem):
        return problem_response(answer)
    if answer is None:
        return Response(status_code=204)
    content = answer.model_dump_json().encode() if isinstance(answer, Message) else answer
    return Response(content, status_code=status, media_type="application/json", headers={"Cache-Control": "no-store"})


def problem_response(problem: Problem) -> Response:
    """A refusal as RFC 9457 has it; at the token call also as RFC 6749 wants it (``error``)."""
    body = {"type": "about:blank", **problem.model_dump(exclude_none=True)}
    headers = {"Cache-Control": "no-store"}
    if problem.status == 401:
        body["error"] = "invalid_client"
        headers["WWW-Authenticate"] = "Bearer"
    if problem.status in (429, 503):
        headers["Retry-After"] = "5"
    return Response(orjson.dumps(body), status_code=problem.status, media_type=PROBLEM_TYPE, headers=headers)


async def _unrouted(_: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    code = "method_not_allowed" if status == 405 else "not_found"
    return problem_response(Problem(code=code, title="There is nothing here", status=status))
